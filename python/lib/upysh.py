# Commands for files at the prompt: from upysh import *

import os, sys


class _Command:
    def __init__(self, run):
        self.run = run

    def __repr__(self):
        self.run()
        return ""

    def __call__(self, *args):
        return self.run(*args)


def _ls(path="."):
    entries = sorted(os.ilistdir(path), key=lambda e: (not e[1] & 0x4000, e[0]))
    for e in entries:
        if e[1] & 0x4000:
            print("    <dir> {}".format(e[0]))
        else:
            size = e[3] if len(e) > 3 else os.stat(path.rstrip("/") + "/" + e[0])[6]
            print("{:9d} {}".format(size, e[0]))
    try:
        s = os.statvfs(path)
        print("\n{:,d}k free".format(s[0] * s[3] // 1024))
    except (OSError, AttributeError):
        pass


def _man():
    print(
        """
upysh is intended to be imported using:
from upysh import *

To see this help text again, type "man".

upysh commands:
clear, ls, ls("dir"), head("file"), cat("file"), newfile("file")
cp("src", "dest"), mv("old", "new"), rm("file")
pwd, cd("dir"), mkdir("dir"), rmdir("dir")
"""
    )


ls = _Command(_ls)
man = _Command(_man)
pwd = _Command(lambda: print(os.getcwd()))
clear = _Command(lambda: print("\x1b[2J\x1b[H", end=""))
cd = os.chdir
mkdir = os.mkdir
mv = os.rename
rmdir = os.rmdir


def head(path, n=10):
    with open(path) as f:
        for _ in range(n):
            line = f.readline()
            if not line:
                break
            print(line, end="")


def cat(path):
    head(path, 1 << 30)


def cp(source, to):
    try:
        if os.stat(to)[0] & 0x4000:
            to = to.rstrip("/") + "/" + source.rsplit("/", 1)[-1]
    except OSError:
        pass
    if to == source:
        raise OSError("source and destination are the same file")
    with open(source, "rb") as f, open(to, "wb") as g:
        buf = memoryview(bytearray(256))
        while True:
            n = f.readinto(buf)
            if not n:
                break
            g.write(buf[:n])


# With `recursive`, a folder and all that is in it.
def rm(path, recursive=False):
    if recursive and os.stat(path)[0] & 0x4000:
        for e in list(os.ilistdir(path)):
            if e[0] not in (".", ".."):
                rm(path + "/" + e[0], True)
        os.rmdir(path)
    else:
        os.remove(path)


def newfile(path):
    print("Type file contents line by line, finish with EOF (Ctrl+D).")
    with open(path, "w") as f:
        while True:
            try:
                line = input()
            except EOFError:
                break
            f.write(line)
            f.write("\n")


man()
