"""A failure that nobody asked for is reported when its task goes."""
import asyncio
import gc


def handler(loop, context):
    print("handler:", context["message"], "|", repr(context["exception"]))


async def fail(n):
    raise ValueError(f"number {n}")


async def be_main():
    asyncio.get_running_loop().set_exception_handler(handler)
    tasks = [asyncio.create_task(fail(n)) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    print("all failed:", *(task.done() for task in tasks))
    tasks[1].exception()
    try:
        await tasks[2]
    except ValueError:
        pass
    for n in (1, 2, 3):
        print(f"drop t{n}")
        tasks.pop(0)
        gc.collect()


asyncio.run(be_main())
