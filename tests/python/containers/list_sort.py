# Sorting: right, stable, and unharmed by what keys and comparisons do.


def pseudo(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield seed >> 8


rand = pseudo(7)


def is_sorted(a):
    return all(a[i] <= a[i + 1] for i in range(len(a) - 1))


for n in list(range(40)) + [63, 64, 65, 200, 1000]:
    for spread in (2, 10, 1 << 20):
        a = [next(rand) % spread for _ in range(n)]
        b = sorted(a)
        assert is_sorted(b) and len(b) == n and sum(b) == sum(a)
        # Stable, in both directions.
        pairs = [(v, i) for i, v in enumerate(a)]
        s = sorted(pairs, key=lambda p: p[0])
        assert s == sorted(pairs)
        r = sorted(pairs, key=lambda p: p[0], reverse=True)
        assert r == sorted(pairs, key=lambda p: (-p[0], p[1]))
        assert sorted(a, reverse=True) == b[::-1]
        c = b[:]
        c.sort()
        assert c == b
        c.sort(reverse=True)
        c.sort()
        assert c == b

print(sorted(["b", "a", "", "aa", "z"]), sorted([1.5, -2.0, 1, 0.25]), sorted([(2, "b"), (1, "z"), (2, "a")]))

# A key function that changes the list.
a = [3, 1, 2]


def key(v):
    a.append(v)
    return v


try:
    a.sort(key=key)
    print("no error")
except ValueError as e:
    print(e)
print(sorted(a))


class Bad:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        if self.n == 3:
            raise KeyError(self.n)
        return self.n < other.n


a = [Bad(i % 7) for i in range(50)]
try:
    a.sort()
    print("no error")
except KeyError as e:
    print(repr(e)[:9])
# Nothing is lost.
print(sorted([b.n for b in a]) == sorted([i % 7 for i in range(50)]))

try:
    [1, "a", 2].sort()
except TypeError:
    print("TypeError")
calls = []
print(sorted("bca", key=lambda c: calls.append(c) or c), calls)
print([].sort(), max("b", "a", key=ord), min([3, 1, 2], key=lambda v: -v), max([], default=5))
print(max((1, "a"), (1, "b")), min([1.0, 1]), max([1, 1.0]), max([2, 2.0, 1]))
