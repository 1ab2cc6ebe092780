"""Names of tasks, the running task, and all that are not done."""
import asyncio


def my_name():
    return asyncio.current_task().get_name()


async def child():
    print("in child:", my_name())


def callback(loop):
    print("in callback:", asyncio.current_task(loop))


def show_all():
    print("all:", sorted(task.get_name() for task in asyncio.all_tasks()))


async def be_main():
    loop = asyncio.get_running_loop()
    print("in main:", my_name())
    a = asyncio.create_task(child())
    c = loop.create_task(child())
    b = loop.create_task(child(), name="bob")
    print(*(t.get_name() for t in (a, c, b)))
    c.set_name("carol")
    loop.call_soon(callback, loop)
    show_all()
    await asyncio.sleep(0)
    show_all()
    print("back in main:", my_name())


asyncio.run(be_main())
