# Every slice of short lists: reading, deleting, and replacing, against the definition by indexes.


def indexes(n, start, stop, step):
    return list(range(n))[start:stop:step]


bounds = [None, -7, -5, -4, -1, 0, 1, 3, 4, 5, 7]
for n in range(6):
    base = [10 * i for i in range(n)]
    for start in bounds:
        for stop in bounds:
            for step in (None, 1, 2, 3, -1, -2, -3, 9, -9):
                at = indexes(n, start, stop, step)
                got = base[start:stop:step]
                assert got == [10 * i for i in at], (n, start, stop, step)
                assert tuple(base)[start:stop:step] == tuple(got)
                r = range(n)[start:stop:step]
                assert list(r) == at
                rest = base[:]
                del rest[start:stop:step]
                assert rest == [v for i, v in enumerate(base) if i not in at]
                new = base[:]
                new[start:stop:step] = ["x"] * len(at)
                assert new == ["x" if i in at else v for i, v in enumerate(base)]
                if step in (None, 1):
                    for repl in ([], [1], [1, 2, 3], (4,), range(3), "ab"):
                        new = base[:]
                        new[start:stop] = repl
                        cut = at[0] if at else (len(base[:start]) if start is not None else 0)
                        assert new == base[:cut] + list(repl) + base[cut + len(at):]
                else:
                    try:
                        base[:][start:stop:step] = [0] * (len(at) + 1)
                        assert False
                    except ValueError:
                        pass

# A list that is put into itself.
a = [1, 2, 3]
a[1:1] = a
print(a)
a = [1, 2, 3]
a[1:] = a
print(a)
a = [1, 2, 3]
a[::-1] = a
print(a)
a.extend(a)
a += a
print(a)
a *= 2
print(len(a))
a *= 0
print(a)
a *= 3
print(a)

# Iterating gives what it gives, even if it changes the list.
a = list(range(10))


def grow():
    for i in range(3):
        a.append(i)
        yield i


a[2:4] = grow()
print(a)

for bad in ("a[::0]", "a['x':]", "a[1.5:]", "a[None]", "a[99]", "a[-99]"):
    try:
        eval(bad)
        print(bad, "no error")
    except (ValueError, TypeError, IndexError) as e:
        print(bad, type(e).__name__)
big = 1 << 100
print([1, 2, 3][-big:big], [1, 2, 3][big:], [1, 2, 3][::big], [1, 2, 3][::-big])
