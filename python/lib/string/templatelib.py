# What t"..." makes: PEP 750's Template and Interpolation.


class Interpolation:
    def __init__(self, value, expression="", conversion=None, format_spec=""):
        if conversion not in (None, "r", "s", "a"):
            raise ValueError("conversion must be one of 'r', 's', 'a' or None")
        if not isinstance(expression, str) or not isinstance(format_spec, str):
            raise TypeError("expression and format_spec must be str")
        self._parts = (value, expression, conversion, format_spec)

    value = property(lambda self: self._parts[0])
    expression = property(lambda self: self._parts[1])
    conversion = property(lambda self: self._parts[2])
    format_spec = property(lambda self: self._parts[3])

    def __repr__(self):
        return "Interpolation(%r, %r, %r, %r)" % self._parts


class Template:
    def __init__(self, *args):
        strings = [""]
        interpolations = []
        for arg in args:
            if isinstance(arg, str):
                strings[-1] += arg
            elif isinstance(arg, Interpolation):
                interpolations.append(arg)
                strings.append("")
            else:
                raise TypeError("Template.__new__ *args need to be of type 'str' or 'Interpolation', got %s" % type(arg).__name__)
        self._parts = (tuple(strings), tuple(interpolations))

    strings = property(lambda self: self._parts[0])
    interpolations = property(lambda self: self._parts[1])
    values = property(lambda self: tuple([i.value for i in self._parts[1]]))

    def __iter__(self):
        strings, interpolations = self._parts
        for text, interpolation in zip(strings, interpolations):
            if text:
                yield text
            yield interpolation
        if strings[-1]:
            yield strings[-1]

    def __add__(self, other):
        if not isinstance(other, Template):
            raise TypeError("can only concatenate string.templatelib.Template to string.templatelib.Template")
        return Template(*self, *other)

    def __radd__(self, other):
        raise TypeError("can only concatenate string.templatelib.Template to string.templatelib.Template")

    def __repr__(self):
        return "Template(strings=%r, interpolations=%r)" % self._parts


# The compiler's call for t"a{x!r:>5}b": the strings, then four arguments for each interpolation.
def __template__(strings, *parts):
    made = Template()
    made._parts = (
        strings,
        tuple([Interpolation(*parts[i : i + 4]) for i in range(0, len(parts), 4)]),
    )
    return made
