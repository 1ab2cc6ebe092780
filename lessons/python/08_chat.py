"""08_chat.py: many clients that stay: a chat. Bytes come as they like; lines are made by who reads."""
import asyncio

import lesson

GUESTS = '''\
0.5 ann connects
0.5 ann says ann\\n
0.6 ann reads
1.0 ben connects
1.0 ben says ben\\n
1.1 ann reads
1.2 ben reads
2.0 ann says hel
2.5 ann says lo\\n
2.6 ann reads
2.7 ben reads
3.0 ben leaves
3.1 ann reads
3.5 ann leaves
'''
room = []


def tell_all(name, what):
    for writer in room:
        writer.write(f'{name}{what}\n'.encode())


async def member(reader, writer):
    line = await reader.readline()
    if not line:
        return writer.close()
    name = lesson.printable(line)
    room.append(writer)
    tell_all(name, ' is here')
    try:
        while line := await reader.readline():
            tell_all(name, f': {lesson.printable(line)}')
    except ConnectionError:
        pass  # cut off: the member has left all the same
    room.remove(writer)
    tell_all(name, ' has left')
    writer.close()


async def main(port, guests):
    server = await asyncio.start_server(member, '127.0.0.1', port)
    port = server.sockets[0].getsockname()[1]
    if guests > 0:
        lesson.guests('127.0.0.1', port, GUESTS)
    async with server:
        await server.serve_forever()


asyncio.run(main(*lesson.plan()))
