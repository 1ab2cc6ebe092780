"""Tasks that yield take turns."""
import asyncio

said = []


async def work(name, steps):
    for step in range(steps):
        said.append(name + str(step))
        await asyncio.sleep(0)
    said.append(name + ".")


async def be_main():
    await asyncio.gather(*(work(*w) for w in (("a", 3), ("b", 1), ("c", 4), ("d", 2))))


asyncio.run(be_main())
print(*said)
