# Requests far beyond the heap end in an error at once.

E = (MemoryError, OverflowError)
for f in (
    lambda: "a" * 10**12,
    lambda: "ab" * 10**12,
    lambda: b"ab" * 10**12,
    lambda: bytearray(b"ab") * 10**12,
    lambda: bytes(10**12),
    lambda: bytearray(10**12),
    lambda: "x".center(10**12),
    lambda: "{:2000000000}".format(1),
    lambda: "{:.2000000000f}".format(1.0),
    lambda: "{:>2000000000}".format("a"),
    lambda: "%2000000000d" % 1,
    lambda: "%-*s" % (2000000000, "a"),
    lambda: ("a" * 100000).replace("a", "b" * 100000),
    lambda: ",".join(["a" * 100000] * 100000),
):
    try:
        f()
        print("made")
    except E:
        print("refused")
# Nesting is bounded by the stack, not by luck.
try:
    ("{:" * 20000 + "}" * 20000).format(*range(20000))
except RuntimeError:
    print("RuntimeError")
# Searching is linear, whatever is sought.
print(("a" * 100000).find("a" * 50000 + "b"), ("a" * 100000).rfind("b" + "a" * 50000), ("a" * 100000).count("a" * 30000 + "b"))
