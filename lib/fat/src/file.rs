//! Open files.

use crate::dir::{ARCHIVE, Spot};
use crate::table::Next;
use crate::volume::Fat;
use crate::{Fault, Host, Res};

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

/// An open file. The host keeps it.
#[derive(Debug, Clone, Copy)]
pub struct File {
    pub(crate) flags: Flags,
    /// Its entry; `None` once that was removed.
    pub(crate) spot: Option<Spot>,
    /// Its first cluster, or 0.
    pub(crate) first: u32,
    pub(crate) size: u32,
    pub(crate) pos: u32,
    /// A cluster of the file, and its number in it; 0 for none.
    pub(crate) cluster: u32,
    pub(crate) number: u32,
    /// The entry does not know it yet.
    pub(crate) changed: bool,
}

impl Fat {
    /// Opens a file at a free place of the host's table.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::Exists`], [`Fault::IsDir`], [`Fault::Denied`]; the device's.
    pub fn open<H: Host>(&mut self, h: &mut H, path: &str, flags: Flags) -> Res<File, H> {
        let found = self.open_entry(h, path, flags)?;
        let (first, size) = (found.entry.cluster, found.entry.size);
        let mut f = File { flags, spot: Some(found.spot), first, size, pos: 0, cluster: 0, number: 0, changed: false };
        // Another place of the table may know it better than the entry does.
        for place in 0..h.files() {
            if let Some(other) = h.file(place).filter(|o| o.spot == f.spot) {
                (f.first, f.size) = (other.first, other.size);
            }
        }
        let room = u64::from(self.end - 2) * u64::from(self.cluster_bytes());
        if u64::from(f.size) > room || (f.size > 0 && !(2..self.end).contains(&f.first)) {
            return Err(Fault::Corrupt.into());
        }
        if flags.truncate && flags.write {
            f.changed = true;
            let chain = f.first;
            (f.first, f.size) = (0, 0);
            self.share(h, &f);
            self.write_entry(h, &mut f)?;
            self.free_chain(h, chain)?;
        }
        if flags.append {
            f.pos = f.size;
        }
        if flags.create || flags.truncate {
            self.sync(h)?;
        }
        Ok(f)
    }

    /// Tells other places of the table that hold the same file.
    fn share<H: Host>(&mut self, h: &mut H, f: &File) {
        for place in 0..h.files() {
            if let Some(o) = h.file(place).filter(|o| o.spot.is_some() && o.spot == f.spot) {
                let moved = o.first != f.first;
                let (cluster, number) = if moved { (0, 0) } else { (o.cluster, o.number) };
                h.set_file(place, File { first: f.first, size: f.size, cluster, number, ..o });
            }
        }
    }

    fn file<H: Host>(&self, h: &H, place: usize) -> Res<File, H> {
        match h.file(place) {
            Some(f) if f.spot.is_some() => Ok(f),
            _ => Err(Fault::BadFile.into()),
        }
    }

    /// Finds the cluster of `pos`; `grow` adds clusters to the file.
    fn cluster_at<H: Host>(&mut self, h: &mut H, f: &mut File, pos: u32, grow: bool) -> Res<u32, H> {
        let number = pos / self.cluster_bytes();
        if f.first == 0 {
            if !grow {
                return Err(Fault::Corrupt.into());
            }
            f.first = self.new_cluster(h, None)?;
            (f.cluster, f.number) = (f.first, 0);
            f.changed = true;
        }
        if f.cluster == 0 || number < f.number {
            (f.cluster, f.number) = (f.first, 0);
        }
        while f.number < number {
            let next = match self.next(h, f.cluster)? {
                Next::Cluster(n) => n,
                Next::End if grow => self.new_cluster(h, Some(f.cluster))?,
                _ => return Err(Fault::Corrupt.into()),
            };
            (f.cluster, f.number) = (next, f.number + 1);
        }
        Ok(f.cluster)
    }

    /// The sector of `pos`.
    fn sector_at<H: Host>(&mut self, h: &mut H, f: &mut File, grow: bool) -> Res<u32, H> {
        let cluster = self.cluster_at(h, f, f.pos, grow)?;
        let inside = f.pos % self.cluster_bytes() / self.sector_size;
        Ok(self.sector_of::<H>(cluster)? + inside)
    }

