# Threads that share everything: locks, time-outs, exceptions, generators, imports, and collections in the midst of it.
import _thread
import gc
import micropython
import time

lock = _thread.allocate_lock()
done = 0


def finish():
    global done
    with lock:
        done += 1


def wait(n):
    global done
    while done < n:
        time.sleep_ms(1)
    done = 0


# Many threads, each with structures of its own that collections must keep.
def churn(n, seed):
    kept = {}
    for i in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        kept[seed % 50] = [str(seed), (i, {i: [i]}), bytearray(10)]
        if i % 40 == 0:
            gc.collect()
    assert all(v[1][1][v[1][0]] == [v[1][0]] and len(v[2]) == 10 for v in kept.values())
    finish()


for i in range(6):
    _thread.start_new_thread(churn, (200, i))
wait(6)
print("churn")


# Frames of generators, of calls with keywords, and of natives that call back.
def counting(n):
    for i in range(n):
        yield i


def tangled(n, *args, key, **rest):
    total = 0
    for i in counting(n):
        total += sum(map(lambda x: x + i, args)) + sorted(rest.values(), key=lambda v: -v)[0]
        exec("x = [i for i in range(5)]", {"i": i})
    key.append(total)
    finish()


out = []
for i in range(4):
    _thread.start_new_thread(tangled, (100, 1, 2, 3), {"key": out, "b": 1, "c": 7})
wait(4)
print(out)


# Each thread has its own lock of the heap.
def allocates():
    out.append([1, 2, 3])
    finish()


_thread.start_new_thread(allocates, ())
micropython.heap_lock()
while done < 1:
    pass
micropython.heap_unlock()
print(out[-1])
done = 0

# Time-outs.
held = _thread.allocate_lock()
print(held.acquire(), held.locked(), held.acquire(False), held.acquire(True, 0.05))
start = time.ticks_ms()
print(held.acquire(timeout=0.1), time.ticks_diff(time.ticks_ms(), start) >= 99)


def releases():
    time.sleep_ms(30)
    held.release()
    finish()


_thread.start_new_thread(releases, ())
print(held.acquire(True, 10))
wait(1)
held.release()
for bad in (lambda: held.release(), lambda: held.acquire(False, 1), lambda: held.acquire(True, -2)):
    try:
        bad()
    except (RuntimeError, ValueError) as e:
        print(type(e).__name__, e)

# Arguments.
for bad in ((print,), (print, 1), (print, (), 1), (print, (), {1: 2})):
    try:
        _thread.start_new_thread(*bad)
    except TypeError as e:
        print("TypeError", e)


# An exception in one is its own business, and so is the one being handled in another.
def fails():
    try:
        try:
            raise KeyError("inner")
        finally:
            time.sleep_ms(5)
    except KeyError as e:
        out.append(e)
    finish()
    _thread.exit()
    out.append("not reached")


out.clear()
for i in range(3):
    _thread.start_new_thread(fails, ())
try:
    raise ValueError("outer")
except ValueError as e:
    time.sleep_ms(20)
    print(repr(e))
wait(3)
print(out)


# Recursion without end in several at once.
def deep(n):
    return deep(n + 1) + 1


def dives():
    try:
        deep(0)
    except RuntimeError as e:
        out.append(str(e))
    finish()


out.clear()
for i in range(3):
    _thread.start_new_thread(dives, ())
dives()
wait(4)
print(set(out))

# Numbers of threads.
ids = set()


def tells():
    ids.add(_thread.get_ident())
    finish()


started = {_thread.start_new_thread(tells, ()) for _ in range(5)}
wait(5)
print(ids == started, len(ids), _thread.get_ident() in ids)

# A thread that never ends does not keep the program from ending.
_thread.start_new_thread(lambda: held.acquire() and held.acquire(), ())
time.sleep_ms(5)
print("end")
