# What CPython has and the reference has not.
print("abcdef"[::2], "aé€𝄞b"[::-1], "aé€𝄞b"[3:0:-2], b"abcdef"[4:1:-1], bytearray(b"abc")[::2])
print(" a b  c ".rsplit(None, 1), " a b  c ".rsplit(None, 2), "aaa".rsplit("aa"))


class Point:
    x = 3
    y = [4, 5]


print("{0[1]} {p.x} {p.y[1]:>3} {d[k]}".format([1, 2], p=Point(), d={"k": "v"}))
print(str(b"\xc3\xa9", encoding="utf-8") == "é", bytes("é", encoding="utf-8"))
print(b"a\xffb".decode("utf-8", "ignore"), len(b"a\xffb".decode("utf-8", errors="replace")))
print("a,b,c".split(",", maxsplit=1), "a,b,c".rsplit(sep=",", maxsplit=1))
print(bytearray(3) * 2, 98 in bytearray(b"abc"), 98 in b"abc")
print("%c" % 8364 == "€", "{:c}".format(8364) == "€", b"%c" % b"x")
b = bytearray(b"abcdef")
del b[1], b[::2]
b[0:1] = [120, 121]
print(b)
