"""Timers fire by deadline, however they were made."""
import asyncio

loop = asyncio.new_event_loop()
for name, delay in (("+30ms", 0.03), ("-1s", -1), ("+10ms", 0.01), ("-2s", -2), ("0", 0), ("+20ms", 0.02)):
    loop.call_later(delay, print, name)
loop.call_soon(print, "call_soon")
loop.call_later(0.04, loop.stop)
loop.run_forever()
print("when():", loop.call_at(123.5, print).when())
loop.close()
