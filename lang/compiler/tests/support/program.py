"""A program with something of everything, to be cut and changed."""
from micropython import const
import a.b.c as d, e

_LIMIT = const(0x1000)
SIZE = const(_LIMIT * 2)


@d.decorate(1, two=2)
class Thing(d.Base, metaclass=e.Meta):
    """Text"""

    kind: str = "thing"

    def __init__(self, x, *args, y=SIZE, **kwargs):
        super().__init__(x, *args, **kwargs)
        self.items = [i * _LIMIT for i in range(x) if i % 2 and i > 3]
        self.map = {k: v for k, v in zip(args, self.items)}
        self.set = {1, 2.5, 3j, b"\x00", "\u00e9"}

    async def run(self):
        async with self.lock as lock, e.other():
            async for item in self:
                if item is None or not item:
                    continue
                elif (n := len(item)) >= 10:
                    break
                await lock.wait(n)
            else:
                return -1
        return [(yield_ := x) for x in self.items]

    def walk(self, depth=0):
        def inner():
            nonlocal depth
            depth += 1
            yield from (x**2 for x in self.items)
            return depth if depth < 10 else ~depth

        try:
            while True:
                for a, *b in inner():
                    yield a, b[1:-1:2], f"{a!r:>{depth}} {b=}", t"{a}{b:x}"
        except (ValueError, TypeError) as err:
            raise RuntimeError("bad") from err
        finally:
            del self.map["x"], self.items[0]


def main(argv=()):
    global result
    result = sorted(argv, key=lambda x, y=1: x[0] if x else y)
    assert result, "nothing"
    a, b = b, a = 1, 2
    print(1 + 2 * 3, 10**30, -0.0, "long string that is no name", (1, (2, 3)), ...)
    with open("f") as f: pass


if __name__ == "__main__":
    main()
