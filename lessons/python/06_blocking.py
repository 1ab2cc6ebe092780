"""06_blocking.py: blocking the loop: a ticker beside a computation that never awaits."""
import asyncio
import time

TICKS = 4


async def ticker():
    loop = asyncio.get_running_loop()
    for i in range(TICKS):
        await asyncio.sleep(0.1)
        print(f'tick at {loop.time() - start:.1f} s')


async def compute():
    await asyncio.sleep(0.25)
    print('computing')
    time.sleep(0.35)
    print('computed')


async def main():
    global start
    start = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        group.create_task(ticker())
        group.create_task(compute())


asyncio.run(main())
