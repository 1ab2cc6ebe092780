"""Main fails: the leftovers still clean up first; one that fails then is reported."""
import asyncio

kept = []


def handler(loop, context):
    print("handler:", context["message"], "|", repr(context["exception"]))


async def clean():
    try:
        await asyncio.sleep(3600)
    finally:
        print("leftover: finally")


async def dirty():
    try:
        await asyncio.sleep(3600)
    finally:
        raise KeyError("cleanup failed")


async def begin(leftover):
    asyncio.get_running_loop().set_exception_handler(handler)
    kept.append(asyncio.create_task(leftover()))
    await asyncio.sleep(0)


async def fails():
    await begin(clean)
    print("main raises")
    raise ValueError("from main")


async def succeeds():
    await begin(dirty)
    return "value"


for main in (fails, succeeds):
    try:
        print("caller got", asyncio.run(main()))
    except ValueError as error:
        print("caller got", repr(error))
