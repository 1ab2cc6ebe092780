"""Setting an event wakes all who wait then, though it is cleared at once."""
import asyncio


async def waiter(name, event):
    await event.wait()
    print(name, "woke; flag now", event.is_set())


async def be_main():
    event = asyncio.Event()
    tasks = [asyncio.create_task(waiter(f"w{i}", event)) for i in range(4)]
    await asyncio.sleep(0)
    event.set()
    event.clear()
    late = asyncio.create_task(waiter("late", event))
    print("set + clear done, nobody ran yet")
    await asyncio.wait(tasks)
    await asyncio.sleep(0)
    print("late still blocked:", not late.done())
    event.set()
    await late
    print("wait() on a set event returns", await event.wait())


asyncio.run(be_main())
