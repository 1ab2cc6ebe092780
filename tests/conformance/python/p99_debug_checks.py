"""In debug mode calls from a wrong thread are refused; what is no callback is refused always."""
import asyncio
import threading


async def coro():
    pass


async def be_main():
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 60  # a busy machine is not the subject here
    answers = []

    def wrong_thread():
        for name, *args in (("call_soon",), ("call_later", 1), ("call_at", 1), ("call_soon_threadsafe",)):
            try:
                getattr(loop, name)(*args, int)
                answers.append((name, "ok"))
            except RuntimeError as error:
                answers.append((name, error))

    thread = threading.Thread(target=wrong_thread)
    thread.start()
    thread.join()
    for answer in answers:
        print(*answer)
    for wrong in (coro, None):
        try:
            loop.call_soon(wrong)
        except TypeError as error:
            print("TypeError:", str(error).partition(",")[0])


asyncio.run(be_main(), debug=True)
