"""A callback that fails stops nothing."""
import asyncio
import logging


class Printed(logging.Handler):
    def emit(self, record):
        words = record.getMessage().split("\n")[0].partition("(")[0]
        print("LOG", record.levelname, words)


logger = logging.getLogger("asyncio")
logger.addHandler(Printed())
logger.propagate = False
loop = asyncio.new_event_loop()


def boom(text):
    raise ValueError(text)


def handler(_, context):
    print("handler:", context["message"].partition("(")[0], "|", repr(context["exception"]))


def bad_handler(_, context):
    raise RuntimeError


loop.set_exception_handler(handler)
for callback, arg in ((boom, "one"), (print, "next callback of the batch runs"),
                      (loop.set_exception_handler, bad_handler), (boom, "two"),
                      (print, "and the loop goes on"), (loop.set_exception_handler, None),
                      (boom, "three")):
    loop.call_soon(callback, arg)
loop.call_soon(loop.stop)
loop.run_forever()
print("get_exception_handler:", loop.get_exception_handler())
loop.close()
