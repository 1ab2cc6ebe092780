"""A barrier lets go when the last has come; when it is broken, all are told."""
import asyncio


async def party(name, barrier, log):
    place = await barrier.wait()
    log.append((place, name))


async def breaks(barrier):
    try:
        await barrier.wait()
    except asyncio.BrokenBarrierError:
        print("BrokenBarrierError, broken:", barrier.broken)


async def give_turns(n):
    while n := n - 1:
        await asyncio.sleep(0)


async def be_main():
    barrier = asyncio.Barrier(3)
    for _ in range(2):
        log = []
        tasks = [asyncio.create_task(party(name, barrier, log)) for name in "xy"]
        await give_turns(5)
        print("waiting:", barrier.n_waiting, "released:", len(log))
        await party("main", barrier, log)
        await asyncio.wait(tasks)
        print(sorted(log))
    t = asyncio.create_task(breaks(barrier))
    await give_turns(5)
    await barrier.abort()
    await t


asyncio.run(be_main())
