"""Every misuse of a loop's life cycle has its refusal."""
import asyncio

loop = asyncio.new_event_loop()
other = asyncio.new_event_loop()


def attempt(label, do):
    try:
        do()
    except RuntimeError as error:
        print(label, "->", error)
    else:
        print(label, "-> ok")


def state():
    print("running:", loop.is_running(), "closed:", loop.is_closed())


async def nothing():
    pass


def inside():
    coro = nothing()
    attempt("re-enter same loop", lambda: loop.run_until_complete(loop.create_future()))
    attempt("run other loop", lambda: other.run_until_complete(other.create_future()))
    attempt("asyncio.run inside", lambda: asyncio.run(coro))
    attempt("close while running", loop.close)
    coro.close()
    state()
    loop.stop()


loop.call_soon(inside)
loop.run_forever()
state()
attempt("close", loop.close)
attempt("close again", loop.close)
state()
attempt("call_soon after close", lambda: loop.call_soon(print))
attempt("call_later after close", lambda: loop.call_later(0, print))
attempt("call_soon_threadsafe after close", lambda: loop.call_soon_threadsafe(print))
attempt("run_until_complete after close", lambda: loop.run_until_complete(None))
attempt("stop after close", loop.stop)
other.close()
attempt("get_running_loop outside", asyncio.get_running_loop)
