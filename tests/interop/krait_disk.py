# What Krait does to a disk image: it mounts it, lists and reads all of it, changes it, and says what it did.
# Arguments after the program's own: kind (lfs2 or fat), image, block size, what to do (make, read, change).
import os, sys, vfs


class Image:
    """A file as a block device, with both protocols."""

    def __init__(self, path, size):
        self.f = open(path, "r+b")
        self.size = size
        self.count = self.f.seek(0, 2) // size

    def readblocks(self, n, buf, off=0):
        self.f.seek(n * self.size + off)
        self.f.readinto(buf)

    def writeblocks(self, n, buf, off=0):
        self.f.seek(n * self.size + off)
        self.f.write(buf)

    def ioctl(self, op, arg):
        if op == 3:
            self.f.flush()
        if op == 4:
            return self.count
        if op == 5:
            return self.size
        if op == 6:
            self.f.seek(arg * self.size)
            self.f.write(b"\xff" * self.size)
            return 0


def content(name, n):
    return bytes((i * 7 + n + len(name)) & 0xFF for i in range(n))


def tree(path):
    for entry in sorted(os.ilistdir(path)):
        name = path + "/" + entry[0]
        if entry[1] == 0x4000:
            print("folder", name)
            tree(name)
        else:
            with open(name, "rb") as f:
                data = f.read()
            assert len(data) == entry[3], name
            print("file", name, len(data), sum(data) & 0xFFFF)


kind, image, size, what = sys.argv[1:5]
cls = {"lfs2": vfs.VfsLfs2, "fat": vfs.VfsFat}[kind]
device = Image(image, int(size))
if what == "make":
    cls.mkfs(device)
fs = cls(device)
vfs.mount(fs, "/disk")
if what in ("make", "change"):
    prefix = "/disk/by krait " + what
    os.mkdir(prefix)
    for n in (0, 5, 300, 2500, 9000):
        with open(prefix + "/A file of %d bytes.bin" % n, "wb") as f:
            f.write(content("krait", n))
if what == "change":
    os.rename("/disk/move me", prefix + "/moved")
    os.remove("/disk/remove me")
    with open("/disk/append to me", "ab") as f:
        f.write(b"krait was here" * 20)
tree("/disk")
vfs.umount("/disk")
