"""wait() answers when all, the first, or the first failed is done, or the time is over."""
import asyncio

WORKS = {"a": 1, "b": 20, "c": 60}


async def work(name, fails):
    for _ in range(WORKS[name]):
        await asyncio.sleep(0)
    if fails and name == "b":
        raise ValueError(name)


def names(tasks):
    return sorted(task.get_name() for task in tasks)


async def show(label, when, fails=False):
    tasks = [asyncio.create_task(work(name, fails), name=name) for name in WORKS]
    done, pending = await asyncio.wait(tasks, return_when=when)
    print(f"{label:<16} done {names(done)} pending {names(pending)}")
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def be_main():
    await show("ALL", asyncio.ALL_COMPLETED)
    await show("FIRST_COMPLETED", asyncio.FIRST_COMPLETED)
    await show("FIRST_EXCEPTION", asyncio.FIRST_EXCEPTION, True)
    await show("no exception", asyncio.FIRST_EXCEPTION)
    t = asyncio.create_task(asyncio.sleep(3600), name="forever")
    done, pending = await asyncio.wait([t], timeout=0.01)
    print("timeout          done", names(done), "pending", names(pending), "cancelling:", t.cancelling())
    t.cancel()


asyncio.run(be_main())
