#!/usr/bin/env python3
"""The viewer in a real terminal: a pseudo terminal, its modes and all that is written to it.

limit: 120 s

What is held here: however the viewer ends, the terminal is as it was before; keys, resizes and
stops work; a program that is run ends with it. BUILD is the build directory (default: build).
"""
import fcntl
import os
import pty
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

BUILD = os.environ.get("BUILD", "build")
VIEWER = os.path.join(BUILD, "loopscope")
TRACE = "tests/traces/screen_heartbeat.jsonl"
OTHER = "tests/traces/screen_server.jsonl"
SLOW = 5 if os.environ.get("MODE") == "asan" else 1
failures = 0


def check(name, good, why=""):
    global failures
    if good:
        print("ok", name)
    else:
        failures += 1
        print("not ok", name, *(["#", why] if why else []))
    sys.stdout.flush()


def processes():
    """{pid: (parent, state)}; from /proc where there is one, since a bare system has no ps."""
    if not os.path.isdir("/proc/self"):
        table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,state="], capture_output=True, text=True).stdout
        return {int(pid): (int(parent), state) for pid, parent, state in map(str.split, table.splitlines())}
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
                found[int(entry)] = int(parent), state
        except OSError:
            pass  # it has ended meanwhile
    return found


def children_of(pid):
    return [child for child, (parent, _) in processes().items() if parent == pid]


def is_alive(pid):
    return processes().get(pid, (0, "Z"))[1][0] != "Z"  # in a container nobody may bury it


class Terminal:
    """A program on a pseudo terminal, in a session of its own."""

    def __init__(self, *argv, size=(24, 80), term="xterm-256color", env=(), stdin=None):
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.out = b""
        environ = dict(os.environ, TERM=term, LC_ALL="C.UTF-8")
        environ.pop("NO_COLOR", None)
        environ.update(env)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            os.tcsetpgrp(self.slave, os.getpid())

        self.process = subprocess.Popen(argv, stdin=stdin or self.slave, stdout=self.slave, stderr=self.slave,
                                        env=environ, preexec_fn=own_terminal, close_fds=True)

    def resize(self, rows, cols):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, seconds):
        """What is written within so many seconds."""
        end = time.monotonic() + seconds
        fresh = b""
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                break
            try:
                data = os.read(self.master, 65536)
            except OSError:
                break
            if not data:
                break
            fresh += data
        self.out += fresh
        return fresh

    def plain(self):
        text = re.sub(rb"\x1b\[[0-9;?>]*[a-zA-Z]|\x1b[()].|\x1b[=>78M]", b"", self.out)
        return text.decode("utf-8", "replace")

    def wait_for(self, text, seconds=10):
        end = time.monotonic() + seconds * SLOW
        while text not in self.plain():
            if time.monotonic() > end:
                return False
            self.read(0.05)
        return True

    def keys(self, data):
        os.write(self.master, data if isinstance(data, bytes) else data.encode())

    def wait(self, seconds=10):
        """The exit status, negative for a signal; None when it does not end."""
        end = time.monotonic() + seconds * SLOW
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.02)
        self.read(0.05)
        return self.process.poll()

    def is_restored(self):
        """Modes as before; the last word about screen, cursor, mouse and keypad is the normal one."""
        wrong = []
        if termios.tcgetattr(self.slave) != self.before:
            wrong.append("modes of the terminal")
        for name, on, off in (("main screen", b"\x1b[?1049h", b"\x1b[?1049l"),
                              ("cursor", b"\x1b[?25l", b"\x1b[?25h"),
                              ("mouse", b"\x1b[?1000h", b"\x1b[?1000l"),
                              ("keypad", b"\x1b[?1h", b"\x1b[?1l")):
            last_on = max(self.out.rfind(on), self.out.rfind(on.replace(b"?1000", b"?1006;1000")))
            last_off = max(self.out.rfind(off), self.out.rfind(off.replace(b"?1000", b"?1006;1000")))
            if name == "cursor":
                last_off = max(last_off, self.out.rfind(b"\x1b[?12l\x1b[?25h"), self.out.rfind(b"\x1b[34h\x1b[?25h"))
            if last_on > last_off:
                wrong.append(name)
        return wrong

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def replay(**how):
    terminal = Terminal(VIEWER, "replay", TRACE, **how)
    if not terminal.wait_for("the loop"):
        check("the viewer shows its screen", False, terminal.plain()[-400:])
    return terminal


def ends_and_restores(name, end, statuses, **how):
    terminal = replay(**how)
    end(terminal)
    status = terminal.wait()
    wrong = terminal.is_restored()
    check(f"{name}: ends", status in statuses, f"status {status}")
    check(f"{name}: the terminal is restored", not wrong, ", ".join(wrong))
    terminal.close()


def test_ends():
    ends_and_restores("q", lambda t: t.keys("q"), (0,))
    ends_and_restores("Ctrl-C", lambda t: t.keys(b"\x03"), (0,))
    ends_and_restores("SIGINT", lambda t: t.process.send_signal(signal.SIGINT), (0,))
    # With ASan a signal of a crash may be told by its own exit status.
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS,
                   signal.SIGFPE, signal.SIGILL):
        ends_and_restores(number.name, lambda t, n=number: t.process.send_signal(n), (-number,))


