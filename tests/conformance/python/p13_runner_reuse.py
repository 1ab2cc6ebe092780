"""A runner keeps its loop, and the tasks in it, from run to run."""
import asyncio

seen = {}


async def background():
    try:
        i = 0
        while True:
            print("background", i)
            i += 1
            await asyncio.sleep(0)
    finally:
        print("background: finally")


async def first():
    seen["loop"] = asyncio.get_running_loop()
    seen["bg"] = asyncio.create_task(background())
    await asyncio.sleep(0)
    print("first returns")
    return 1


async def second():
    print("second: same loop:", seen["loop"] is asyncio.get_running_loop())
    await asyncio.sleep(0)
    print("second returns")
    return 2


with asyncio.Runner() as runner:
    print("->", runner.run(first()))
    print("bg done:", seen["bg"].done())
    print("->", runner.run(second()))
    print("leaving")
print("bg cancelled:", seen["bg"].cancelled(), "loop closed:", seen["loop"].is_closed())
late = first()
try:
    runner.run(late)
except RuntimeError as error:
    print("RuntimeError:", error)
late.close()
