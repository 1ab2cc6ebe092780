"""gather begins and answers in the order of its arguments."""
import asyncio


async def work(name, delay):
    print("start", name)
    await asyncio.sleep(delay)
    print("end", name)
    return name.upper()


async def be_main():
    print(await asyncio.gather(*(work(*w) for w in (("slow", 0.06), ("fast", 0.01), ("mid", 0.03)))))
    t = asyncio.create_task(work("dup", 0))
    print(await asyncio.gather(t, t))
    print(await asyncio.gather())


asyncio.run(be_main())
