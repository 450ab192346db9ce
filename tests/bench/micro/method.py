# Calls of methods, own and inherited.
class Base:
    def step(self, by):
        self.at += by
        return self.at


class Walker(Base):
    def __init__(self):
        self.at = 0

    def back(self):
        self.at -= 1


def run(n):
    walker = Walker()
    for i in range(n):
        walker.step(2)
        walker.back()
    return walker.at
