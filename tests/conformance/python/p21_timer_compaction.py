"""When cancelled timers are swept."""
import asyncio


def after_one_turn(n, cancelled):
    loop = asyncio.new_event_loop()
    handles = [loop.call_at(loop.time() + 1000 + i, print) for i in range(n)]
    for i in cancelled:
        handles[i].cancel()
    loop.stop()
    loop.run_forever()
    left = len(loop._scheduled)
    loop.close()
    return left


for n, live in ((100, 10), (101, 11), (102, 51), (103, 51)):
    print(n, "timers,", n - live, "cancelled ->", after_one_turn(n, range(live, n)))
print("5 timers, cancelled no. 0, 1 and 3 ->", after_one_turn(5, (0, 1, 3)))
