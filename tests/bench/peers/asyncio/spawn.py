"""Tasks that finish at once, made and awaited in batches."""

import asyncio

import peer

total, batch = peer.arguments(100000, 1000)
n_done = 0


async def nothing():
    global n_done
    n_done += 1


async def main():
    began = peer.clocks()
    for _ in range(0, total, batch):
        await asyncio.gather(*(asyncio.create_task(nothing()) for _ in range(batch)))
    assert n_done >= total
    peer.report_rate("tasks_per_s", n_done, began)


peer.run(main)
