"""stop() before a run: one turn without waiting."""
import asyncio

loop = asyncio.new_event_loop()


def x():
    print("x")
    loop.call_soon(print, "y (scheduled by x)")


def z():
    print("z")
    loop.call_soon(loop.stop)


loop.call_soon(x)
for delay in (0, 3600):
    loop.call_later(delay, print, f"timer({delay})")
loop.stop()
print("-- run 1")
loop.run_forever()
print("-- run 2")
loop.call_soon(z)
loop.run_forever()
print("-- end")
loop.close()
