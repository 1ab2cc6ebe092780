"""Fifty tasks that sleep equally long wake in the order in which they lay down."""
import asyncio

awake = []


async def sleeper(place):
    await asyncio.sleep(0.01)
    awake.append(place)


async def be_main():
    await asyncio.gather(*map(sleeper, range(50)))


asyncio.run(be_main())
print("in order:", awake == sorted(awake), "count:", len(awake))
