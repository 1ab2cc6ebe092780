"""What a batch queues waits for the next turn."""
from turns import CountingLoop

loop = CountingLoop()
CHILDREN = {"a": ["a1", "a2"], "b": ["b1"], "a1": ["a11"], "b1": ["b11"], "b11": ["stop-next"]}


def visit(name):
    print(f"iteration {loop.turns}: {name}")
    for child in CHILDREN.get(name, ()):
        loop.call_soon(visit, child)


def stop_after(turns):
    if turns:
        loop.call_soon(stop_after, turns - 1)
    else:
        loop.stop()


for root in "abc":
    loop.call_soon(visit, root)
loop.call_soon(stop_after, 3)
loop.run_forever()
loop.close()
