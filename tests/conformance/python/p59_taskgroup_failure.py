"""The first failure cancels the others and the body; the group tells all failures."""
import asyncio


async def fails():
    await asyncio.sleep(0.01)
    raise ValueError("child failed")


async def sibling(name):
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0.01)
        print("sibling", name, "cancelled")
        if name == "s2":
            raise KeyError("cleanup of s2")


async def be_main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            s1 = group.create_task(sibling("s1"))
            try:
                await asyncio.sleep(3600)
            finally:
                print("body: CancelledError")
    except BaseExceptionGroup as errors:
        print("group error:", errors.message, [repr(e) for e in errors.exceptions])
    print("s1 cancelled:", s1.cancelled(), "parent cancelling:", asyncio.current_task().cancelling())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(sibling("s2"))
    except BaseExceptionGroup as errors:
        print("group error:", [repr(e) for e in errors.exceptions])
    await asyncio.sleep(0)
    print("parent goes on")


asyncio.run(be_main())
