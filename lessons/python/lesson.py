"""lesson.py: what the lessons share and what is not their subject. The twin of ../lesson.h."""
import asyncio
import os
import re
import socket
import struct
import sys


def number(what, text, most):
    """The number that text says, from 0 to most; ends the program with advice if it is none."""
    if text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    print(f'{what} must be a number from 0 to {most}, not "{text}"', file=sys.stderr)
    sys.exit(2)


def plan():
    """PROGRAM [GUESTS], with LESSON_PORT from the environment (8888; 0: any free port)."""
    if len(sys.argv) > 2:
        print(f'usage: [LESSON_PORT=PORT] {sys.argv[0]} [GUESTS]', file=sys.stderr)
        sys.exit(2)
    port = number('LESSON_PORT', os.environ.get('LESSON_PORT', '8888'), 65535)
    guests = number('GUESTS', sys.argv[1], 1000000) if len(sys.argv) == 2 else 0
    return port, guests


def socket_path():
    """Where a lesson may have a Unix socket of its own."""
    return f'{os.environ.get("TMPDIR", "/tmp")}/lesson-{os.getpid()}.sock'


def printable(line):
    """The line without its end; what is no printable ASCII becomes '?'."""
    return ''.join(chr(b) if 32 <= b <= 126 else '?' for b in line.rstrip(b'\r\n'))


# --- guests: clients that come by as a script says: the counterpart of ../guests.h -----------------


class Guest:
    """One guest: its deeds, each at its time."""

    def __init__(self, name, host, port):
        self.name, self.host, self.port = name, host, port
        self.deeds = []
        self.reader = self.writer = None
        self.paused = False

    async def connects(self, _):
        if self.host.startswith('/'):
            self.reader, self.writer = await asyncio.open_unix_connection(self.host)
        else:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        print(f'{self.name} is there')

    async def says(self, text):
        self.writer.write(text)

    async def sends(self, text):
        self.writer.write(b'x' * int(text))
        await self.writer.drain()

    async def reads(self, _):
        line = await self.reader.readline()
        print(f'{self.name} reads: {printable(line)}' if line else f'{self.name} reads the end')

    async def drinks(self, _):
        self.writer.transport.resume_reading()
        drunk = 0
        while some := await self.reader.read(16384):
            drunk += len(some)
        print(f'{self.name} drank {drunk} bytes')

    async def pauses(self, _):
        sock = self.writer.get_extra_info('socket')
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.writer.transport.pause_reading()
        self.paused = True

    async def ends(self, _):
        self.writer.write_eof()

    async def leaves(self, _):
        self.writer.close()
        self.writer = None

    async def resets(self, _):
        sock = self.writer.get_extra_info('socket')
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.writer.transport.abort()
        self.writer = None

    async def guest(self, begun):
        loop = asyncio.get_running_loop()
        try:
            for at, does, text in self.deeds:
                left = begun + at - loop.time()
                if left > 0:
                    await asyncio.sleep(left)
                await does(text)
            if self.paused and self.writer:
                await self.writer.wait_closed()
        except OSError as error:
            print(f'{self.name}: {os.strerror(error.errno)}')
        finally:
            if self.writer:
                self.writer.close()


DEEDS = {deed: getattr(Guest, deed) for deed in
         ('connects', 'says', 'sends', 'reads', 'drinks', 'pauses', 'ends', 'leaves', 'resets')}


def moment(text):
    """Seconds, 0 or more."""
    at = float(text)
    if not at >= 0:
        raise ValueError(text)
    return at


def unescape(text):
    """Undoes the escapes \\n \\r \\t \\\\ \\xHH."""
    known = {'n': '\n', 'r': '\r', 't': '\t', '\\': '\\'}
    return re.sub(r'\\(x[0-9a-fA-F]{2}|[nrt\\])',
                  lambda m: known.get(m[1]) or chr(int(m[1][1:], 16)), text).encode('latin-1')


def guests(host, port, script):
    """Has the guests of the script come by at host and port, from now on; LESSON_GUESTS=FILE brings others."""
    if 'LESSON_GUESTS' in os.environ:
        with open(os.environ['LESSON_GUESTS'], encoding='utf-8') as file:
            script = ''.join(line[6:].lstrip() for line in file if line.startswith('guest '))
    party = {}
    for line in script.splitlines():
        try:
            at, name, does, *text = line.split(' ', 3)
            one = party.setdefault(name, Guest(name, host, port))
            one.deeds.append((moment(at), DEEDS[does].__get__(one), unescape(text[0]) if text else b''))
            if does == 'sends':
                int(text[0])
        except (ValueError, KeyError, IndexError):
            print(f'guests: a line is SECONDS NAME DEED, with a deed that guests know: {line!r:.60}', file=sys.stderr)
            sys.exit(2)
    begun = asyncio.get_running_loop().time()
    for one in party.values():
        keep(asyncio.create_task(one.guest(begun)))


tasks = set()  # asyncio forgets a task that nobody holds


def keep(task):
    tasks.add(task)
    task.add_done_callback(tasks.discard)
