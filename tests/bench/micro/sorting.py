# sorted: numbers, strings, with a key.
def run(n):
    numbers = [(i * 7919) % 1009 for i in range(300)]
    words = ["w%d" % ((i * 31) % 97) for i in range(100)]
    total = 0
    for i in range(n // 2000):
        total += sorted(numbers)[i % 300]
        total += len(sorted(words)[5])
        total += sorted(numbers, reverse=True)[3]
        total += sorted(numbers, key=lambda v: -v)[7]
    return total
