"""What the asyncio peers share: clocks, the deadlines, the line of JSON, and the loop to run on.

BENCH_LOOP=uvloop runs them on uvloop; PYTHONASYNCIODEBUG=1 in asyncio's debug mode.
"""

import asyncio
import json
import os
import sys
import time

BACKLOG = 4096


def arguments(*defaults):
    given = [int(a) for a in sys.argv[1:]]
    return given + list(defaults[len(given):])


def run(main):
    if os.environ.get("BENCH_LOOP") == "uvloop":
        import uvloop
        uvloop.install()
    asyncio.run(main())


def clocks():
    return time.monotonic(), time.process_time()


def report_rate(key, count, began):
    wall, cpu = (now - then for now, then in zip(clocks(), began))
    print(json.dumps({key: count / wall, "cpu_ns_each": cpu / count * 1e9, "count": count, "elapsed_s": wall}))


def deadlines_us():
    state = 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 33) % 1000000


async def serve(handler):
    port, = arguments(0)
    server = await asyncio.start_server(handler, "127.0.0.1", port, backlog=BACKLOG)
    print(json.dumps({"ready": port}), flush=True)
    await server.serve_forever()
