# What re has beyond the reference, and what must be bounded.
import re

print(re.findall(r"\d+", "a1b22c333"), re.findall(r"(\w)=(\d)", "a=1 b=2"), [m.span() for m in re.finditer("é+", "aéébé")])
m = re.match(r"(?P<y>\d{4})-(?P<m>\d\d)", "2024-05-06")
print(m.group("y", 2), m["m"], m.span("m"), m.end(), m.lastindex, sorted(m.groupdict().items()))
print(re.sub("x*", "-", "abxd"), re.sub(r"(?P<a>b)", r"<\g<a>\1\n>", "abc"))
print(re.sub("a", lambda m: m.group(0).upper(), "banana", count=2), re.sub("é", "ü", "aéb"))
print(re.search("B", "abc", re.I), re.findall("^.", "a\nb\nc", re.M), re.fullmatch("a+", "aaab"))
p = re.compile("a(b)?")
print(p.pattern, p.groups, p.flags, p.groupindex, p.match("xab", 1).span(), p.search("xxab", 0, 3).groups())
print(re.match(b"a+", b"aab").group(), re.match("a+", b"aab").group(), re.match(b"a", bytearray(b"a")).group())
print(re.escape("a.b*c"), re.split(",|;", "a,b;c"), re.split("(,)", "a,b"), re.split("b", "abcbd", 1))
print(re.search(".", "é").span(), re.search("b", "éb").span(), re.match("[à-ü]+", "éèx").group())
print(re.match(r"(a{2,3}?)(a*)", "aaaa").groups(), re.match(r"(?:ab){2}", "ababab").end(), re.match("{3}", "{3}").group())

for bad in ["(", "*a", "[z-a]", r"\1", "(?=x)", "a{3,2}", "(?P<a>x)(?P<a>y)", "x" * 40000, "(" * 1000, "a{99999}{99999}"]:
    try:
        re.compile(bad)
        print("compiled", bad[:20])
    except re.error as e:
        print(e)

# No exponential time, no stack overflow.
print(re.match("(a*)*", "aaa").span(), re.search("(a|aa)+$", "a" * 3000).span())
print(re.search("(a+)+b", "a" * 3000), re.match("(?:a?){30}a{30}", "a" * 30).span(), re.search(r"(\w+\s*)+:", "ab " * 500))
for wrong in [(1, "a"), ("a", 1), ("a", None)]:
    try:
        re.match(*wrong)
    except TypeError:
        print("TypeError")
try:
    m.group("z")
except IndexError as e:
    print(repr(e))


# Raising out of a replacement.
def boom(m):
    raise KeyError(m.group())


try:
    re.sub("b", boom, "abc")
except KeyError as e:
    print(repr(e))
