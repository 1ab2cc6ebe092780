"""Writing pauses when more than the high mark is queued, and goes on at the low one."""
import asyncio
import socket


class Marks(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.resumed = transport, False

    def pause_writing(self):
        print("pause_writing, buffer", self.transport.get_write_buffer_size())

    def resume_writing(self):
        print("resume_writing, buffer <= low:", self.transport.get_write_buffer_size() <= 20)
        self.resumed = True


def fill(sock):
    filled = 0
    try:
        while True:
            filled += sock.send(bytes(4096))
    except BlockingIOError:
        return filled


async def be_main():
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    expected = fill(near) + 151
    loop = asyncio.get_running_loop()
    transport, marks = await loop.create_connection(Marks, sock=near)
    print("defaults", transport.get_write_buffer_limits())
    transport.set_write_buffer_limits(100, 20)
    for n in (60, 40, 1, 50):
        transport.write(b"x" * n)
        print("wrote", n, "buffer", transport.get_write_buffer_size())
    got = bytearray()
    while len(got) < expected or not marks.resumed:
        try:
            got += far.recv(65536)
        except BlockingIOError:
            await asyncio.sleep(0)
    print("peer got all:", len(got) == expected, "tail ok:", got.endswith(b"\0" + b"x" * 151))
    for which in ("high", "low"):
        transport.set_write_buffer_limits(**{which: 1000})
        print("only", which, "given", transport.get_write_buffer_limits())
    transport.close()
    far.close()


asyncio.run(be_main())
