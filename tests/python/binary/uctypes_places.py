# uctypes reaches objects' bytes and nothing else.
import gc
import uctypes
from array import array

data = bytearray(range(16))
s = uctypes.struct(
    uctypes.addressof(data) + 2,
    {
        "a": uctypes.UINT16 | 0,
        "i": uctypes.BFINT8 | 0 | 4 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
        "u": uctypes.BFUINT32 | 0 | 0 << uctypes.BF_POS | 31 << uctypes.BF_LEN,
        "f": uctypes.FLOAT32 | 4,
        "bytes": (uctypes.ARRAY | 8, uctypes.UINT8 | 4),
        "far": uctypes.UINT32 | 14,
    },
    uctypes.BIG_ENDIAN,
)
print(hex(s.a), hex(s.u), s.bytes)
s.i = -3
s.f = 1.5
s.bytes[1] = 255
s.bytes[2:4] = b"xy"
print(s.i, data)
for wild in (lambda: s.far, lambda: setattr(s, "far", 1)):
    try:
        wild()
    except OSError as e:
        print("OSError", e.errno)

# The bytes stay, also when the array is made longer or forgotten.
for i in range(1000):
    data.append(i & 255)
s.a = 0x1234
print(data[2:4])
view = uctypes.bytearray_at(uctypes.addressof(data), 6)
del data
gc.collect()
print(view, len(view), view[2:4], list(view)[:3], view.hex(), view == bytearray(view), isinstance(view, bytearray))
view[0] = 65
print(view + b"!", view[::2], view.find(b"\x12"), 65 in view, b"".join([view, b"."]))
for change in (lambda: view.append(1), lambda: view.extend(b"1")):
    try:
        change()
    except TypeError:
        print("TypeError")

# Addresses of other things, and of nothing.
things = [[1, 2], "text of a str", {}, print, object(), 12.5]
for address in [0, 1, 8, 1 << 40, -1, 1 << 63] + [id(t) for t in things]:
    uctypes.struct(address, {})
    for use in (lambda: uctypes.bytes_at(address, 4), lambda: uctypes.struct(address, {"a": uctypes.UINT8}).a):
        try:
            use()
            print("read", end=" ")
        except OSError as e:
            print(e.errno, end=" ")
print()
a = array("I", [1, 2, 3])
p = uctypes.struct(uctypes.addressof(a) + 4, (uctypes.ARRAY | 0, uctypes.UINT32 | 2), uctypes.LITTLE_ENDIAN)
p[1] = 7
print(a, p[0], bytes(p))
text = "text of a str"
print(uctypes.bytes_at(uctypes.addressof(text) + 5, 2))
try:
    uctypes.bytearray_at(uctypes.addressof(text), 4)[0] = 1
except OSError as e:
    print("OSError", e.errno)

# Descriptors without end.
loop = {}
loop["a"] = (0, loop)
loop["b"] = (0, loop)
wide = {"x%d" % i: (uctypes.ARRAY | 0, 2000, {"y": uctypes.UINT8 | 0}) for i in range(9)}
for d in (loop, {"a": 1.5}, {"a": ()}, {"a": (uctypes.ARRAY | 0, uctypes.UINT8 | 1, 2, 3)}):
    try:
        print(uctypes.sizeof(d))
    except TypeError as e:
        print(e)
print(uctypes.sizeof(wide))
