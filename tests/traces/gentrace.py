#!/usr/bin/env python3
"""Writes a trace of a made-up program, for tests and measurements of readers: gentrace.py EVENTS [SEED [STATE_EVERY]] > FILE

A small loop that never existed: a server whose clients come and go, tickers with timers, workers that are made, yield,
fail and are cancelled, plain calls, notes, warnings; every kind of event comes up. The state records are taken from the
generator's own structures, so a reader that rebuilds the loop from the events is held against a second opinion. The
same arguments give the same bytes. STATE_EVERY is in bytes, 1 MiB unless given.
"""

import random
import sys

STATE_EVERY = 1 << 20
SOURCE = "int main(void)\n{\n    return loop_run(crowd, NULL); /* \u2190 \"everything\" */\n}\n"


def seconds(ns):
    return "%d.%09d" % divmod(ns, 10**9)


class Ns(int):
    """A time: nine decimals in the trace."""


def text(s):
    out = []
    for c in s:
        code = ord(c)
        if c in '"\\':
            out.append("\\" + c)
        elif code < 32 or 127 <= code < 160:
            out.append("\\u%04x" % code)
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def json_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Ns):
        return seconds(value)
    if isinstance(value, (int, float)):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return "[" + ",".join(map(json_of, value)) + "]"
    return "{" + ",".join(text(k) + ":" + json_of(v) for k, v in value.items()) + "}"


