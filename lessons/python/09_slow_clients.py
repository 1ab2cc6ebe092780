"""09_slow_clients.py: slow clients: what is written and not read has to wait somewhere."""
import asyncio
import os
import socket

import lesson

TICKS, CHUNK, TOO_MUCH = 10, 16384, 60000
readers = []


async def reader(reader, writer):
    writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    readers.append(writer)
    try:
        await reader.read(1)  # until it goes, or is sent away
    finally:
        readers.remove(writer)
        writer.close()


def tick(number):
    print(f'tick {number}, readers: {len(readers)}')
    for writer in readers:
        writer.write(bytes(CHUNK))
        if writer.transport.get_write_buffer_size() > TOO_MUCH:
            print('one of them is too slow: dropped')
            writer.transport.abort()


async def main():
    path = lesson.socket_path()
    server = await asyncio.start_unix_server(reader, path)
    lesson.guests(path, 0, '0.2 ann connects\n0.2 ann drinks\n'
                           '0.3 ben connects\n0.3 ben pauses\n')
    await asyncio.sleep(0.9)
    for number in range(1, TICKS + 1):
        await asyncio.sleep(0.1)
        tick(number)
    server.close()
    if os.path.exists(path):  # from Python 3.13 on, the server has removed it
        os.unlink(path)
    for writer in readers:
        writer.close()
    await asyncio.sleep(0.1)  # for ann, who reads the last of it


asyncio.run(main())
