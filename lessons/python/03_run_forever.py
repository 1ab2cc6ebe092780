"""03_run_forever.py: running for ever, the third way: the loop itself, whatever its tasks do."""
import asyncio


async def main():
    for i in range(5):
        await asyncio.sleep(1)
        print(f'Running {i}...')
    print('main() is done, but the loop carries on...')


loop = asyncio.new_event_loop()
task = loop.create_task(main())
loop.run_forever()
