# Dicts and sets against a list of pairs, over many random operations.


def pseudo(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield seed >> 8


rand = pseudo(3)


class Key:
    # All keys in few slots.
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 3

    def __eq__(self, other):
        return isinstance(other, Key) and self.n == other.n


kinds = [
    lambda n: n,
    lambda n: n << 20,
    lambda n: "k" + str(n),
    lambda n: (n, str(n)),
    lambda n: n / 2,
    lambda n: Key(n),
    lambda n: n if n % 2 else str(n),
    lambda n: (1 << 70) + n,
]


def find(model, k):
    for i, (x, _) in enumerate(model):
        if x == k:
            return i
    return -1


def check(d, model):
    assert len(d) == len(model)
    assert list(d.items()) == model
    assert list(d) == [k for k, _ in model]
    assert list(d.values()) == [v for _, v in model]


for kind in kinds:
    for size in (4, 8, 12, 40):
        d = {}
        s = set()
        model = []
        for step in range(400):
            k = kind(next(rand) % size)
            i = find(model, k)
            assert (k in d) == (i >= 0) == (k in s)
            op = next(rand) % 8
            if op < 3:
                d[k] = step
                s.add(k)
                if i >= 0:
                    model[i] = (model[i][0], step)
                else:
                    model.append((k, step))
            elif op == 3:
                assert d.pop(k, None) == (model[i][1] if i >= 0 else None)
                s.discard(k)
                if i >= 0:
                    del model[i]
            elif op == 4:
                assert d.get(k, "no") == (model[i][1] if i >= 0 else "no")
            elif op == 5:
                d.setdefault(k, step)
                s.add(k)
                if i < 0:
                    model.append((k, step))
            elif op == 6 and model:
                last = d.popitem()
                assert last == model.pop()
                s.remove(last[0])
            elif i >= 0:
                del d[k]
                s.remove(k)
                del model[i]
            if step % 7 == 0:
                check(d, model)
                assert s == set(k for k, _ in model)
                assert d == dict(model) == d.copy()
        check(d, model)
        c = d.copy()
        check(c, model)
        c.update(model)
        check(c, model)
        c.clear()
        assert not c and len(d) == len(model)
print("OK")

# One key, many faces.
d = {1: "int"}
print(d[1.0], d[True], 1.0 in d, True in d, {True: 1}[1.0], {0.0: 1}[False], {-0.0: 1}[0])
d[True] = "bool"
print(d)

# Deleting from the end, then inserting a key of another kind.
d = {}
for i in range(20):
    d["abc" + str(i) + "def"] = i
for i in range(16):
    d.popitem()
for i in range(16):
    d["xyz" + str(i) + "uvw"] = i
print([d["xyz" + str(i) + "uvw"] for i in range(16)], len(d))

# Queue and stack use do not grow without bound, nor slow down.
d = {}
for i in range(2000):
    d[i] = i
    if i >= 10:
        del d[i - 10]
print(list(d))
