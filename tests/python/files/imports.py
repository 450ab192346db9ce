# Modules from a file system written in Python, and from ROM.
import io, os, sys, vfs


class File(io.IOBase):
    def __init__(self, data, log=None):
        self.data = data
        self.at = 0

    def readinto(self, buf):
        part = self.data[self.at : self.at + len(buf)]
        buf[: len(part)] = part
        self.at += len(part)
        return len(part)

    def ioctl(self, request, arg):
        if request == 4:
            closed.append(1)
            return 0
        return -22


class Odd(File):
    def __init__(self, answer):
        self.answer = answer

    def readinto(self, buf):
        if isinstance(self.answer, Exception):
            raise self.answer
        buf[:1] = b"x"
        return self.answer


class Fs:
    def __init__(self, files):
        self.files = files

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def stat(self, path):
        if path in self.files:
            return (0x8000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        if any(name.startswith(path + "/") for name in self.files):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)

    def open(self, path, mode):
        if path not in self.files:
            raise OSError(2)
        data = self.files[path]
        return data if isinstance(data, io.IOBase) else File(data)


closed = []
long = b"".join(b"n%d = %d\n" % (i, i) for i in range(500))
files = {
    "/pkg/__init__.py": b"from . import inner\nname = __name__\n",
    "/pkg/inner.py": b"from .deep import value\nfile = __file__\n",
    "/pkg/deep/__init__.py": b"value = 'deep'\n",
    "/long.py": long,
    "/bad.py": b"def f(:\n",
    "/raises.py": b"1 / 0\n",
    "/bad.mpy": b"M\x06\x00\x1f",
    "/worse.mpy": b"nothing",
    "/script.py": b"total = sum(range(10)); print(__name__, total)\n",
    "/odd1.py": Odd(-5),
    "/odd2.py": Odd(None),
    "/odd3.py": Odd("text"),
    "/odd4.py": Odd(OSError(77)),
    "/odd5.py": Odd(ValueError("mine")),
}
vfs.mount(Fs(files), "/user")
sys.path.append("/user")
import pkg

print(pkg.name, pkg.inner.value, pkg.inner.file, pkg.__path__)
import long

print(long.n499)
for name in ("bad", "raises", "worse", "nothere", "odd1", "odd2", "odd3", "odd4", "odd5"):
    try:
        __import__(name)
        print(name, "imported")
    except Exception as e:
        print(name, type(e).__name__, e.args, name in sys.modules)
print(len(closed))
execfile("/user/script.py")
scope = {"__name__": "scoped"}
execfile("/user/script.py", scope)
print(scope["total"])
try:
    execfile("/user/none.py")
except OSError as e:
    print(e)
sys.path.pop()


# ROM: made here, byte by byte.
def number(n):
    out = bytes([n & 0x7F])
    n >>= 7
    while n:
        out = bytes([0x80 | n & 0x7F]) + out
        n >>= 7
    return out


def record(kind, payload):
    return number(kind) + number(len(payload)) + payload


def named(kind, name, payload):
    name = name.encode()
    return record(kind, number(len(name)) + name + payload)


def image(tree):
    out = b""
    for name, what in tree:
        if isinstance(what, list):
            out += named(4, name, image(what))
        else:
            out += named(5, name, record(2, what))
    return out


rom = record(
    0x14A6B1,
    image(
        [
            ("lib", [("a.py", b"from b import deep\nx = deep() + 1\n"), ("b.py", b"def deep(): return 41\n")]),
            ("text.txt", "zwölf\nzeilen\n".encode()),
            ("empty", b""),
        ]
    ),
)
fs = vfs.VfsRom(rom)
vfs.mount(fs, "/rom")
sys.path.append("/rom/lib")
import a

print(a.x, a.__file__, os.listdir("/rom"), os.stat("/rom/text.txt")[6], os.stat("/rom/lib")[0] == 0x4000)
with open("/rom/text.txt") as f:
    print(f.read(3), f.readline(), [line for line in f])
with open("/rom/text.txt", "rb") as f:
    m = memoryview(f)
    print(len(m), bytes(m[:2]))
    try:
        m[0] = 1
    except TypeError:
        print("read-only")
print(bytes(m[:2]))
for f in (lambda: os.mkdir("/rom/x"), lambda: os.remove("/rom/empty"), lambda: open("/rom/empty", "a"), lambda: os.rename("/rom/a", "/rom/b"), lambda: os.listdir("/rom/empty"), lambda: open("/rom/lib")):
    try:
        print(f())
    except OSError as e:
        print(e.errno)
vfs.umount("/rom")

# Whatever becomes of an image, nothing worse than OSError comes of it.
state = 1


def random(n):
    global state
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    return (state >> 8) % n


seen = 0
for _ in range(1500):
    b = bytearray(rom)
    for _ in range(1 + random(4)):
        b[random(len(b))] = random(256)
    try:
        fs = vfs.VfsRom(bytes(b) if random(2) else b)
        for entry in fs.ilistdir("/"):
            name = entry[0] if isinstance(entry[0], str) else "?"
            fs.stat(name)
            if entry[1] == 0x8000:
                with fs.open(name, "rb") as f:
                    f.read()
            else:
                list(fs.ilistdir(name))
        fs.stat("lib/a.py")
    except (OSError, UnicodeError):
        seen += 1
print(seen > 50)
