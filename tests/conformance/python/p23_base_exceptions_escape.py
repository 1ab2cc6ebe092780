"""Leaving a run at once."""
import asyncio

loop = asyncio.new_event_loop()


def fatal():
    print("fatal callback")
    raise KeyboardInterrupt


async def fatal_task():
    print("fatal task")
    raise SystemExit(3)


loop.call_soon(print, "a")
loop.call_soon(fatal)
loop.call_soon(print, "b")
try:
    loop.run_forever()
except KeyboardInterrupt:
    print("KeyboardInterrupt out of run_forever, running:", loop.is_running())
task = loop.create_task(fatal_task())
loop.call_soon(print, "c")
try:
    loop.run_forever()
except SystemExit as end:
    print("SystemExit out of run_forever:", end, "task done:", task.done(), repr(task.exception()))
loop.call_soon(loop.stop)
loop.run_forever()
print("end")
loop.close()
