//! A mounted volume: making one, and finding one on a device.

use crate::alloc::Window;
use crate::cache::{Cache, Geometry};
use crate::change::{Change, Data};
use crate::mdir::{Brent, Found, Global, Look, Mdir};
use crate::tag::{NULL_PAIR, Pair, Tag, kind, word};
use crate::{Error, Fault, Host, NAME_MAX, Res};

/// The version of the format that is written, 2.1.
const VERSION: u32 = 0x0002_0001;
const FILE_MAX: u32 = 0x7fff_ffff;
const ATTR_MAX: u32 = 0x3fe;

/// What a volume is mounted or made with. All sizes in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The unit of reading.
    pub read_size: u32,
    /// The unit of writing.
    pub prog_size: u32,
    /// The unit of erasing.
    pub block_size: u32,
    /// How many blocks the device has.
    pub block_count: u32,
    /// Of the buffers for reading, writing and each open file; a multiple of the units of reading and writing, and
    /// a divisor of the block's size.
    pub cache_size: u32,
    /// Of the allocator's bit map: 8 blocks a byte.
    pub lookahead: u32,
    /// After how many erasures a log moves to another block; 0: never.
    pub block_cycles: u32,
}

impl Config {
    /// The configuration of MicroPython's ports: four units of cache, and a move every 100 erasures.
    #[must_use]
    pub fn with_units(block_size: u32, block_count: u32, read_size: u32, prog_size: u32, lookahead: u32) -> Config {
        let cache_size = read_size.max(prog_size).saturating_mul(4).min(block_size);
        Config { read_size, prog_size, block_size, block_count, cache_size, lookahead, block_cycles: 100 }
    }

    /// Whether the sizes fit together.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let fits = |large: u32, small: u32| small > 0 && large.is_multiple_of(small);
        self.block_size >= 64
            && self.block_size <= 1 << 24
            && self.block_count >= 2
            && self.block_count < u32::MAX - 1
            && self.lookahead > 0
            && fits(self.cache_size, self.read_size)
            && fits(self.cache_size, self.prog_size)
            && fits(self.block_size, self.cache_size)
    }
}

/// A mounted volume. It holds numbers only; everything large is the [`Host`]'s.
#[derive(Debug, Clone, Copy)]
pub struct Lfs {
    pub(crate) g: Geometry,
    pub(crate) rc: Cache,
    pub(crate) pc: Cache,
    pub(crate) root: Pair,
    /// The global state as it should be, as the disk has it, and what must be added to it by the next commit.
    pub(crate) gstate: Global,
    pub(crate) gdisk: Global,
    pub(crate) gdelta: Global,
    pub(crate) seed: u32,
    pub(crate) window: Window,
    pub(crate) lookahead: u32,
    pub(crate) block_cycles: u32,
    pub(crate) name_max: u32,
    pub(crate) file_max: u32,
    pub(crate) inline_max: u32,
    /// Logs that an operation in progress holds, which commits must keep up to date.
    pub(crate) pins: [Option<Mdir>; 2],
    /// Whether a log may move without need.
    pub(crate) may_move: bool,
}

impl Lfs {
    fn new<E>(c: &Config) -> Result<Lfs, Error<E>> {
        if !c.is_valid() {
            return Err(Fault::Invalid.into());
        }
        Ok(Lfs {
            g: Geometry {
                read_size: c.read_size,
                prog_size: c.prog_size,
                block_size: c.block_size,
                block_count: c.block_count,
                cache_size: c.cache_size,
            },
            rc: Cache::EMPTY,
            pc: Cache::EMPTY,
            root: NULL_PAIR,
            gstate: Global::default(),
            gdisk: Global::default(),
            gdelta: Global::default(),
            seed: 0,
            window: Window::new(c.block_count),
            lookahead: c.lookahead,
            block_cycles: c.block_cycles,
            name_max: NAME_MAX as u32,
            file_max: FILE_MAX,
            inline_max: c.cache_size.min(ATTR_MAX).min(c.block_size / 8),
            pins: [None; 2],
            may_move: false,
        })
    }

