"""serve_forever ends by a cancel only."""
import asyncio


async def hang_up(reader, writer):
    writer.close()


async def forever(server, name):
    try:
        await server.serve_forever()
    except asyncio.CancelledError:
        print(name, "CancelledError; serving:", server.is_serving(), "sockets:", server.sockets)
        raise
    except RuntimeError as error:
        print(name, "RuntimeError:", "already" in str(error), "closed" in str(error))
    else:
        print("must not return")


async def be_main():
    for how in ("cancel", "close"):
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        t = asyncio.create_task(forever(server, how))
        await asyncio.sleep(0)
        await forever(server, "second")
        (t.cancel if how == "cancel" else server.close)()
        await asyncio.wait([t])
        print("task cancelled:", t.cancelled())
        await server.wait_closed()
        await forever(server, "third")
    server.close()
    print("close() again is harmless")


asyncio.run(be_main())
