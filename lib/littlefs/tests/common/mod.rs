//! A volume in memory that is as strict as flash: bytes can only be written once after an erasure.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use krait_littlefs::{Buf, Config, Error, Fault, Flags, Handle, Host, Kind, Lfs, NAME_MAX};

/// The power is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut;

pub type Res<T> = Result<T, Error<Cut>>;

/// What the last write before the cut leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tear {
    /// Nothing: it did not happen.
    None,
    /// Half of it.
    Half,
    /// Half of it, and then bits that are neither.
    Noise,
}

pub struct Ram {
    pub config: Config,
    pub data: Vec<u8>,
    /// How many writes and erasures the power lasts for.
    pub left: Option<u32>,
    pub tear: Tear,
    pub writes: u32,
    pub reads: u64,
    /// Blocks that keep nothing.
    pub bad: Vec<u32>,
    /// Whether writing to what is not erased is a failure of the test.
    pub strict: bool,
    buffers: [Vec<u8>; 3],
    files: Vec<(Option<Handle>, Vec<u8>)>,
}

impl Ram {
    pub fn new(config: Config) -> Ram {
        let size = (config.block_size * config.block_count) as usize;
        Ram::over(config, vec![0xff; size])
    }

    pub fn over(config: Config, data: Vec<u8>) -> Ram {
        let cache = config.cache_size as usize;
        Ram {
            config,
            data,
            left: None,
            tear: Tear::None,
            writes: 0,
            reads: 0,
            bad: Vec::new(),
            strict: true,
            buffers: [vec![0; cache], vec![0; cache], vec![0; config.lookahead as usize]],
            files: Vec::new(),
        }
    }

    fn at(&self, block: u32, off: u32, len: u32) -> std::ops::Range<usize> {
        assert!(block < self.config.block_count && off + len <= self.config.block_size, "{block} {off} {len}");
        let at = (block * self.config.block_size + off) as usize;
        at..at + len as usize
    }

    /// Whether the power lasts for one more.
    fn power(&mut self) -> bool {
        self.writes += 1;
        match &mut self.left {
            Some(0) => false,
            Some(n) => {
                *n -= 1;
                true
            }
            None => true,
        }
    }

    /// A free place of the table.
    pub fn place(&mut self) -> usize {
        let cache = self.config.cache_size as usize;
        let place = self.files.iter().position(|(f, _)| f.is_none()).unwrap_or(self.files.len());
        if place == self.files.len() {
            self.files.push((None, vec![0; cache]));
        }
        place
    }

    pub fn forget(&mut self, place: usize) {
        self.files[place].0 = None;
    }

    pub fn set(&mut self, place: usize, f: Handle) {
        self.files[place].0 = Some(f);
    }
}

impl Host for Ram {
    type Error = Cut;

    fn read(&mut self, block: u32, off: u32, to: Buf, len: u32) -> Res<()> {
        assert!(off.is_multiple_of(self.config.read_size) && len.is_multiple_of(self.config.read_size));
        self.reads += 1;
        let from = self.data[self.at(block, off, len)].to_vec();
        self.bytes_mut(to)[..len as usize].copy_from_slice(&from);
        Ok(())
    }

    fn prog(&mut self, block: u32, off: u32, from: Buf, len: u32) -> Res<()> {
        assert!(off.is_multiple_of(self.config.prog_size) && len.is_multiple_of(self.config.prog_size));
        let mut from = self.bytes(from)[..len as usize].to_vec();
        let to = self.at(block, off, len);
        if self.strict {
            assert!(self.data[to.clone()].iter().all(|&b| b == 0xff), "block {block} offset {off} is not erased");
        }
        if self.bad.contains(&block) {
            return Err(Fault::Corrupt.into());
        }
        if !self.power() {
            let half = from.len() / 2;
            if self.tear == Tear::None {
                return Err(Error::Device(Cut));
            }
            from[half..].fill(0xff);
            if self.tear == Tear::Noise {
                from[half] = 0x5a;
            }
            self.data[to].copy_from_slice(&from);
            return Err(Error::Device(Cut));
        }
        self.data[to].copy_from_slice(&from);
        Ok(())
    }

    fn erase(&mut self, block: u32) -> Res<()> {
        let to = self.at(block, 0, self.config.block_size);
        if self.bad.contains(&block) {
            return Err(Fault::Corrupt.into());
        }
        if !self.power() {
            let half = to.start + (self.config.block_size / 2) as usize;
            match self.tear {
                Tear::None => {}
                Tear::Half => self.data[to.start..half].fill(0xff),
                Tear::Noise => self.data[half..to.end].fill(0xff),
            }
            return Err(Error::Device(Cut));
        }
        self.data[to].fill(0xff);
        Ok(())
    }

