"""12_select_limits.py: what select() can't do: promise, count past 1023, and pass over the idle."""
import asyncio
import fcntl
import os
import resource
import select

HIGH = 1500  # a descriptor that no fd_set has room for


def take(fd):
    try:
        os.read(fd, 1)
        print('a reader got the byte')
    except BlockingIOError:
        print('a reader found nothing: EAGAIN')


def duplicate_high(fd):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2048:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2048), hard))
    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD, HIGH)
    except OSError:
        return -1


async def main():
    loop = asyncio.get_running_loop()
    end, other_end = os.pipe()
    os.set_blocking(end, False)
    again = os.dup(end)
    loop.add_reader(end, take, end)
    loop.add_reader(again, take, again)
    print('two readers for one pipe, and one byte')
    os.write(other_end, b'x')
    await asyncio.sleep(1)
    loop.remove_reader(end)
    loop.remove_reader(again)
    high = duplicate_high(end)
    if high < 0:
        print('this system gives us no descriptor 1500')
        return
    try:
        select.select([high], [], [], 0)
    except ValueError:  # filedescriptor out of range in select()
        print(f'an fd_set ends at 1024: descriptor {high} is beyond it')
    loop.add_reader(high, take, high)
    os.write(other_end, b'x')
    await asyncio.sleep(1)
    print('the loop watched it all the same')
    loop.remove_reader(high)


asyncio.run(main())
