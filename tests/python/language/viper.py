# Functions with machine types: results, wrapping, pointers within their bounds, errors of types.
import micropython, array, sys

BITS = 64 if sys.maxsize > 2**32 else 32


@micropython.viper
def arithmetic(a: int, b: int) -> int:
    return (a * b + 7 - (a << 2)) ^ (b >> 1)


print(arithmetic(12, -5), arithmetic(-3, 1000))


@micropython.viper
def wraps(a: int) -> int:
    return a + 1


top = (1 << (BITS - 1)) - 1
print(wraps(top) == -top - 1, wraps(top + 1) == -top, wraps(-1))


@micropython.viper
def unsigned(a: uint) -> uint:
    return a - uint(1)


print(unsigned(0) == (1 << BITS) - 1, unsigned(1 << BITS) == (1 << BITS) - 1)


@micropython.viper
def shift(a: int, n: int) -> int:
    return a << n


print(shift(1, 3), shift(1, BITS - 1) < 0, shift(1, BITS), shift(3, 1000000000))


@micropython.viper
def fill(p: ptr16, n: int, v: int):
    for i in range(n):
        p[i] = v + i


words = array.array("H", [0] * 4)
fill(words, 4, 65534)
print(words)


@micropython.viper
def total(buf) -> int:
    p = ptr8(buf)
    n = int(len(buf))
    s = 0
    i = 0
    while i < n:
        s += p[i]
        i += 1
    return s


print(total(b"\x01\x02\xff"), total(bytearray(10)), total(memoryview(b"abc")[1:]))


@micropython.viper
def beyond(p: ptr8, i: int) -> int:
    return p[i]


for i in (-1, 3, 1 << 40, -(1 << 62)):
    try:
        print(beyond(b"abc", i))
    except OSError as e:
        print("OSError", e.errno)


@micropython.viper
def poke(p: ptr8):
    p[0] = 1


try:
    poke(b"constant")
except OSError as e:
    print("OSError", e.errno)
try:
    beyond(1.5, 0)
except TypeError as e:
    print("TypeError")


# A pointer keeps what it points to alive, and a buffer that shrinks takes its bytes along.
@micropython.viper
def late(b, f) -> int:
    p = ptr8(b)
    f()
    return p[5]


data = bytearray(b"0123456789")


def shrink():
    import gc

    data[3:] = b""
    gc.collect()


try:
    print(late(data, shrink))
except OSError as e:
    print("OSError", e.errno)


class C:
    @micropython.viper
    def method(self, n: int, scale: int = 3) -> int:
        return n * scale

    @staticmethod
    @micropython.viper
    def helper(flag: bool) -> int:
        return 10 if flag else 20


print(C().method(5), C().method(5, 7), C.helper([]), C.helper([0]))


@micropython.viper
def divides(a: int, b: int) -> int:
    return a // b


try:
    divides(1, 0)
except ZeroDivisionError as e:
    print("ZeroDivisionError")
print(divides(-top - 1, -1) == -top - 1)


# Python inside: closures, comprehensions, exceptions, keywords.
@micropython.viper
def mixed(n: int, *rest, **named):
    items = [x * 2 for x in rest]
    items.append(n)
    try:
        named["missing"]
    except KeyError as e:
        items.append(e.args[0])
    return items


print(mixed(4, 1, 2), mixed(1, missing=2))


def refused(text):
    try:
        exec("@micropython.viper\n" + text)
        print("accepted")
    except ViperTypeError as e:
        print(e, isinstance(e, TypeError))
    except NotImplementedError as e:
        print("NotImplementedError", e)


refused("def f(a: ptr8): return a[0] + []")
refused("def f(a: ptr8) -> int: return a[[]]")
refused("def f(a: int, b: int): return a / b")
refused("def f(a: int): a **= 2")
refused("def f(a: banana): pass")
refused("def f(a: int): return a")
refused("def f(a: ptr): return a == a")
refused("def f(a: ptr): return [a]")
refused("def f(a: uint) -> int: return a % 3")
refused("def f():\n while x:\n  y\n  y = 1")
try:
    exec("@micropython.asm_thumb\ndef f(): pass")
except SyntaxError as e:
    print("SyntaxError")


# The names of types are Python's types, too.
@micropython.viper
def names(x):
    int
    ptr8
    print(int.from_bytes(b"\x01\x02", "little"), int("12", 16), list(map(int, x)))
    t = bool
    print(t is bool)
    a = b = int
    return a


print(names("12"))
refused("def f(): return ptr8")
refused("def f(): x = uint")
refused("def f(): print(ptr32)")
refused("def f(): ptr8(int)")
refused("def f(x): ptr8(x, x)")
