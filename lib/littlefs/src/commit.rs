//! Writing a commit: entries, then a checksum that makes them count.
//!
//! The checksum's entry reaches to the next unit of writing. With it stands a checksum of the erased bytes behind
//! it, so that a later mount knows whether a commit that a power cut tore has touched them (SPEC.md, "FCRC").

use crate::cache::{CHUNK, Cache, up};
use crate::change::{Change, Data};
use crate::crc::crc;
use crate::host::{is_corrupt, part};
use crate::tag::{Tag, kind};
use crate::volume::Lfs;
use crate::{Buf, Error, Fault, Host, Res};

/// A commit that is being written.
pub(crate) struct Commit {
    pub(crate) block: u32,
    pub(crate) off: u32,
    pub(crate) ptag: Tag,
    crc: u32,
    begin: u32,
    end: u32,
}

/// Bytes of the checksum with the one of the erased bytes.
const LONG_END: u32 = 5 * 4;

impl Lfs {
    /// Begins a commit at an offset of a block.
    pub(crate) fn begin(&self, block: u32, off: u32, ptag: Tag) -> Commit {
        Commit { block, off, ptag, crc: !0, begin: off, end: self.g.block_size - 8 }
    }

    /// Writes metadata to where the commit is, without reading it back yet.
    pub(crate) fn put<H: Host>(&mut self, h: &mut H, c: &mut Commit, data: &[u8]) -> Res<(), H> {
        self.g.prog(h, &mut self.pc, Buf::Prog, &mut self.rc, false, c.block, c.off, data)?;
        c.crc = crc(c.crc, data);
        c.off += data.len() as u32;
        Ok(())
    }

    /// Writes an entry.
    pub(crate) fn put_entry<H: Host>(&mut self, h: &mut H, c: &mut Commit, change: &Change<'_>) -> Res<(), H> {
        let tag = change.tag.valid();
        let size = tag.entry_size();
        if c.end.saturating_sub(c.off) < size {
            return Err(Fault::NoSpace.into());
        }
        self.put(h, c, &(tag.0 ^ c.ptag.0).to_be_bytes())?;
        let len = size - 4;
        let mut at = 0;
        while at < len {
            let n = (len - at).min(CHUNK);
            let mut chunk = [0; CHUNK as usize];
            let now = crate::host::part_mut(&mut chunk, 0, n)?;
            match change.data {
                Data::Mem(m) => now.copy_from_slice(part(m, at, n)?),
                Data::Buf(b) => now.copy_from_slice(part(h.bytes(b), at, n)?),
                Data::Disk(block, off) => self.read(h, len - at, block, off + at, now)?,
            }
            self.put(h, c, now)?;
            at += n;
        }
        c.ptag = tag;
        Ok(())
    }

    /// Ends the commit, syncs the device, and checks what it has kept.
    pub(crate) fn finish<H: Host>(&mut self, h: &mut H, c: &mut Commit) -> Res<(), H> {
        let (size, prog) = (self.g.block_size, self.g.prog_size);
        let end = up((c.off + LONG_END).min(size), prog);
        let mut checked = None;
        while c.off < end {
            let mut noff = (end - (c.off + 4)).min(0x3fe) + c.off + 4;
            if noff < end {
                noff = noff.min(end - LONG_END);
            }
            // What the first byte after the commit reads as: the next tag must not look like it.
            let mut after = 0xff;
            if noff >= end && noff <= size - prog {
                let mut b = [after];
                match self.read(h, prog, c.block, noff, &mut b) {
                    Ok(()) => after = b[0],
                    Err(Error::Fs(Fault::Corrupt)) => {}
                    Err(e) => return Err(e),
                }
                let sum = match self.g.crc(h, &mut self.rc, c.block, noff, prog, !0) {
                    Err(Error::Fs(Fault::Corrupt)) => !0,
                    r => r?,
                };
                let fcrc = crate::tag::pair_bytes([prog, sum]);
                self.put_entry(h, c, &Change::new(kind::FCRC, 0x3ff, &fcrc))?;
            }
            let flip = !after >> 7;
            let len = noff.checked_sub(c.off + 4).ok_or(Fault::NoSpace)?;
            let tag = Tag::new(kind::CCRC + u16::from(flip), 0x3ff, len as u16);
            self.put(h, c, &(tag.0 ^ c.ptag.0).to_be_bytes())?;
            let sum = c.crc;
            let at = c.off;
            self.put(h, c, &sum.to_le_bytes())?;
            checked.get_or_insert((at, sum));
            c.off = noff;
            c.ptag = Tag(tag.0 ^ u32::from(flip) << 31);
            c.crc = !0;
            if noff >= end || noff >= self.pc.off.saturating_add(self.g.cache_size) {
                self.sync_metadata(h)?;
            }
        }
        let Some((at, sum)) = checked else { return Err(Fault::NoSpace.into()) };
        let kept = self.g.crc(h, &mut self.rc, c.block, c.begin, at - c.begin, !0)?;
        if kept != sum || self.g.crc(h, &mut self.rc, c.block, at, 4, kept)? != 0 {
            return Err(Fault::Corrupt.into());
        }
        Ok(())
    }

    /// Writes out the buffer of metadata and syncs the device.
    pub(crate) fn sync_metadata<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        self.rc = Cache::EMPTY;
        self.g.flush(h, &mut self.pc, Buf::Prog, &mut self.rc, false)?;
        h.sync()
    }

    /// Erases a block; `false` if it has gone bad.
    pub(crate) fn erase<H: Host>(&mut self, h: &mut H, block: u32) -> Res<bool, H> {
        if block >= self.g.block_count {
            return Err(Fault::Corrupt.into());
        }
        if self.rc.block == block {
            self.rc = Cache::EMPTY;
        }
        let r = h.erase(block);
        if is_corrupt(&r) { Ok(false) } else { r.map(|()| true) }
    }
}
