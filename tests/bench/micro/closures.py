# Closures: made, called, and their shared variable changed.
def counter(step):
    count = 0

    def up():
        nonlocal count
        count += step
        return count

    return up, lambda: count


def run(n):
    total = 0
    for i in range(n // 10):
        up, read = counter(i & 3)
        up()
        up()
        total += read()
    return total
