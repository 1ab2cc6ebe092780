"""teller.py: what is known of one loop, and how it is told.

The loop (loop.py) says when; what is said here is said in the order in which it happens.
"""
import asyncio
import os
import threading
import weakref

from . import net, tasks, world
from .writer import Raw, Trace, seconds

SLOW_NS = 100_000_000  # as libloop: warn:slow_step, warn:late_timer


class Teller:
    """One loop's trace, and what it takes to tell it: who runs, since when, what has which id."""

    def __init__(self, loop, sink):
        self.loop = loop
        self.trace = Trace(sink, self)
        self.tasks = weakref.WeakKeyDictionary()    # task: Told
        self.futures = weakref.WeakKeyDictionary()  # other futures and locks that are waited for: id
        self.sleeps = weakref.WeakKeyDictionary()   # the future of a sleep: its timer, weakly
        self.jobs = weakref.WeakKeyDictionary()     # the future of a thread's work: the job
        self.net = net.Network()
        self.handle = None       # what runs
        self.running = None      # its id
        self.step = None         # the task that it steps
        self.began = self.turns = self.timers = 0
        self.watched = {'read': {}, 'write': {}}    # fd: handle
        self.by_fd = {}          # handle: 'read' or 'write', as select() found it
        self.delay = None        # of the timer that is being set
        self.why_run = None      # how, and the future that run_until_complete() is for

    # ---- words

    def by(self):
        """Who does what happens now."""
        if threading.get_ident() != self.loop._thread_id:
            return 'program'
        return self.running or 'loop'

    def src(self):
        place = tasks.caller()
        return self.src_of(*place) if place else None

    def src_of(self, path, line):
        self.trace.source(path)
        return f'{os.path.basename(path)}:{line}'

    def id_of(self, thing, name):
        """The id of a future, a lock ... whose first mention makes it."""
        if thing not in self.futures:
            self.futures[thing] = self.trace.new_id(name)
        return self.futures[thing]

    def call_of(self, handle):
        if handle.call is None:
            handle.call = self.trace.new_id('call')
        return handle.call

    def task_with(self, id):
        for task, told in list(self.tasks.items()):
            if id in (told.id, told.id.rpartition('#')[2]):
                return task
        return None

    # ---- the ready queue

    def tell_ready(self, handle):
        """It is about to enter the queue."""
        if handle._cancelled:
            return  # asyncio passes it over when its turn comes
        if handle.ready_at is not None:
            handle.again.append(handle.call)  # a signal came twice: the handle stands in the queue twice
            handle.call = None
        handle.ready_at = self.trace.now()
        task = tasks.task_of(handle._callback)
        if self.step is not None and self.step.done():
            self.tell_done(self.step)  # before those whom that wakes
        if task is not None:
            self.tell_task_ready(task, handle)
        elif handle.timer is not None:
            self.tell_fired(handle)
            self.trace.tell('call:ready', 'call', self.call_of(handle), 'fn', tasks.function_name(handle._callback),
                            'by', handle.timer, 'why', 'timer', queues=1)
            handle.timer = None
        else:
            why = self.by_fd.get(handle) or ('done' if self.is_done_callback(handle) else 'soon')
            self.trace.tell('call:ready', 'call', self.call_of(handle), 'fn', tasks.function_name(handle._callback),
                            'by', self.by(), 'why', why, queues=1)

    def is_done_callback(self, handle):
        """A future calls it because it is done."""
        args = handle._args or ()
        return len(args) == 1 and asyncio.isfuture(args[0]) and args[0].done()

    def tell_task_ready(self, task, handle):
        told = self.tasks.get(task)
        if told is None:
            self.tell_new(task)
            why = 'new'
        elif task is self.step and not handle._args:
            why = 'yield'
        elif told.cancelled and (not handle._args or handle._args[0].cancelled()):
            why, told.cancelled = 'cancel', False
        else:
            why = {'timer': 'timer', 'read': 'read', 'accept': 'read', 'write': 'write', 'connect': 'write',
                   'task': 'done', 'future': 'done', 'group': 'done', 'thread': 'done', 'child': 'done'}.get(
                       self.tasks[task].on, 'wake')
        self.trace.tell('task:ready', 'task', self.tasks[task].id, 'by', self.by(), 'why', why, queues=1)

    def tell_new(self, task):
        coro = task.get_coro()
        name = tasks.name_of(coro, task.get_name())
        told = self.tasks[task] = tasks.Told(self.trace.new_id(name))
        src = self.src()
        frames = tasks.frames_of(coro)
        if src is None and frames and tasks.is_program(frames[0].f_code.co_filename):
            src = self.src_of(frames[0].f_code.co_filename, frames[0].f_lineno)
        told.src = src
        self.trace.tell('task:new', 'task', told.id, 'name', name, 'parent', net.introduced(self) or self.by(),
                        'fn', getattr(coro, '__name__', type(coro).__name__), 'src', src)

    def tell_handle_cancel(self, handle):
        if handle.timer is not None and handle.ready_at is None:
            self.timers -= 1
            self.trace.tell('timer:cancel', 'timer', handle.timer,
                            'left', Raw(seconds(max(0, self.trace.at(handle._when) - self.trace.now()))))
        elif handle.ready_at is not None:
            for call in handle.again + [handle.call]:
                self.trace.tell('call:cancel', 'call', call, queues=-1)
            handle.again, handle.ready_at = [], None

    def handle_begins(self, handle):
        now = self.trace.now()
        waited = now - (handle.ready_at or now)
        self.trace.queue(-1)
        call = handle.again.pop(0) if handle.again else handle.call
        if call == handle.call:
            handle.ready_at = None
        self.began, self.handle = now, handle
        task = tasks.task_of(handle._callback)
        told = self.tasks.get(task) if task is not None else None
        if told is None:
            self.running = call
            self.trace.tell('call:begin', 'call', call, 'waited', Raw(seconds(waited)))
            world.tell_thread_done(self, handle)
            return
        self.running, self.step = told.id, task
        if told.steps == 0 and task._must_cancel:
            return  # cancelled before its first step: it never begins
        told.steps += 1
        frame, _ = tasks.place_of(tasks.frames_of(task.get_coro()))
        src = told.src if told.steps == 1 or frame is None else self.src_of(frame.f_code.co_filename, frame.f_lineno)
        self.trace.tell('task:begin', 'task', told.id, 'step', told.steps, 'waited', Raw(seconds(waited)), 'src', src)

    def handle_ends(self, handle):
        took = self.trace.now() - self.began
        if self.step is None:
            self.trace.tell('call:end', 'call', self.running, 'took', Raw(seconds(took)))
            if took >= SLOW_NS:
                self.trace.tell('warn:slow_step', 'call', self.running, 'took', Raw(seconds(took)),
                                'limit', Raw(seconds(SLOW_NS)))
        else:
            self.step_ends(self.step, took)
        self.handle = self.running = self.step = None
        self.trace.hold.after('handle')

    def step_ends(self, task, took):
        told = self.tasks[task]
        told.cpu += took
        if task.done():
            self.tell_done(task)
            following = 'done'
        elif task._fut_waiter is None:
            following = 'yield'
        else:
            self.tell_await(task, told)
            following = 'await'
        if told.steps > 0:
            self.trace.tell('task:end', 'task', told.id, 'took', Raw(seconds(took)), 'next', following)
        if took >= SLOW_NS:
            self.trace.tell('warn:slow_step', 'task', told.id, 'took', Raw(seconds(took)),
                            'limit', Raw(seconds(SLOW_NS)))

    def tell_done(self, task):
        told = self.tasks.get(task)
        if told is None or told.done:
            return
        told.done = True
        self.trace.tell('task:done', 'task', told.id, *tasks.result_keys(task), 'steps', told.steps,
                        'cpu', Raw(seconds(told.cpu)))

    def tell_await(self, task, told):
        future = task._fut_waiter
        frames = tasks.frames_of(task.get_coro())
        frame, at = tasks.place_of(frames)
        on, owner = tasks.wait_kind(frames, at)
        what, due = self.waited_for(on, owner, future)
        told.on = on = on if what is not None and on is not None else self.kind_of(future)
        if what is None:
            what = self.name_future(future)
        src = self.src_of(frame.f_code.co_filename, frame.f_lineno) if frame is not None else None
        expr = tasks.expression(frame) if frame is not None else None
        if on in ('event', 'lock', 'semaphore', 'condition', 'queue', 'barrier'):
            self.trace.tell('sync:wait', 'what', what, 'task', told.id)
        self.trace.tell('task:await', 'task', told.id, 'on', on, 'what', what,
                        'due', Raw(seconds(due)) if due is not None else None, 'src', src, 'expr', expr)

    def waited_for(self, on, owner, future):
        """The id of what is waited for, and a deadline; (None, None): the future says more."""
        if on == 'timer':
            timer = self.sleeps.get(future, lambda: None)()
            return (timer.timer, self.trace.at(timer._when)) if timer is not None else (None, None)
        if on in ('read', 'drain', 'accept', 'closed'):
            return net.id_of(self, owner), None
        if on == 'connect':
            return net.connecting_id(self), None
        if on in ('event', 'lock', 'semaphore', 'condition', 'queue', 'barrier', 'group'):
            return self.id_of(owner, on), None
        return None, None

    def kind_of(self, future):
        if isinstance(future, tasks.PlainTask):
            return 'task'
        return 'thread' if future in self.jobs else 'future'

    def name_future(self, future):
        if isinstance(future, tasks.PlainTask):
            if future not in self.tasks:
                self.tell_new(future)
            return self.tasks[future].id
        job = self.jobs.get(future)
        return job.id if job is not None else self.id_of(future, 'future')

    def tell_cancel(self, task):
        told = self.tasks.get(task)
        if told is not None:
            told.cancelled = True
            self.trace.tell('task:cancel', 'task', told.id, 'by', self.by(), 'src', self.src())

    # ---- timers

    def tell_set(self, handle, when):
        delay = self.delay if self.delay is not None else when - self.loop.time()
        handle.timer = self.trace.new_id('timer')
        self.timers += 1
        if getattr(handle._callback, '__name__', '') == '_set_result_unless_cancelled':
            self.sleeps[handle._args[0]] = weakref.ref(handle)
        self.trace.tell('timer:set', 'timer', handle.timer, 'wakes', self.call_of(handle),
                        'due', Raw(seconds(self.trace.at(when))), 'delay', Raw(seconds(round(delay * 1e9))),
                        'src', self.src())

    def tell_fired(self, handle):
        late = max(0, self.trace.now() - self.trace.at(handle._when))
        self.timers -= 1
        self.trace.tell('timer:fire', 'timer', handle.timer, 'wakes', self.call_of(handle), 'late', Raw(seconds(late)))
        if late >= SLOW_NS:
            self.trace.tell('warn:late_timer', 'timer', handle.timer, 'late', Raw(seconds(late)))

    # ---- a turn

    def tell_turn(self, timeout):
        if self.turns:
            self.trace.hold.after('turn')
        self.turns += 1
        trace, watched = self.trace, self.watched
        trace.tell('loop:turn', 'turn', self.turns, 'ready', lambda: trace.queued, 'timers', self.timers)
        until = 'ready' if self.loop._ready else 'stop' if self.loop._stopping else None
        if until is None and self.loop._scheduled:
            until = self.loop._scheduled[0].timer
        highest = max([*watched['read'], *watched['write']], default=-1)
        trace.tell('select:enter', 'timeout', Raw('null') if timeout is None else Raw(seconds(round(timeout * 1e9))),
                   'until', until, 'nfds', highest + 1, 'read', len(watched['read']), 'write', len(watched['write']))
        trace.sink.flush()

    def tell_found(self, found, took, error):
        self.by_fd.clear()
        ready = {'read': [], 'write': []}
        for key, mask in found:
            for kind, bit, handle in (('read', 1, key.data[0]), ('write', 2, key.data[1])):
                if mask & bit and handle is not None:
                    ready[kind].append(key.fd)
                    self.by_fd[handle] = kind
        self.trace.tell('select:leave', 'took', Raw(seconds(took)), 'ready', len(ready['read']) + len(ready['write']),
                        'read', ready['read'], 'write', ready['write'], 'error', error)

    # ---- what is watched

    def tell_watched(self, kind, fd):
        """The loop may have changed what it watches."""
        fd = fd if isinstance(fd, int) else fd.fileno()
        try:
            handle = self.loop._selector.get_map()[fd].data[0 if kind == 'read' else 1]
        except (AttributeError, KeyError, TypeError):  # not watched, or closed
            handle = None
        before = self.watched[kind].pop(fd, None)
        if handle is not None:
            self.watched[kind][fd] = handle
        if handle is not None and before is None:
            self.trace.tell('watch:add', 'fd', fd, 'for', kind, 'who', net.who(self, handle, fd))
        if handle is None and before is not None:
            self.trace.tell('watch:drop', 'fd', fd, 'for', kind)

    # ---- running

    def run_begins(self):
        how, future = self.why_run or ('forever', None)
        self.why_run = None
        self.trace.hold.thread = threading.get_ident()
        self.trace.begin()
        self.trace.tell('loop:run', 'how', how, 'for', self.main_id(future))

    def run_ends(self, error):
        if isinstance(error, KeyboardInterrupt):
            self.trace.tell('signal:got', 'signal', 'SIGINT', 'does', 'KeyboardInterrupt')
        self.trace.tell('loop:stopped', 'why', 'stop' if error is None else type(error).__name__, 'turns', self.turns)
        self.trace.sink.flush()

    def main_id(self, future):
        for task, told in self.tasks.items():
            if task is future or task.get_coro() is future:
                return told.id
        return None
