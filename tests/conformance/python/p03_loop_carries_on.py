"""The end of main does not end the loop."""
import asyncio

loop = asyncio.new_event_loop()
has_begun = []


async def be_main():
    has_begun.append(True)
    for i in range(5):
        await asyncio.sleep(0.01)
        print("Running %d..." % i)
    print("main() is done, but the loop carries on...")


def watch():
    print("later: loop running:", loop.is_running(), "main done:", task.done())
    loop.stop()


def watch_later(_):
    loop.call_later(0.03, watch)


task = loop.create_task(be_main())
print("created, main started:", bool(has_begun), "loop running:", loop.is_running())
task.add_done_callback(watch_later)
loop.run_forever()
print("stopped: loop running:", loop.is_running(), "closed:", loop.is_closed())
loop.close()
print("closed:", loop.is_closed())
