"""A server that is bound but does not listen yet refuses."""
import asyncio


async def greet(reader, writer):
    writer.write(b"hello")
    writer.close()


async def try_to_connect(port):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError as error:
        print("refused, errno", error.errno)
    else:
        print("got", await reader.read())
        writer.close()


async def be_main():
    server = await asyncio.start_server(greet, "127.0.0.1", 0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    print("serving:", server.is_serving(), "sockets:", len(server.sockets))
    await try_to_connect(port)
    for _ in range(2):
        await server.start_serving()
    print("serving:", server.is_serving())
    await try_to_connect(port)
    server.close()
    await server.wait_closed()
    await try_to_connect(port)


asyncio.run(be_main())
