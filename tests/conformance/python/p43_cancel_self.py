"""A task cancels itself."""
import asyncio


async def suspends():
    print("self cancel ->", asyncio.current_task().cancel())
    future = asyncio.get_running_loop().create_future()
    future.set_result("fine")
    print("await finished future:", await future)
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        print("CancelledError at sleep(0)")
        raise


async def returns():
    asyncio.current_task().cancel()
    return 1


async def be_main():
    for coro in (suspends, returns):
        t = asyncio.create_task(coro())
        await asyncio.wait([t])
        print(coro.__name__, "cancelled:", t.cancelled())


asyncio.run(be_main())