class Gen:
    def __init__(self, events, seed, out, state_every=STATE_EVERY):
        self.random = random.Random(seed)
        self.out, self.want = out, events
        self.t, self.n, self.ids, self.fd = 0, 0, 0, 5
        self.bytes_since, self.state_every = 0, state_every
        self.turn, self.phase, self.running, self.stopping = 0, "outside", None, False
        self.tasks, self.ready, self.timers, self.watch, self.servers, self.conns = {}, [], [], {}, {}, {}
        self.totals = dict(turns=0, steps=0, calls=0, timers=0, late_max=Ns(0), accepted=0, **{"in": 0}, out=0,
                           busy=Ns(0), waited=Ns(0))
        self.since, self.begun, self.calls, self.n_extras = {}, 0, {}, 0

    # ---- lines

    def line(self, ev, keys):
        s = '{"t":%s,"n":%d,"ev":"%s"' % (seconds(self.t), self.n, ev)
        for key, value in keys.items():
            s += "," + text(key.rstrip("_")) + ":" + json_of(value)
        s += "}\n"
        self.out.write(s)
        self.bytes_since += len(s)

    def emit(self, ev, **keys):
        self.t += self.random.randrange(200, 900)
        self.n += 1
        self.line(ev, keys)

    def sink(self, ev, **keys):
        self.line(ev, keys)

    def id(self, name):
        self.ids += 1
        return "%s#%d" % (name, self.ids)

    def state(self, parts=1):
        tasks = []
        for name, task in self.tasks.items():
            one = dict(task=name, state=task["state"])
            if task["state"] == "waiting" and task.get("on"):
                for key in ("on", "what", "due"):
                    if task.get(key) is not None:
                        one[key] = task[key]
            one["src"] = task["src"]
            one.update(steps=task["steps"], cpu=Ns(task["cpu"]), parent=task["parent"])
            if task["cancelling"]:
                one["cancelling"] = task["cancelling"]
            tasks.append(one)
        first = dict(turn=self.turn, phase=self.phase)
        if self.running:
            first["running"] = self.running
        first["stopping"] = self.stopping
        rest = dict(ready=[r for r in self.ready],
                    timers=[dict(timer=i, due=Ns(d), wakes=w) for d, _, i, w in sorted(self.timers)],
                    watch=[dict([("fd", fd), ("for", how), ("who", who)]) for (fd, how), who in sorted(self.watch.items())],
                    servers=[dict(server=i, fd=s["fd"], addr=s["addr"], accepted=s["accepted"])
                             for i, s in self.servers.items()],
                    conns=[dict([("conn", i), ("fd", c["fd"]), ("peer", c["peer"]), ("state", c["state"]), ("in", c["in"]),
                                 ("out", c["out"]), ("queued", c["queued"])]) for i, c in self.conns.items()],
                    totals=self.totals)
        self.bytes_since = 0
        if parts == 1:
            self.sink("trace:state", **first, tasks=tasks, **rest)
            return
        cut = len(tasks) // 2
        self.sink("trace:state", **first, tasks=tasks[:cut], part=1, of=2)
        self.sink("trace:state", tasks=tasks[cut:], **rest, part=2, of=2)

    # ---- handles

    def make_ready(self, name, why, by):
        kind = "call" if name in self.calls else "task"
        keys = {kind: name}
        if kind == "call":
            keys["fn"] = self.calls[name]
        self.emit(kind + ":ready", **keys, by=by, why=why)
        self.ready.append(name)
        self.since[name] = self.t
        if kind == "task" and self.tasks[name]["state"] != "running":
            self.tasks[name]["state"] = "ready"

    def new_task(self, name, fn, line, parent):
        name = self.id(name)
        self.tasks[name] = dict(state="waiting", src="crowd.c:%d" % line, steps=0, cpu=0, parent=parent, cancelling=0, fn=fn)
        self.emit("task:new", task=name, name=name.split("#")[0], parent=parent, fn=fn, src="crowd.c:%d" % line)
        self.make_ready(name, "new", parent)
        return name

    def set_timer(self, wakes, delay, src):
        timer, due = self.id("timer"), self.t + delay
        self.timers.append((due, self.ids, timer, wakes))
        self.emit("timer:set", timer=timer, wakes=wakes, due=Ns(due), delay=Ns(delay), src=src)
        return timer, due

    def drop_timer(self, name):
        for entry in self.timers:
            if entry[3] == name:
                self.timers.remove(entry)
                self.emit("timer:cancel", timer=entry[2], left=Ns(max(0, entry[0] - self.t)))
                return

    def await_(self, name, on, what, due=None, expr="x"):
        task = self.tasks[name]
        task.update(on=on, what=what, due=None if due is None else Ns(due), src="crowd.c:%d" % self.random.randrange(1, 4))
        keys = dict(task=name, on=on, what=what)
        if due is not None:
            keys["due"] = Ns(due)
        self.emit("task:await", **keys, src=task["src"], expr=expr)

    def begin(self, name):
        self.ready.remove(name)
        self.running = name
        waited = Ns(self.t - self.since[name])
        if name in self.calls:
            self.totals["calls"] += 1
            self.emit("call:begin", call=name, waited=waited)
        else:
            task = self.tasks[name]
            task["steps"] += 1
            task["state"] = "running"
            self.totals["steps"] += 1
            self.emit("task:begin", task=name, step=task["steps"], waited=waited, src=task["src"])
        self.begun = self.t

    def end(self, name, next_):
        took = Ns(self.t - self.begun)
        self.totals["busy"] = Ns(self.totals["busy"] + took)
        self.running = None
        if name in self.calls:
            self.emit("call:end", call=name, took=took)
            del self.calls[name]
            return
        task = self.tasks.get(name)
        if task is not None:
            task["cpu"] += took
            task["state"] = "ready" if name in self.ready else "waiting"
            if next_ == "yield":
                task["on"] = None
        self.emit("task:end", task=name, took=took, next=next_)

    def done(self, name, how, **keys):
        task = self.tasks.pop(name)
        self.emit("task:done", task=name, how=how, **keys, steps=task["steps"],
                  cpu=Ns(task["cpu"] + (self.t - self.begun if self.running == name else 0)))

    # ---- what handles do

    def step(self, name):
        fn = self.tasks[name]["fn"]
        dice = self.random.random()
        if self.tasks[name]["cancelling"]:
            self.drop_conn_of(name)
            self.done(name, "cancelled")
            return "done"
        if fn == "serve":
            self.await_(name, "accept", self.first_server())
        elif fn == "handle":
            return self.step_handler(name, dice)
        elif fn == "tick":
            self.emit("out:line", stream="stdout" if dice < .9 else "stderr", text="tick \u2026 \"%s\"" % name, task=name)
            timer, due = self.set_timer(name, self.random.randrange(1, 50) * 10**6, "crowd.c:2")
            self.await_(name, "timer", timer, due, "task_sleep(0.01)")
        elif dice < .3:
            self.make_ready(name, "yield", name)
            return "yield"
        elif dice < .6:
            timer, due = self.set_timer(name, self.random.randrange(1, 9) * 10**6, "crowd.c:3")
            self.await_(name, "timer", timer, due, "task_sleep(0.001)")
        elif dice < .9:
            self.done(name, "returned", value=self.random.randrange(-3, 3))
            return "done"
        else:
            self.done(name, "failed", error="EIO")
            return "done"
        return "await"

    def first_server(self):
        return next(iter(self.servers))

    def conn_of(self, name):
        for conn, c in self.conns.items():
            if c["task"] == name:
                return conn, c
        return None, None

    def drop_conn_of(self, name):
        conn, c = self.conn_of(name)
        if conn is None:
            return
        if (c["fd"], "read") in self.watch:
            del self.watch[(c["fd"], "read")]
            self.emit("watch:drop", fd=c["fd"], for_="read")
        del self.conns[conn]
        self.emit("conn:close", conn=conn, **{"in": c["in"]}, out=c["out"])

    def step_handler(self, name, dice):
        conn, c = self.conn_of(name)
        if self.tasks[name]["steps"] == 1 or dice < .5:
            if c["state"] == "connected" and self.tasks[name]["steps"] > 1:
                got = self.random.randrange(1, 5000)
                c["in"] += got
                self.totals["in"] += got
                self.emit("conn:read", conn=conn, bytes=got)
                c["out"] += got // 2
                self.totals["out"] += got // 2
                c["queued"] = got - got // 2 if dice < .1 else 0
                self.emit("conn:write", conn=conn, bytes=got // 2, queued=c["queued"])
                if c["queued"]:
                    self.emit("warn:grows", conn=conn, queued=c["queued"])
            if (c["fd"], "read") not in self.watch:
                self.watch[(c["fd"], "read")] = conn
                self.emit("watch:add", fd=c["fd"], for_="read", who=conn)
            self.await_(name, "read", conn, expr="conn_readline(conn, line)")
            return "await"
        if dice < .7:
            c["state"] = "half-closed"
            self.emit("conn:eof", conn=conn)
        elif dice < .8:
            self.emit("conn:error", conn=conn, op="write", error="EPIPE")
        self.drop_conn_of(name)
        self.done(name, "returned", value=0)
        return "done"

    def extras(self):
        """Kinds of events that change nothing in the loop's structures."""
        who = self.running
        some = [
            ("sync:wait", dict(what="lock#%d" % (self.ids + 1), task=who, value=0)),
            ("sync:give", dict(what="queue#%d" % (self.ids + 1), value=2)),
            ("thread:start", dict(job="job#%d" % (self.ids + 1), fn="resolve")),
            ("thread:done", dict(job="job#%d" % (self.ids + 1), fn="resolve", took=Ns(2000000))),
            ("child:start", dict(child="child#%d" % (self.ids + 1), pid=77, argv=["ls", "-l", "a \u00e9 b"])),
            ("child:exit", dict(child="child#%d" % (self.ids + 1), status=1)),
            ("wake:sent", dict(by="thread")),
            ("signal:got", dict(signal="SIGUSR1", does="reload")),
            ("note:say", dict(text="Nobody waits for nothing.", src="crowd.c:3", lesson="00")),
            ("note:mark", dict(name="half way")),
            ("note:ask", dict(text="Who runs next?", choices=["the first", "the \"last\"", "nobody"], answer=0,
                              why=["It stands first.", "No.", "No."])),
            ("note:answered", dict(choice=1, took=Ns(5 * 10**9))),
            ("warn:slow_step", dict(task=who, took=Ns(120000000), limit=Ns(100000000))),
            ("warn:slow_turn", dict(took=Ns(130000000), limit=Ns(100000000), steps=12)),
            ("warn:late_timer", dict(timer="timer#1", late=Ns(51000000))),
            ("warn:spinning", dict(turns=1000)),
            ("warn:starving", dict(task=who, waited=Ns(200000000))),
            ("warn:lost_task", dict(task=who)),
            ("warn:swallowed", dict(task=who)),
            ("warn:unread", dict(task=who, error="EIO")),
            ("warn:not_closed", dict(conn="conn#1")),
            ("out:line", dict(stream="stdout", text="\x1b[2J\x9b2J\u202e evil \x07", task=who)),
            ("server:refuse", dict(server=self.first_server(), error="EMFILE", pause=Ns(10**9))),
            ("odd:event", dict(number=1.5, list=[1, "two", None, True])),
        ]
        ev, keys = some[self.n_extras % len(some)]
        self.n_extras += 1
        if "#%d" % (self.ids + 1) in str(keys):
            self.ids += 1
        self.emit(ev, **{k: v for k, v in keys.items() if v is not None})

    def run_handle(self, name):
        if name in self.tasks and self.tasks[name]["cancelling"] and self.tasks[name]["steps"] == 0:
            self.ready.remove(name)
            self.done(name, "cancelled")
            return
        self.begin(name)
        self.t += self.random.randrange(1000, 90000)
        if self.random.random() < .2:
            self.extras()
        if self.random.random() < .08 and len(self.tasks) < 60:
            self.new_task("worker", "work", 2, name)
        if self.random.random() < .05:
            call = self.id("call")
            self.calls[call] = "on_soon"
            self.make_ready(call, "soon", name)
            if self.random.random() < .3:
                self.ready.remove(call)
                self.emit("call:cancel", call=call)
                del self.calls[call]
        if self.random.random() < .04:
            self.cancel_someone(name)
        self.end(name, self.step(name) if name in self.tasks else None)
        if self.random.random() < .01:
            self.state()

    def cancel_someone(self, by):
        others = [t for t in self.tasks if t != by and self.tasks[t]["fn"] in ("work", "handle") and
                  not self.tasks[t]["cancelling"]]
        if not others:
            return
        name = self.random.choice(others)
        task = self.tasks[name]
        task["cancelling"] += 1
        self.emit("task:cancel", task=name, by=by, src="crowd.c:3")
        if task["state"] == "waiting":
            self.drop_timer(name)
            self.make_ready(name, "cancel", by)

    # ---- the loop

    def select(self):
        self.phase = "select"
        reads = sum(how == "read" for _, how in self.watch)
        keys = dict(timeout=Ns(0), until="ready")
        if not self.ready:
            first = min(self.timers)
            keys = dict(timeout=Ns(max(0, first[0] - self.t)), until=first[2])
        if self.stopping:
            keys = dict(timeout=Ns(0), until="stop")
        self.emit("select:enter", **keys, nfds=max(fd for fd, _ in self.watch) + 1, read=reads,
                  write=len(self.watch) - reads)
        entered = self.t
        can = [fd for (fd, how), who in self.watch.items() if how == "read" and who != "loop"]
        got = sorted(fd for fd in can if self.random.random() < .2)
        if not got and keys["until"].startswith("timer"):
            self.t = max(self.t, min(self.timers)[0] + self.random.randrange(100, 80000))
        took = Ns(self.t - entered)
        self.totals["waited"] = Ns(self.totals["waited"] + took)
        self.phase = "io"
        self.emit("select:leave", took=took, ready=len(got), read=got, write=[])
        for fd in got:
            self.io(fd)

    def io(self, fd):
        who = self.watch[(fd, "read")]
        if who.startswith("server"):
            conn = self.id("conn")
            self.fd += 1
            self.servers[who]["accepted"] += 1
            self.totals["accepted"] += 1
            self.conns[conn] = dict(fd=self.fd, peer="127.0.0.1:%d" % (40000 + self.fd % 20000), state="connected", out=0,
                                    queued=0, task=None, **{"in": 0})
            self.emit("server:accept", server=who, conn=conn, fd=self.fd, peer=self.conns[conn]["peer"])
            self.conns[conn]["task"] = self.new_task("handle", "handle", 1, conn)
            return
        del self.watch[(fd, "read")]
        self.emit("watch:drop", fd=fd, for_="read")
        if self.tasks[self.conns[who]["task"]]["state"] == "waiting":
            self.make_ready(self.conns[who]["task"], "read", who)

    def fire_timers(self):
        self.phase = "timers"
        now = self.t
        while self.timers and min(self.timers)[0] <= now:
            entry = min(self.timers)
            self.timers.remove(entry)
            late = Ns(now - entry[0])
            self.totals["timers"] += 1
            self.totals["late_max"] = max(self.totals["late_max"], late)
            self.emit("timer:fire", timer=entry[2], wakes=entry[3], late=late)
            self.make_ready(entry[3], "timer", entry[2])

    def one_turn(self):
        self.turn += 1
        self.totals["turns"] += 1
        self.phase = "timeout"
        self.emit("loop:turn", turn=self.turn, ready=len(self.ready), timers=len(self.timers))
        self.select()
        self.fire_timers()
        self.phase = "ready"
        for name in list(self.ready):
            if name in self.ready:
                self.run_handle(name)
        self.phase = "outside" if self.stopping else "timeout"
        if self.bytes_since > self.state_every:
            self.state(parts=self.random.choice([1, 2]))

    def run(self):
        self.sink("trace:head", format="loopscope", version=1, program="crowd", argv=["./crowd", "--many"], pid=4242,
                  loop="made-up 1", clock="real", started="2026-01-01T12:00:00Z")
        self.sink("trace:source", file="crowd.c", text=SOURCE)
        self.watch[(4, "read")] = "loop"
        self.emit("watch:add", fd=4, for_="read", who="loop")
        main = self.new_task("serve", "serve", 1, "program")
        self.emit("loop:run", how="run", for_=main)
        server = self.id("server")
        self.servers[server] = dict(fd=5, addr="127.0.0.1:8888", accepted=0)
        self.emit("server:listen", server=server, fd=5, addr="127.0.0.1:8888", backlog=100, src="crowd.c:3")
        self.watch[(5, "read")] = server
        self.emit("watch:add", fd=5, for_="read", who=server)
        out = self.id("conn")
        self.conns[out] = dict(fd=99, peer="10.0.0.1:80", state="connecting", out=0, queued=0, task=None, **{"in": 0})
        self.emit("conn:open", conn=out, fd=99, peer="10.0.0.1:80", state="connecting")
        self.conns[out]["state"] = "connected"
        self.emit("conn:open", conn=out, fd=99, peer="10.0.0.1:80", state="connected")
        for _ in range(3):
            self.new_task("ticker", "tick", 2, main)
        call, timer = self.id("call"), self.t + 3000000
        self.calls[call] = "on_later"
        self.set_timer(call, timer - self.t, "crowd.c:3")
        while self.n < self.want:
            self.one_turn()
        self.state(parts=2)
        self.emit("loop:stop", by="program", src="crowd.c:4")
        self.stopping = True
        self.one_turn()
        self.emit("loop:stopped", why="stop", turns=self.turn)
        self.stopping = False
        self.sink("trace:hold", took=Ns(2 * 10**9), by="viewer")
        self.sink("trace:control", line="step turn", ok=True)
        self.sink("trace:control", line="dance", error="unknown line")
        if (5, "read") in self.watch:
            del self.watch[(5, "read")]
            self.emit("watch:drop", fd=5, for_="read")
        accepted = self.servers.pop(server)["accepted"]
        self.emit("server:close", server=server, accepted=accepted)
        self.state()
        self.n += 4
        self.sink("trace:gap", lost=4, from_=self.n - 3, to=self.n)
        self.state()
        self.emit("warn:not_closed", conn=out)
        self.sink("trace:end", events=self.n, lost=4, how="closed", status=0)


if __name__ == "__main__":
    arguments = [int(a) for a in sys.argv[1:]] + [1] * (3 - len(sys.argv))
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    Gen(arguments[0], arguments[1], sys.stdout, arguments[2] if len(sys.argv) > 3 else STATE_EVERY).run()
