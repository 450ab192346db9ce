//! Open files.
//!
//! A file is changed by writing new blocks; the old ones stay until a sync commits the new list to the log, all at
//! once. Small files live in the log itself, and while they are open in their buffer.
//!
//! Invariant: before a block is allocated, the handle in the host's table says which blocks the file holds.

use crate::cache::{CHUNK, Cache};
use crate::change::{Change, Changes, Data};
use crate::host::{part, part_mut};
use crate::mdir::Mdir;
use crate::tag::{Tag, is_null, kind, pair_bytes};
use crate::volume::Lfs;
use crate::{Buf, Error, Fault, Handle, Host, MTIME, Res, tag::NULL};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// It can be read.
    pub read: bool,
    /// It can be written.
    pub write: bool,
    /// It is made if it does not exist.
    pub create: bool,
    /// It must not exist.
    pub exclusive: bool,
    /// Its contents are dropped.
    pub truncate: bool,
    /// Every write goes to its end.
    pub append: bool,
}

/// Where to go in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeekFrom {
    /// From the start.
    Start(u64),
    /// From where it is.
    Current(i64),
    /// From the end.
    End(i64),
}

const READ: u16 = 1;
const WRITE: u16 = 2;
const APPEND: u16 = 4;
/// The log does not know the contents yet.
pub(crate) const DIRTY: u16 = 8;
/// `block` is a new block that ends at `pos`.
pub(crate) const WRITING: u16 = 16;
/// `block` and `off` are where `pos` is.
const READING: u16 = 32;
/// A write failed: the file stays as it is on the disk.
const FAILED: u16 = 64;
/// The contents are in the log, and in the buffer.
pub(crate) const INLINE: u16 = 128;
/// They are in the log, but larger than the buffer.
const LARGE: u16 = 256;

impl Handle {
    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    fn set(&mut self, flag: u16) {
        self.flags |= flag;
    }

    fn clear(&mut self, flag: u16) {
        self.flags &= !flag;
    }
}

impl Lfs {
    /// Opens a file at a free place of the host's table, whose buffer is ready; the host has to keep what is returned
    /// there by the time of the next call. `stamp` becomes its time of modification, if it is opened for writing.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::Exists`], [`Fault::IsDir`], [`Fault::NameTooLong`]; the device's.
    pub fn open<H: Host>(
        &mut self,
        h: &mut H,
        place: usize,
        path: &[u8],
        flags: Flags,
        stamp: Option<u64>,
    ) -> Res<(), H> {
        if flags.write {
            self.make_consistent(h)?;
        }
        let mut found = self.find(h, path, None)?;
        let mut f = Handle {
            m: found.m,
            id: found.id,
            is_dir: false,
            flags: 0,
            start: [NULL; 2],
            head: NULL,
            size: 0,
            pos: 0,
            block: NULL,
            off: 0,
            cache: Cache::EMPTY,
            stamp: if flags.write { stamp } else { None },
        };
        for (on, flag) in [(flags.read, READ), (flags.write, WRITE), (flags.append, APPEND)] {
            if on {
                f.set(flag);
            }
        }
        if f.stamp.is_some() {
            f.set(DIRTY);
        }
        match found.tag {
            None if !flags.create => return Err(Fault::NoEntry.into()),
            None => {
                if found.slash {
                    return Err(Fault::NotDir.into());
                }
                self.check_name(found.name)?;
                self.checkpoint();
                f.set(INLINE);
                // In the table first, so that the commit brings it up to date.
                f.id = found.id;
                let list = [
                    Change::splice(kind::CREATE, found.id),
                    Change::new(kind::REG, found.id, found.name),
                    Change::new(kind::INLINESTRUCT, found.id, &[]),
                ];
                match self.commit(h, &mut found.m, &list) {
                    Err(Error::Fs(Fault::NoSpace)) if found.name.len() as u32 + 64 > self.g.block_size => {
                        return Err(Fault::NameTooLong.into());
                    }
                    r => r?,
                }
                let again = self.find(h, path, None)?;
                if again.tag.is_none() {
                    return Err(Fault::Corrupt.into());
                }
                (f.m, f.id) = (again.m, again.id);
            }
            Some(_) if flags.create && flags.exclusive => return Err(Fault::Exists.into()),
            Some(tag) if tag.kind() != kind::REG => return Err(Fault::IsDir.into()),
            Some(_) if found.slash => return Err(Fault::NotDir.into()),
            Some(_) if flags.truncate => f.set(INLINE | DIRTY),
            Some(_) => self.load(h, &mut f, place)?,
        }
        h.set_handle(place, f);
        Ok(())
    }

