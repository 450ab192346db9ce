# json.dumps: a list of objects, and to a stream.
import io, json


def run(n):
    data = [{"id": i, "name": "sensor-%d" % i, "value": i * 0.25, "ok": i % 3 == 0, "tags": ["a", "b\n", None]} for i in range(20)]
    total = 0
    for i in range(n // 1000):
        total += len(json.dumps(data))
        if i % 4 == 0:
            s = io.StringIO()
            json.dump(data, s)
            total += len(s.getvalue())
    return total
