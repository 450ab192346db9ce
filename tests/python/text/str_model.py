# Text methods against models that work on lists of characters. The same under CPython.

seed = 12345


def rand(n):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return (seed >> 8) % n


def text(alphabet, most):
    return "".join(alphabet[rand(len(alphabet))] for _ in range(rand(most + 1)))


def places(s, sub, start, end):
    s, sub = list(s), list(sub)
    return [i for i in range(start, end - len(sub) + 1) if s[i : i + len(sub)] == sub]


def apart(at, n):
    # The ones that do not overlap, from the left.
    out = []
    for i in at:
        if not out or i >= out[-1] + n:
            out.append(i)
    return out


def pieces(s, at, n):
    out, done = [], 0
    for i in at:
        out.append(s[done:i])
        done = i + n
    return out + [s[done:]]


def check(what, got, want):
    if got != want:
        print("FAIL", what, repr(got), repr(want))


def indexes(n, start, stop, step):
    return list(range(*slice(start, stop, step).indices(n)))


cases = 0
for alphabet in ("ab", "ab ", "aé", "é€𝄞a", "abcdefgh"):
    for _ in range(150):
        s = text(alphabet, 12)
        sub = text(alphabet, 2) or alphabet[0]
        n = len(sub)
        start, end = rand(len(s) + 1), rand(len(s) + 1)
        if start > end:
            start, end = end, start
        at = places(s, sub, start, end)
        check("find", s.find(sub, start, end), at[0] if at else -1)
        check("rfind", s.rfind(sub, start, end), at[-1] if at else -1)
        check("count", s.count(sub, start, end), len(apart(at, n)))
        at = places(s, sub, 0, len(s))
        cut = apart(at, n)
        check("in", sub in s, bool(at))
        check("split", s.split(sub), pieces(s, cut, n))
        check("split n", s.split(sub, 1), pieces(s, cut[:1], n))
        check("replace", s.replace(sub, "<é>"), "<é>".join(pieces(s, cut, n)))
        check("replace n", s.replace(sub, "", 2), "".join(pieces(s, cut[:2], n)))
        check("rsplit n", s.rsplit(sub, 1), pieces(s, at[-1:], n))
        check("partition", s.partition(sub), tuple(pieces(s, at[:1], n)[:1] + [sub] + pieces(s, at[:1], n)[1:]) if at else (s, "", ""))
        check("join", sub.join(s), sub.join([c for c in s]))
        check("len", len(s), len(list(s)))
        check("repeat", list(s * 3), list(s) * 3)
        check("between", s.replace("", "-"), "-" + "".join(c + "-" for c in s))
        check("words", s.split(), [w for w in "".join(c if c != " " else "\n" for c in s).split("\n") if w])
        check("order", s < sub, [ord(c) for c in s] < [ord(c) for c in sub])
        check("codec", s.encode().decode(), s)
        if s:
            i = rand(2 * len(s)) - len(s)
            check("index", s[i], list(s)[i])
        step = (1, 1, 2, 3, -1, -2)[rand(6)]
        lo, hi = rand(24) - 12, rand(24) - 12
        check("slice", s[lo:hi:step], "".join([list(s)[i] for i in indexes(len(s), lo, hi, step)]))
        left = 0
        while left < len(s) and s[left] in sub:
            left += 1
        check("lstrip", s.lstrip(sub), s[left:])
        b = s.encode()
        check("bytes find", b.find(sub.encode()), len(s[: s.find(sub)].encode()) if at else -1)
        check("bytes replace", bytearray(b).replace(sub.encode(), b"xyz"), bytearray(s.replace(sub, "xyz").encode()))
        check("hex", bytes.fromhex(b.hex()), b)
        check("hash", hash(b), hash(bytes(list(b))))
        cases += 1
print("ok", cases)