    /// Reads up to `to.len()` bytes; 0 at the end.
    ///
    /// # Errors
    /// [`Fault::BadFile`], [`Fault::Corrupt`]; the device's.
    pub fn read_file<H: Host>(&mut self, h: &mut H, place: usize, mut to: &mut [u8]) -> Res<usize, H> {
        let mut f = self.file(h, place)?;
        if !f.flags.read {
            return Err(Fault::BadFile.into());
        }
        let mut got = 0;
        while !to.is_empty() && f.pos < f.size {
            let sector = self.sector_at(h, &mut f, false)?;
            self.load(h, sector)?;
            let off = f.pos % self.sector_size;
            let n = (self.sector_size - off).min(f.size - f.pos).min(to.len().min(4096) as u32);
            let (now, rest) = to.split_at_mut(n as usize);
            let from = h.bytes().get(off as usize..).and_then(|b| b.get(..n as usize)).ok_or(Fault::Invalid)?;
            now.copy_from_slice(from);
            to = rest;
            f.pos += n;
            got += n as usize;
        }
        h.set_file(place, f);
        Ok(got)
    }

    /// Writes `data`; how much of it, which is less only when the disk is full.
    ///
    /// # Errors
    /// [`Fault::NoSpace`] if nothing could be written, [`Fault::BadFile`], [`Fault::TooBig`], [`Fault::Corrupt`]; the
    /// device's.
    pub fn write_file<H: Host>(&mut self, h: &mut H, place: usize, data: &[u8]) -> Res<usize, H> {
        let mut f = self.file(h, place)?;
        if !f.flags.write {
            return Err(Fault::BadFile.into());
        }
        if f.flags.append {
            f.pos = f.size;
        }
        if u32::try_from(data.len()).ok().and_then(|n| f.pos.checked_add(n)).is_none() {
            return Err(Fault::TooBig.into());
        }
        let mut r = Ok(0);
        if !data.is_empty() && f.pos > f.size {
            // What was skipped reads as zeros.
            let to = f.pos;
            f.pos = f.size;
            while r.is_ok() && f.pos < to {
                let n = (to - f.pos).min(512) as usize;
                r = self.put(h, &mut f, [0; 512].get(..n).unwrap_or(&[]));
            }
        }
        let r = r.and_then(|_| self.put(h, &mut f, data));
        h.set_file(place, f);
        self.share(h, &f);
        r
    }

    fn put<H: Host>(&mut self, h: &mut H, f: &mut File, mut data: &[u8]) -> Res<usize, H> {
        let mut done = 0;
        while !data.is_empty() {
            let sector = match self.sector_at(h, f, true) {
                Err(crate::Error::Fs(Fault::NoSpace)) if done > 0 => return Ok(done),
                r => r?,
            };
            let off = f.pos % self.sector_size;
            let n = (self.sector_size - off).min(data.len().min(4096) as u32);
            if off == 0 && (f.pos >= f.size || n == self.sector_size) {
                self.fresh(h, sector)?;
            } else {
                self.load(h, sector)?;
            }
            let (now, rest) = data.split_at(n as usize);
            self.store(h, off as usize, now);
            data = rest;
            f.pos += n;
            f.size = f.size.max(f.pos);
            f.changed = true;
            done += n as usize;
        }
        Ok(done)
    }

    /// Tells the entry.
    fn write_entry<H: Host>(&mut self, h: &mut H, f: &mut File) -> Res<(), H> {
        let Some(spot) = f.spot.filter(|_| f.changed) else { return Ok(()) };
        let now = h.now();
        let raw = self.raw(h, spot)?;
        let attributes = raw.get(11).copied().unwrap_or(0) | ARCHIVE;
        let entry = crate::Entry { attributes, cluster: f.first, size: f.size, modified: now };
        self.update(h, spot, &entry)?;
        f.changed = false;
        Ok(())
    }

    /// Writes out all of a file that is not on the disk yet.
    ///
    /// # Errors
    /// The device's.
    pub fn sync_file<H: Host>(&mut self, h: &mut H, place: usize) -> Res<(), H> {
        let Some(mut f) = h.file(place) else { return Err(Fault::BadFile.into()) };
        if !f.flags.write {
            return Ok(());
        }
        self.flush(h)?;
        self.write_entry(h, &mut f)?;
        h.set_file(place, f);
        self.sync(h)
    }

    /// Moves to another place; where that is. Beyond the end is allowed.
    ///
    /// # Errors
    /// [`Fault::BadFile`]; [`Fault::Invalid`] for a place that no file can have.
    pub fn seek_file<H: Host>(&mut self, h: &mut H, place: usize, to: SeekFrom) -> Res<u32, H> {
        let mut f = self.file(h, place)?;
        let to = match to {
            SeekFrom::Start(n) => i64::try_from(n).ok(),
            SeekFrom::Current(n) => i64::from(f.pos).checked_add(n),
            SeekFrom::End(n) => i64::from(f.size).checked_add(n),
        };
        let Some(to) = to.and_then(|n| u32::try_from(n).ok()) else { return Err(Fault::Invalid.into()) };
        f.pos = to;
        h.set_file(place, f);
        Ok(to)
    }
}
