# random, heapq, binascii, hashlib, cryptolib: beyond the reference, and bad input.
import binascii, cryptolib, hashlib, heapq, platform, random

random.seed(1)
print([random.getrandbits(32) for _ in range(3)], random.randrange(100), random.randint(-5, 5), random.choice("abcdef"))
print(0 <= random.getrandbits(100) < 1 << 100, 0 <= random.randrange(10**30) < 10**30, -(10**20) <= random.randint(-(10**20), 10**20))
print(all(random.randrange(5, -100, -3) in range(5, -100, -3) for _ in range(100)))
items = list(range(20))
random.shuffle(items)
print(sorted(items) == list(range(20)))
for f, args in [(random.getrandbits, (-1,)), (random.randrange, (0,)), (random.randrange, (1, 2, 0)), (random.randint, (2, 1)), (random.getrandbits, (1 << 40,))]:
    try:
        f(*args)
    except (ValueError, OverflowError) as e:
        print(type(e).__name__, e)

h = [5, 3, 8]
heapq.heapify(h)
print(heapq.heapreplace(h, 1), heapq.heappushpop(h, 0), heapq.heappop(h), sorted(h))


class Bad:
    def __lt__(self, other):
        h.clear()
        return True


h = [Bad(), Bad(), Bad(), Bad()]
heapq.heapify(h)
print(len(h))

print(binascii.hexlify(b"\x01\xff", "-"), binascii.crc32(b"abc", 1 << 40), binascii.b2a_base64("é"))
print(hashlib.sha256(b"abc").hexdigest(), hashlib.md5().hexdigest())
x = hashlib.sha1(b"a" * 100000)
x.update(memoryview(b"b"))
print(x.hexdigest())
for args in [(b"x" * 15, 1), (b"x" * 16, 3), (b"x" * 16, 2), (b"x" * 16, 2, b"y"), (b"x" * 24, 1)]:
    try:
        cryptolib.aes(*args)
    except ValueError as e:
        print(e)
c = cryptolib.aes(b"k" * 32, 6, b"i" * 16)
whole = cryptolib.aes(b"k" * 32, cryptolib.MODE_CTR, b"i" * 16).encrypt(bytes(100))
print(b"".join(c.encrypt(bytes(n)) for n in (1, 15, 17, 0, 67)) == whole)
c = cryptolib.aes(b"k" * 16, 1)
buf = bytearray(range(64))
c.encrypt(buf, buf)
cryptolib.aes(b"k" * 16, 1).decrypt(buf, buf)
print(buf == bytes(range(64)))
try:
    c.decrypt(bytes(16))
except ValueError as e:
    print(e)
import ujson, ure, urandom, ubinascii, uhashlib, uheapq, ucryptolib

print(ujson.__name__, ure.__name__, ujson is __import__("json"), type(platform.platform()))
