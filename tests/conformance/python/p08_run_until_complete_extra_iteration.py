"""The turn after the end still runs."""
import asyncio
import itertools

loop = asyncio.new_event_loop()


async def ticker():
    for i in itertools.count():
        print("tick", i)
        await asyncio.sleep(0)


async def be_main(label):
    print(label, "start")
    await asyncio.sleep(0)
    print(label, "returns")


t = loop.create_task(ticker())
for label in "AB":
    loop.run_until_complete(be_main(label))
    print("-- returned")
t.cancel()
try:
    loop.run_until_complete(t)
except asyncio.CancelledError:
    print("ticker cancelled")
loop.close()
