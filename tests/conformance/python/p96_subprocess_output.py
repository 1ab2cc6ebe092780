"""Children: fed, read line by line or as a whole, waited for."""
import asyncio

PIPE = asyncio.subprocess.PIPE
start = asyncio.create_subprocess_exec


async def be_main():
    p = await start("sh", "-c", "echo out; echo err >&2; exit 3", stdout=PIPE, stderr=PIPE)
    print(await p.communicate(), "returncode", p.returncode)
    p = await start("cat", stdin=PIPE, stdout=PIPE)
    print("running:", p.returncode is None)
    print(await p.communicate(b"through cat"), "returncode", p.returncode)
    p = await start("sh", "-c", 'while read x; do echo "<$x>"; done', stdin=PIPE, stdout=PIPE)
    for word in (b"one\n", b"two\n"):
        p.stdin.write(word)
        print(await p.stdout.readline())
    p.stdin.close()
    print("rest", await p.stdout.read(), "returncode", await p.wait())
    p = await start("cat", stdin=PIPE, stdout=PIPE)
    big = bytes(1000000)
    print("1 MB through cat without deadlock:", (await p.communicate(big))[0] == big)
    p = await asyncio.create_subprocess_shell("exit 7")
    print("shell returncode", await p.wait())
    try:
        await start("/no/such/program")
    except FileNotFoundError as error:
        print("FileNotFoundError", error.errno)


asyncio.run(be_main())
