"""A future is done once."""
import asyncio


def attempt(label, method, *args):
    try:
        answer = repr(method(*args))
    except (Exception, asyncio.CancelledError) as error:
        answer = "raises " + type(error).__name__
    print(label.ljust(28), "->", answer)


async def noop():
    pass


async def be_main():
    new = asyncio.get_running_loop().create_future
    f, g, h = new(), new(), new()
    for what in "result", "exception", "done":
        attempt(f"pending.{what}()", getattr(f, what))
    f.set_result("value")
    attempt("finished.result()", f.result)
    attempt("finished.exception()", f.exception)
    attempt("finished.set_result()", f.set_result, 1)
    attempt("finished.set_exception()", f.set_exception, ValueError())
    attempt("finished.cancel()", f.cancel)
    g.set_exception(ValueError("bad"))
    for what in "result", "exception", "cancelled":
        attempt(f"failed.{what}()", getattr(g, what))
    attempt("pending.cancel()", h.cancel)
    for what in "cancel", "done", "result", "exception":
        attempt(f"cancelled.{what}()", getattr(h, what))
    attempt("cancelled.set_result()", h.set_result, 1)
    t = asyncio.create_task(noop())
    attempt("task.set_result()", t.set_result, 1)
    attempt("task.set_exception()", t.set_exception, ValueError())
    await t


asyncio.run(be_main())
