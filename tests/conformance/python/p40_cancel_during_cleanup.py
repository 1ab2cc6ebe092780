"""One cancel interrupts one await."""
import asyncio


async def worker():
    try:
        await asyncio.sleep(3600)
    finally:
        print("cleanup 1")
        await asyncio.sleep(0)
        print("cleanup 2 (awaits work after the first CancelledError)")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            print("cleanup interrupted; cancelling:", asyncio.current_task().cancelling())
            raise


async def be_main():
    t = asyncio.create_task(worker())
    await asyncio.sleep(0)
    t.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    print("second cancel ->", t.cancel())
    await asyncio.wait([t])
    print("cancelled:", t.cancelled())


asyncio.run(be_main())
