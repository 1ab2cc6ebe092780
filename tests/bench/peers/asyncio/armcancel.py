"""Timers that are armed and cancelled, beside many that wait."""

import asyncio

import peer

n_pairs, batch, n_pending = peer.arguments(100000, 1000, 10000)
deadlines = peer.deadlines_us()


def never():
    raise AssertionError("a timer of an hour has fired")


async def main():
    loop = asyncio.get_running_loop()
    for _ in range(n_pending):
        loop.call_later(3600 + next(deadlines) / 1e6, never)
    began = peer.clocks()
    for _ in range(0, n_pairs, batch):
        for _ in range(batch):
            loop.call_later(3600 + next(deadlines) / 1e6, never).cancel()
        await asyncio.sleep(0)
    peer.report_rate("pairs_per_s", n_pairs, began)


peer.run(main)
