# range: items, lengths, membership and equality, against lists.
values = (-7, -2, -1, 0, 1, 3, 8)
for a in values:
    for b in values:
        for c in (-5, -2, -1, 1, 2, 5):
            r = range(a, b, c)
            items = list(r)
            assert len(r) == len(items) and bool(r) == bool(items)
            assert list(reversed(r)) == items[::-1]
            for v in range(-9, 9):
                assert (v in r) == (v in items)
                if v in items:
                    assert r.index(v) == items.index(v) and r.count(v) == 1
            for i in range(-len(items), len(items)):
                assert r[i] == items[i]
            for other in (range(a, b, 1), range(b), range(a, b, c + 10)):
                assert (r == other) == (items == list(other))
                if r == other:
                    assert hash(r) == hash(other)
            assert (r.start, r.stop, r.step) == (a, b, c)
print("OK")
print(range(3), range(1, 2), range(0, 9, 2), range(10)[2:8][::2], range(5)[::-1])
print(2.0 in range(5), 2.5 in range(5), "a" in range(5), True in range(2), (1 << 70) in range(5))
for bad in ("range(1, 2, 0)", "range('a')", "range(1.0)", "range(3)[3]", "range(5).index(9)", "-range(1)"):
    try:
        eval(bad)
    except (TypeError, ValueError, IndexError) as e:
        print(bad, type(e).__name__)
total = 0
for i in range(10, -10, -3):
    total = total * 3 + i
print(total)
