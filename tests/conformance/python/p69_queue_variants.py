"""What comes out first: the oldest, the smallest, the newest."""
import asyncio


async def be_main():
    for name in ("Queue", "PriorityQueue", "LifoQueue"):
        queue = getattr(asyncio, name)()
        for item in (5, 1, 4, 2, 3):
            queue.put_nowait(item)
        items = [queue.get_nowait() for _ in range(queue.qsize())]
        print(name, items, "maxsize", queue.maxsize, "full", queue.full())


asyncio.run(be_main())
