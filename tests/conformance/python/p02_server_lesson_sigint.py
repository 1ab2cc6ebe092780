"""A server described, a client served, and Ctrl-C in serve_forever."""
import asyncio
import os
import re
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)


def show(server):
    text = re.sub(r"(?<=fd=)\d+", "N", str(server))
    print(re.sub(r"(?<=1', )\d+", "PORT", text))
    print("serving:", server.is_serving(), "sockets:", len(server.sockets))


async def greet(reader, writer):
    writer.write(b"hello")
    writer.close()


async def serve():
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    show(server)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    print("client read", await reader.read())
    writer.close()
    await writer.wait_closed()
    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGINT)
    try:
        await server.serve_forever()
    except asyncio.CancelledError:
        print("main: CancelledError")
        raise
    finally:
        show(server)


try:
    asyncio.run(serve())
except KeyboardInterrupt:
    print("run() raised KeyboardInterrupt")
