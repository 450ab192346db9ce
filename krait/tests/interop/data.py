# Runs in CPython and in Krait, with SEED set in front, and prints the same in both.
import binascii, hashlib, json, struct

state = SEED


def rand(n):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return (state >> 33) % n


def rand_bytes(n):
    return bytes(rand(256) for _ in range(n))


def rand_text():
    return "".join(chr((32, 34, 92, 47, 97, 10, 9, 13, 1, 0x41, 0xE9, 0x20AC, 0x1F600, 122)[rand(14)]) for _ in range(rand(12)))


def rand_ascii():
    return "".join(chr((32, 34, 92, 47, 97, 10, 9, 13, 1, 0x41)[rand(10)]) for _ in range(rand(12)))


def rand_value(depth, text):
    kind = rand(9 if depth else 7)
    if kind == 0:
        return None
    if kind == 1:
        return rand(2) == 1
    if kind == 2:
        return rand(1000) - 500
    if kind == 3:
        return (rand(1 << 30) << rand(90)) * (1 - 2 * rand(2))
    if kind == 4:
        return struct.unpack("<d", struct.pack("<d", (rand(1 << 30) - (1 << 29)) / (1 + rand(1 << 20))))[0]
    if kind == 5:
        return float("%de%d" % (rand(1 << 30), rand(500) - 250))
    if kind == 6:
        return text()
    if kind == 7:
        return [rand_value(depth - 1, text) for _ in range(rand(5))]
    made = {}
    for i in range(rand(5)):
        # One after the other: the two evaluate a dict display in different orders.
        key = text() + str(i)
        made[key] = rand_value(depth - 1, text)
    return made


def show(v):
    if isinstance(v, str):
        return [ord(c) for c in v]
    if isinstance(v, list):
        return [show(x) for x in v]
    if isinstance(v, dict):
        return [(show(k), show(v[k])) for k in v]
    return v


def escaped(v):
    # JSON text with every character written in one of the ways there are.
    if isinstance(v, str):
        out = []
        for c in v:
            n = ord(c)
            if n > 0xFFFF:
                n -= 0x10000
                out.append("\\u%04x\\u%04X" % (0xD800 + (n >> 10), 0xDC00 + (n & 0x3FF)) if rand(2) else c)
            elif n < 32 or c in '"\\' or rand(3) == 0:
                out.append("\\u%04x" % n)
            else:
                out.append(c)
        return '"' + "".join(out) + '"'
    if isinstance(v, list):
        return "[" + ",\n".join(escaped(x) for x in v) + " ]"
    if isinstance(v, dict):
        return "{ " + " ,".join(escaped(k) + " : " + escaped(v[k]) for k in v) + "}"
    return json.dumps(v)


for _ in range(60):
    v = rand_value(3, rand_ascii)
    print(json.dumps(v), json.dumps(v, separators=(",", ":")))
    v = rand_value(3, rand_text)
    print(show(json.loads(escaped(v))))

for _ in range(40):
    b = rand_bytes(rand(200))
    c = rand_bytes(rand(70))
    print(binascii.hexlify(b), binascii.b2a_base64(b), binascii.b2a_base64(c, newline=False), binascii.crc32(c, binascii.crc32(b)))
    print(binascii.unhexlify(binascii.hexlify(c)) == c, binascii.a2b_base64(binascii.b2a_base64(b)) == b)
    for kind in (hashlib.sha256, hashlib.sha1, hashlib.md5):
        h = kind(b)
        h.update(c)
        h.update(b"")
        print(binascii.hexlify(h.digest()))

ITEMS = {"b": 8, "B": 8, "h": 16, "H": 16, "i": 32, "I": 32, "q": 64, "Q": 64}
for _ in range(60):
    order = "<>=!@"[rand(5)]
    fmt = order
    values = []
    for _ in range(rand(6)):
        code = "bBhHiIqQfdesx"[rand(13)]
        if code in ITEMS:
            bits = ITEMS[code]
            n = (rand(1 << 30) << 40 | rand(1 << 30) << 15 | rand(1 << 15)) & ((1 << bits) - 1)
            values.append(n - (1 << (bits - 1)) if code in "bhiq" else n)
        elif code in "fde":
            values.append((rand(2000) - 1000) / 8)
        elif code == "s":
            n = rand(5)
            values.append(rand_bytes(n))
            code = str(n) + "s"
        fmt += code
    packed = struct.pack(fmt, *values)
    print(fmt, struct.calcsize(fmt), binascii.hexlify(packed), struct.unpack(fmt, packed) == tuple(values))
    # As bits: of two shortest texts for a float, just as near, the two print different ones.
    d, q, f, e = struct.unpack("<dqfe", rand_bytes(6) + b"\x10\x40" + rand_bytes(8) + rand_bytes(3) + b"\x41" + rand_bytes(1) + b"\x40")
    print(binascii.hexlify(struct.pack(">ddd", d, f, e)), q)
