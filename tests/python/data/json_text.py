# json: errors with a place, streams in small pieces, what is refused, depth.
import io, json


def load(s):
    try:
        print(json.loads(s))
    except ValueError as e:
        print(e)


for s in ["", "[1 2]", "[1,2,]", '{"a":1,}', "[1}", '{"a" 1}', "{1:2}", '"\\ud83d\\ude00"', '"\\ud83d"', "-", "1e2", "-Infinity",
          "NaN", "1-2", "[1]x", "\n\n  [tru]", '"abc', '"\\x"', "007", "[[[[1]]]]", '{"a":{"b":[{}]}}', b'"\xff"', "nul",
          "123456789012345678901234567890", '{"a":1,"a":2}', "[,]", "{,}", "]", '["a\\u0041\\/\\b"]']:
    load(s)


class Reader:
    def __init__(self, text):
        self.text = text

    def read(self, n):
        piece, self.text = self.text[:3], self.text[3:]
        return piece


class Filler(io.IOBase):
    def __init__(self, text):
        self.text = text.encode()

    def readinto(self, buf):
        n = min(len(buf), 2, len(self.text))
        buf[:n] = self.text[:n]
        self.text = self.text[n:]
        return n


text = '{"key":[1234567, "stri\\u00e9ng", -1.5, true, null, -Infinity],\n "x": [12, "€"]}'
print(json.load(Reader(text)) == json.load(Filler(text)) == json.load(io.StringIO(text)) == json.loads(text))
for bad in [text[:-1], text.replace("null", "nul"), text + "]"]:
    for kind in [Reader, Filler, io.StringIO]:
        try:
            json.load(kind(bad))
        except ValueError as e:
            print(e)
for no_stream in [1, None, {}]:
    try:
        json.load(no_stream)
    except OSError as e:
        print(repr(e))

deep = json.loads("[" * 2000 + "]" * 2000)
for v in [object(), {1, 2}, bytearray(b"a"), {(1, 2): 3}]:
    try:
        print(json.dumps(v))
    except TypeError as e:
        print(e)
depth = 0
while deep:
    deep = deep[0]
    depth += 1
print(depth)
print(json.dumps([float("nan"), float("inf"), -float("inf"), 10**30, -5, 0.5, {None: 1, True: 2, 2.5: 3, b"x": 4}]))
s = io.StringIO()
json.dump(["é" * 5, list(range(200))], s, separators=(",", ":"))
print(len(s.getvalue()), json.loads(s.getvalue()) == ["é" * 5, list(range(200))])
loop = []
loop.append(loop)
try:
    json.dumps(loop)
except RuntimeError:
    print("RuntimeError")


class L(list):
    pass


class D(dict):
    pass


print(json.dumps(L([1, D(a=2)])))
