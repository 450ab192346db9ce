# deque against a list, over many random operations.
from collections import deque


def pseudo(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2147483648
        yield seed >> 8


rand = pseudo(11)

for maxlen in (0, 1, 2, 3, 5, 8, 30):
    d = deque((), maxlen)
    model = []
    for step in range(500):
        op = next(rand) % 7
        if op == 0 or op == 1:
            d.append(step)
            model.append(step)
            model = model[-maxlen:] if maxlen else []
        elif op == 2 or op == 3:
            d.appendleft(step)
            model.insert(0, step)
            model = model[:maxlen]
        elif op == 4 and model:
            assert d.pop() == model.pop()
        elif op == 5 and model:
            assert d.popleft() == model.pop(0)
        elif op == 6:
            d.extend(range(step, step + 3))
            model = (model + [step, step + 1, step + 2])[-maxlen:] if maxlen else []
        assert len(d) == len(model) and bool(d) == bool(model)
        assert list(d) == model
        for i in range(-len(model), len(model)):
            assert d[i] == model[i]
        if model:
            d[-1] = model[-1] = -step
print("OK")
d = deque([1, 2, 3], 5)
d.extend(d)
print(list(d), 3 in d, list(reversed(d)))
for f in (d.popleft, lambda: d[9]):
    try:
        for i in range(10):
            f()
    except IndexError:
        print("IndexError")
