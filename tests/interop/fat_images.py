"""Disk images of FAT between Krait and Debian's mtools, both ways.

Arguments: the krait program, the folder of mtools' programs.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (0, 5, 300, 2500, 9000)


def content(name, n):
    return bytes((i * 7 + n + len(name)) & 0xFF for i in range(n))


def run(command, **more):
    environment = dict(os.environ, MTOOLS_SKIP_CHECK="1", LC_ALL="C.UTF-8", TZ="UTC")
    return subprocess.run(command, check=True, capture_output=True, timeout=300, env=environment, **more).stdout


def krait(program, image, what):
    script = os.path.join(HERE, "krait_disk.py")
    return run([program, script, "fat", image, "512", what]).decode().splitlines()


def tree(mtools, image, folder):
    """What krait_disk.py prints, from what mcopy takes out of the image."""
    os.makedirs(folder)
    run([mtools + "/mcopy", "-s", "-n", "-Q", "-i", image, "::*", folder])

    def below(path, shown):
        lines = []
        for name in sorted(os.listdir(path)):
            whole, label = os.path.join(path, name), shown + "/" + name
            if os.path.isdir(whole):
                lines += ["folder " + label] + below(whole, label)
            else:
                with open(whole, "rb") as f:
                    data = f.read()
                lines.append(f"file {label} {len(data)} {sum(data) & 0xFFFF}")
        return lines

    return below(folder, "/disk")


def same(here, there, what):
    assert here == there, f"{what}: only in Krait {set(here) - set(there)}, only in mtools {set(there) - set(here)}"


def blank(image, sectors):
    with open(image, "wb") as f:
        f.truncate(sectors * 512)


def main(program, mtools):
    checks = 0
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "image")
        count = iter(range(1000))
        out = lambda: os.path.join(folder, f"out{next(count)}")
        source = os.path.join(folder, "file")
        for sectors, options in ((2880, []), (40_000, []), (150_000, ["-F", "-c", "1"])):
            # Theirs first: it is mounted, read and changed by Krait, and read again by mtools.
            blank(image, sectors)
            run([mtools + "/mformat", "-i", image, "-T", str(sectors), "-h", "16", "-s", "63", *options, "::"])
            for name in ("::deep", "::deep/Folder with a long name"):
                run([mtools + "/mmd", "-i", image, name])
            names = [f"deep/file of {n}" for n in SIZES] + ["move me", "remove me", "append to me", "SHORT.TXT", "ünïcode in a long name.txt"]
            names += [f"deep/Folder with a long name/many {i}" for i in range(60)]
            for i, name in enumerate(names):
                with open(source, "wb") as f:
                    f.write(content(name, SIZES[i] if i < len(SIZES) else 400))
                run([mtools + "/mcopy", "-i", image, source, "::" + name])
            same(krait(program, image, "read"), tree(mtools, image, out()), "reading theirs")
            changed = krait(program, image, "change")
            same(changed, tree(mtools, image, out()), "what Krait has changed")
            assert "file /disk/append to me 680" in " ".join(changed)
            run([mtools + "/mren", "-i", image, "::by krait change", "renamed"])
            run([mtools + "/mdel", "-i", image, "::renamed/A file of 5 bytes.bin"])
            same(krait(program, image, "read"), tree(mtools, image, out()), "reading what they have changed")
            # Krait first. A disk of FAT32 has a partition table; mtools is told where the volume is.
            blank(image, sectors)
            made = krait(program, image, "make")
            with open(image, "rb") as f:
                first = f.read(512)
            at = image if first[54:57] == b"FAT" else f"{image}@@{63 * 512}"
            same(made, tree(mtools, at, out()), "what Krait has made")
            run([mtools + "/mmd", "-i", at, "::theirs"])
            run([mtools + "/mcopy", "-i", at, source, "::theirs/A long name by them"])
            same(krait(program, image, "read"), tree(mtools, at, out()), "reading what they have added")
            checks += 5
    print(f"{checks} passed, 0 failed, 0 skipped")


main(*sys.argv[1:3])
