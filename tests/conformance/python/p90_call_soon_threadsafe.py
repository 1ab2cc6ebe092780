"""Another thread wakes a loop that waits; and it can wait for a coroutine."""
import asyncio
import threading


async def doubled(x):
    await asyncio.sleep(0)
    if x < 0:
        raise ValueError("negative")
    return 2 * x


def ask(loop, x):
    try:
        return asyncio.run_coroutine_threadsafe(doubled(x), loop).result()
    except ValueError as error:
        return repr(error)


async def in_thread(fn, event):
    thread = threading.Thread(target=fn)
    thread.start()
    await event.wait()
    thread.join()
    event.clear()


async def be_main():
    loop = asyncio.get_running_loop()
    home = threading.current_thread()
    event = asyncio.Event()
    order, answers = [], []

    def note(i):
        order.append((i, threading.current_thread() is home))
        if i == 4:
            event.set()

    def call_five():
        for i in range(5):
            loop.call_soon_threadsafe(note, i)

    def ask_two():
        answers.extend(ask(loop, x) for x in (21, -1))
        loop.call_soon_threadsafe(event.set)

    await in_thread(call_five, event)
    print(order)
    await in_thread(ask_two, event)
    print(answers)


asyncio.run(be_main())
