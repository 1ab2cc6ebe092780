"""How many turns of the loop each await costs."""
import asyncio

from turns import CountingLoop


async def noop():
    return 1


async def set_soon():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, 1)
    await future


async def limited():
    async with asyncio.timeout(10):
        await noop()


async def empty_group():
    async with asyncio.TaskGroup():
        pass


async def group_of_one():
    async with asyncio.TaskGroup() as group:
        group.create_task(noop())


async def free_lock():
    async with asyncio.Lock():
        pass


async def set_event():
    event = asyncio.Event()
    event.set()
    await event.wait()


async def queue_with_room():
    queue = asyncio.Queue()
    await queue.put(1)
    await queue.get()


async def be_main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    future.set_result(1)
    task = asyncio.create_task(noop())
    await task
    for label, make in {
        "await coroutine()": noop,
        "await finished future": lambda: future,
        "await finished task": lambda: task,
        "sleep(0)": lambda: asyncio.sleep(0),
        "sleep(-1)": lambda: asyncio.sleep(-1),
        "future set by call_soon": set_soon,
        "await create_task(noop())": lambda: asyncio.create_task(noop()),
        "gather(noop(), noop())": lambda: asyncio.gather(noop(), noop()),
        "wait({task})": lambda: asyncio.wait([asyncio.create_task(noop())]),
        "shield(noop())": lambda: asyncio.shield(noop()),
        "timeout(10) around noop()": limited,
        "TaskGroup, empty": empty_group,
        "TaskGroup, one noop()": group_of_one,
        "Lock, free": free_lock,
        "Event, set": set_event,
        "Queue put + get, room": queue_with_room,
    }.items():
        start = loop.turns
        await make()
        print(label.ljust(34), loop.turns - start)


with asyncio.Runner(loop_factory=CountingLoop) as runner:
    runner.run(be_main())
