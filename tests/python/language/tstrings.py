# Template strings: parts, order, errors.
from string.templatelib import Template, Interpolation

x = 5
t = t"a{x!r:>{x}}b{x+1=}c"
print(t)
print(t.strings, t.values, list(t))
print(t + t"{x}")
for bad in (lambda: t + "s", lambda: "s" + t, lambda: Template(1), lambda: Interpolation(1, 2)):
    try:
        print(bad())
    except TypeError as e:
        print("TypeError", e)
try:
    Interpolation(1, "x", "q")
except ValueError as e:
    print(e)
print(list(t""), t"", Template("a", "b", Interpolation(1, "one"), "c"))
try:
    t.strings = ()
except AttributeError:
    print("AttributeError")
print(isinstance(t"", Template), [type(p).__name__ for p in t"{1}{2}"])
