"""Saying "that was all" closes one direction; the other goes on, from either side."""
import asyncio


async def reply(reader, writer):
    print("server read until EOF:", await reader.read())
    writer.write(b"reply 1,")
    await asyncio.sleep(0.01)
    writer.write(b"reply 2")
    writer.close()


async def talk_first(reader, writer):
    writer.write(b"hello")
    writer.write_eof()
    print("server, after its own EOF, read:", await reader.read())
    writer.close()


async def start(handler):
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, *await asyncio.open_connection("127.0.0.1", port)


async def be_main():
    server, reader, writer = await start(reply)
    writer.write(b"request")
    print("can_write_eof:", writer.can_write_eof())
    writer.write_eof()
    try:
        writer.write(b"x")
    except RuntimeError as error:
        print("RuntimeError:", error)
    print("client, after its own EOF, read:", await reader.read())
    writer.close()
    server.close()
    server, reader, writer = await start(talk_first)
    text = await reader.read()
    print("client read until EOF:", text, "at_eof:", reader.at_eof(), "closing:", writer.is_closing())
    writer.write(b"still here")
    writer.close()
    await writer.wait_closed()
    server.close()
    await asyncio.sleep(0.02)


asyncio.run(be_main())
