from collections import namedtuple, OrderedDict

P = namedtuple("P", "x y")
p = P(1, y=2)
print(p, p.x, p.y, p[1], len(p), list(p), p == (1, 2), (1, 2) == p, p == P(1, 2), hash(p) == hash((1, 2)))
print(p + (3,), p * 2, p[:1], isinstance(p, tuple), isinstance(p, P), issubclass(P, tuple), P.__name__)
a, b = p
print(a, b, "%d-%d" % p, (lambda x, y: x - y)(*p), max(p), sorted([P(2, 1), P(1, 2)]))
print({p: 1}[(1, 2)], p < P(1, 3), p._asdict() == OrderedDict([("x", 1), ("y", 2)]))
for f in (lambda: P(1), lambda: P(1, 2, 3), lambda: P(1, x=2), lambda: P(1, z=2)):
    try:
        f()
        print("no error")
    except TypeError:
        print("TypeError")
for f in ("p.x = 3", "p.z = 3", "del p.x", "p.z"):
    try:
        exec(f)
        print("no error")
    except AttributeError:
        print("AttributeError")


class Q(P):
    def total(self):
        return self.x + self.y

    def __repr__(self):
        return "Q!" + str(tuple(self))


q = Q(3, 4)
q.more = 5
print(q, q.total(), q.more, q == (3, 4), q._asdict() == OrderedDict(x=3, y=4))
try:
    q.x = 1
except AttributeError:
    print("AttributeError")


class R(P):
    def __new__(cls, x):
        return super().__new__(cls, x, x * x)


print(R(5).y, R(5))
C = namedtuple("C", ["count", "index"])
print(C(7, 8).count, C(7, 8).index, C(count=1, index=2))
E = namedtuple("E", "")
print(E(), len(E()))
