# Bytearrays that change while they are used, and that are stored into themselves.

b = bytearray(b"{} {} {}")


class Eraser:
    def __str__(self):
        b[:] = b"xx"
        return "E"


print(b.format(Eraser(), Eraser(), 1), b)

b = bytearray(b"abc")


def erasing():
    for i in range(3):
        b[:] = b""
        yield i


b.extend(erasing())
print(b)
b = bytearray(b"abcdef")
b[1:3] = erasing()
print(b)

b = bytearray(b"abc")
n = 0
for c in b:
    n += 1
    if n < 10:
        b.append(c)
print(b)

m = memoryview(bytearray(b"abcdef"))
b = bytearray(b"0123456789")
b[0:0] = m[1:3]
print(b)
b[2:4] = b
print(b)
b[3:] = b
print(b)
b[0:0] = b
print(len(b))
b = bytearray(b"0123456789")
m = memoryview(b)
b[:4] = m[6:]
print(b)
b += b
print(b)
b[::2] = b[1::2]
print(b)
b[::-1] = b
print(b)
del b[::3]
print(b)
del b[-1], b[5::-2]
print(b)
try:
    b[::2] = b"x"
except ValueError:
    print("ValueError")
try:
    b[0:1] = "text"
except TypeError:
    print("TypeError")
try:
    del b[99]
except IndexError:
    print("IndexError")
