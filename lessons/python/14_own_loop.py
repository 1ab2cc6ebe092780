"""14_own_loop.py: an event loop from an empty file, without asyncio: queue, timers, select(), stop."""
import collections
import heapq
import itertools
import select
import time

ready, timers = collections.deque(), []
orders = itertools.count()  # equal deadlines fire in the order in which they were set
stopping = False
began = time.monotonic()


def now():
    return time.monotonic() - began


def call_at(due, fn):
    heapq.heappush(timers, (due, next(orders), fn))


def turn():
    left = 0 if ready else max(0, timers[0][0] - now())
    select.select([], [], [], left)
    while timers and timers[0][0] <= now():
        due, _, fn = heapq.heappop(timers)
        ready.append((fn, due))
    for _ in range(len(ready)):  # what these make ready waits for the next turn
        fn, due = ready.popleft()
        fn(due)


def tick(due):
    print('tick')
    call_at(due + 1.0, tick)


def tock(due):
    print('tock')
    call_at(due + 1.5, tock)


def stop(due):
    global stopping
    stopping = True


call_at(1.0, tick)
call_at(1.5, tock)
call_at(4.75, stop)
while not stopping and (ready or timers):
    turn()
