# Sets and frozensets: operators and methods against list comprehensions.

universe = [0, 1, 2, "a", (1, 2), None, 2.5, 1 << 80]


def subsets(k):
    return [[v for i, v in enumerate(universe) if (bits * 37 + k) >> i & 1] for bits in range(0, 256, 11)]


for a in subsets(0):
    for b in subsets(5):
        for A in (set(a), frozenset(a)):
            for B in (set(b), frozenset(b)):
                both = [v for v in a if v in b]
                only_a = [v for v in a if v not in b]
                only_b = [v for v in b if v not in a]
                results = ((A & B, both), (A | B, a + only_b), (A - B, only_a), (A ^ B, only_a + only_b))
                for got, want in results:
                    assert type(got) is type(A)
                    assert len(got) == len(want) and all(v in got for v in want)
                assert A.intersection(b) == A & B and A.union(b) == A | B
                assert A.difference(b) == A - B and A.symmetric_difference(b) == A ^ B
                assert A.isdisjoint(b) == (not both)
                assert (A <= B) == (not only_a) == A.issubset(b)
                assert (A >= B) == (not only_b) == A.issuperset(b)
                assert (A < B) == (not only_a and bool(only_b))
                assert (A > B) == (not only_b and bool(only_a))
                assert (A == B) == (not only_a and not only_b) == (not A != B)
                if A == B:
                    assert hash(frozenset(A)) == hash(frozenset(B))
                c = set(a)
                c &= B
                assert c == A & B
                c = d = set(a)
                c |= B
                c -= B
                c ^= B
                assert c is d and c == (((A | B) - B) ^ B)
                c = set(a)
                c.intersection_update(b)
                assert c == A & B
                c.update(b, a)
                c.difference_update(b)
                assert c == A - B
                c.symmetric_difference_update(b)
                assert c == (A - B) ^ B

s = {1, 2, 3}
s -= s
print(s)
s = {1, 2, 3}
s ^= s
print(s)
s = {1, 2, 3}
s &= s
s |= s
print(len(s), s.difference(s), s.union(), s.intersection() == s, s.union([7], [8], (9,)) == {1, 2, 3, 7, 8, 9})
print(set(), frozenset(), {5}, frozenset([5]))
f = frozenset((1, 2))
g = f
g |= {3}
print(f == {1, 2}, g == {1, 2, 3}, type(g) is frozenset)
for bad in ("{1} | [1]", "{1} < 1", "{[]}", "hash(set())", "frozenset().add", "{1}.remove(2)", "set().pop()"):
    try:
        eval(bad)
        print(bad, "no error")
    except (TypeError, AttributeError, KeyError) as e:
        print(bad, type(e).__name__)
d = {1: 2, 3: 4}
print(d.keys() & {1, 9}, d.keys() == {1, 3}, d.keys() < {1, 3, 5}, d.items() == {(1, 2), (3, 4)}, (1, 2) in d.items())
print(len(d.keys()), 4 in d.values(), list(d.keys() - [1] if False else d.keys() - {1}))
