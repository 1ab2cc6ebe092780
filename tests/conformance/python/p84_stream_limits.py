"""Lines and pieces against the reader's limit: what is dropped, what is kept, what an early end leaves."""
import asyncio


def stream(data, eof=True):
    reader = asyncio.StreamReader(limit=10)
    reader.feed_data(data)
    if eof:
        reader.feed_eof()
    return reader


async def show(label, reading):
    try:
        answer = await reading
    except (ValueError, EOFError, asyncio.LimitOverrunError) as error:
        print(f"{label} -> {type(error).__name__}: {error}")
        if isinstance(error, asyncio.LimitOverrunError):
            print("consumed", error.consumed)
        if isinstance(error, EOFError):
            print("partial", error.partial, "expected", error.expected)
        return getattr(error, "consumed", None)
    print(label, "->", answer)


async def be_main():
    s = stream(b"0123456789\n01234567890\nrest")
    await show("10 + newline", s.readline())
    await show("11 + newline", s.readline())
    await show("the line after", s.readline())
    s = stream(b"0123456789012", False)
    await show("13, no newline yet", s.readline())
    s.feed_data(b"tail\n")
    await show("after that", s.readline())
    s = stream(b"01234567890123|next")
    consumed = await show("readuntil |", s.readuntil(b"|"))
    await show("data kept", s.readexactly(consumed + 1))
    await show("rest", s.read())
    s = stream(b"abc")
    await show("readexactly(10)", s.readexactly(10))
    await show("buffer after it", s.read())
    await show("readuntil at EOF", stream(b"abc").readuntil())
    await show("readline at EOF", stream(b"abc").readline())
    await show("readexactly > limit", stream(b"x" * 15).readexactly(15))
    s = stream(b"hello", False)
    for label, n in (("read(0)", 0), ("read(3)", 3), ("read(100), 2 there", 100)):
        await show(label, s.read(n))
    await show("readexactly(-1)", s.readexactly(-1))
    await show("empty separator", s.readuntil(b""))
    s = stream(b"sepa", False)
    t = asyncio.create_task(s.readuntil(b"ara"))
    await asyncio.sleep(0)
    s.feed_data(b"rator")
    await show("separator split over two reads", t)


asyncio.run(be_main())
