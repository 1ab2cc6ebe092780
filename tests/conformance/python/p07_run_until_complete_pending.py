"""run_until_complete answers one and leaves the others pending."""
import asyncio

loop = asyncio.new_event_loop()


async def background():
    for i in range(3):
        print("background", i)
        await asyncio.sleep(0.2)
    print("background done")


async def quick():
    return "quick result"


async def failing():
    raise ValueError("boom")


def done():
    print("bg done:", bg.done())


bg = loop.create_task(background())
print(loop.run_until_complete(quick()))
done()
try:
    loop.run_until_complete(failing())
except ValueError as error:
    print("raised:", error)
done()
loop.call_soon(loop.stop)
try:
    loop.run_until_complete(loop.create_future())
except RuntimeError as error:
    print("RuntimeError:", error)
loop.run_until_complete(bg)
done()
loop.close()
