# Exceptions: raised and caught near and far, and a try that meets none.
def deep(n):
    if n == 0:
        raise KeyError("here")
    deep(n - 1)


def run(n):
    caught = 0
    for i in range(n // 10):
        try:
            if i & 1:
                raise ValueError(i)
            deep(2)
        except ValueError:
            caught += 1
        except KeyError:
            caught += 2
        try:
            caught += 0
        finally:
            caught += 0
    return caught