    /// Finds a file's contents.
    fn load<H: Host>(&mut self, h: &mut H, f: &mut Handle, place: usize) -> Res<(), H> {
        let (tag, [head, size]) = self.get_pair(h, &f.m, f.id)?;
        match tag.kind() {
            kind::INLINESTRUCT => {
                f.set(INLINE);
                f.size = tag.size();
                if f.size > self.g.cache_size {
                    f.set(LARGE);
                } else if f.size > 0 {
                    let mut at = 0;
                    while at < f.size {
                        let mut chunk = [0; CHUNK as usize];
                        let n = (f.size - at).min(CHUNK);
                        let now = part_mut(&mut chunk, 0, n)?;
                        self.read_inline(h, &f.m, f.id, at, now)?;
                        part_mut(h.bytes_mut(Buf::File(place)), at, n)?.copy_from_slice(now);
                        at += n;
                    }
                }
            }
            kind::CTZSTRUCT => (f.head, f.size) = (head, size),
            _ => return Err(Fault::Corrupt.into()),
        }
        Ok(())
    }

    /// Reads a file that is in its log.
    fn read_inline<H: Host>(&mut self, h: &mut H, m: &Mdir, id: u16, at: u32, to: &mut [u8]) -> Res<(), H> {
        if is_null(m.pair) {
            return Err(Fault::NoEntry.into());
        }
        let Some((tag, off)) = self.get_struct(h, m, id)? else { return Err(Fault::Corrupt.into()) };
        if tag.kind() != kind::INLINESTRUCT || at + to.len() as u32 > tag.size() {
            return Err(Fault::Corrupt.into());
        }
        self.read(h, tag.size() - at, m.pair[0], off + at, to)
    }

    fn file<H: Host>(&self, h: &H, place: usize, flag: u16) -> Res<Handle, H> {
        match h.handle(place) {
            Some(f) if !f.is_dir && (flag == 0 || f.has(flag)) => Ok(f),
            _ => Err(Fault::BadFile.into()),
        }
    }

    /// Reads up to `to.len()` bytes; 0 at the end.
    ///
    /// # Errors
    /// [`Fault::BadFile`] if it is not open for that; the device's.
    pub fn read_file<H: Host>(&mut self, h: &mut H, place: usize, mut to: &mut [u8]) -> Res<usize, H> {
        let mut f = self.file(h, place, READ)?;
        if f.has(WRITING) {
            self.flush(h, place, &mut f)?;
        }
        let mut got = 0;
        while !to.is_empty() && f.pos < f.size {
            if !f.has(READING) || (!f.has(INLINE) && f.off == self.g.block_size) {
                if f.has(INLINE) {
                    (f.block, f.off) = (NULL, f.pos);
                } else {
                    let mut cache = f.cache;
                    let r = self.find_spot(h, &mut cache, Buf::File(place), f.head, f.size, f.pos);
                    f.cache = cache;
                    let spot = r?;
                    (f.block, f.off) = (spot.block, spot.off);
                }
                f.set(READING);
            }
            let room = if f.has(INLINE) { f.size - f.pos } else { self.g.block_size - f.off };
            let n = room.min(f.size - f.pos).min(to.len().min(1 << 24) as u32);
            let (now, rest) = to.split_at_mut(n as usize);
            if f.has(LARGE) {
                self.read_inline(h, &f.m, f.id, f.pos, now)?;
            } else if f.has(INLINE) {
                now.copy_from_slice(part(h.bytes(Buf::File(place)), f.pos, n)?);
            } else {
                let mut cache = f.cache;
                let hint = (f.size - f.pos).max(1);
                let r = self.g.read(h, None, &mut cache, Buf::File(place), hint, f.block, f.off, now);
                f.cache = cache;
                if r.is_err() {
                    h.set_handle(place, f);
                }
                r?;
            }
            to = rest;
            f.pos += n;
            f.off += n;
            got += n as usize;
        }
        h.set_handle(place, f);
        Ok(got)
    }

