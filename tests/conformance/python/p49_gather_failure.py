"""The first failure is raised at once and the others go on."""
import asyncio


def handler(loop, context):
    print("must not be reported:", context)


async def ok(delay, event=None):
    await asyncio.sleep(delay)
    if event is not None:
        await event.wait()
    print("ok finished")
    return "ok"


async def fail(delay, text, event=None):
    await asyncio.sleep(delay)
    if event is not None:
        await event.wait()
    print("failing", text)
    raise ValueError(text)


async def be_main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(handler)
    event = asyncio.Event()
    try:
        await asyncio.gather(ok(0, event), fail(0.01, "first"), fail(0, "second", event))
    except ValueError as error:
        print("gather raised", error)
    event.set()
    await asyncio.sleep(0.01)
    c = asyncio.create_task(ok(3600))
    loop.call_soon(c.cancel)
    results = await asyncio.gather(ok(0.01), fail(0, "third"), c, return_exceptions=True)
    print([r if r == "ok" else type(r).__name__ for r in results])


asyncio.run(be_main())
