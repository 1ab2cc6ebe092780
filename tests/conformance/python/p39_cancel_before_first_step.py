"""A task that is cancelled before its first step never runs a line."""
import asyncio


async def worker():
    print("must not run")


def tell(task):
    print("done callback, cancelled:", task.cancelled())


async def be_main():
    t = asyncio.create_task(worker())
    t.add_done_callback(tell)
    print("cancel ->", t.cancel())
    print("done at once:", t.done())
    await asyncio.sleep(0)
    print("after one iteration:", t.done())
    await asyncio.sleep(0)
    print("end")


asyncio.run(be_main())