    /// Writes all of `data`, and takes `stamp` for the time of modification.
    ///
    /// # Errors
    /// [`Fault::BadFile`] if it is not open for that, [`Fault::NoSpace`], [`Fault::TooBig`]; the device's. After an
    /// error of the device the file stays as it was last synced.
    pub fn write_file<H: Host>(&mut self, h: &mut H, place: usize, data: &[u8], stamp: Option<u64>) -> Res<(), H> {
        let mut f = self.file(h, place, WRITE)?;
        f.stamp = stamp.or(f.stamp);
        if f.has(READING) {
            self.flush(h, place, &mut f)?;
        }
        let size = if f.has(WRITING) { f.pos.max(f.size) } else { f.size };
        if f.has(APPEND) && f.pos < size {
            if f.has(WRITING) {
                self.flush(h, place, &mut f)?;
            }
            f.pos = size;
        }
        let end = u64::from(f.pos) + data.len() as u64;
        if end > u64::from(self.file_max) {
            return Err(Fault::TooBig.into());
        }
        let mut r = Ok(());
        if !f.has(WRITING) && f.pos > f.size {
            let to = f.pos;
            f.pos = f.size;
            while r.is_ok() && f.pos < to {
                let n = (to - f.pos).min(CHUNK);
                r = part(&[0; CHUNK as usize], 0, n).and_then(|zeros| self.put_data(h, place, &mut f, zeros));
            }
        }
        if r.is_ok() {
            r = self.put_data(h, place, &mut f, data);
        }
        if r.is_err() {
            f.set(FAILED);
        } else {
            f.clear(FAILED);
        }
        h.set_handle(place, f);
        r
    }

