# Queue, Semaphore, timeout, TaskGroup: what the reference does not have.
import asyncio


async def queues():
    q = asyncio.Queue(2)
    log = []

    async def producer():
        for i in range(5):
            await q.put(i)
            log.append("put %d" % i)

    async def consumer():
        for i in range(5):
            log.append("got %d" % await q.get())
            q.task_done()

    t = asyncio.create_task(producer())
    await asyncio.sleep_ms(0)
    print(q.qsize(), q.full(), q.empty())
    c = asyncio.create_task(consumer())
    await q.join()
    await t
    print(sorted(log) == sorted(["put %d" % i for i in range(5)] + ["got %d" % i for i in range(5)]))
    print([x for x in log if x[0] == "g"])
    try:
        q.get_nowait()
    except asyncio.QueueEmpty:
        print("empty")
    q.put_nowait(1)
    q.put_nowait(2)
    try:
        q.put_nowait(3)
    except asyncio.QueueFull:
        print("full")
    lifo = asyncio.LifoQueue()
    prio = asyncio.PriorityQueue()
    for x in (2, 3, 1):
        lifo.put_nowait(x)
        prio.put_nowait(x)
    print([lifo.get_nowait() for _ in range(3)], [prio.get_nowait() for _ in range(3)])
    # A getter that is cancelled after it was woken passes the item on.
    e = asyncio.Queue()
    a = asyncio.create_task(e.get())
    b = asyncio.create_task(e.get())
    await asyncio.sleep_ms(0)
    e.put_nowait("item")
    a.cancel()
    print(await b)
    try:
        e.task_done()
        e.task_done()
    except ValueError as er:
        print(er)


async def semaphores():
    s = asyncio.Semaphore(2)
    inside = most = 0

    async def work():
        nonlocal inside, most
        async with s:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep_ms(1)
            inside -= 1

    await asyncio.gather(*[work() for _ in range(6)])
    print("most", most, s.locked())
    b = asyncio.BoundedSemaphore(1)
    await b.acquire()
    b.release()
    try:
        b.release()
    except ValueError as er:
        print(er)
    # One that is let in and cancelled before it runs lets the next one in.
    l = asyncio.Lock()
    await l.acquire()
    t1 = asyncio.create_task(l.acquire())
    t2 = asyncio.create_task(l.acquire())
    await asyncio.sleep_ms(0)
    l.release()
    t1.cancel()
    print(await t2, l.locked())


async def timeouts():
    try:
        async with asyncio.timeout(0.01) as t:
            await asyncio.sleep(10)
    except asyncio.TimeoutError:
        print("timeout", t.expired())
    async with asyncio.timeout_ms(1000) as t:
        await asyncio.sleep_ms(1)
    print("in time", t.expired())
    async with asyncio.timeout(None):
        await asyncio.sleep_ms(1)
    try:
        async with asyncio.timeout(1):
            raise ValueError("mine")
    except ValueError as er:
        print(er)

    # A cancellation from outside is no timeout.
    async def sleeper():
        async with asyncio.timeout(10):
            await asyncio.sleep(10)

    task = asyncio.create_task(sleeper())
    await asyncio.sleep_ms(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


async def groups():
    done = []

    async def work(n, fail=False):
        try:
            await asyncio.sleep_ms(n)
        except asyncio.CancelledError as er:
            done.append(-n)
            raise er
        if fail:
            raise ValueError(n)
        done.append(n)
        return n

    async with asyncio.TaskGroup() as g:
        a = g.create_task(work(3))
        b = g.create_task(work(1))
    print(done, a.done(), b.done())
    done.clear()
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(work(1, True))
            g.create_task(work(1000))
            await asyncio.sleep(10)
    except asyncio.ExceptionGroup as er:
        print(er.message, er.exceptions, done)
    done.clear()
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(work(1000))
            await asyncio.sleep_ms(1)
            raise KeyError(1)
    except asyncio.ExceptionGroup as er:
        print(er.exceptions, done)
    try:
        g.create_task(work(1))
    except RuntimeError as er:
        print(er)
    async with asyncio.TaskGroup():
        pass

    async def outer():
        async with asyncio.TaskGroup() as g:
            g.create_task(work(1000))

    done.clear()
    t = asyncio.create_task(outer())
    await asyncio.sleep_ms(1)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("group cancelled", done)


async def sleeps():
    # Each is one's own, however many are made before they are awaited.
    s = [asyncio.sleep_ms(2), asyncio.sleep_ms(1)]
    await asyncio.gather(*s)
    await asyncio.wait_for(asyncio.sleep_ms(1), 1)
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except asyncio.TimeoutError:
        print("sleep timed out")
    t = asyncio.create_task(asyncio.sleep_ms(50))
    await asyncio.sleep_ms(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("sleep cancelled")
    await asyncio.sleep(True)
    try:
        await asyncio.current_task()
    except RuntimeError as er:
        print(er)


async def main():
    await queues()
    await semaphores()
    await timeouts()
    await groups()
    await sleeps()


asyncio.run(main())
try:
    asyncio.current_task()
except RuntimeError as er:
    print(er)
