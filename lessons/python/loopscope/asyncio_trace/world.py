"""world.py: output, signals, threads, children, and what asyncio complains about."""
import os
import signal
import sys
from asyncio import base_subprocess, events, runners

from .tasks import function_name
from .writer import Raw, bytes_of, cut_list, seconds


def teller_now(sink):
    """Of the loop that runs in this thread, or else of the one that is being told of."""
    loop = events._get_running_loop()
    if loop is not None:
        return getattr(loop, '_teller', None)
    return sink.owner.teller if sink.owner is not None else None


def install(sink):
    for name in ('stdout', 'stderr'):
        stream = getattr(sys, name)
        if hasattr(stream, 'write') and hasattr(stream, '__dict__'):
            Output(stream, name, sink)
    exited = base_subprocess.BaseSubprocessTransport._process_exited

    def process_exited(self, status):
        child = getattr(self, 'told_child', None)
        if child is not None:
            self._loop._teller.trace.tell('child:exit', 'child', child, 'status', status)
        exited(self, status)

    base_subprocess.BaseSubprocessTransport._process_exited = process_exited
    on_sigint = getattr(getattr(runners, 'Runner', None), '_on_sigint', None)
    if on_sigint is not None:
        def told_on_sigint(self, signum, frame, main_task):
            teller = getattr(main_task.get_loop(), '_teller', None)
            if teller is not None:
                teller.trace.tell('signal:got', 'signal', 'SIGINT',
                                'does', 'cancel main' if self._interrupt_count == 0 else 'KeyboardInterrupt')
            return on_sigint(self, signum, frame, main_task)
        runners.Runner._on_sigint = told_on_sigint


class Output:
    """What the program writes to a stream, line by line."""

    def __init__(self, stream, name, sink):
        self.name, self.sink = name, sink
        self.rest, self.put = '', stream.write
        self.errors = getattr(stream, 'errors', None)
        stream.write = self.write

    def write(self, text):
        count = self.put(text)
        *lines, self.rest = (self.rest + text).split('\n')
        teller = teller_now(self.sink) if lines else None
        if teller is not None:
            told = teller.tasks.get(teller.step) if teller.step is not None else None
            for line in map(self.written, lines):
                teller.trace.tell_text('out:line', 'stream', self.name, 'text', line,
                                       ('task', told.id if told is not None else None))
        return count

    def written(self, line):
        """Its bytes, as the stream writes what it can't encode."""
        try:
            return line.encode('utf-8', self.errors or 'surrogateescape')
        except (UnicodeEncodeError, LookupError):
            return bytes_of(line)


def called_by_runner():
    """asyncio.run(), and no other way to run a loop."""
    code = sys._getframe(2).f_code
    return code.co_name == 'run' and code.co_filename == runners.__file__


def tell_signal(teller, handle, number):
    if handle is not None and not handle._cancelled:
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f'signal {number}'
        teller.trace.tell('signal:got', 'signal', name, 'does', function_name(handle._callback))
        teller.by_fd[handle] = 'signal'


# ---- threads -------------------------------------------------------------------------------------


class Job:
    def __init__(self, id, fn, began):
        self.id, self.fn, self.began, self.done = id, fn, began, False


def job_begins(teller, future, func):
    job = Job(teller.trace.new_id('job'), function_name(func), teller.trace.now())
    teller.jobs[future] = job
    teller.trace.tell('thread:start', 'job', job.id, 'fn', job.fn)
    return future


def tell_thread_done(teller, handle):
    """The call that brings a thread's result is about to run."""
    if not handle._args or function_name(handle._callback) != '_set_state':
        return
    job = teller.jobs.get(handle._args[0])
    if job is not None and not job.done:
        job.done = True
        teller.trace.tell('thread:done', 'job', job.id, 'fn', job.fn, 'took', Raw(seconds(teller.trace.now() - job.began)))


# ---- children ------------------------------------------------------------------------------------


def child_begins(teller, transport, args):
    transport.told_child = teller.trace.new_id('child')
    words = args[1] if isinstance(args[1], (list, tuple)) else [args[1]]
    argv, cut = cut_list(os.fsdecode(word) for word in words)
    teller.trace.tell('child:start', 'child', transport.told_child, 'pid', transport.get_pid(), 'argv', argv, 'cut', cut)
    return transport


# ---- complaints ----------------------------------------------------------------------------------


def tell_exception(teller, context):
    message = context.get('message', '')
    task = context.get('task') or context.get('future')
    told = teller.tasks.get(task) if task is not None else None
    if told is None:
        return
    if 'never retrieved' in message:
        error = context.get('exception')
        teller.trace.tell('warn:unread', 'task', told.id, 'error', f'{type(error).__name__}: {error}'[:500])
    elif 'destroyed' in message:
        teller.trace.tell('warn:lost_task', 'task', told.id)
