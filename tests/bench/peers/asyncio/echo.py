"""An echo server on streams."""

import peer


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


peer.run(lambda: peer.serve(echo))