    /// Makes an empty volume.
    ///
    /// # Errors
    /// The device's; [`Fault::Invalid`] for sizes that do not fit together.
    pub fn format<H: Host>(h: &mut H, c: &Config) -> Res<(), H> {
        let mut fs = Lfs::new(c)?;
        let bits = c.lookahead.saturating_mul(8).min(c.block_count);
        crate::host::part_mut(h.bytes_mut(crate::Buf::Look), 0, c.lookahead)?.fill(0);
        fs.window.size = bits;
        fs.checkpoint();
        let mut root = fs.new_pair(h)?;
        let superblock = fs.superblock();
        let changes = [
            Change::splice(kind::CREATE, 0),
            Change { tag: Tag::new(kind::SUPERBLOCK, 0, 8), data: Data::Mem(b"littlefs") },
            Change { tag: Tag::new(kind::INLINESTRUCT, 0, 24), data: Data::Mem(&superblock) },
        ];
        fs.commit(h, &mut root, &changes)?;
        // Once more, so that no half of an older volume is left in the other block.
        root.erased = false;
        fs.commit(h, &mut root, &[])?;
        fs.fetch(h, [0, 1])?;
        Ok(())
    }

    pub(crate) fn superblock(&self) -> [u8; 24] {
        let mut b = [0; 24];
        let words = [VERSION, self.g.block_size, self.g.block_count, self.name_max, self.file_max, ATTR_MAX];
        for (to, from) in b.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        b
    }

    /// Finds the volume on a device. A volume that is smaller than its device is all right.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] if there is none, [`Fault::Invalid`] if it is of another version or of other measures.
    pub fn mount<H: Host>(h: &mut H, c: &Config) -> Res<Lfs, H> {
        let mut fs = Lfs::new(c)?;
        let mut m = Mdir::BEFORE;
        let mut brent = Brent::new();
        while let Some(pair) = fs.next_pair(&m, &mut brent)? {
            let found;
            (m, found) = fs.search(h, pair, Look::Superblock)?;
            if let Found::Here(_) = found {
                fs.root = m.pair;
                fs.read_superblock(h, &m)?;
            }
            let mut state = fs.gstate;
            fs.add_share(h, &m, &mut state)?;
            fs.gstate = state;
        }
        if fs.root == NULL_PAIR {
            return Err(Fault::Corrupt.into());
        }
        if fs.gstate.tag >> 31 == 1 {
            // The disk says that there may be orphans, not how many.
            fs.gstate.tag = fs.gstate.tag.wrapping_add(1);
        }
        fs.gdisk = fs.gstate;
        fs.window = Window::new(fs.g.block_count);
        fs.window.start = fs.seed % fs.g.block_count.max(1);
        Ok(fs)
    }

    fn read_superblock<H: Host>(&mut self, h: &mut H, m: &Mdir) -> Res<(), H> {
        let want = Tag::new(kind::INLINESTRUCT, 0, 24);
        let Some((tag, off)) = self.get(h, m, Tag::new(0x7ff, 0x3ff, 0), want)? else {
            return Err(Fault::Corrupt.into());
        };
        if tag.size() < 24 {
            return Err(Fault::Corrupt.into());
        }
        let mut b = [0; 24];
        self.read(h, 24, m.pair[0], off, &mut b)?;
        let version = word(&b, 0);
        if version >> 16 != VERSION >> 16 || version & 0xffff > VERSION & 0xffff {
            return Err(Fault::Invalid.into());
        }
        self.set_old_superblock(version < VERSION);
        let count = word(&b, 8);
        if word(&b, 4) != self.g.block_size || count > self.g.block_count || count < 2 {
            return Err(Fault::Invalid.into());
        }
        self.g.block_count = count;
        let limit = |own: u32, disk: u32| match disk {
            0 => Ok(own),
            _ if disk > own => Err(Error::Fs(Fault::Invalid)),
            _ => Ok(disk),
        };
        self.name_max = limit(self.name_max, word(&b, 12))?;
        self.file_max = limit(self.file_max, word(&b, 16))?;
        self.inline_max = self.inline_max.min(limit(ATTR_MAX, word(&b, 20))?);
        Ok(())
    }

    /// Forgets what the caches hold, after the device was changed behind the volume's back or failed.
    pub fn drop_caches(&mut self) {
        (self.rc, self.pc) = (Cache::EMPTY, Cache::EMPTY);
    }

    /// Bytes in a block, and how many blocks the volume has.
    #[must_use]
    pub fn measures(&self) -> (u32, u32) {
        (self.g.block_size, self.g.block_count)
    }

    /// The longest name, in bytes.
    #[must_use]
    pub fn name_max(&self) -> u32 {
        self.name_max
    }

    /// A file of that size can be on this disk.
    pub(crate) fn check_size<E>(&self, size: u32) -> Result<(), Error<E>> {
        if u64::from(size) > u64::from(self.g.block_size) * u64::from(self.g.block_count) || size > FILE_MAX {
            return Err(Fault::Corrupt.into());
        }
        Ok(())
    }
}
