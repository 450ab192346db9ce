# Classes that inherit from str, bytes and bytearray go wherever these go.


class S(str):
    def __init__(self, *args):
        self.n = 1

    def loud(self):
        return self.upper() + "!"


class B(bytes):
    pass


class A(bytearray):
    def push(self):
        self.append(1)
        return len(self)


s = S("abc")
print(s, repr(s), s.loud(), len(s), s + "d", "d" + s, s * 2, s[1], s[1:], s.n)
print(s == "abc", "abc" == s, s in ("abc",), hash(s) == hash("abc"), {"abc": 1}[s], {s: 1}["abc"])
print("%s %r" % (s, s), "{} {:>5} {!r}".format(s, s, s), f"{s}", ",".join([s, s]))
print("xabcx".find(s), "abc".startswith(s), [c for c in s], s < "abd", "abb" < s)
print(s.split(S("b")), s.replace(S("b"), S("x")), bool(S("")), s.encode(), ord(S("a")), int(S("5")))
b = B(b"abc")
print(b, len(b), b + b"d", b[1], b == b"abc", b"abc" == b, {b: 1}[b"abc"], b.decode(), b",".join([b, b]), b.hex())
a = A(b"ab")
print(a.push(), a, a + b"c", a == b"ab\x01", a[0])
a[0] = 65
a += b"zz"
print(a)
a[1:2] = b"QQ"
del a[0]
print(a)
