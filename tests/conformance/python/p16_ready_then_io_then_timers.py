"""Inside of one turn: what was ready, then descriptors, then timers."""
import socket

from turns import CountingLoop

loop = CountingLoop()
near, far = socket.socketpair()
near.setblocking(False)


def tell(*what):
    print(f"iteration {loop.turns}:", *what)


def last():
    tell("soon, scheduled by io")
    loop.stop()


def on_readable():
    tell("io", near.recv(10))
    loop.call_soon(last)


loop.call_at(loop.time() - 1, tell, "overdue timer")
loop.add_reader(near, on_readable)
far.send(b"x")
loop.call_soon(tell, "already ready")
loop.run_forever()
loop.remove_reader(near)
for end in (near, far, loop):
    end.close()
