"""A task that waits for itself is refused, and goes on."""
import asyncio


async def selfish():
    try:
        await asyncio.current_task()
    except RuntimeError as error:
        print("RuntimeError:", str(error).partition(":")[0])
    await asyncio.sleep(0)
    return "went on"


async def be_main():
    print(await asyncio.create_task(selfish()))


asyncio.run(be_main())
