"""writer.py: a trace's lines, and the way that they take.

All lines go to a file: the one that LOOP_TRACE names, or one without a name from which threads carry them to sockets
and pipes. So the program never waits for a viewer, and no viewer misses anything, however slow it is.
"""
import atexit
import errno
import fcntl
import json
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import weakref

TEXT_MAX = 7000      # bytes of text in a line,
SOURCE_MAX = 300000  # and of a source
PATIENCE = 2.0       # seconds, at the end, for viewers that read
SURROGATE = re.compile('[\ud800-\udfff]')


def seconds(ns):
    return '-' * (ns < 0) + '%d.%09d' % divmod(abs(ns), 10**9)


def quoted(text):
    """A text as JSON: ASCII alone, so that no terminal obeys it. What Python read as no UTF-8 is U+FFFD."""
    return json.dumps(SURROGATE.sub('\ufffd', text)).replace('\x7f', '\\u007f')


def bytes_of(text):
    """As they were before Python decoded them."""
    try:
        return text.encode('utf-8', 'surrogateescape')
    except UnicodeEncodeError:  # a surrogate that is no escaped byte
        return text.encode('utf-8', 'surrogatepass')


def fitting(data, most, room):
    """Of a text, as bytes, what a line has room for, the exact bytes if they are no UTF-8, and how many were cut."""
    for most in (most, room // 8):  # a byte takes at most 6, and 2 in hex
        n = min(most, len(data))
        while most - n < 3 and n < len(data) and data[n] & 0xc0 == 0x80:
            n -= 1  # never inside of a character
        text = data[:n].decode('utf-8', 'replace')
        exact = None if text.encode() == data[:n] else data[:n].hex()
        if len(quoted(text)) + len(exact or '') <= room:
            break
    return text, exact, len(data) - n or None


def cut_list(texts):
    """Of a list as much as a line has room for, and how many bytes were cut: one more for each text that is missing."""
    told, cut, room = [], 0, TEXT_MAX
    for text in texts:
        data = bytes_of(text)
        if room < 64:
            cut += len(data) + 1
            continue
        if len(quoted(text)) > room:  # a byte takes at most 6
            text, _, left_out = fitting(data, room // 6, room)
            cut += left_out or 0
        room -= len(quoted(text)) + 1
        told.append(text)
    return told, cut or None


def high(fd):
    """The same file, out of the way of the program's own descriptors, so that these have the numbers that they would
    have without us. The old one is closed."""
    try:
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 900)
    except OSError:  # so many are not allowed
        return fd
    os.close(fd)
    return moved


def refuse(place, why):
    print(f'loop: LOOP_TRACE: can\'t open "{place}": {why}; the program was not started', file=sys.stderr, flush=True)
    os._exit(1)


class Sink:
    """Where the lines go; several loops, one after the other, may use it."""

    def __init__(self, where):
        self.files, self.feeders, self.pending = [], [], []
        self.lock = threading.RLock()
        self.grown = threading.Condition(self.lock)
        self.closing = self.flushing = False
        self.owner = None  # the trace that is written now
        for place in filter(None, where.split(',')):
            self.open(place)
        atexit.register(self.end)
        sink = weakref.ref(self)  # what stands in that list outlives the interpreter
        os.register_at_fork(after_in_child=lambda: sink() and sink().forget())

    def open(self, place):
        try:
            if place.startswith(('unix:', 'tcp:')):
                refuse(place, 'a Python program is traced to files and descriptors only')
            if not place.startswith('fd:'):
                fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
                self.files.append((high(fd), place))
                return
            os.set_inheritable(int(place[3:]), False)
            self.feeders.append(Feeder(self, high(os.dup(int(place[3:])))))
        except (OSError, ValueError) as error:
            refuse(place, error.strerror if isinstance(error, OSError) else error)

    def write(self, line):
        with self.lock:
            self.pending.append(line)
            if len(self.pending) >= 500:
                self.flush()

    def flush(self):
        """Before the loop waits, and at the end."""
        with self.lock:
            if not self.pending or self.flushing:  # a signal's handler comes in between: its lines are for the next time
                return
            self.flushing = True
            try:
                lines, self.pending = self.pending, []
                for place in self.files[:] + [(feeder.spool, None) for feeder in self.feeders]:
                    self.put(''.join(lines).encode(), *place)
                self.grown.notify_all()
            finally:
                self.flushing = False

    def put(self, lines, fd, name):
        try:
            while lines:
                lines = lines[os.write(fd, lines):]
        except OSError as error:
            self.files = [file for file in self.files if file[0] != fd]
            self.feeders = [feeder for feeder in self.feeders if feeder.spool != fd]
            sys.stderr.write(f'loop: trace {name or "for a viewer"}: {error.strerror}; the program goes on without it\n')

    def end(self):
        """The process ends: says how, and waits for viewers as long as they read."""
        if self.owner is not None:
            last = getattr(sys, 'last_type', None)
            if last is not None and issubclass(last, KeyboardInterrupt):
                self.owner.end('signal', int(signal.SIGINT))
            else:
                self.owner.end('exit', None if last is None else 1)
        self.flush()
        with self.lock:
            self.closing = True
            self.grown.notify_all()
        until = time.monotonic() + PATIENCE
        for feeder in self.feeders:
            if feeder.thread is not None:
                feeder.thread.join(max(0, until - time.monotonic()))

    def forget(self):
        """A child made by fork() is not traced."""
        if self.owner is not None:
            self.owner.late, self.owner.putting = [], False
        self.files, self.feeders, self.pending, self.owner, self.flushing = [], [], [], None, False
        self.lock = threading.RLock()


class Feeder:
    """Carries the spool's bytes to a descriptor, in a thread of its own; another hears what a viewer asks for."""

    def __init__(self, sink, fd):
        self.sink, self.fd = sink, fd
        with tempfile.TemporaryFile(buffering=0) as file:
            self.spool = high(os.dup(file.fileno()))
        self.socket = None
        self.thread = None

    def start(self, hear):
        if self.thread is not None:
            return
        try:
            self.socket = socket.socket(fileno=high(os.dup(self.fd)))
            self.socket.setblocking(True)
            threading.Thread(target=self.listen, args=(hear,), name='trace control', daemon=True).start()
        except OSError:
            pass  # a pipe or a file: nobody asks for anything
        self.thread = threading.Thread(target=self.carry, name='trace', daemon=True)
        self.thread.start()

    def carry(self):
        at = 0
        while True:
            with self.sink.lock:
                some = os.pread(self.spool, 65536, at)
                while not some and not self.sink.closing:
                    self.sink.grown.wait()
                    some = os.pread(self.spool, 65536, at)
            if not some:
                break
            at += len(some)
            try:
                while some:
                    some = some[os.write(self.fd, some):]
            except OSError as error:
                if error.errno != errno.EINTR:
                    return  # whoever watched has gone

    def listen(self, hear):
        rest = b''
        while True:
            try:
                some = self.socket.recv(4096)
            except OSError:
                some = b''
            if not some:
                return hear(None)
            *lines, rest = (rest + some)[-65536:].split(b'\n')
            for line in lines:
                hear(line.decode('utf-8', 'replace')[:256])


class Trace:
    """What one loop tells. It is kept until the loop runs, and written if no other loop is being told of."""

    def __init__(self, sink, teller):
        self.sink, self.teller = sink, teller
        self.base = time.monotonic_ns()
        self.held = 0           # ns for which a viewer has held the program
        self.n = self.ids = self.queued = 0
        self.early = []         # lines from before the loop runs
        self.late = []          # what is put now, and what a signal's handler told meanwhile
        self.putting = False
        self.state = 'early'    # early, told, silent, ended
        self.sources = set()
        self.hold = Hold(self)

    def now(self):
        """ns on the loop's clock, which stands still while a viewer holds the program."""
        return (self.hold.since or time.monotonic_ns()) - self.base - self.held

    def at(self, loop_time):
        """A time on the loop's clock, which is not ours, as ns of the trace."""
        return round(loop_time * 1e9) - self.base

    def new_id(self, name):
        self.ids += 1
        return f'{name}#{self.ids}'

    def put(self, line):
        if self.state == 'told':
            self.sink.write(line)
        elif self.state == 'early':
            self.early.append(line)

    def tell(self, event, *keys, queues=0):
        """An event of the program: its name, then key, value, key, value ... A value None leaves its key out.

        By `queues` handles the ready queue grows with it: other threads queue handles too, and what a turn tells of the
        queue is what was told before.
        """
        if self.state in ('silent', 'ended'):
            self.queue(queues)
            return
        self.hold.before_event()
        self.put_in_order(event, keys, 1, queues)
        self.hold.after('event')

    def queue(self, change):
        with self.sink.lock:
            self.queued += change

    def remark(self, event, *keys):
        """A line of the trace about itself: it has no number of its own."""
        self.put_in_order(event, keys, 0, 0)

    def put_in_order(self, event, keys, counts, queues):
        """A signal's handler may print in the middle of this, in the same thread: its line comes after."""
        with self.sink.lock:
            self.late.append((event, keys, counts, queues))
            if self.putting:
                return
            self.putting = True
            try:
                while self.late:
                    event, keys, counts, queues = self.late.pop(0)
                    self.n += counts
                    self.queued += queues
                    self.put(self.line(event, keys))
            finally:
                self.putting = False

    def line(self, event, keys):
        return self.line_at(self.now(), self.n, event, keys)

    @staticmethod
    def line_at(t, n, event, keys):
        parts = [f'{{"t":{seconds(t)},"n":{n},"ev":"{event}"']
        for key, value in zip(keys[::2], keys[1::2]):
            value = value() if callable(value) else value
            if value is not None:
                parts.append(f',"{key}":{value if isinstance(value, Raw) else encode(value)}')
        parts.append('}\n')
        return ''.join(parts)

    def tell_text(self, event, *keys):
        """The last value is a text of the program's, as bytes, which may be cut."""
        *before, key, data, after = keys
        text, exact, cut = fitting(data, TEXT_MAX, 8000)
        self.tell(event, *before, key, text, 'hex', exact, 'cut', cut, *after)

    def source(self, path):
        """Its file's text, once, so that a trace carries its program."""
        name = os.path.basename(path)
        if name in self.sources:
            return
        self.sources.add(name)
        try:
            with open(path, 'rb') as file:
                text, exact, cut = fitting(file.read(), SOURCE_MAX, 1000000)
            self.remark('trace:source', 'file', name, 'text', text, 'hex', exact, 'cut', cut)
        except OSError as error:
            self.remark('trace:source', 'file', name, 'cut', 0, 'why', error.strerror)

    # ---- its beginning and end

    def begin(self):
        """The loop runs: what it told so far is written, if no other loop is being told of."""
        if self.state != 'early':
            return
        if self.sink.owner is not None:
            self.state = 'silent'
            self.early.clear()
            print('loop: another loop is being traced already: this one is not shown', file=sys.stderr)
            return
        self.sink.owner = self
        self.state = 'told'
        argv, cut = cut_list(getattr(sys, 'orig_argv', None) or sys.argv)
        program = os.path.basename(sys.argv[0]) or '-'
        self.sink.write(self.line_at(0, 0, 'trace:head', (
            'format', 'loopscope', 'version', 1, 'program', program[:-3] if program.endswith('.py') else program,
            'argv', argv, 'cut', cut, 'pid', os.getpid(), 'loop', 'asyncio', 'clock', 'real',
            'started', time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime()))))
        for line in self.early:
            self.sink.write(line)
        self.early.clear()
        for feeder in self.sink.feeders:
            feeder.start(self.sink_heard)

    def sink_heard(self, line):
        if self.sink.owner is not None:
            self.sink.owner.hold.hear(line)

    def end(self, how, status=None):
        if self.state == 'told':
            self.remark('trace:end', 'events', self.n, 'lost', 0, 'how', how, 'status', status)
            self.sink.owner = None
            self.sink.flush()
        self.state = 'ended'


