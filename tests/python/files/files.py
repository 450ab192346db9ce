# Files of the system: modes, text, places, errors. The current folder is empty and ours.
import io, os, gc


def tries(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e.args)


with open("text", "w") as f:
    print(f.write("zwölf\nBoxkämpfer\n"), f.tell())
with open("text", encoding="utf-8", buffering=1) as f:
    print([f.read(4), f.read(1), f.readline(), f.readlines(), f.read(), f.readline()])
with open("text", "rb") as f:
    print(f.read(5), f.seek(-3, 2), f.read(), f.seek(0), f.readline(3), f.readline(), f.tell())
with open("text", "a+") as f:
    f.write("!")
    f.seek(0)
    print(len(f.read()))
with open("text", "r+b") as f:
    f.seek(100)
    f.write(b"far")
    f.seek(95)
    b = bytearray(10)
    print(f.readinto(b), b, f.readinto(b), f.readinto(b, 3))
with open("text", "rb") as f:
    b = bytearray(8)
    print(f.readinto(b, 3), b, f.readinto(memoryview(b)[4:]), b)
print(os.stat("text")[6])
tries(open, "text", "x")
tries(open, "missing")
tries(open, "missing/deep", "w")
tries(open, ".", "w")
tries(lambda: type(open("new", "x")))
tries(open, "a\0b")
tries(lambda: type(open(b"text", "rb")))
tries(open, 5.0)
tries(open)
tries(open, "text", mode="rb", closefd=1)
f = open("text")
tries(f.write, "x")
f.close()
f.close()
for method in (f.read, f.readline, f.tell, f.flush, f.fileno):
    tries(method)
tries(next, f)
print(f)
f = open("text", "w")
tries(f.read)
tries(f.seek, -1)
tries(f.seek, 0, 9)
f.write("\xff abc")
f.close()
with open("bad", "wb") as f:
    f.write(b"ok\n\xff\xfe\n")
with open("bad") as f:
    print(f.readline())
    tries(f.readline)
with open("cut", "wb") as f:
    f.write("aä€𝄞".encode())
with open("cut") as f:
    print([f.read(1) for _ in range(5)])
for i, line in enumerate(open("text")):
    print(i, line)

print("-- folders")
os.mkdir("d")
tries(os.mkdir, "d")
tries(os.rmdir, "text")
tries(os.remove, "d")
tries(os.rmdir, "none")
open("d/f", "w").close()
tries(os.rmdir, "d")
os.rename("d/f", "d/g")
print(os.listdir("d"), os.listdir(b"d"), list(os.ilistdir("d"))[0][:2], sorted(os.listdir()))
os.chdir("d")
print(os.getcwd().split("/")[-1], os.listdir(), os.stat("g")[6:7])
os.chdir("..")
os.unlink("d/g")
os.rmdir("d")
print(len(os.statvfs(".")), len(os.stat("/")))
it = os.ilistdir(".")
next(it)
del it
gc.collect()

print("-- forgotten files are closed")
for i in range(3000):
    open("text")
names = ["f%d" % i for i in range(20)]
for name in names:
    open(name, "w").write(name)
gc.collect()
print(sum(len(open(name).read()) for name in names))

print("-- buffered writing")


class Sink(io.IOBase):
    def __init__(self, takes):
        self.takes = takes

    def write(self, data):
        takes = self.takes.pop(0)
        if isinstance(takes, int):
            print(bytes(data[:takes]))
        return takes


w = io.BufferedWriter(Sink([4, 2, None, 1, 1, 9]), 4)
print(w.write(b"abcd"), w.write(b"ef"))
w.flush()
w.write(b"gh")
tries(w.flush)
tries(w.flush)
w.write(b"x")
tries(w.flush)
tries(io.BufferedWriter, Sink([]))
tries(io.BufferedWriter, Sink([]), -1)

print("-- environment")
os.putenv("KRAIT_TEST", "set")
print(os.getenv("KRAIT_TEST"), os.system("test \"$KRAIT_TEST\" = set"), os.system("exit 3"))
os.unsetenv("KRAIT_TEST")
print(os.getenv("KRAIT_TEST"), os.getenv("KRAIT_TEST", 7), os.system("test -z \"$KRAIT_TEST\""))
tries(os.putenv, "a=b", "c")
tries(os.putenv, "", "c")
print(len(os.urandom(300)), os.urandom(8) != os.urandom(8), os.urandom(0))
os.sync()
