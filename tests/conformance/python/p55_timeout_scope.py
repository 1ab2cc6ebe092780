"""A scope of time cancels what is in it, and turns that one cancel into a timeout."""
import asyncio


async def one(me):
    try:
        async with asyncio.timeout(0.01) as t:
            try:
                await asyncio.sleep(3600)
            finally:
                print("cleanup; cancelling:", me.cancelling())
    except TimeoutError:
        print("TimeoutError expired:", t.expired(), "cancelling:", me.cancelling())


async def inner_expires():
    async with asyncio.timeout(3600) as outer:
        try:
            async with asyncio.timeout(0.01) as inner:
                await asyncio.sleep(3600)
        except TimeoutError:
            print("inner expired:", inner.expired(), "outer expired:", outer.expired())
        await asyncio.sleep(0)
        print("outer scope goes on")


async def outer_expires():
    try:
        async with asyncio.timeout(0.01):
            try:
                async with asyncio.timeout(3600) as inner:
                    await asyncio.sleep(1000)
            except TimeoutError:
                print("must not run: inner did not expire")
    except TimeoutError:
        print("outer converted; inner expired:", inner.expired())


async def past():
    try:
        async with asyncio.timeout(-1):
            print("body of a past deadline starts")
            future = asyncio.get_running_loop().create_future()
            future.set_result(1)
            await future
            print("await that does not suspend passes")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            print("must not run")
    except TimeoutError:
        print("past deadline: TimeoutError")


async def be_main():
    await one(asyncio.current_task())
    await inner_expires()
    await outer_expires()
    async with asyncio.timeout(None) as t:
        await asyncio.sleep(0)
    print("None: when", t.when(), "expired:", t.expired())
    await past()
    async with asyncio.timeout(0.01) as t:
        t.reschedule(asyncio.get_running_loop().time() + 3600)
        await asyncio.sleep(0.03)
    print("rescheduled; expired:", t.expired())


asyncio.run(be_main())
