"""What is left over is cancelled and cleans up before run() returns."""
import asyncio

lines, tasks, loops = [], [], []


async def worker(name):
    try:
        await asyncio.sleep(3600)
    finally:
        lines.append(name + ": cleanup start")
        await asyncio.sleep(0.01)
        lines.append(name + ": cleanup end")


async def be_main():
    loops.append(asyncio.get_running_loop())
    for name in "abc":
        tasks.append(asyncio.create_task(worker(name)))
    await asyncio.sleep(0)
    lines.append("main returns")
    return 42


result = asyncio.run(be_main())
for line in lines[:1] + sorted(lines[1:4]) + sorted(lines[4:]):
    print(line)
print("result", result, "loop closed:", loops[0].is_closed())
print("cancelled:", [task.cancelled() for task in tasks])
