# Code objects to bytes and back: constants of all kinds, functions inside, and bytes that are none.
import marshal

ftype = type(lambda: 0)


def again(f, globals={}):
    return ftype(marshal.loads(marshal.dumps(f.__code__)), globals)


def constants():
    return (None, True, False, ..., 1, -5, 1 << 70, 1.5, 1e300, 2j, "text \u20ac", b"b\0c", ("a", (2, b"x")), "x" * 3)


print(again(constants)())
print(again(lambda a, *b, c=1, **d: (a, b, c, d))(1, 2, 3, c=4, e=5))
try:
    again(lambda a=1: a)()
except TypeError:
    print("TypeError")


def outer(n):
    def inner(m):
        return n + m

    class C:
        def method(self):
            return [inner(i) for i in range(3)]

    return C().method()


print(again(outer, {"range": range, "__name__": "x"})(10))


def counter(n):
    for i in range(n):
        yield i


print(list(again(counter, {"range": range})(4)))
module = compile("def f(x):\n    return x * 2\nresult = f(21)\n", "name.py", "exec")
names = {}
exec(marshal.loads(marshal.dumps(module)), names)
print(names["result"])

# What a function does not use does not come along.
print(len(marshal.dumps((lambda: 0).__code__)) < 200)


def closure():
    x = 1
    return lambda: x


for bad in (lambda: marshal.dumps(closure().__code__), lambda: marshal.dumps(5), lambda: ftype(closure().__code__, {})):
    try:
        bad()
    except ValueError as e:
        print("ValueError", e)
for bad in (lambda: ftype(5, {}), lambda: ftype((lambda: 0).__code__, 5), lambda: ftype()):
    try:
        bad()
    except TypeError as e:
        print("TypeError")

# Damage.
good = marshal.dumps(constants.__code__)
kinds = set()
for i in range(len(good)):
    for bit in (1, 0x40):
        data = bytearray(good)
        data[i] ^= bit
        try:
            ftype(marshal.loads(data), {})()
            kinds.add("ran")
        except Exception as e:
            kinds.add("raised")
    try:
        marshal.loads(good[:i])
        print("short", i)
    except ValueError:
        pass
print(sorted(kinds))
