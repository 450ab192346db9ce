# Floating point: the logistic map and a Newton square root.
def run(n):
    x = 0.3
    total = 0.0
    for i in range(n):
        x = 3.7 * x * (1.0 - x)
        total += x / (1.0 + i)
    root = 1.0
    for i in range(n // 10):
        root = 0.5 * (root + 2.0 / root)
    return round(total, 3), round(root, 3)
