# Lists: append, index, slice, comprehension, iteration.
def run(n):
    total = 0
    for turn in range(n // 50):
        items = []
        for i in range(20):
            items.append(i ^ turn)
        items[3] = items[-1] + items[7]
        half = items[::2]
        total = (total + sum([x + 1 for x in half])) & 0xFFFFFF
    return total
