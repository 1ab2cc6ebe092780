"""A reader runs again while something is left to read; adding again replaces; removing tells."""
import asyncio
import socket

loop = asyncio.new_event_loop()
near, far = socket.socketpair()
near.setblocking(False)
left = [3]


def writable():
    print("writable; remove_writer ->", loop.remove_writer(far), loop.remove_writer(far))
    loop.stop()


def quiet():
    print("no more calls; remove_reader ->", loop.remove_reader(near), loop.remove_reader(near))
    loop.stop()


def one_byte(label):
    print(label, near.recv(1))
    left[0] -= 1
    if not left[0]:
        loop.call_later(0.02, quiet)


loop.add_writer(far, print, "must not run")
loop.add_writer(far, writable)
loop.run_forever()
loop.add_reader(near, one_byte, "must not run")
loop.add_reader(near, one_byte, "reader")
far.send(b"abc")
loop.run_forever()
for end in (near, far, loop):
    end.close()
