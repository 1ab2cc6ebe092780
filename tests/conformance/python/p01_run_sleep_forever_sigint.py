"""Ctrl-C while main sleeps."""
import asyncio
import os
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
seen = {}


def ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


async def rounds_for_ever():
    loop = seen["loop"] = asyncio.get_running_loop()
    n = 0
    try:
        while True:
            await asyncio.sleep(0.1)
            print("Running...")
            n += 1
            if n == 3:
                loop.call_later(0.005, ctrl_c)
    except asyncio.CancelledError:
        print("main: CancelledError")
        raise
    finally:
        print("main: finally, loop running:", loop.is_running())


try:
    asyncio.run(rounds_for_ever())
except KeyboardInterrupt:
    print("run() raised KeyboardInterrupt, loop closed:", seen["loop"].is_closed())
