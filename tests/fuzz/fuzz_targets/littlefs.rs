//! A littlefs volume of any bytes: it mounts or not, every operation ends, and nothing is read or written outside.
//!
//! The input's first byte chooses the sizes and whether the image is a good volume that the rest of the input damages.
#![no_main]

use krait_littlefs::{Buf, Config, Error, Flags, Handle, Host, Lfs, NAME_MAX};
use libfuzzer_sys::fuzz_target;

struct Ram {
    config: Config,
    data: Vec<u8>,
    buffers: [Vec<u8>; 3],
    files: Vec<(Option<Handle>, Vec<u8>)>,
    work: u32,
}

/// So much work is a hang.
const LIMIT: u32 = 3_000_000;

impl Ram {
    fn new(config: Config, data: Vec<u8>) -> Ram {
        let cache = vec![0; config.cache_size as usize];
        let look = vec![0; config.lookahead as usize];
        Ram { config, data, buffers: [cache.clone(), cache.clone(), look], files: vec![(None, cache); 4], work: 0 }
    }

    fn at(&mut self, block: u32, off: u32, len: u32) -> std::ops::Range<usize> {
        self.work += 1;
        assert!(self.work < LIMIT, "no end");
        assert!(block < self.config.block_count && off + len <= self.config.block_size);
        let at = (block * self.config.block_size + off) as usize;
        at..at + len as usize
    }
}

impl Host for Ram {
    type Error = ();
    fn read(&mut self, block: u32, off: u32, to: Buf, len: u32) -> Result<(), Error<()>> {
        let at = self.at(block, off, len);
        let from = self.data[at].to_vec();
        self.bytes_mut(to)[..len as usize].copy_from_slice(&from);
        Ok(())
    }
    fn prog(&mut self, block: u32, off: u32, from: Buf, len: u32) -> Result<(), Error<()>> {
        let at = self.at(block, off, len);
        let from = self.bytes(from)[..len as usize].to_vec();
        self.data[at].copy_from_slice(&from);
        Ok(())
    }
    fn erase(&mut self, block: u32) -> Result<(), Error<()>> {
        let at = self.at(block, 0, self.config.block_size);
        self.data[at].fill(0xff);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), Error<()>> {
        Ok(())
    }
    fn bytes(&self, buf: Buf) -> &[u8] {
        match buf {
            Buf::Read => &self.buffers[0],
            Buf::Prog => &self.buffers[1],
            Buf::Look => &self.buffers[2],
            Buf::File(n) => &self.files[n].1,
        }
    }
    fn bytes_mut(&mut self, buf: Buf) -> &mut [u8] {
        match buf {
            Buf::Read => &mut self.buffers[0],
            Buf::Prog => &mut self.buffers[1],
            Buf::Look => &mut self.buffers[2],
            Buf::File(n) => &mut self.files[n].1,
        }
    }
    fn handles(&self) -> usize {
        self.files.len()
    }
    fn handle(&self, place: usize) -> Option<Handle> {
        self.files[place].0
    }
    fn set_handle(&mut self, place: usize, handle: Handle) {
        self.files[place].0 = Some(handle);
    }
}

const WRITE: Flags = Flags { read: true, write: true, create: true, exclusive: false, truncate: false, append: true };

fn write(fs: &mut Lfs, ram: &mut Ram, path: &[u8], n: usize) -> Result<(), Error<()>> {
    let r = (|| {
        fs.open(ram, 0, path, WRITE, Some(1))?;
        fs.write_file(ram, 0, &vec![7; n], None)?;
        fs.sync_file(ram, 0)
    })();
    ram.files[0].0 = None;
    r
}

fn walk(fs: &mut Lfs, ram: &mut Ram, path: &str, depth: usize) -> Result<(), Error<()>> {
    let folder = fs.open_folder(ram, path.as_bytes())?;
    ram.files[depth].0 = Some(folder);
    let mut name = [0; NAME_MAX];
    let mut entries = 0;
    while let Some((n, _)) = fs.next_entry(ram, depth, &mut name)? {
        let path = format!("{path}/{}", String::from_utf8_lossy(&name[..n]));
        entries += 1;
        let _ = fs.stat(ram, path.as_bytes());
        let _ = fs.attribute(ram, path.as_bytes(), 1, &mut [0; 8]);
        if depth < 2 && entries < 20 {
            let _ = walk(fs, ram, &path, depth + 1);
        }
        if fs.open(ram, 3, path.as_bytes(), Flags { read: true, ..Flags::default() }, None).is_ok() {
            let mut chunk = [0; 500];
            while fs.read_file(ram, 3, &mut chunk).is_ok_and(|n| n > 0) {}
        }
        ram.files[3].0 = None;
    }
    ram.files[depth].0 = None;
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let Some((how, data)) = data.split_first() else { return };
    let config = Config::with_units([64, 128, 256, 512][usize::from(how & 3)], 24, 16, 16, 3);
    let size = (config.block_size * config.block_count) as usize;
    let mut ram = Ram::new(config, vec![0xff; size]);
    if how & 4 == 0 {
        for (to, from) in ram.data.iter_mut().zip(data) {
            *to = *from;
        }
    } else {
        Lfs::format(&mut ram, &config).expect("a new volume");
        let mut fs = Lfs::mount(&mut ram, &config).expect("it mounts");
        let _ = fs.mkdir(&mut ram, b"d");
        for (path, n) in [(&b"a"[..], 10), (b"d/b", 700), (b"d/c", 3)] {
            let _ = write(&mut fs, &mut ram, path, n);
        }
        for change in data.chunks_exact(3) {
            let at = usize::from(change[0]) << 8 | usize::from(change[1]);
            ram.data[at % size] = change[2];
        }
    }
    ram.work = 0;
    let Ok(mut fs) = Lfs::mount(&mut ram, &config) else { return };
    let _ = fs.used_blocks(&mut ram);
    let _ = walk(&mut fs, &mut ram, "", 0).or_else(|_| walk(&mut fs, &mut ram, "/", 0));
    let _ = write(&mut fs, &mut ram, b"new", 600);
    let _ = fs.mkdir(&mut ram, b"folder");
    let _ = fs.rename(&mut ram, b"a", b"folder/a");
    let _ = fs.remove(&mut ram, b"d/b");
});
