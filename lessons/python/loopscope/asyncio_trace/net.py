"""net.py: servers and connections: their sockets tell what the kernel took and gave."""
import errno
import weakref
from asyncio import base_events

from .writer import Raw

REFUSED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE = Raw('1.000000000')  # asyncio looks away for a second


def name_of(address):
    if isinstance(address, tuple):
        host = f'[{address[0]}]' if ':' in str(address[0]) else address[0]
        return f'{host}:{address[1]}'
    if isinstance(address, bytes):
        address = address.decode('utf-8', 'replace').replace('\0', '@')
    return address or 'unix'


def error_name(error):
    return errno.errorcode.get(error.errno, f'errno {error.errno}')


class Socket:
    """A socket as asyncio uses it; all but what is told goes straight to the real one."""

    def __init__(self, teller, sock):
        self._sock, self._teller = sock, teller

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def tell(self, *keys):
        self._teller.trace.tell(*keys)


class Listening(Socket):
    """A server's socket."""

    def __init__(self, teller, sock, server):
        super().__init__(teller, sock)
        self.server = server

    def accept(self):
        try:
            sock, peer = self._sock.accept()
        except OSError as error:
            if error.errno in REFUSED:
                self.tell('server:refuse', 'server', self.server.id, 'error', error_name(error), 'pause', PAUSE)
            raise
        conn = Connection(self._teller, sock)
        self.server.accepted += 1
        self.tell('server:accept', 'server', self.server.id, 'conn', conn.id, 'fd', sock.fileno(), 'peer', name_of(peer))
        return conn, peer


class Connection(Socket):
    """A connection's socket."""

    def __init__(self, teller, sock):
        super().__init__(teller, sock)
        self.id = teller.trace.new_id('conn')
        self.taken = self.given = 0
        self.transport = None
        self.closed = self.ended = False

    def _read(self, op, read, *args):
        try:
            result = read(*args)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError as error:
            self.tell('conn:error', 'conn', self.id, 'op', op, 'error', error_name(error))
            raise
        count = result if isinstance(result, int) else len(result)
        self.taken += count
        if count:
            self.tell('conn:read', 'conn', self.id, 'bytes', count)
        elif not self.ended:
            self.ended = True
            self.tell('conn:eof', 'conn', self.id)
        return result

    def recv(self, *args):
        return self._read('recv', self._sock.recv, *args)

    def recv_into(self, *args):
        return self._read('recv', self._sock.recv_into, *args)

    def _write(self, write, data, offered):
        try:
            count = write(data)
        except (BlockingIOError, InterruptedError):
            raise
        except OSError as error:
            self.tell('conn:error', 'conn', self.id, 'op', 'send', 'error', error_name(error))
            raise
        self.given += count
        waiting = self.transport.get_write_buffer_size() if self.transport is not None else 0
        self.tell('conn:write', 'conn', self.id, 'bytes', count, 'queued', max(waiting, offered) - count)
        return count

    def send(self, data):
        return self._write(self._sock.send, data, len(data))

    def sendmsg(self, buffers):
        buffers = list(buffers)
        return self._write(self._sock.sendmsg, buffers, sum(map(len, buffers)))

    def close(self):
        self._sock.close()
        if not self.closed:
            self.closed = True
            self.tell('conn:close', 'conn', self.id, 'in', self.taken, 'out', self.given)


class Server:
    def __init__(self, id):
        self.id = id
        self.accepted = 0
        self.sockets = set()


class Network:
    """What a loop has of it."""

    def __init__(self):
        self.servers = weakref.WeakKeyDictionary()  # asyncio's server: ours
        self.listening = {}                         # fd: ours
        self.connecting = {}                        # fd: a Connection


def listening(teller, sock, args, kwargs):
    """asyncio begins to accept on a socket."""
    server = kwargs.get('server', args[1] if len(args) > 1 else None)
    backlog = kwargs.get('backlog', args[2] if len(args) > 2 else 100)
    ours = teller.net.servers.get(server) if server is not None else None
    ours = ours or Server(teller.trace.new_id('server'))
    if server is not None:
        teller.net.servers[server] = ours
    ours.sockets.add(sock.fileno())
    teller.net.listening[sock.fileno()] = ours
    teller.trace.tell('server:listen', 'server', ours.id, 'fd', sock.fileno(), 'addr', name_of(sock.getsockname()),
                    'backlog', backlog, 'src', teller.src())
    return Listening(teller, sock, ours)


def stopped_listening(teller):
    for fd, server in list(teller.net.listening.items()):
        if fd not in teller.watched['read']:
            del teller.net.listening[fd]
            server.sockets.discard(fd)
            if not server.sockets:
                teller.trace.tell('server:close', 'server', server.id, 'accepted', server.accepted)


async def connecting(teller, sock, address, connect):
    conn = Connection(teller, sock)
    teller.net.connecting[sock.fileno()] = conn
    teller.trace.tell('conn:open', 'conn', conn.id, 'fd', sock.fileno(), 'peer', name_of(address), 'state', 'connecting')
    try:
        return await connect(sock, address)
    except BaseException as error:
        teller.net.connecting.pop(sock.fileno(), None)
        if isinstance(error, OSError) and error.errno is not None:
            conn.tell('conn:error', 'conn', conn.id, 'op', 'connect', 'error', error_name(error))
        conn.tell('conn:close', 'conn', conn.id, 'in', 0, 'out', 0)
        conn.closed = True
        raise


def connected(teller, sock):
    """A socket gets a transport."""
    if isinstance(sock, Connection):
        return sock
    conn = teller.net.connecting.pop(sock.fileno(), None) or Connection(teller, sock)
    try:
        peer = name_of(sock.getpeername())
    except OSError:
        peer = 'unknown'
    conn.tell('conn:open', 'conn', conn.id, 'fd', sock.fileno(), 'peer', peer, 'state', 'connected')
    return conn


def connecting_id(teller):
    """The connection that the step which ends now has opened."""
    return next((conn.id for conn in reversed(list(teller.net.connecting.values()))), None)


def id_of(teller, owner):
    """The connection or server that a stream, a transport or asyncio's server stands for."""
    if isinstance(owner, base_events.Server):
        ours = teller.net.servers.get(owner)
        return ours.id if ours is not None else None
    transport = getattr(owner, '_transport', None) or owner
    sock = getattr(transport, '_sock', None)
    return sock.id if isinstance(sock, Connection) else None


def who(teller, handle, fd):
    """On whose behalf a descriptor is watched."""
    if teller.loop._ssock is not None and fd == teller.loop._ssock.fileno():
        return 'loop'
    for arg in handle._args or ():
        if isinstance(arg, Listening):
            return arg.server.id
    conn = id_of(teller, getattr(handle._callback, '__self__', None))
    if conn is None and fd in teller.net.connecting:
        conn = teller.net.connecting[fd].id
    return conn or teller.call_of(handle)


def introduced(teller):
    """The connection whose protocol is told of it now: a handler's task is made by its connection."""
    handle = teller.handle
    if handle is None or getattr(handle._callback, '__name__', '') != 'connection_made':
        return None
    return id_of(teller, handle._args[0])
