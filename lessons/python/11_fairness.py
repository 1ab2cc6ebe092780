"""11_fairness.py: starvation and fairness: why a queue that is never empty starves nobody."""
import asyncio
import collections
import time

PIECES = 50
done = 0


async def heartbeat():
    loop = asyncio.get_running_loop()
    start = loop.time()
    for i in range(4):
        await asyncio.sleep(1)
        print(f'beat at {loop.time() - start:.0f} s')


def piece(all_done):
    global done
    time.sleep(0.05)
    done += 1
    if done < PIECES:
        asyncio.get_running_loop().call_soon(piece, all_done)
    else:
        all_done.set()


def drain(queue):
    global done
    while queue:
        item = queue.popleft()
        time.sleep(0.05)
        done += 1
        if done < 2 * PIECES:
            queue.append(item)


async def main():
    all_done = asyncio.Event()
    queue = collections.deque()
    beats = asyncio.create_task(heartbeat())
    print("50 pieces, each put into the loop's queue by the one before")
    asyncio.get_running_loop().call_soon(piece, all_done)
    await all_done.wait()
    print('50 pieces, from a queue of our own, until it is empty')
    queue.append('piece')
    drain(queue)
    print('our queue is empty')
    await beats


asyncio.run(main())
