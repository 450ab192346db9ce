# Small integers: a while loop with arithmetic, bits and comparisons.
def run(n):
    i = 0
    total = 1
    while i < n:
        total = (total * 5 + i) % 65521
        if total & 1 and i != 7:
            total ^= i >> 3
        i += 1
    return total
