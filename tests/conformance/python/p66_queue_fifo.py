"""Getters are served in order, one an item; putters wait for room and go on in order."""
import asyncio


async def getter(name, queue):
    print(name, "got", await queue.get())


async def putter(queue, item):
    await queue.put(item)
    print("put", item, "size", queue.qsize())


async def be_main():
    queue = asyncio.Queue()
    tasks = [asyncio.create_task(getter(name, queue)) for name in ("g0", "g1", "g2")]
    await asyncio.sleep(0)
    for item in "xyz":
        queue.put_nowait(item)
    print("size before anybody ran:", queue.qsize())
    await asyncio.wait(tasks)

    queue = asyncio.Queue(2)
    tasks = [asyncio.create_task(putter(queue, item)) for item in range(4)]
    await asyncio.sleep(0)
    print("full:", queue.full(), "size", queue.qsize())
    try:
        queue.put_nowait(None)
    except asyncio.QueueFull:
        print("QueueFull")
    for _ in range(4):
        print("main got", await queue.get())
        await asyncio.sleep(0)
    try:
        queue.get_nowait()
    except asyncio.QueueEmpty:
        print("QueueEmpty")
    await asyncio.wait(tasks)


asyncio.run(be_main())
