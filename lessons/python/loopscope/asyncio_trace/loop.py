"""loop.py: asyncio's own selector loop, which tells what it does.

It is asyncio's class with hooks where the loop touches its structures:

    Ready       its queue of handles: whatever is put there is ready
    Selector    its selector: a turn begins when it is asked, and the descriptors are those it watches
    Handle      a callback or a task's step: it begins and ends
    Loop        timers, descriptors, running, stopping, the network

What is told, teller.py knows.
"""
import asyncio
import collections
import threading
from asyncio import events, unix_events

from . import net, world
from .teller import Teller

PlainLoop = unix_events._UnixSelectorEventLoop


def install(sink):
    """New loops are ours."""
    Loop.sink = sink
    events.Handle, events.TimerHandle = Handle, TimerHandle
    asyncio.Handle, asyncio.TimerHandle = Handle, TimerHandle
    for module in (unix_events, asyncio):
        for name in ('_UnixSelectorEventLoop', 'SelectorEventLoop', 'EventLoop'):
            if getattr(module, name, None) is PlainLoop:
                setattr(module, name, Loop)
    for name in dir(unix_events):
        policy = getattr(unix_events, name)
        if getattr(policy, '_loop_factory', None) is PlainLoop:
            policy._loop_factory = Loop


# ---- handles -------------------------------------------------------------------------------------


class Telling:
    """What our handles add to asyncio's."""

    __slots__ = ()

    def cancel(self):
        teller = getattr(self._loop, '_teller', None)
        if not self._cancelled and teller is not None:
            teller.tell_handle_cancel(self)
        super().cancel()

    def _run(self):
        teller = getattr(self._loop, '_teller', None)
        if teller is None:  # another kind of loop
            return super()._run()
        teller.handle_begins(self)
        try:
            return super()._run()
        finally:
            teller.handle_ends(self)


class Handle(Telling, events.Handle):
    __slots__ = ('call', 'ready_at', 'timer', 'again')

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.call = self.timer = self.ready_at = None
        self.again = []


class TimerHandle(Telling, events.TimerHandle):
    __slots__ = ('call', 'ready_at', 'timer', 'again')

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.call = self.timer = self.ready_at = None
        self.again = []


# ---- the loop's structures -----------------------------------------------------------------------


class Ready(collections.deque):
    """The ready queue."""

    def __init__(self, teller):
        super().__init__()
        self.teller = teller

    def append(self, handle):
        with self.teller.trace.sink.lock:  # other threads queue handles too: what is told first stands first
            self.teller.tell_ready(handle)
            super().append(handle)


class Selector:
    """The loop's selector, asked once a turn."""

    def __init__(self, selector, teller):
        self.selector, self.teller = selector, teller

    def select(self, timeout=None):
        self.teller.tell_turn(timeout)
        found, error = [], None
        began = self.teller.trace.now()
        try:
            found = self.selector.select(timeout)
        except BaseException as problem:  # Ctrl-C without a handler of its own
            error = type(problem).__name__
            raise
        finally:
            self.teller.tell_found(found, self.teller.trace.now() - began, error)
        return found

    def __getattr__(self, name):
        return getattr(self.selector, name)


class Loop(PlainLoop):
    """asyncio's selector loop; it has one attribute more, so that a program's own subclass finds what it expects."""

    sink = None

    def __init__(self, *args, **kwargs):
        self._teller = Teller(self, type(self).sink)
        super().__init__(*args, **kwargs)
        self._ready = Ready(self._teller)
        self._selector = Selector(self._selector, self._teller)

    # ---- timers

    def call_later(self, delay, callback, *args, context=None):
        self._teller.delay = delay
        try:
            return super().call_later(delay, callback, *args, context=context)
        finally:
            self._teller.delay = None

    def call_at(self, when, callback, *args, context=None):
        handle = super().call_at(when, callback, *args, context=context)
        self._teller.tell_set(handle, when)
        return handle

    def time(self):
        return super().time() - self._teller.trace.held / 1e9

    # ---- what is watched

    def _add_reader(self, fd, callback, *args):
        result = super()._add_reader(fd, callback, *args)
        self._teller.tell_watched('read', fd)
        return result

    def _remove_reader(self, fd):
        result = super()._remove_reader(fd)
        self._teller.tell_watched('read', fd)
        return result

    def _add_writer(self, fd, callback, *args):
        result = super()._add_writer(fd, callback, *args)
        self._teller.tell_watched('write', fd)
        return result

    def _remove_writer(self, fd):
        result = super()._remove_writer(fd)
        self._teller.tell_watched('write', fd)
        return result

    # ---- running and stopping

    def run_until_complete(self, future):
        self._teller.why_run = ('run' if world.called_by_runner() else 'until_complete', future)
        try:
            return super().run_until_complete(future)
        finally:
            self._teller.why_run = None

    def run_forever(self):
        error = None
        self._teller.run_begins()
        try:
            super().run_forever()
        except BaseException as problem:
            error = problem
            raise
        finally:
            self._teller.run_ends(error)

    def stop(self):
        if not self._stopping:
            self._teller.trace.tell('loop:stop', 'by', self._teller.by(), 'src', self._teller.src())
        super().stop()

    def close(self):
        if not self.is_closed():
            super().close()
            self._teller.trace.end('closed')

    def call_exception_handler(self, context):
        world.tell_exception(self._teller, context)
        super().call_exception_handler(context)

    # ---- the network (net.py) and the world (world.py)

    def _start_serving(self, protocol_factory, sock, *args, **kwargs):
        super()._start_serving(protocol_factory, net.listening(self._teller, sock, args, kwargs), *args, **kwargs)

    def _stop_serving(self, sock):
        super()._stop_serving(sock)
        net.stopped_listening(self._teller)

    def _make_socket_transport(self, sock, *args, **kwargs):
        sock = net.connected(self._teller, sock)
        sock.transport = super()._make_socket_transport(sock, *args, **kwargs)
        return sock.transport

    async def sock_connect(self, sock, address):
        return await net.connecting(self._teller, sock, address, super().sock_connect)

    def call_soon_threadsafe(self, callback, *args, context=None):
        if self._thread_id not in (None, threading.get_ident()):
            self._teller.trace.tell('wake:sent', 'by', 'thread')
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _handle_signal(self, number):
        world.tell_signal(self._teller, self._signal_handlers.get(number), number)
        super()._handle_signal(number)

    def run_in_executor(self, executor, func, *args):
        return world.job_begins(self._teller, super().run_in_executor(executor, func, *args), func)

    async def _make_subprocess_transport(self, *args, **kwargs):
        return world.child_begins(self._teller, await super()._make_subprocess_transport(*args, **kwargs), args)


Loop.__name__ = Loop.__qualname__ = PlainLoop.__name__
Loop.__module__ = PlainLoop.__module__
