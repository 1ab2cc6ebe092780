"""A handler that fails is reported and loses its connection; the others go on."""
import asyncio


def handler(loop, context):
    print("handler:", context["message"], "|", repr(context["exception"]))


async def answer(reader, writer):
    if await reader.readline() == b"bad\n":
        raise ValueError("handler failed")
    writer.write(b"ok\n")
    writer.close()


async def be_main():
    asyncio.get_running_loop().set_exception_handler(handler)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    good = await asyncio.open_connection("127.0.0.1", port)
    bad = await asyncio.open_connection("127.0.0.1", port)
    for name, (reader, writer) in (("bad", bad), ("good", good)):
        writer.write(name.encode() + b"\n")
        print(name, "client reads", await reader.read())
    for _, writer in (good, bad):
        writer.close()
    server.close()


asyncio.run(be_main())
