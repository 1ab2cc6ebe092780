"""How a cancelled task ends is decided by how its body does."""
import asyncio


async def reraise():
    await asyncio.sleep(3600)


async def replace():
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        raise ValueError("from finally") from None


async def swallow():
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return "result"


async def spontaneous():
    raise asyncio.CancelledError


def end_of(task):
    if task.cancelled():
        return "cancelled"
    return repr(task.exception() or task.result())


async def be_main():
    for coro in (reraise, replace, swallow, spontaneous):
        t = asyncio.create_task(coro())
        await asyncio.sleep(0)
        cancel = "no call" if coro is spontaneous else t.cancel()
        await asyncio.wait([t])
        print(f"{coro.__name__:<12} cancel -> {str(cancel):<8} ends: {end_of(t)}")


asyncio.run(be_main())