def test_poor_terminals():
    for term in ("vt100", "linux", "screen", "xterm"):
        # On the Linux console ncurses loads the mouse library gpm, which keeps some bytes.
        terminal = replay(term=term, env={"ASAN_OPTIONS": "detect_leaks=0"} if term == "linux" else {})
        terminal.keys("q")
        check(f"TERM={term} works", terminal.wait() == 0)
        terminal.close()
    terminal = replay(env={"LC_ALL": "C"})
    terminal.keys(".?q")
    terminal.read(0.3)
    check("another locale gets no byte beyond ASCII", max(terminal.out) < 128)
    terminal.close()
    terminal = Terminal(VIEWER, "frame", TRACE, env={"LC_ALL": "C"})
    terminal.wait()
    terminal.read(0.3)
    check("nor does it from frame", len(terminal.out) > 1000 and max(terminal.out) < 128)
    terminal.close()
    terminal = replay(env={"NO_COLOR": "1"})
    terminal.read(0.2)
    check("NO_COLOR gets no colour", not re.search(rb"\x1b\[[0-9;]*3[0-7][;m]", terminal.out))
    terminal.close()
    terminal = Terminal(VIEWER, "replay", "--event", "41", TRACE)
    check("replay --event 41 begins there", terminal.wait_for("event 41/"), terminal.plain()[:200])
    terminal.keys("q")
    terminal.wait()
    terminal.close()
    terminal = Terminal(VIEWER, "replay", TRACE, OTHER)
    check("replay of two traces shows both", terminal.wait_for(os.path.basename(OTHER)) and
          os.path.basename(TRACE) in terminal.plain(), terminal.plain()[-400:])
    terminal.keys("=o=q")
    check("and = o q are keys of it", terminal.wait() == 0)
    wrong = terminal.is_restored()
    check("and it gives the terminal back", not wrong, ", ".join(wrong))
    terminal.close()
    terminal = Terminal(VIEWER, "replay", TRACE, term="dumb")
    status = terminal.wait()
    check("TERM=dumb gets sentences", status == 0 and b"\x1b" not in terminal.out and b"main#1" in terminal.out,
          f"status {status}")
    terminal.close()


def test_stop_and_go_on():
    """Under a shell with job control, which is what Ctrl-Z is about."""
    terminal = Terminal("bash", "--norc", "--noprofile", "--noediting", "-i", env={"PS1": "READY$ "})
    terminal.wait_for("READY$")
    before = termios.tcgetattr(terminal.slave)
    terminal.keys(f"{VIEWER} replay {TRACE}\n")
    drawn = terminal.wait_for("the loop")
    stopped, wrong = True, []
    for _ in range(3):
        terminal.out = b""
        terminal.keys(b"\x1a")
        stopped = stopped and terminal.wait_for("Stopped") and terminal.wait_for("READY$")
        terminal.before = before
        wrong = wrong or terminal.is_restored()
        terminal.out = b""
        terminal.keys("fg\n")
        drawn = drawn and terminal.wait_for("the loop")
    check("Ctrl-Z stops it", stopped)
    check("Ctrl-Z gives the terminal back", not wrong, ", ".join(wrong))
    check("fg draws it again", drawn)
    terminal.keys("q")
    terminal.wait_for("READY$")
    terminal.keys("echo status=$?\n")
    check("it goes on after Ctrl-Z and fg", terminal.wait_for("status=0"), terminal.plain()[-200:])
    wrong = terminal.is_restored()
    check("and restores the terminal at its end", not wrong, ", ".join(wrong))
    terminal.close()


def test_resizes():
    seed = int(os.environ.get("SEED", "7"))
    rng = random.Random(seed)
    terminal = replay()
    terminal.keys(" ")
    for i in range(200):
        rows, cols = (1, 1) if i % 50 == 7 else (rng.randint(1, 70), rng.randint(1, 250))
        terminal.resize(rows, cols)
        if i % 10 == 0:
            terminal.keys(rng.choice([".", ",", "?", "O", "\t", "j", "]", "2", "\x0c"]))
        terminal.read(0.01)
    alive = terminal.process.poll() is None
    check(f"200 random resizes down to 1x1 (seed {seed})", alive, f"status {terminal.process.poll()}")
    terminal.resize(24, 80)
    terminal.read(0.1 * SLOW)
    terminal.out = b""
    terminal.keys("\x1b\x1b\x0c")
    check("then it draws 80x24 again", alive and terminal.wait_for("the loop"))
    terminal.resize(5, 20)
    terminal.out = b""
    check("a small terminal is told what is needed", terminal.wait_for("loopscope needs"))
    terminal.close()


