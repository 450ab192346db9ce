# The mount table: which file system a path leads to, and what is passed on to it.
import os, vfs, sys


class Fs:
    def __init__(self, name):
        self.name = name
        self.log = []

    def __getattr__(self, method):
        if method in ("ioctl", "readblocks"):
            raise AttributeError(method)

        def call(*args):
            print(self.name, method, args)
            if method == "getcwd":
                return "/sub"
            if method in ("stat", "statvfs"):
                return (0x8000,) + (0,) * 9
            if method == "ilistdir":
                return iter([("x", 0x8000, 0)])

        return call


def tries(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e.args)


here = os.getcwd()
vfs.umount("/")
print(vfs.mount(), os.getcwd(), os.listdir("/"), os.stat("/")[0], os.statvfs("/")[9])
for f in (os.stat, os.listdir, os.remove, os.rmdir, os.chdir, os.statvfs, open):
    tries(f, "/nothing")
tries(os.mkdir, "/")
tries(os.remove, "/")
tries(os.rename, "/a", "/b")

print("-- longest prefix")
vfs.mount(Fs("ab"), "/a/b")
vfs.mount(Fs("a"), "/a/")
print([point for _, point in vfs.mount()], os.listdir("/"))
for path in ("/a/b/c", "/a/b", "/a/b/", "/a/bc", "/a", "/a/x/../b"):
    os.stat(path)
os.remove(b"/a/b/bytes")
tries(os.rename, "/a/x", "/a/b/x")
os.rename("/a/x", b"/a/y")
tries(vfs.mount, Fs("again"), "/a")
tries(vfs.mount, Fs("inside"), "/a/c")
tries(vfs.mount, Fs("relative"), "r")
tries(vfs.mount, 1, "/n")
tries(vfs.mount, Fs("few"))

print("-- current folder")
os.chdir("/a/b")
print(os.getcwd())
os.stat("rel")
os.listdir()
os.chdir("..")
os.stat("/a/b/abs")
vfs.umount("/a/b")
print(os.getcwd())
tries(os.stat, "rel")

print("-- root")
vfs.mount(Fs("root"), "/", readonly=True)
os.stat("rel")
os.stat("/a/x")
os.stat("/other/x")
print(os.listdir("/"), os.listdir(b"/"))
os.chdir("/deep")
print(os.getcwd())
os.chdir("/")
tries(vfs.mount, Fs("second"), "/")
root = vfs.mount()[-1][0]
vfs.umount(root)
vfs.umount("/a")
tries(vfs.umount, root)
tries(vfs.umount, 1)
print(vfs.mount())

print("-- back on the system's files")
vfs.mount(vfs.VfsPosix(), "/")
os.chdir(here)
print(os.getcwd() == here, sys.platform == os.uname().sysname, os.uname()[0] == os.uname().sysname)
