"""A queue is joined when all that was put is said to be done."""
import asyncio


async def consumer(queue):
    while True:
        item = await queue.get()
        await asyncio.sleep(0.01)
        print("processed", item, "queue empty:", queue.empty())
        queue.task_done()


async def be_main():
    queue = asyncio.Queue()
    await queue.join()
    print("join on a fresh queue returned")
    for item in range(3):
        queue.put_nowait(item)
    c = asyncio.create_task(consumer(queue))
    await queue.join()
    print("joined")
    try:
        queue.task_done()
    except ValueError as error:
        print("ValueError:", error)
    c.cancel()


asyncio.run(be_main())
