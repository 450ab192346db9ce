# Loads and stores of instance and class attributes.
class Point:
    scale = 3

    def __init__(self):
        self.x = 1
        self.y = 2


def run(n):
    p = Point()
    for i in range(n):
        p.x = p.y + p.scale
        p.y = p.x & 255
    return p.x, p.y
