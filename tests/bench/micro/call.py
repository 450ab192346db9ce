# Calls of plain functions: positional, default and keyword arguments.
def add(a, b, c=3):
    return a + b + c


def run(n):
    total = 0
    for i in range(n):
        total = add(total, i) & 0xFFFF
        total = add(i, total, c=1) & 0xFFFF
    return total
