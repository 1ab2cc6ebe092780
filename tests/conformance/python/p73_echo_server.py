"""Lines echoed to two clients, one after the other."""
import asyncio


async def echo(reader, writer):
    async for line in reader:
        writer.write(b"echo " + line)
        await writer.drain()
    print("handler: end of input")
    writer.close()
    await writer.wait_closed()
    print("handler: closed")


async def talk(port, name):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for text in (b"one", b"two"):
        writer.write(b"%s %s\n" % (name, text))
        print(await reader.readline())
    writer.write(b"no newline")
    writer.write_eof()
    print(await reader.readline())
    print("then", await reader.readline(), "at_eof:", reader.at_eof())
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0)


async def be_main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    for name in (b"first", b"second"):
        await talk(server.sockets[0].getsockname()[1], name)
    server.close()
    await server.wait_closed()
    print("server closed")


asyncio.run(be_main())
