"""Signals are ordinary callbacks in a later turn, one for each."""
import asyncio
import signal

loop = asyncio.new_event_loop()
got = []


def on_usr1(tag):
    got.append(tag)
    print("handler", tag, len(got))
    if len(got) == 3:
        signal.setitimer(signal.ITIMER_REAL, 0.03)


def raise_three():
    for _ in range(3):
        signal.raise_signal(signal.SIGUSR1)
    print("three signals raised, handler calls so far:", len(got))


def show_default(when):
    print(f"USR1 default {when} close:", signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL)


for tag in ("must not run", "usr1"):
    loop.add_signal_handler(signal.SIGUSR1, on_usr1, tag)
loop.add_signal_handler(signal.SIGALRM, loop.stop)
loop.call_soon(raise_three)
loop.run_forever()
print("woken from idle and stopped by SIGALRM")
remove = loop.remove_signal_handler
print("remove ->", remove(signal.SIGALRM), remove(signal.SIGALRM))
for number in (9, 0, 1000):
    try:
        loop.add_signal_handler(number, loop.stop)
    except (RuntimeError, ValueError) as error:
        print(f"{type(error).__name__}: {error}")
show_default("before")
loop.close()
show_default("after")