class Raw(str):
    """JSON already: a time, a list."""


def encode(value):
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple)):
        return '[' + ','.join(encode(one) for one in value) + ']'
    return json.dumps(value)


class Hold:
    """A viewer's pause and steps: the program stands still before its next event, and its clock with it."""

    def __init__(self, trace):
        self.trace = trace
        self.changed = threading.Condition(trace.sink.lock)  # who waits here gives it up, wherever it was taken
        self.since = None   # paused since then, on the real clock
        self.steps = None   # a step ends after the next 'event', 'handle', 'turn'
        self.thread = None  # the loop's

    def hear(self, line):
        """In the listening thread. None: the viewer has gone."""
        words = (line or 'resume').split()
        error, ask = None, None
        with self.changed:
            if words == ['pause']:
                self.since = self.since or time.monotonic_ns()
            elif words == ['resume']:
                self.since = self.steps = None
            elif len(words) == 2 and words[0] == 'step' and words[1] in ('event', 'handle', 'turn'):
                self.since, self.steps = None, words[1]
            elif words == ['stop']:
                ask = self.trace.teller.loop.stop
            elif len(words) == 2 and words[0] == 'cancel':
                task = self.trace.teller.task_with(words[1])
                error, ask = ('there is no such task', None) if task is None else (None, task.cancel)
            else:
                error = 'a program in Python can be paused, stepped, stopped, and its tasks be cancelled'
            self.changed.notify_all()
        if line is not None:  # answered first: what is asked for may end the program
            self.trace.remark('trace:control', 'line', line, 'ok', None if error else True, 'error', error)
            self.trace.sink.flush()
        if ask is not None:  # only the loop's own thread may do it
            try:
                self.trace.teller.loop.call_soon_threadsafe(ask)
            except RuntimeError:
                pass  # it has been closed meanwhile

    def after(self, what):
        """An event, a handle or a turn is over: a step may be."""
        if self.steps == what:
            self.since, self.steps = time.monotonic_ns(), None

    def before_event(self):
        if self.since is None or threading.get_ident() != self.thread:
            return
        self.trace.sink.flush()
        with self.changed:
            since = self.since
            while self.since is not None:
                self.changed.wait()
        if since is not None:
            took = time.monotonic_ns() - since
            self.trace.held += took
            self.trace.remark('trace:hold', 'took', Raw(seconds(took)), 'by', 'viewer')
