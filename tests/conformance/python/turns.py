"""How many turns a loop has made: not a program, but what some of them ask."""
import asyncio


class CountingLoop(asyncio.SelectorEventLoop):
    turns = 0

    def _run_once(self):
        self.turns += 1
        super()._run_once()