    fn sync(&mut self) -> Res<()> {
        if self.left == Some(0) { Err(Error::Device(Cut)) } else { Ok(()) }
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
        self.files.get(place)?.0
    }

    fn set_handle(&mut self, place: usize, handle: Handle) {
        self.files[place].0 = Some(handle);
    }
}

/// A mounted volume.
pub struct Disk {
    pub ram: Ram,
    pub fs: Lfs,
}

/// What a volume holds: files' contents by path; `None` for folders.
pub type Tree = BTreeMap<String, Option<Vec<u8>>>;

pub const READ: Flags =
    Flags { read: true, write: false, create: false, exclusive: false, truncate: false, append: false };
pub const REWRITE: Flags = Flags { read: false, write: true, create: true, truncate: true, ..READ };
pub const APPEND: Flags = Flags { read: false, write: true, create: true, append: true, ..READ };
pub const CHANGE: Flags = Flags { write: true, ..READ };

impl Disk {
    pub fn format(config: Config) -> Disk {
        let mut ram = Ram::new(config);
        Lfs::format(&mut ram, &config).unwrap();
        Disk::mount(ram).unwrap()
    }

    pub fn mount(mut ram: Ram) -> Res<Disk> {
        let config = ram.config;
        let fs = Lfs::mount(&mut ram, &config)?;
        Ok(Disk { ram, fs })
    }

    pub fn again(&mut self) -> Res<()> {
        self.ram.files.clear();
        let config = self.ram.config;
        self.fs = Lfs::mount(&mut self.ram, &config)?;
        Ok(())
    }

    pub fn open(&mut self, path: &str, flags: Flags, stamp: Option<u64>) -> Res<usize> {
        let place = self.ram.place();
        self.fs.open(&mut self.ram, place, path.as_bytes(), flags, stamp)?;
        Ok(place)
    }

    pub fn close(&mut self, place: usize) -> Res<()> {
        let r = self.fs.sync_file(&mut self.ram, place);
        self.ram.forget(place);
        r
    }

    /// Opens, writes in pieces, closes.
    pub fn put(&mut self, path: &str, flags: Flags, data: &[u8], piece: usize) -> Res<()> {
        let f = self.open(path, flags, Some(data.len() as u64))?;
        for part in data.chunks(piece.max(1)) {
            self.fs.write_file(&mut self.ram, f, part, None)?;
        }
        self.close(f)
    }

    pub fn read_all(&mut self, path: &str) -> Res<Vec<u8>> {
        let f = self.open(path, READ, None).inspect_err(|_| eprintln!("cannot open {path}"))?;
        let mut all = Vec::new();
        let mut chunk = [0; 100];
        loop {
            let n = self.fs.read_file(&mut self.ram, f, &mut chunk)?;
            if n == 0 {
                self.close(f)?;
                return Ok(all);
            }
            all.extend(&chunk[..n]);
        }
    }

    pub fn list(&mut self, path: &str) -> Res<Vec<(String, Kind, u32)>> {
        let place = self.ram.place();
        let folder = self.fs.open_folder(&mut self.ram, path.as_bytes())?;
        self.ram.set(place, folder);
        let mut all = Vec::new();
        let mut name = [0; NAME_MAX];
        while let Some((n, info)) = self.fs.next_entry(&mut self.ram, place, &mut name)? {
            all.push((String::from_utf8_lossy(&name[..n]).into_owned(), info.kind, info.size));
        }
        self.ram.forget(place);
        Ok(all)
    }

    /// Everything.
    pub fn tree(&mut self) -> Res<Tree> {
        let mut tree = Tree::new();
        let mut folders = vec![String::from("/")];
        while let Some(folder) = folders.pop() {
            for (name, kind, size) in self.list(&folder)? {
                let path = format!("{folder}{name}");
                if kind == Kind::Folder {
                    folders.push(format!("{path}/"));
                    tree.insert(path, None);
                } else {
                    let data = self.read_all(&path)?;
                    assert_eq!(data.len(), size as usize, "{path}");
                    tree.insert(path, Some(data));
                }
            }
        }
        Ok(tree)
    }
}

/// Small numbers that look random.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % sides
    }

    pub fn bytes(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.roll(256) as u8).collect()
    }
}
