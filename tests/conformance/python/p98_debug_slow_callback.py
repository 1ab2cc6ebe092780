"""In debug mode a step or callback that blocks the loop for the limit or longer is told of."""
import asyncio
import logging
import re
import time


class Printed(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            text = re.sub(r"<(\w+).*> took [\d.]+", r"<\1 ...> took S.SSS", record.getMessage())
            print(record.levelname, text)


logger = logging.getLogger("asyncio")
logger.addHandler(Printed())
logger.propagate = False


async def step(seconds):
    time.sleep(seconds)


loop = asyncio.new_event_loop()
print("default threshold", loop.slow_callback_duration)
loop.slow_callback_duration = 5
loop.run_until_complete(step(0))
for debug, limit in ((True, 0.1), (False, 0.1), (True, 5)):
    print("debug", debug, "threshold", limit)
    loop.set_debug(debug)
    loop.slow_callback_duration = limit
    loop.call_soon(time.sleep, 0.11)
    loop.run_until_complete(step(0.11))
loop.close()
