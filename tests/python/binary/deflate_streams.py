# deflate over streams of all kinds: round trips, damage, what is read, and memory.
import deflate
import gc
import io

text = b"".join(b"line %d: %d\n" % (i, i * i % 97) for i in range(300)) + bytes(range(256)) * 3


class Slow(io.IOBase):
    """Cannot seek, gives few bytes, sometimes none yet, and takes few."""

    def __init__(self, data=b""):
        self.data = data
        self.at = 0
        self.got = bytearray()
        self.turn = 0

    def readinto(self, buf):
        self.turn += 1
        if self.turn % 5 == 0:
            return None
        n = min(len(buf), 3, len(self.data) - self.at)
        buf[:n] = self.data[self.at : self.at + n]
        self.at += n
        return n

    def write(self, buf):
        n = min(len(buf), 7)
        self.got.extend(buf[:n])
        return n


def read_all(d):
    parts = []
    while True:
        part = d.read(50)
        if part is None:
            continue
        if not part:
            return b"".join(parts)
        parts.append(part)


for form in (deflate.RAW, deflate.ZLIB, deflate.GZIP):
    sizes = []
    for bits in range(5, 16):
        b = io.BytesIO()
        with deflate.DeflateIO(b, form, bits) as d:
            for i in range(0, len(text), 37):
                d.write(text[i : i + 37])
        packed = b.getvalue()
        assert deflate.DeflateIO(io.BytesIO(packed), form, bits).read() == text
        sizes.append(len(packed))
        out = Slow()
        d = deflate.DeflateIO(out, form, bits)
        d.write(text)
        d.close()
        assert len(out.got) < len(text)
        source = Slow(bytes(out.got) + b"what follows")
        assert read_all(deflate.DeflateIO(source, form, bits)) == text
        assert source.at == len(out.got), (source.at, len(out.got))
        follows = io.BytesIO(packed + b"what follows")
        d = deflate.DeflateIO(follows, form, bits)
        buf = bytearray(len(text))
        assert d.readinto(buf) == len(text) and buf == text and d.read(1) == b""
        assert follows.read() == b"what follows"
    print(form, sizes[0] < len(text), sizes[-1] <= sizes[0])

# Every byte damaged: an error, or other data, but nothing else.
kinds = {}
packed = bytearray(packed[:400])
for i in range(len(packed)):
    packed[i] ^= 0x55
    try:
        deflate.DeflateIO(io.BytesIO(packed)).read()
        kind = "read"
    except Exception as e:
        kind = type(e).__name__
    packed[i] ^= 0x55
    kinds[kind] = True
print(sorted(kinds))

# Lines, and a text that ends early.
b = io.BytesIO()
with deflate.DeflateIO(b, deflate.GZIP) as d:
    d.write(b"one\ntwo\nthree")
print([l for l in deflate.DeflateIO(io.BytesIO(b.getvalue()))])
d = deflate.DeflateIO(io.BytesIO(b.getvalue()[:-9]))
try:
    print(d.read(4))
    print(d.read())
except EOFError:
    print("EOFError")

# What CPython's gzip and zlib wrote.
made = (
    b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\xffname\x00\xcbH\xcd\xc9\xc9\xd7Q(\xcf/\xcaIQ\xcc\xc0\xc9\x01\x00f[\xe6\x05'\x00\x00\x00",
    b'x\xda\xcbH\xcd\xc9\xc9\xd7Q(\xcf/\xcaIQ\x04\x00!\xfe\x04\xaa',
)
for m in made:
    try:
        print(deflate.DeflateIO(io.BytesIO(m)).read())
    except OSError as e:
        print("OSError", e.errno)

# Streams that are none, and the one beneath closed with it.
for bad in (None, 5, object()):
    try:
        deflate.DeflateIO(bad, deflate.RAW).read()
    except OSError as e:
        print("OSError")
    try:
        deflate.DeflateIO(bad, deflate.RAW).write(b"1")
    except OSError as e:
        print("OSError")
b = io.BytesIO()
deflate.DeflateIO(b, deflate.RAW, 0, True).close()
try:
    b.getvalue()
except ValueError:
    print("closed")

# A window takes its own size, and not that of the largest.
gc.collect()
for bits in (5, 8, 15):
    b = io.BytesIO()
    d = deflate.DeflateIO(b, deflate.RAW, bits)
    gc.collect()
    before = gc.mem_alloc()
    d.write(b"x")
    gc.collect()
    used = gc.mem_alloc() - before
    print(bits, used < 7000 + (6 << bits))
