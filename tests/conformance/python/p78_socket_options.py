"""What the loop sets on its sockets; and a port that is in use is refused at once."""
import asyncio
import errno
import inspect
import os
import socket


def nodelay(sock):
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def inheritable(sock):
    return os.get_inheritable(sock.fileno())


async def greet(reader, writer):
    sock = writer.get_extra_info("socket")
    print("accepted: nodelay", nodelay(sock), "timeout", sock.gettimeout(), "inheritable", inheritable(sock))
    writer.close()


async def be_main():
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    sock = server.sockets[0]
    reuse = sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
    print("listening: reuseaddr", reuse, "timeout", sock.gettimeout(), "inheritable", inheritable(sock))
    port = sock.getsockname()[1]
    try:
        await asyncio.start_server(greet, "127.0.0.1", port)
    except OSError as error:
        print("second bind:", errno.errorcode[error.errno])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.read()
    sock = writer.get_extra_info("socket")
    print("connected: nodelay", nodelay(sock), "timeout", sock.gettimeout())
    writer.close()
    server.close()
    create = asyncio.get_running_loop().create_server
    print("default backlog", inspect.signature(create).parameters["backlog"].default)


asyncio.run(be_main())
