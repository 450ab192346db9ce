//! Reading and writing through one buffer each: the device sees whole units, the rest of the crate sees bytes.
//!
//! Invariant: a cache that says it holds bytes of a block was filled by the device, or waits to be written to it.

use crate::crc::crc;
use crate::host::{part, part_mut};
use crate::tag::NULL;
use crate::{Buf, Fault, Host, Res};

/// The device's measures, in bytes and blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Geometry {
    pub(crate) read_size: u32,
    pub(crate) prog_size: u32,
    pub(crate) block_size: u32,
    pub(crate) block_count: u32,
    pub(crate) cache_size: u32,
}

/// Which bytes a buffer holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cache {
    pub(crate) block: u32,
    pub(crate) off: u32,
    pub(crate) size: u32,
}

/// How many bytes travel over the native stack at once.
pub(crate) const CHUNK: u32 = 64;

pub(crate) fn down(n: u32, unit: u32) -> u32 {
    n - n % unit.max(1)
}

pub(crate) fn up(n: u32, unit: u32) -> u32 {
    down(n.saturating_add(unit.max(1) - 1), unit)
}

impl Cache {
    pub(crate) const EMPTY: Cache = Cache { block: NULL, off: 0, size: 0 };

    fn holds(self, block: u32, off: u32) -> bool {
        self.block == block && off >= self.off && off - self.off < self.size
    }
}

impl Geometry {
    fn check<E>(self, block: u32, off: u32, len: usize) -> Result<(), crate::Error<E>> {
        let end = u64::from(off) + len as u64;
        if block >= self.block_count || end > u64::from(self.block_size) {
            return Err(Fault::Corrupt.into());
        }
        Ok(())
    }

    /// Reads bytes of a block through the cache `via`; `over` holds what is not on the disk yet. `hint` says how many
    /// bytes in all will be wanted from there.
    #[expect(clippy::too_many_arguments, reason = "two caches and a place")]
    pub(crate) fn read<H: Host>(
        self,
        h: &mut H,
        over: Option<(Cache, Buf)>,
        via: &mut Cache,
        buf: Buf,
        hint: u32,
        block: u32,
        mut off: u32,
        mut to: &mut [u8],
    ) -> Res<(), H> {
        self.check(block, off, to.len())?;
        while !to.is_empty() {
            let mut n = (to.len() as u32).min(self.block_size);
            let mut from = None;
            if let Some((c, b)) = over {
                if c.holds(block, off) {
                    from = Some((c, b));
                } else if c.block == block && off < c.off {
                    n = n.min(c.off - off);
                }
            }
            if from.is_none() && !via.holds(block, off) {
                let start = down(off, self.read_size);
                let end = up(off.saturating_add(hint.max(1)), self.read_size).min(self.block_size);
                let size = (end - start).min(self.cache_size);
                *via = Cache::EMPTY;
                h.read(block, start, buf, size)?;
                *via = Cache { block, off: start, size };
                if !via.holds(block, off) {
                    return Err(Fault::Invalid.into());
                }
            }
            let (c, b) = from.unwrap_or((*via, buf));
            n = n.min(c.size - (off - c.off));
            let (now, rest) = to.split_at_mut(n as usize);
            now.copy_from_slice(part(h.bytes(b), off - c.off, n)?);
            to = rest;
            off += n;
        }
        Ok(())
    }

    /// Writes out what the cache holds, and reads it back if that is asked for. After an error it still holds it.
    pub(crate) fn flush<H: Host>(
        self,
        h: &mut H,
        pc: &mut Cache,
        buf: Buf,
        rc: &mut Cache,
        verify: bool,
    ) -> Res<(), H> {
        let c = *pc;
        if c.block == NULL {
            return Ok(());
        }
        let size = up(c.size, self.prog_size);
        if rc.block == c.block {
            *rc = Cache::EMPTY;
        }
        h.prog(c.block, c.off, buf, size)?;
        if verify {
            *rc = Cache::EMPTY;
            let mut at = 0;
            while at < size {
                let mut chunk = [0; CHUNK as usize];
                let n = (size - at).min(CHUNK);
                let read = part_mut(&mut chunk, 0, n)?;
                self.read(h, None, rc, Buf::Read, size - at, c.block, c.off + at, read)?;
                if read != part(h.bytes(buf), at, n)? {
                    return Err(Fault::Corrupt.into());
                }
                at += n;
            }
        }
        *pc = Cache::EMPTY;
        Ok(())
    }

    /// Writes bytes to an erased place of a block, through the cache `pc`.
    #[expect(clippy::too_many_arguments, reason = "two caches and a place")]
    pub(crate) fn prog<H: Host>(
        self,
        h: &mut H,
        pc: &mut Cache,
        buf: Buf,
        rc: &mut Cache,
        verify: bool,
        block: u32,
        mut off: u32,
        mut data: &[u8],
    ) -> Res<(), H> {
        self.check(block, off, data.len())?;
        while !data.is_empty() {
            if pc.block != block || off < pc.off || off - pc.off >= self.cache_size {
                self.flush(h, pc, buf, rc, verify)?;
                part_mut(h.bytes_mut(buf), 0, self.cache_size)?.fill(0xff);
                *pc = Cache { block, off: down(off, self.prog_size), size: 0 };
            }
            let at = off - pc.off;
            let n = (data.len() as u32).min(self.cache_size - at);
            let (now, rest) = data.split_at(n as usize);
            part_mut(h.bytes_mut(buf), at, n)?.copy_from_slice(now);
            pc.size = pc.size.max(at + n);
            data = rest;
            off += n;
            if pc.size == self.cache_size {
                self.flush(h, pc, buf, rc, verify)?;
            }
        }
        Ok(())
    }

    /// Continues a checksum over bytes on the disk.
    pub(crate) fn crc<H: Host>(
        self,
        h: &mut H,
        rc: &mut Cache,
        block: u32,
        mut off: u32,
        len: u32,
        mut sum: u32,
    ) -> Res<u32, H> {
        let Some(end) = off.checked_add(len) else { return Err(Fault::Corrupt.into()) };
        while off < end {
            let mut chunk = [0; CHUNK as usize];
            let n = (end - off).min(CHUNK);
            let read = part_mut(&mut chunk, 0, n)?;
            self.read(h, None, rc, Buf::Read, end - off, block, off, read)?;
            sum = crc(sum, read);
            off += n;
        }
        Ok(sum)
    }
}
