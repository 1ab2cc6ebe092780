"""What blocks runs in another thread while the loop goes on."""
import asyncio
import operator
import threading

home = threading.current_thread()


def is_home():
    return threading.current_thread() is home


def blocking(gate, fails):
    gate.wait()
    if fails:
        raise ValueError("from the thread")
    return not is_home()


async def be_main():
    loop = asyncio.get_running_loop()
    for fails in (False, True):
        gate = threading.Event()
        future = loop.run_in_executor(None, blocking, gate, fails)
        await asyncio.sleep(0.01)
        print("loop is alive; done:", future.done())
        gate.set()
        try:
            print("ran in another thread:", await future)
        except ValueError as error:
            print("raised", error, "in the main thread:", is_home())
    print("to_thread ->", await asyncio.to_thread(operator.add, 40, 2))


asyncio.run(be_main())
