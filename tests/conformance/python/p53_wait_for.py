"""wait_for() answers in time; too late it cancels, waits for the clean-up, and tells what came of it."""
import asyncio


async def work(how):
    try:
        await asyncio.sleep(0 if how == "fast" else 3600)
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
        print(how, "cleanup over")
        if how == "swallow":
            return "late value"
        if how == "fail":
            raise ValueError("in cleanup") from None
        raise
    return "in time"


async def unstarted():
    print("must not run")


def new(how):
    return asyncio.create_task(work(how))


async def be_main():
    for how, limit in (("fast", 30), ("normal", 0.02), ("swallow", 0.02), ("fail", 0.02)):
        try:
            answer = await asyncio.wait_for(new(how), limit)
        except (TimeoutError, ValueError) as error:
            answer = "raised " + repr(error)
        print(how, "->", answer)
    try:
        await asyncio.wait_for(asyncio.create_task(unstarted()), 0)
    except TimeoutError:
        print("timeout 0 -> TimeoutError")
    future = asyncio.get_running_loop().create_future()
    future.set_result("ready")
    print("timeout 0, finished future ->", await asyncio.wait_for(future, 0))
    print("timeout None ->", await asyncio.wait_for(new("fast"), None))
    print("main cancelling():", asyncio.current_task().cancelling())


asyncio.run(be_main())
