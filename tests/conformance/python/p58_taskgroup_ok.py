"""A group waits for all, also for those added meanwhile."""
import asyncio


async def noop():
    pass


async def last(event):
    await event.wait()
    print("end last")


async def added(event):
    await asyncio.sleep(0.01)
    print("end added")
    event.set()


async def adder(group, event):
    await asyncio.sleep(0.01)
    group.create_task(added(event))
    print("adder: added one more")


async def be_main():
    event = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(last(event))
        group.create_task(adder(group, event))
        x = group.create_task(asyncio.sleep(3600))
        asyncio.get_running_loop().call_soon(x.cancel)
        print("body done")
    print("group done; x cancelled:", x.cancelled())
    coro = noop()
    try:
        group.create_task(coro)
    except RuntimeError as error:
        print("RuntimeError:", str(error).rpartition("> ")[2])
    coro.close()


asyncio.run(be_main())
