"""A task may carry on after a cancel."""
import asyncio


async def stubborn():
    me = asyncio.current_task()
    for n in (1, 2):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            print("swallowed", n, "cancelling:", me.cancelling())
    for words in ("uncancel", "uncancel", "uncancel at zero"):
        print(words, "->", me.uncancel())
    await asyncio.sleep(0)
    return "finished anyway"


async def be_main():
    t = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    t.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    t.cancel()
    print("result:", await t, "cancelled:", t.cancelled())


asyncio.run(be_main())
