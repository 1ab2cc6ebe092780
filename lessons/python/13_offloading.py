"""13_offloading.py: work that blocks, done elsewhere: in a thread, and in a child process."""
import asyncio
import itertools
import time
from asyncio.subprocess import PIPE


async def ticker():
    for i in itertools.count(1):
        await asyncio.sleep(0.5)
        print(f'tick {i}')


def add_up():
    time.sleep(1.25)
    return 595


async def run_child():
    child = await asyncio.create_subprocess_exec('sort', stdin=PIPE, stdout=PIPE)
    out, _ = await child.communicate(b'pear\napple\n')
    print(f'the child said:\n{out.decode()}', end='')
    print(f'and exited with {child.returncode}')


async def main():
    ticks = asyncio.create_task(ticker())
    print('adding up in a thread')
    sum = await asyncio.to_thread(add_up)
    print(f'the sum is {sum}')
    await asyncio.sleep(0.5)
    await run_child()
    ticks.cancel()


asyncio.run(main())
