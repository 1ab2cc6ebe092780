"""05_cancellation.py: cancellation: an error at the await, and what a task makes of it."""
import asyncio

import lesson


def connected(reader, writer):
    global silent
    silent = asyncio.create_task(handler(reader, writer))


async def handler(reader, writer):
    try:
        await reader.readline()
    except asyncio.CancelledError:
        print('handler: cancelled, so it says goodbye and ends')
        writer.write(b'closing time\n')
        raise
    finally:
        writer.close()


async def stubborn():
    try:
        await asyncio.sleep(2.0)
    except asyncio.CancelledError:
        print('stubborn: cancelled, and does not care')
    await asyncio.sleep(0.5)


async def hasty():
    print('hasty: this is never printed')


async def cancel(name, task):
    task.cancel()
    try:
        await task
        print(f'{name} was not cancelled')
    except asyncio.CancelledError:
        print(f'{name} was cancelled')


async def main():
    server = await asyncio.start_server(connected, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    lesson.guests('127.0.0.1', port, '0.5 ann connects\n0.5 ann reads\n')
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0.9)
    await cancel('handler', silent)
    await asyncio.sleep(0.5)
    await cancel('stubborn', task)
    await cancel('hasty', asyncio.create_task(hasty()))
    server.close()


asyncio.run(main())
