# Streams over a pipe of bytes in memory; errors of tasks; nested loops; what is not a coroutine.
import asyncio, micropython, sys, io


class Pipe(io.IOBase):
    def __init__(self, n):
        self.ring = micropython.RingIO(n)
        self.closed = False

    def ioctl(self, request, arg):
        if request == 3:
            ready = 0
            if self.ring.any() or self.closed:
                ready |= 1
            if self.ring.any() < 8:
                ready |= 4
            return ready & arg
        return -22

    def read(self, n=-1):
        if not self.ring.any():
            return b"" if self.closed else None
        return self.ring.read(n) if n >= 0 else self.ring.read()

    def readline(self):
        return self.ring.readline() if self.ring.any() else (b"" if self.closed else None)

    def readinto(self, buf):
        return self.ring.readinto(buf)

    def write(self, buf):
        n = min(len(buf), 8 - self.ring.any())
        return self.ring.write(buf, n) if n else None

    def close(self):
        self.closed = True


async def write(p):
    w = asyncio.StreamWriter(p)
    w.write(b"a line\nand ")
    await w.drain()
    w.write("another\n")
    await w.drain()
    w.write(memoryview(b"0123456789" * 3))
    await w.drain()
    await asyncio.sleep_ms(1)
    await w.awrite(b"tail", 1, 2)
    w.close()
    await w.wait_closed()


async def read(p):
    r = asyncio.StreamReader(p, {"peername": "me"})
    print(r.get_extra_info("peername"))
    print(await r.readline())
    print(await r.readline())
    print(await r.readexactly(25))
    print(await r.read(3))
    buf = bytearray(2)
    print(await r.readinto(buf), buf)
    print(await r.read())
    try:
        await r.readexactly(1)
    except EOFError:
        print("EOFError")


async def two_readers(p):
    async def one():
        await asyncio.StreamReader(p).read(1)

    a = asyncio.create_task(one())
    b = asyncio.create_task(one())
    try:
        await b
    except RuntimeError as er:
        print(er)
    a.cancel()
    try:
        await a
    except asyncio.CancelledError:
        print("reader cancelled", asyncio.core._io_queue.map)


async def fails():
    raise ValueError("of a task")


async def main():
    p = Pipe(64)
    await asyncio.gather(write(p), read(p))
    await two_readers(Pipe(8))
    loop = asyncio.get_event_loop()
    loop.set_exception_handler(lambda loop, c: print(c["message"], repr(c["exception"]), type(c["future"])))
    t = asyncio.create_task(fails())
    await asyncio.sleep_ms(1)
    # It is reported once, and can be asked for afterwards all the same.
    try:
        await t
    except ValueError as er:
        print(er)
    loop.set_exception_handler(None)

    async def inner():
        return 42

    print(asyncio.run(inner()), asyncio.current_task() is not None)
    for bad in (1, None, "x", print, fails):
        try:
            asyncio.create_task(bad)
        except TypeError as er:
            print(er)
    for bad in ("x", None, float("nan"), -1, [], 1e300, 10**30):
        try:
            await asyncio.sleep(bad)
            print("slept")
        except (TypeError, OverflowError) as er:
            print(type(er), er)

    # A coroutine written as a class.
    class Coro:
        def __init__(self):
            self.n = 0

        def send(self, v):
            self.n += 1
            if self.n == 3:
                raise StopIteration("result")
            asyncio.core._task_queue.push(asyncio.core.cur_task)

    print(await asyncio.create_task(Coro()))


asyncio.run(main())


async def exits():
    sys.exit(3)


try:
    asyncio.run(exits())
except SystemExit as er:
    print("exit", er.args)
asyncio.new_event_loop()


async def stop_later():
    await asyncio.sleep_ms(2)
    asyncio.get_event_loop().stop()


loop = asyncio.get_event_loop()
loop.create_task(stop_later())
loop.run_forever()
print("stopped")
