# json.loads: a list of objects, as a web service sends it, and from a stream.
import io, json


def run(n):
    text = json.dumps([{"id": i, "name": "sensor-%d" % i, "value": i * 0.25, "ok": i % 3 == 0, "tags": ["a", "b\n"]} for i in range(20)])
    total = 0
    for i in range(n // 1000):
        data = json.loads(text)
        total += len(data) + data[i % 20]["id"]
        if i % 4 == 0:
            total += len(json.load(io.StringIO(text)))
    return total
