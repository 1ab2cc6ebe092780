"""10_failing_tasks.py: tasks that fail, tasks that vanish: who looks at how a task ended?"""
import asyncio
import errno
import os


def nobody_looked(loop, context):
    print('nobody looked:', context['message'])


async def fetch():
    await asyncio.sleep(0.3)
    print('fetch: fails')
    raise OSError(errno.EIO, os.strerror(errno.EIO))


async def sibling():
    try:
        await asyncio.sleep(1.0)
    except asyncio.CancelledError:
        print('sibling: cancelled, it cleans up')
        raise
    print('sibling: this is never printed')


async def main():
    asyncio.get_running_loop().set_exception_handler(nobody_looked)
    asyncio.create_task(fetch())
    await asyncio.sleep(0.5)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fetch())
            group.create_task(sibling())
    except* OSError as failed:
        print('the group failed:', failed.exceptions[0].strerror)


asyncio.run(main())
