"""07_timers.py: timers and drift: sleep() says how long from now, not how often."""
import asyncio

ROUNDS = 5


async def work():
    await asyncio.sleep(0.1)


async def drifting():
    loop = asyncio.get_running_loop()
    for i in range(1, ROUNDS + 1):
        await asyncio.sleep(0.4)
        print(f'drifting {i} at {loop.time() - start:.1f} s')
        await work()


async def steady():
    loop = asyncio.get_running_loop()
    next = loop.time()
    for i in range(1, ROUNDS + 1):
        next += 0.4
        await asyncio.sleep(next - loop.time())
        print(f'steady {i} at {loop.time() - start:.1f} s')
        await work()


async def main():
    global start
    start = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        group.create_task(drifting())
        group.create_task(steady())


asyncio.run(main())
