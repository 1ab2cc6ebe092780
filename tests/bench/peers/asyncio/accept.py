"""A server on streams that says one byte to everybody and closes."""

import peer


async def say_x(_reader, writer):
    writer.write(b"x")
    writer.close()


peer.run(lambda: peer.serve(say_x))
