"""Closing a loop cancels and resumes nothing; tasks that were pending are reported when they go."""
import asyncio
import gc
import warnings

warnings.simplefilter("ignore")  # a coroutine that was never awaited
loop = asyncio.new_event_loop()


def handler(_, context):
    print("handler:", context["message"], context["task"].get_name())


def must_not_run():
    print("must not run")


async def sleeper():
    print("sleeper started")
    await asyncio.sleep(3600)
    must_not_run()


async def unstarted():
    must_not_run()


loop.set_exception_handler(handler)
tasks = [loop.create_task(sleeper(), name="sleeper")]
loop.call_soon(loop.stop)
loop.run_forever()
tasks.append(loop.create_task(unstarted(), name="unstarted"))
loop.call_soon(must_not_run)
loop.call_later(0, must_not_run)
loop.close()
print("closed; drop sleeper")
del tasks[0]
gc.collect()
print("drop unstarted")
del tasks[0]
gc.collect()
print("end")
