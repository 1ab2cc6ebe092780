"""A task that is made begins in the next turn; a coroutine that is awaited at once."""
import asyncio


async def child(name):
    print("child", name, "start")
    return name


async def be_main():
    t1, t2 = [asyncio.create_task(child(name)) for name in ("t1", "t2")]
    print("main: created, done:", t1.done(), t2.done())
    print("inline returned", await child("inline"))
    print("main: still, done:", t1.done(), t2.done())
    await asyncio.sleep(0)
    print("main: after sleep(0), done:", t1.done(), t2.done())
    t3 = asyncio.create_task(child("t3"))
    print("t2 ->", await t2)
    print("main: awaiting a finished task did not yield, t3 done:", t3.done())
    print("t3 ->", await t3)


asyncio.run(be_main())
