"""stop() is a wish: the batch that runs is finished."""
import asyncio

loop = asyncio.new_event_loop()


def first():
    print("a: stop()")
    loop.stop()
    loop.call_soon(print, "d: queued by a, after stop()")
    print("a: still running:", loop.is_running())


def second():
    print("b: same batch")
    loop.call_soon(print, "e: queued by b")


loop.call_soon(first)
loop.call_soon(second)
loop.call_soon(print, "c: same batch")
print("-- first run")
loop.run_forever()
print("-- second run")
loop.call_soon(loop.stop)
loop.run_forever()
print("-- end")
loop.close()
