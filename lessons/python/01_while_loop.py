"""01_while_loop.py: running for ever, the first way: a coroutine that never ends."""
import asyncio


async def main():
    while True:
        await asyncio.sleep(1)
        print('Running...')


asyncio.run(main())
