"""04_stopping.py: stopping: a stop is a request, and a first Ctrl-C may ask for an orderly end."""
import asyncio
import signal

interrupts = parcels = 0


def on_interrupt():
    global interrupts
    interrupts += 1
    if interrupts == 1:
        print('Ctrl-C: this parcel is finished, no other is begun')
    else:
        print('Ctrl-C again: at once, then')
        loop.stop()


async def packer():
    global parcels
    while not interrupts:
        parcels += 1
        print(f'parcel {parcels} begun')
        await asyncio.sleep(1.5)
        print(f'parcel {parcels} sent')
    loop.stop()
    print('stop was asked for, and this step goes on')
    loop.call_soon(print, 'this is never printed')


loop = asyncio.new_event_loop()
task = loop.create_task(packer())
loop.add_signal_handler(signal.SIGINT, on_interrupt)
loop.run_forever()
print('the loop has stopped')
loop.close()
