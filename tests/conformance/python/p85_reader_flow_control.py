"""The loop stops receiving above twice the limit, and goes on at the limit, or when a reader needs more."""
import asyncio


class Told:
    def pause_reading(self):
        print("  pause_reading")

    def resume_reading(self):
        print("  resume_reading")


async def be_main():
    reader = asyncio.StreamReader(limit=4)
    reader.set_transport(Told())

    def feed(n):
        print("feed", n)
        reader.feed_data(bytes(n))

    for n in (4, 4, 1, 1):
        feed(n)
    for n in (4, 1, 1):
        print("read", len(await reader.read(n)))
    feed(9)
    t = asyncio.create_task(reader.readexactly(30))
    print("readexactly(30)")
    await asyncio.sleep(0)
    feed(20)
    print("got", len(await t))


asyncio.run(be_main())
