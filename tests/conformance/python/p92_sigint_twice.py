"""The first Ctrl-C cancels main; the second leaves the run at once; what is left is still cancelled."""
import asyncio
import os
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
lines, kept = [], []


async def other():
    try:
        await asyncio.sleep(3600)
    finally:
        lines.append("other: finally")


async def sleep_until_ctrl_c():
    asyncio.get_running_loop().call_later(0.01, os.kill, os.getpid(), signal.SIGINT)
    await asyncio.sleep(3600)


async def be_main():
    kept.append(asyncio.create_task(other()))
    try:
        await sleep_until_ctrl_c()
    except asyncio.CancelledError:
        print("main: first SIGINT cancelled me; other done:", kept[0].done())
        try:
            await sleep_until_ctrl_c()
        finally:
            lines.append("main: cleanup interrupted")


try:
    asyncio.run(be_main())
except KeyboardInterrupt:
    for line in sorted(lines) + ["KeyboardInterrupt"]:
        print(line)
print("SIGINT handler restored:", signal.getsignal(signal.SIGINT) is signal.default_int_handler)
