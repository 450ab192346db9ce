# Containers that change under the hands of those who use them: errors, never crashes.


class Evil:
    def __init__(self, action=None, h=1):
        self.action = action
        self.h = h

    def __hash__(self):
        return self.h

    def __eq__(self, other):
        if self.action:
            self.action()
        return self is other


def attempt(name, f):
    try:
        f()
        print(name, "done")
    except RuntimeError as e:
        print(name, "RuntimeError")


for n in (3, 20):
    d = {Evil(): i for i in range(n)}
    d[Evil(d.clear)] = 0
    k = Evil(d.clear)
    try:
        k in d
    except RuntimeError:
        pass
    print("alive", len(d) <= n + 1)

for n in (3, 20):
    d = {Evil(h=i): i for i in range(n)}

    def refill():
        for i in range(100):
            d[i] = i

    try:
        d[Evil(refill, h=2)] = 1
    except RuntimeError:
        pass
    print("alive", len(d) >= n)


def during(d):
    for k in d:
        d[len(d) + 100] = 1


def during_del(d):
    for k in d:
        del d[k]


attempt("dict grows", lambda: during({1: 2}))
attempt("dict shrinks", lambda: during_del({1: 2, 2: 3, 3: 4}))


def during_items(d):
    for k, v in d.items():
        d[k] = v + 1
    return d


print(during_items({1: 2, 3: 4}))


def during_set(s):
    for k in s:
        s.add(k + 100)


attempt("set grows", lambda: during_set({1}))

# Lists that shrink while they are iterated, compared, searched.
a = list(range(10))
out = []
for v in a:
    out.append(v)
    a.pop()
print(out, a)
a = [1, 2, 3, 4]
r = reversed(a)
next(r)
del a[1:]
print(list(r))


class Shrink:
    def __init__(self, a):
        self.a = a

    def __eq__(self, other):
        del self.a[:]
        return False


a = [0, 0, 0]
a.extend([Shrink(a), 1, 2])
print(5 in a, a)
a = [0, 0, 0]
a.extend([Shrink(a), 1, 2])
print(a.count(5), a)
a = [0, 0, 0]
a.extend([Shrink(a), 1, 2])
print(a == [0, 0, 0, 5, 1, 2], a)
a = [Shrink([])]
a[0].a = a
try:
    a.remove(3)
except ValueError:
    print("ValueError")

# Self-containing containers print and compare without end, and so end in an error.
for make in ("l = []; l.append(l)", "l = {}; l[1] = l", "l = ([],); l[0].append(l)"):
    one = {}
    exec(make, one)
    two = {}
    exec(make, two)
    try:
        one["l"] == two["l"]
        print("equal")
    except RuntimeError:
        print("RuntimeError")
t = ()
for i in range(20000):
    t = (t,)
try:
    hash(t)
except RuntimeError:
    pass
print("alive")
while t:
    t = t[0]

# Sizes that cannot be.
for what in ("[0] * (1 << 62)", "(0,) * (1 << 62)", "[0, 1] * (1 << 63)", "a = [1]; a *= 1 << 62", "list(range(1 << 62))"):
    try:
        exec(what)
        print("no error")
    except (MemoryError, OverflowError):
        print("too big")
