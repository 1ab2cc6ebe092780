"""A lock goes to who waits longest."""
import asyncio


async def worker(name, lock):
    for turn in range(2):
        async with lock:
            print(name, turn)


async def be_main():
    lock = asyncio.Lock()
    await lock.acquire()
    tasks = [asyncio.create_task(worker(name, lock)) for name in "abc"]
    await asyncio.sleep(0)
    print("releasing; locked:", lock.locked())
    lock.release()
    print("released; locked:", lock.locked())
    print("newcomer waits too")
    async with lock:
        print("main got it")
    await asyncio.wait(tasks)
    try:
        lock.release()
    except RuntimeError as error:
        print("RuntimeError:", error)


asyncio.run(be_main())
