"""tasks.py: tasks, and what they wait for.

A task's step is a handle like any other; its callback leads back to the task. What it waits for is read off after the
step: from the future that it waits for, and from the coroutines between that and the program's own code.
"""
import asyncio
import linecache
import os
import re
import sys
from asyncio import locks, tasks

ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
LIBRARY = os.path.dirname(os.__file__) + os.sep
STEP_NAMES = ('task_wakeup', '__step', '__wakeup')
STEP_TYPES = ('TaskStepMethWrapper', 'TaskWakeupMethWrapper')

LOCKS = tuple(getattr(locks, name) for name in ('Event', 'Lock', 'Semaphore', 'Condition', 'Barrier')
                   if hasattr(locks, name))
PlainTask = tasks.Task

# Which wait it is, by the function of asyncio that makes the task wait.
WAITS = {
    'tasks.py': {'sleep': 'timer', '_wait': 'task', 'wait': 'task'},
    'locks.py': {'wait': 'event', 'acquire': 'lock'},
    'queues.py': {'get': 'queue', 'put': 'queue', 'join': 'queue'},
    'streams.py': {'_wait_for_data': 'read', 'drain': 'drain', 'wait_closed': 'closed'},
    'base_events.py': {'serve_forever': 'accept', 'wait_closed': 'closed'},
    'selector_events.py': {'sock_connect': 'connect', '_sock_connect': 'connect', 'sock_accept': 'accept',
                           'sock_recv': 'read', 'sock_recv_into': 'read', 'sock_sendall': 'write'},
    'subprocess.py': {'wait': 'child', 'communicate': 'child'},
    'base_subprocess.py': {'_wait': 'child'},
    'taskgroups.py': {'__aexit__': 'group'},
    'threads.py': {'to_thread': 'thread'},
}


class Task(PlainTask):
    """asyncio's task, which tells who cancels it."""

    def cancel(self, *args, **kwargs):
        teller = getattr(self.get_loop(), '_teller', None)
        if not self.done() and teller is not None:
            teller.tell_cancel(self)
        return super().cancel(*args, **kwargs)


Task.__name__ = Task.__qualname__ = 'Task'
Task.__module__ = PlainTask.__module__


def install():
    asyncio.Task = tasks.Task = Task


class Told:
    """What the trace knows of a task."""

    def __init__(self, id):
        self.id = id
        self.steps = 0
        self.cpu = 0
        self.on = None          # what it waits for
        self.cancelled = False  # asked for, and not yet seen
        self.done = False


def task_of(callback):
    """The task whose step this callback is, or None."""
    task = getattr(callback, '__self__', None)
    if not isinstance(task, PlainTask):
        return None
    if type(callback).__name__ in STEP_TYPES or getattr(callback, '__name__', '').endswith(STEP_NAMES):
        return task
    return None


# ---- where in the program ------------------------------------------------------------------------


def is_program(filename):
    """Code that a student has written, or at least installed."""
    return not filename.startswith((ASYNCIO, OURS, LIBRARY, '<')) or 'site-packages' in filename


def caller():
    """The innermost frame of the program itself: (path, line), or None."""
    frame = sys._getframe(1)
    while frame is not None:
        if is_program(frame.f_code.co_filename):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def frames_of(coro):
    """The frames of the coroutines that wait for each other, outermost first."""
    frames = []
    while coro is not None and len(frames) < 100:
        frame = getattr(coro, 'cr_frame', None) or getattr(coro, 'gi_frame', None) or getattr(coro, 'ag_frame', None)
        if frame is not None:
            frames.append(frame)
        coro = getattr(coro, 'cr_await', None) or getattr(coro, 'gi_yieldfrom', None) or getattr(coro, 'ag_await', None)
    return frames


def place_of(frames):
    """Where the program itself stands: the frame and its index, or (None, -1)."""
    for i in range(len(frames) - 1, -1, -1):
        if is_program(frames[i].f_code.co_filename):
            return frames[i], i
    return None, -1


def expression(frame):
    """The awaited expression as it is written."""
    path, first = frame.f_code.co_filename, frame.f_lineno
    line = linecache.getline(path, first)
    if hasattr(frame.f_code, 'co_positions') and frame.f_lasti >= 0:
        start, end, left, right = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        if start is not None and left is not None:
            lines = [linecache.getline(path, i).encode() for i in range(start, end + 1)]
            lines[-1] = lines[-1][:right]
            lines[0] = lines[0][left:]
            line = b' '.join(part.strip() for part in lines).decode('utf-8', 'replace')
    text = re.sub(r'^.*?\bawait\s+', '', line.strip())
    return text.rstrip(':').strip() or None


# ---- what a task waits for -----------------------------------------------------------------------


def wait_kind(frames, at):
    """The kind of wait, and the object waited for as far as the frames tell: (on, object)."""
    for frame in frames[at + 1:]:
        functions = WAITS.get(os.path.basename(frame.f_code.co_filename), {})
        on = functions.get(frame.f_code.co_name)
        if on is None or not frame.f_code.co_filename.startswith(ASYNCIO):
            continue
        owner = frame.f_locals.get('self')
        if isinstance(owner, LOCKS):
            on = re.sub('bounded', '', type(owner).__name__.lower())
        return on, owner
    return None, None


def name_of(coro, name):
    """What to call a task: as the program names it, or else by its coroutine."""
    if name and not re.fullmatch(r'Task-\d+', name):
        return name
    return getattr(coro, '__name__', None) or type(coro).__name__


def result_keys(task):
    """How a finished task ended, for task:done."""
    if task.cancelled():
        return ('how', 'cancelled')
    error = task._exception  # task.exception() would count as "somebody has looked"
    if error is not None:
        return ('how', 'failed', 'error', f'{type(error).__name__}: {error}'[:500])
    value = task.result()
    return ('how', 'returned', 'value', value if type(value) is int and abs(value) < 2**53 else None)


def function_name(callback):
    """What to call a callback: the function's name."""
    while hasattr(callback, 'func'):  # a partial: of ctx.run(func, ...), it is what is run
        inner = callback.args[0] if callback.args and getattr(callback.func, '__name__', '') == 'run' else callback.func
        callback = inner
    return getattr(callback, '__name__', None) or type(callback).__name__
