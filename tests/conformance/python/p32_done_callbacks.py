"""Done callbacks run in the next turn, in the order of adding."""
import asyncio
from functools import partial


def tell(name, future):
    print(name, future.result())


def dup(future):
    print("must not run")


async def waiter(future):
    print("waiter got", await future)


async def be_main():
    f = asyncio.get_running_loop().create_future()
    f.add_done_callback(partial(tell, "cb1"))
    t = asyncio.create_task(waiter(f))
    await asyncio.sleep(0)
    f.add_done_callback(partial(tell, "cb2"))
    for _ in range(2):
        f.add_done_callback(dup)
    first = f.remove_done_callback(dup)
    print("removed", first, f.remove_done_callback(dup))
    f.set_result(7)
    print("set_result returned")
    f.add_done_callback(partial(tell, "late cb"))
    print("late add returned")
    await asyncio.sleep(0)
    print("main again")
    await t


asyncio.run(be_main())
