//! ROMFS images by `mpremote romfs build`, with modules as text and compiled.

use anyhow::{Result, ensure};

use crate::tools::Tools;

const MODULE: &str = "\
from pkg import base
import pkg.deep.leaf as leaf

class C:
    def __init__(self, x):
        self.x = x
    def add(self, y=2):
        return [n + y for n in (self.x, base)]

def gen(n):
    try:
        for i in range(n):
            yield i, 'text' * i, b'bytes', 1.5, 1 << 70, (None, ..., True)
    finally:
        print('closed')

big = lambda: leaf.values
";

/// Walks the image, reads every file in every way, imports what there is.
const SCRIPT: &str = "\
import gc, os, sys, vfs

image = open('out.romfs', 'rb').read()
fs = vfs.VfsRom(image)
vfs.mount(fs, '/rom')

def walk(path):
    for name, kind, inode, size in sorted(os.ilistdir(path)):
        full = path + '/' + name
        assert os.stat(full)[:2] == (kind, inode) and os.stat(full)[6] == size, full
        if kind == 0x4000:
            print(full)
            walk(full)
            continue
        with open(full, 'rb') as f:
            data = f.read()
            assert memoryview(f) == data and len(data) == size
            f.seek(0)
            assert b''.join(f.readlines()) == data
        if name.endswith(('.txt', '.bin')):
            print(full, size, sum(data))
        else:
            print(full.rsplit('.', 1)[0])

walk('/rom')
sys.path.append('/rom/lib')
del image
gc.collect()
import mod

gc.collect()
print(mod.C(40).add(), mod.__name__, mod.__file__.rsplit('.', 1)[0])
g = mod.gen(3)
print([v[0] for v in g], mod.big())
vfs.umount('/rom')
del fs
gc.collect()
# What was imported lives on without the mount.
print(mod.C(1).add(1), list(mod.gen(1))[0][1:3], mod.leaf.values[:2])
";

const EXPECTED: &str = "\
/rom/data
/rom/data/all.bin 70000 8916936
/rom/data/empty.bin 0 0
/rom/data/lines.txt 7 838
/rom/lib
/rom/lib/mod
/rom/lib/pkg
/rom/lib/pkg/__init__
/rom/lib/pkg/deep
/rom/lib/pkg/deep/__init__
/rom/lib/pkg/deep/leaf
/rom/main
[42, 9] mod /rom/lib/mod
closed
[0, 1, 2] [0, 1, 4, 9, 16]
closed
[2, 8] ('', b'bytes') [0, 1]
";

pub(crate) fn check(tools: &Tools) -> Result<()> {
    let all: Vec<u8> = (0..70_000u32).map(|i| i.to_le_bytes()[0]).collect();
    tools.write("tree/main.py", b"print('main')\n")?;
    tools.write("tree/data/all.bin", &all)?;
    tools.write("tree/data/empty.bin", b"")?;
    tools.write("tree/data/lines.txt", "zwölf\n".as_bytes())?;
    tools.write("tree/lib/mod.py", MODULE.as_bytes())?;
    tools.write("tree/lib/pkg/__init__.py", b"base = 7\n")?;
    tools.write("tree/lib/pkg/deep/__init__.py", b"")?;
    tools.write("tree/lib/pkg/deep/leaf.py", b"values = [i * i for i in range(5)]\n")?;
    for modules in ["--no-mpy", "--mpy"] {
        tools.python(&["-m", "mpremote", "romfs", modules, "-o", "out.romfs", "build", "tree"])?;
        let printed = tools.krait(SCRIPT)?;
        ensure!(printed == EXPECTED, "{modules}: {printed}");
    }
    Ok(())
}
