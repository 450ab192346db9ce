# TaskQueue against a sorted list: by time, then by arrival; removal from anywhere.
import asyncio
from asyncio import core
from time import ticks_ms, ticks_add


async def nothing():
    pass


seed = 1


def rand(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return (seed >> 8) % n


for spread in (1, 2, 50, 100000):
    q = core.TaskQueue()
    tasks = [core.Task(nothing()) for _ in range(60)]
    model = []
    base = ticks_ms()
    count = 0
    for _ in range(4000):
        what = rand(8)
        if what < 4:
            t = tasks[rand(len(tasks))]
            at = rand(spread) - spread // 2
            model = [m for m in model if m[2] is not t]
            count += 1
            model.append((at, count, t))
            q.push(t, ticks_add(base, at))
        elif what < 6:
            model.sort(key=lambda m: m[:2])
            if model:
                first = model.pop(0)[2]
                assert q.peek() is first
                assert q.pop() is first
            else:
                assert q.peek() is None
        elif what < 7:
            t = tasks[rand(len(tasks))]
            model = [m for m in model if m[2] is not t]
            q.remove(t)
    model.sort(key=lambda m: m[:2])
    for m in model:
        assert q.pop() is m[2]
    try:
        q.pop()
    except IndexError as er:
        print(spread, er)

# A task moves from one queue to another.
a, b = core.TaskQueue(), core.TaskQueue()
t = core.Task(nothing())
a.push(t)
b.push(t)
print(a.peek(), b.peek() is t)
a.remove(t)
print(b.pop() is t)
for bad in (1, None, a):
    try:
        a.push(bad)
    except TypeError as er:
        print(er)
