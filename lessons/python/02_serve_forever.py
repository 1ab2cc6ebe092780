"""02_serve_forever.py: running for ever, the second way: a server that accepts until Ctrl-C."""
import asyncio

import lesson


async def hello(reader, writer):
    line = await reader.readline()
    peer = '%s:%d' % writer.get_extra_info('peername')
    print(f'{peer} said: {lesson.printable(line)}')
    if line.startswith(b'GET '):  # a browser wants a header first
        writer.write(b'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n')
    writer.write(f'You said: {lesson.printable(line)}\n'.encode())
    await writer.drain()
    writer.close()


async def guest(port, guests):
    """A client of our own. It sends for the next one, connects, thinks, and says hello."""
    await asyncio.sleep(1)
    if guests > 1:
        keep(asyncio.create_task(guest(port, guests - 1)))
    reader, writer = await asyncio.open_connection('127.0.0.1', port)
    await asyncio.sleep(1.5)
    writer.write(b'hello\n')
    answer = await reader.readline()
    print(f'A guest read: {answer.decode()}', end='')
    writer.close()


async def main(port, guests):
    server = await asyncio.start_server(hello, '127.0.0.1', port)
    port = server.sockets[0].getsockname()[1]
    print(server)
    if guests > 0:
        keep(asyncio.create_task(guest(port, guests)))
    async with server:
        await server.serve_forever()


tasks = set()  # asyncio forgets a task that nobody holds


def keep(task):
    tasks.add(task)
    task.add_done_callback(tasks.discard)


asyncio.run(main(*lesson.plan()))
