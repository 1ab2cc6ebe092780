"""asyncio_trace: real asyncio writes the trace that loopscope shows. The format is in loop/TRACE.md.

    writer.py    lines, ids and times; where they go; what a viewer asks for
    loop.py      asyncio's loop, which says when something happens
    teller.py    what is known of a loop, and how it is told
    tasks.py     tasks: their steps, and what they wait for, at which line
    net.py       servers and connections
    world.py     output, threads, children

Nothing of asyncio is replaced: its own code runs, and tells what it does on the way. So a program does what it does
without us, in the same order. Only asyncio's own selector loop is told of, one loop at a time; uvloop and the like
say nothing. Needs Python 3.8 or later, and nothing but its standard library.
"""
import os


def install(where):
    """From now on, loops are traced to what LOOP_TRACE says. Children of this process are not."""
    from . import loop, tasks, world, writer
    os.environ.pop('LOOP_TRACE', None)
    sink = writer.Sink(where)
    tasks.install()
    loop.install(sink)
    world.install(sink)
