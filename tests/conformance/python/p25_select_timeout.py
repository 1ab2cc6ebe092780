"""How long the loop asks select() to wait."""
import asyncio
import selectors


class Asked(selectors.SelectSelector):
    def select(self, timeout=None):
        self.timeout = timeout
        loop.stop()
        return super().select(0)


selector = Asked()
loop = asyncio.SelectorEventLoop(selector)


def ask():
    loop.run_forever()
    return selector.timeout


def show(when, answer):
    print(f"{when:19} -> {answer}")


show("nothing to do", ask())
loop.call_soon(int)
show("a callback is ready", ask())
loop.stop()
show("stopping", ask())
near = loop.call_later(5, int)
show("timer in 5 s", 4.5 < ask() <= 5)
far = loop.call_later(864000, int)
near.cancel()
show("timer in 10 days", ask())
far.cancel()
show("only cancelled ones", ask())
loop.call_later(-3, int)
show("overdue timer", ask())
loop.close()