    /// Writes at `pos`.
    fn put_data<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle, mut data: &[u8]) -> Res<(), H> {
        let buf = Buf::File(place);
        if f.has(INLINE) {
            let end = (f.pos as usize + data.len()).max(f.size as usize);
            if end <= self.inline_max as usize && !f.has(LARGE) {
                part_mut(h.bytes_mut(buf), f.pos, data.len() as u32)?.copy_from_slice(data);
                f.pos += data.len() as u32;
                f.size = f.size.max(f.pos);
                f.set(DIRTY);
                return Ok(());
            }
            self.move_out(h, place, f)?;
        }
        while !data.is_empty() {
            if !f.has(WRITING) || f.off == self.g.block_size {
                if !f.has(WRITING) && f.pos > 0 {
                    let mut cache = f.cache;
                    let r = self.find_spot(h, &mut cache, buf, f.head, f.size, f.pos - 1);
                    f.cache = Cache::EMPTY;
                    f.block = r?.block;
                }
                h.set_handle(place, *f);
                self.checkpoint();
                let mut cache = Cache::EMPTY;
                let r = self.extend(h, &mut cache, buf, f.block, f.pos);
                f.cache = cache;
                let spot = r?;
                (f.block, f.off) = (spot.block, spot.off);
                f.set(WRITING);
                h.set_handle(place, *f);
            }
            let n = (self.g.block_size - f.off).min(data.len().min(1 << 24) as u32);
            let (now, rest) = data.split_at(n as usize);
            loop {
                let mut cache = f.cache;
                let r = self.g.prog(h, &mut cache, buf, &mut self.rc, true, f.block, f.off, now);
                f.cache = cache;
                match r {
                    Err(Error::Fs(Fault::Corrupt)) => self.change_block(h, place, f)?,
                    r => break r?,
                }
            }
            data = rest;
            f.pos += n;
            f.off += n;
            self.checkpoint();
        }
        h.set_handle(place, *f);
        Ok(())
    }

    /// A block of the file has gone bad: what it should hold goes to another one.
    fn change_block<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle) -> Res<(), H> {
        loop {
            h.set_handle(place, *f);
            let block = self.new_block(h)?;
            if !self.erase(h, block)? {
                continue;
            }
            let mut pc = Cache::EMPTY;
            let mut at = 0;
            let r = loop {
                if at == f.off {
                    break Ok(());
                }
                let mut chunk = [0; CHUNK as usize];
                let n = (f.off - at).min(CHUNK);
                let now = part_mut(&mut chunk, 0, n)?;
                let over = Some((f.cache, Buf::File(place)));
                self.g.read(h, over, &mut self.rc, Buf::Read, f.off - at, f.block, at, now)?;
                let r = self.g.prog(h, &mut pc, Buf::Prog, &mut self.rc, true, block, at, now);
                if r.is_err() {
                    break r;
                }
                at += n;
            };
            if crate::host::is_corrupt(&r) {
                continue;
            }
            r?;
            self.take_buffer(h, place, f, pc)?;
            f.block = block;
            f.set(WRITING);
            return Ok(());
        }
    }

    /// The contents do not fit into the log any more: they go to a block.
    fn move_out<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle) -> Res<(), H> {
        self.checkpoint();
        let (pos, size) = (f.pos, f.size);
        loop {
            h.set_handle(place, *f);
            let block = self.new_block(h)?;
            if !self.erase(h, block)? {
                continue;
            }
            let mut pc = Cache::EMPTY;
            let mut at = 0;
            let mut r = Ok(());
            while r.is_ok() && at < size {
                let mut chunk = [0; CHUNK as usize];
                let n = (size - at).min(CHUNK);
                let now = part_mut(&mut chunk, 0, n)?;
                if f.has(LARGE) {
                    self.read_inline(h, &f.m, f.id, at, now)?;
                } else {
                    now.copy_from_slice(part(h.bytes(Buf::File(place)), at, n)?);
                }
                r = self.g.prog(h, &mut pc, Buf::Prog, &mut self.rc, true, block, at, now);
                at += n;
            }
            if crate::host::is_corrupt(&r) {
                continue;
            }
            r?;
            self.take_buffer(h, place, f, pc)?;
            f.clear(INLINE | LARGE | READING);
            f.set(WRITING | DIRTY);
            (f.block, f.off, f.pos) = (block, size, size);
            // Until the first flush there is no list of blocks on the disk.
            f.size = 0;
            h.set_handle(place, *f);
            if pos != size {
                self.flush(h, place, f)?;
                f.pos = pos;
            }
            return Ok(());
        }
    }

    /// What waits in the buffer for metadata becomes the file's.
    fn take_buffer<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle, pc: Cache) -> Res<(), H> {
        let size = self.g.cache_size;
        let mut at = 0;
        while at < size {
            let mut chunk = [0; CHUNK as usize];
            let n = (size - at).min(CHUNK);
            let now = part_mut(&mut chunk, 0, n)?;
            now.copy_from_slice(part(h.bytes(Buf::Prog), at, n)?);
            part_mut(h.bytes_mut(Buf::File(place)), at, n)?.copy_from_slice(now);
            at += n;
        }
        f.cache = pc;
        Ok(())
    }

    /// Ends what reading or writing is doing, so that `pos` can change. The new list of blocks is complete then.
    fn flush<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle) -> Res<(), H> {
        if f.has(READING) {
            f.clear(READING);
            f.cache = Cache::EMPTY;
        }
        if f.has(WRITING) {
            let pos = f.pos;
            // What the old file has after this place is copied behind.
            let mut spot = None;
            while f.pos < f.size {
                let (block, off) = match spot {
                    Some((block, off)) if off < self.g.block_size => (block, off),
                    _ => {
                        let mut rc = self.rc;
                        let r = self.find_spot(h, &mut rc, Buf::Read, f.head, f.size, f.pos);
                        self.rc = if r.is_ok() { rc } else { Cache::EMPTY };
                        let s = r?;
                        (s.block, s.off)
                    }
                };
                let mut chunk = [0; CHUNK as usize];
                let n = (f.size - f.pos).min(CHUNK).min(self.g.block_size - off);
                let now = part_mut(&mut chunk, 0, n)?;
                self.read(h, self.g.block_size, block, off, now)?;
                self.put_data(h, place, f, now)?;
                spot = Some((block, off + n));
            }
            loop {
                let mut cache = f.cache;
                let r = self.g.flush(h, &mut cache, Buf::File(place), &mut self.rc, true);
                if crate::host::is_corrupt(&r) {
                    // The cache still holds what did not get to the disk.
                    self.change_block(h, place, f)?;
                    continue;
                }
                f.cache = cache;
                r?;
                break;
            }
            (f.head, f.size) = (f.block, f.pos);
            f.clear(WRITING);
            f.set(DIRTY);
            f.pos = pos;
        }
        h.set_handle(place, *f);
        Ok(())
    }

    /// Makes what was written permanent. When this returns, no power cut can undo it.
    ///
    /// # Errors
    /// [`Fault::BadFile`]; [`Fault::NoSpace`]; the device's.
    pub fn sync_file<H: Host>(&mut self, h: &mut H, place: usize) -> Res<(), H> {
        let mut f = self.file(h, place, 0)?;
        if f.has(FAILED) {
            return Ok(());
        }
        let r = self.commit_file(h, place, &mut f);
        if r.is_err()
            && let Some(mut f) = h.handle(place)
        {
            f.set(FAILED);
            h.set_handle(place, f);
        }
        r
    }

    fn commit_file<H: Host>(&mut self, h: &mut H, place: usize, f: &mut Handle) -> Res<(), H> {
        self.flush(h, place, f)?;
        if !f.has(DIRTY) || is_null(f.m.pair) {
            return Ok(());
        }
        if !f.has(INLINE) {
            // The data must be safe before the log names them.
            self.sync_metadata(h)?;
        }
        let stamp = f.stamp.map(u64::to_le_bytes);
        let list = pair_bytes([f.head, f.size]);
        let mut changes = Changes::new();
        if f.has(INLINE) {
            let tag = Tag::new(kind::INLINESTRUCT, f.id, f.size as u16);
            changes.push_if(!f.has(LARGE), Change { tag, data: Data::Buf(Buf::File(place)) })?;
        } else {
            changes.push(Change::new(kind::CTZSTRUCT, f.id, &list))?;
        }
        if let Some(stamp) = &stamp {
            changes.push(Change::new(kind::USERATTR + u16::from(MTIME), f.id, stamp))?;
        }
        let mut m = f.m;
        self.checkpoint();
        self.commit(h, &mut m, &changes)?;
        if let Some(mut f) = h.handle(place) {
            f.clear(DIRTY);
            h.set_handle(place, f);
        }
        Ok(())
    }

    /// Moves to another place; where that is.
    ///
    /// # Errors
    /// [`Fault::BadFile`], [`Fault::Invalid`] for a place that no file can have; the device's.
    pub fn seek_file<H: Host>(&mut self, h: &mut H, place: usize, to: SeekFrom) -> Res<u32, H> {
        let mut f = self.file(h, place, 0)?;
        let size = if f.has(WRITING) { f.size.max(f.pos) } else { f.size };
        let to = match to {
            SeekFrom::Start(n) => i64::try_from(n).ok(),
            SeekFrom::Current(n) => i64::from(f.pos).checked_add(n),
            SeekFrom::End(n) => i64::from(size).checked_add(n),
        };
        let to = to.and_then(|n| u32::try_from(n).ok()).filter(|&n| n < self.file_max);
        let Some(to) = to else { return Err(Fault::Invalid.into()) };
        if to == f.pos {
            return Ok(to);
        }
        if f.has(READING) && !f.has(INLINE) && f.off < self.g.block_size {
            let ((old, _), (new, off)) = (self.index_of(f.pos), self.index_of(to));
            if old == new && off >= f.cache.off && off - f.cache.off < f.cache.size {
                (f.pos, f.off) = (to, off);
                h.set_handle(place, f);
                return Ok(to);
            }
        }
        self.flush(h, place, &mut f)?;
        f.pos = to;
        h.set_handle(place, f);
        Ok(to)
    }

    /// Where the program is in the file.
    ///
    /// # Errors
    /// [`Fault::BadFile`].
    pub fn tell_file<H: Host>(&mut self, h: &mut H, place: usize) -> Res<u32, H> {
        Ok(self.file(h, place, 0)?.pos)
    }
}

impl Handle {
    /// Whether it is a folder that is listed.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.is_dir
    }
}
