"""What happens to a connection, in order: made, data, end of input, lost once."""
import asyncio
import socket


class Told(asyncio.Protocol):
    def __init__(self, close_at):
        self.close_at = close_at
        self.lost = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        print("connection_made")

    def data_received(self, data):
        print("data_received", data)
        if data == self.close_at:
            self.transport.close()
            print("close() returned")

    def eof_received(self):
        print("eof_received")

    def connection_lost(self, error):
        print("connection_lost", error)
        self.lost.set()


async def open_pair(close_at=None):
    near, far = socket.socketpair()
    loop = asyncio.get_running_loop()
    _, told = await loop.create_connection(lambda: Told(close_at), sock=near)
    far.send(b"one")
    return told, far


async def be_main():
    told, far = await open_pair()
    far.close()
    await told.lost.wait()
    print("--")
    told, far = await open_pair(b"one")
    await asyncio.sleep(0.01)
    try:
        far.send(b"two")
    except BrokenPipeError:
        print("peer gets EPIPE")
    await told.lost.wait()
    far.close()


asyncio.run(be_main())
