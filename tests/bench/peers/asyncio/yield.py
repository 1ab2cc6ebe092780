"""N tasks that each yield K times."""

import asyncio

import peer

n_tasks, n_yields = peer.arguments(1000, 100)
n_done = 0


async def yielder():
    global n_done
    for _ in range(n_yields):
        await asyncio.sleep(0)
        n_done += 1


async def main():
    began = peer.clocks()
    await asyncio.gather(*(asyncio.create_task(yielder()) for _ in range(n_tasks)))
    assert n_done == n_tasks * n_yields
    peer.report_rate("switches_per_s", n_done, began)


peer.run(main)
