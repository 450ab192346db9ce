# Generators: a chain of them, yield from, and a generator expression.
def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def twice(source):
    for x in source:
        yield x + x


def through(source):
    yield from source


def run(n):
    return sum(x & 7 for x in through(twice(numbers(n // 2))))
