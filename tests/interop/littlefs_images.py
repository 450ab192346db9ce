"""Disk images of littlefs between Krait and PyPI's littlefs-python, which is the C original: both ways.

Arguments: the krait program. Runs in a Python that has littlefs-python.
"""

import os
import subprocess
import sys
import tempfile

from littlefs import LittleFS

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (0, 5, 300, 2500, 9000)
MTIME = 1


def content(name, n):
    return bytes((i * 7 + n + len(name)) & 0xFF for i in range(n))


def krait(program, image, size, what):
    command = [program, os.path.join(HERE, "krait_disk.py"), "lfs2", image, str(size), what]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout.splitlines()


def tree(fs, path=""):
    """What krait_disk.py prints, from the other side."""
    lines = []
    for entry in sorted(fs.scandir(path or "/"), key=lambda e: e.name):
        name = path + "/" + entry.name
        if entry.type == 2:
            lines += ["folder /disk" + name] + tree(fs, name)
        else:
            with fs.open(name, "rb") as f:
                data = f.read()
            lines.append(f"file /disk{name} {len(data)} {sum(data) & 0xFFFF}")
    return lines


def mounted(image, size, count, version):
    fs = LittleFS(block_size=size, block_count=count, read_size=32, prog_size=32, cache_size=128,
                  lookahead_size=32, disk_version=version, mount=False)
    with open(image, "rb") as f:
        fs.context.buffer[:] = f.read()
    return fs


def save(fs, image):
    with open(image, "wb") as f:
        f.write(fs.context.buffer)


def main(program):
    checks = 0
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        for size, count, version in ((4096, 64, 0x00020001), (512, 400, 0x00020001), (1024, 200, 0x00020000)):
            # Theirs first: it is mounted, read and changed by Krait, and read again here.
            fs = LittleFS(block_size=size, block_count=count, read_size=32, prog_size=32, cache_size=128,
                          lookahead_size=32, disk_version=version)
            fs.makedirs("deep/er/folder", exist_ok=True)
            for n in SIZES:
                with fs.open(f"deep/file {n}", "wb") as f:
                    f.write(content("c", n))
            for name in ("move me", "remove me", "append to me"):
                with fs.open(name, "wb") as f:
                    f.write(content(name, 400))
            fs.setattr("move me", MTIME, (1_700_000_000 * 10**9).to_bytes(8, "little"))
            for i in range(60):
                with fs.open(f"deep/er/many {i}", "wb") as f:
                    f.write(content("many", i))
            save(fs, image)
            assert krait(program, image, size, "read") == tree(fs), "reading theirs"
            changed = krait(program, image, size, "change")
            fs = mounted(image, size, count, 0)
            fs.mount()
            assert tree(fs) == changed, "what Krait has changed"
            attribute = fs.getattr("by krait change/moved", MTIME)
            assert int.from_bytes(attribute, "little") == 1_700_000_000 * 10**9, attribute
            assert "file /disk/append to me 680" in " ".join(changed)
            # They change it again, and Krait reads it.
            fs.rename("by krait change", "renamed")
            fs.remove("renamed/A file of 5 bytes.bin")
            with fs.open("renamed/moved", "ab") as f:
                f.write(b"theirs" * 100)
            save(fs, image)
            assert krait(program, image, size, "read") == tree(fs), "reading what they have changed"
            # Krait first.
            with open(image, "wb") as f:
                f.write(b"\xff" * (size * count))
            made = krait(program, image, size, "make")
            fs = mounted(image, size, count, 0)
            fs.mount()
            assert tree(fs) == made, "what Krait has made"
            assert fs.getattr("by krait make/A file of 300 bytes.bin", MTIME)
            fs.mkdir("theirs")
            with fs.open("theirs/x", "wb") as f:
                f.write(content("x", 5000))
            save(fs, image)
            assert krait(program, image, size, "read") == tree(fs), "reading what they have added"
            checks += 6
    print(f"{checks} passed, 0 failed, 0 skipped")


main(sys.argv[1])
