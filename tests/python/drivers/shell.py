# upysh, and mip's way of writing files, on a file system in memory.
import sys, vfs, os


class Ram:
    def __init__(self, n):
        self.data = bytearray(512 * n)

    def readblocks(self, n, buf, off=0):
        at = n * 512 + off
        buf[:] = self.data[at : at + len(buf)]

    def writeblocks(self, n, buf, off=0):
        at = n * 512 + off
        self.data[at : at + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // 512
        if op == 5:
            return 512
        return 0


ram = Ram(200)
vfs.VfsFat.mkfs(ram)
vfs.mount(vfs.VfsFat(ram), "/ram")
from upysh import *

cd("/ram")
pwd()
mkdir("d")
with open("a.txt", "w") as f:
    for i in range(12):
        print("line", i, file=f)
head("a.txt", 2)
head("a.txt")
cat("a.txt")
cp("a.txt", "d")
cp("a.txt", "b.txt")
mv("b.txt", "d/c.txt")
print(sorted(e[0] for e in os.ilistdir("d")))
ls("d")
repr(pwd)
try:
    cp("a.txt", "a.txt")
except OSError as er:
    print(er)
try:
    rmdir("d")
except OSError:
    print("not empty")
rm("a.txt")
rm("d", True)
print(os.listdir())

import io


class Response:
    def __init__(self, status, data, length):
        self.status_code, self._length, self.raw = status, length, io.BytesIO(data)

    def close(self):
        pass

    def json(self):
        import json

        return json.load(self.raw)


class Requests:
    def get(self, url):
        print("get", url)
        return Response(*pages[url])


sys.modules["requests"] = Requests()
import mip

body = b"print('hello')\n" * 40
import hashlib, binascii

digest = binascii.hexlify(hashlib.sha256(body).digest())[:8].decode()
pages = {
    "http://i/package/py/p/latest.json": (
        200,
        b'{"v": 1, "hashes": [["p/x.py", "%s"]], "urls": [["y.py", "http://u/y.py"]]}' % digest.encode(),
        None,
    ),
    "http://i/file/%s/%s" % (digest[:2], digest): (200, body, len(body)),
    "http://u/y.py": (200, b"y", None),
    "http://u/short.py": (200, b"y", 5),
}
mip.install("p", index="http://i", target="/ram/lib", mpy=False)
print(open("/ram/lib/p/x.py", "rb").read() == body, open("/ram/lib/y.py").read())
mip.install("p", index="http://i", target="/ram/lib", mpy=False)
mip.install("http://u/short.py", target="/ram/lib")
print(sorted(os.listdir("/ram/lib")))
