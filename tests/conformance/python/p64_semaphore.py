"""A semaphore lets so many in; a slot that is given back goes to who waits longest."""
import asyncio

inside = []
peak = 0


async def worker(name, semaphore):
    global peak
    async with semaphore:
        inside.append(name)
        peak = max(peak, len(inside))
        print("in", name)
        await asyncio.sleep(0.01)
        inside.remove(name)


async def be_main():
    two = asyncio.Semaphore(2)
    await asyncio.gather(*(worker(i, two) for i in range(6)))
    print("peak", peak)
    one = asyncio.Semaphore(1)
    await one.acquire()
    t = asyncio.create_task(worker("waiter", one))
    await asyncio.sleep(0)
    one.release()
    print("released, but would block a newcomer:", one.locked())
    await one.acquire()
    print("newcomer got it after the waiter; waiter done:", t.done())
    try:
        asyncio.BoundedSemaphore(1).release()
    except ValueError as error:
        print("ValueError:", error)


asyncio.run(be_main())
