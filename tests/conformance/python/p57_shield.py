"""A shield keeps a cancel from what is behind it; results and that one's own cancel pass."""
import asyncio


async def inner():
    await asyncio.sleep(0.2)
    print("inner finished")
    return "inner result"


async def outer(task):
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        print("outer: CancelledError; inner cancelled:", task.cancelled(), "done:", task.done())
        raise


async def bad():
    raise ValueError("through the shield")


async def pair():
    t = asyncio.create_task(inner())
    o = asyncio.create_task(outer(t))
    await asyncio.sleep(0)
    return t, o


async def be_main():
    t, o = await pair()
    o.cancel()
    await asyncio.wait([o])
    print("outer cancelled:", o.cancelled())
    print("inner ->", await t)
    t, o = await pair()
    t.cancel()
    await asyncio.wait([o])
    print("outer cancelled:", o.cancelled(), "its own cancelling:", o.cancelling())
    try:
        await asyncio.shield(bad())
    except ValueError as error:
        print(error)


asyncio.run(be_main())