def test_run():
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        with open(program, "w") as file:
            file.write(f"""#!{sys.executable}
import os, re, signal, sys, time
fd = int(re.search(r"fd:(\\d+)$", os.environ["LOOP_TRACE"]).group(1))
print("to the terminal", flush=True)
n = 0
def tell(rest):
    global n
    n += 1
    os.write(fd, ('{{"t":%.9f,"n":%d,"ev":%s}}\\n' % (n / 10, n, rest)).encode())
def stop(*_):
    tell('"loop:stopped","why":"signal","turns":1')
    sys.exit(5)
signal.signal(signal.SIGINT, stop)
tell('"loop:run","how":"forever"')
while True:
    time.sleep(0.05)
    tell('"loop:turn","turn":%d,"ready":0,"timers":0' % n)
""")
        os.chmod(program, 0o755)
        recording = os.path.join(folder, "kept.jsonl")
        terminal = Terminal(VIEWER, "run", "--record", recording, program)
        live = terminal.wait_for("LIVE")
        check("run shows the program live", live, terminal.plain()[-300:])
        shown = terminal.plain()
        check("the program's own output does not garble the screen", "to the terminal" not in shown)
        terminal.keys(b"\x1b[D ")  # back in time, and stand
        terminal.read(0.3)
        terminal.keys("q")
        status = terminal.wait()
        check("quitting ends it: status 0", status == 0, f"status {status}")
        check("quitting restores the terminal", not terminal.is_restored())
        after = terminal.plain()
        check("its output comes after leaving", "to the terminal" in after)
        with open(recording) as file:
            check("the recording is whole to the program's last word", "loop:stopped" in file.read())
        terminal.close()

        terminal = Terminal(VIEWER, "run", program)
        terminal.wait_for("LIVE")
        children = children_of(terminal.process.pid)
        terminal.process.send_signal(signal.SIGSEGV)
        terminal.wait()
        gone = False
        for _ in range(100):
            gone = children and not any(is_alive(pid) for pid in children)
            if gone:
                break
            time.sleep(0.05)
        check("a viewer that crashes leaves no program behind", gone, f"children {children}")
        check("and a restored terminal", not terminal.is_restored())
        terminal.close()


def test_slow_source():
    """Standard input that says nothing: keys are answered all the same, from the terminal."""
    reader, writer = os.pipe()
    terminal = Terminal(VIEWER, "replay", "-", stdin=reader)
    os.close(reader)
    terminal.wait_for("the loop")
    terminal.keys("?")
    check("keys are answered while standard input is silent", terminal.wait_for("Esc closes it", 2))
    with open(TRACE, "rb") as file:
        os.write(writer, file.read())
    terminal.keys("\x1b")
    check("what comes is shown", terminal.wait_for("Here begins the trace"))
    terminal.keys("q")
    check("and q leaves", terminal.wait() == 0)
    os.close(writer)
    terminal.close()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_share():
    """A room of viewers: each types what the screen says, sees the program, and can't hold it."""
    port = free_port()
    terminal = Terminal(VIEWER, "run", "--share", str(port), f"{BUILD}/lessons/01_while_loop")
    invitation = f"loopscope attach tcp:127.0.0.1:{port}"
    terminal.wait_for("turns a second")
    terminal.keys("\x0c")  # drawn anew: in one piece
    check("the screen says what others type", terminal.wait_for(invitation))
    guests = [Terminal(VIEWER, *invitation.split()[1:]) for _ in range(3)]
    check("whoever types it sees the program", all(guest.wait_for("Running...") for guest in guests))
    guests[0].keys("P")
    check("a guest who wants to pause it is told no", guests[0].wait_for("attached over a Unix socket"))
    guests[1].keys("q")
    check("a guest may leave", guests[1].wait() == 0)
    terminal.keys("q")
    check("the program's end ends the sharing", terminal.wait() == 0)
    check("and is told to the guests", guests[2].wait_for("ENDED"))
    for guest in guests:
        guest.keys("q")
        guest.close()
    terminal.close()


def test_answers():
    """A program that hears control lines late: two were sent before it answers the first."""
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{directory}/program")
        server.listen()
        terminal = Terminal(VIEWER, "attach", f"unix:{directory}/program", size=(36, 120))
        program, _ = server.accept()
        program.settimeout(10)
        program.sendall(b'{"t":0.000000000,"n":0,"ev":"trace:head","format":"loopscope","version":1}\n'
                        b'{"t":0.000000000,"n":1,"ev":"loop:run","how":"forever"}\n')
        terminal.wait_for("LIVE")
        terminal.keys("P+")
        heard = b""
        while heard.count(b"\n") < 2:
            heard += program.recv(100)
        for line in heard.decode().splitlines():
            terminal.read(0.2)
            program.sendall(b'{"t":1.000000000,"n":1,"ev":"trace:control","line":"%s","ok":true}\n' % line.encode())
        check("each answer is taken for the line that it is about", terminal.wait_for("PROGRAM PAUSED", 3))
        check("the last one, too", terminal.wait_for("answered speed 2: ok"))  # what stood there begins alike
        program.close()
        terminal.keys("q")
        terminal.wait()
        terminal.close()


def main():
    if not os.path.exists(VIEWER):
        print(f"not ok {VIEWER} is not there: run make")
        return 1
    for test in (test_ends, test_poor_terminals, test_stop_and_go_on, test_resizes, test_run, test_share, test_answers, test_slow_source):
        test()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
