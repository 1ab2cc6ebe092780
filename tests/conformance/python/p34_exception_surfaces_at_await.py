"""A failure is kept, and raised to whoever waits or asks."""
import asyncio


async def inner():
    try:
        await asyncio.sleep(0)
        raise KeyError("deep")
    finally:
        print("inner finally")


async def middle():
    try:
        await inner()
    finally:
        print("middle finally")


async def bystander():
    for _ in range(3):
        await asyncio.sleep(0)
    print("bystander unaffected")


async def be_main():
    t = asyncio.create_task(middle())
    await asyncio.create_task(bystander())
    print("task done:", t.done(), "cancelled:", t.cancelled(), "exception:", repr(t.exception()))
    for _ in range(2):
        try:
            await t
        except KeyError as error:
            print("awaiter caught", repr(error))
    try:
        t.result()
    except KeyError as error:
        print("result() raised", repr(error))


asyncio.run(be_main())
