//! The table that chains clusters together.

use crate::volume::{Fat, Kind};
use crate::{Fault, Host, Res, host};

/// What follows a cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    Free,
    Cluster(u32),
    End,
}

impl Fat {
    /// First sector of a cluster.
    pub(crate) fn sector_of<H: Host>(&self, cluster: u32) -> Res<u32, H> {
        if !(2..self.end).contains(&cluster) {
            return Err(Fault::Corrupt.into());
        }
        Ok(self.data_start + (cluster - 2) * self.cluster_sectors)
    }

    /// The sector and offset of the byte at `at` of the table.
    fn place(&self, at: u32) -> (u32, usize) {
        (self.fat_start + at / self.sector_size, (at % self.sector_size) as usize)
    }

    fn byte<H: Host>(&mut self, h: &mut H, at: u32) -> Res<u32, H> {
        let (sector, off) = self.place(at);
        self.load(h, sector)?;
        Ok(h.bytes().get(off).copied().map_or(0, u32::from))
    }

    fn set_byte<H: Host>(&mut self, h: &mut H, at: u32, b: u32) -> Res<(), H> {
        let (sector, off) = self.place(at);
        self.load(h, sector)?;
        self.store(h, off, &[b as u8]);
        Ok(())
    }

    /// What follows a cluster.
    pub(crate) fn next<H: Host>(&mut self, h: &mut H, cluster: u32) -> Res<Next, H> {
        if !(2..self.end).contains(&cluster) {
            return Err(Fault::Corrupt.into());
        }
        let (value, end) = match self.kind {
            Kind::Fat12 => {
                let at = cluster + cluster / 2;
                let both = self.byte(h, at)? | self.byte(h, at + 1)? << 8;
                (if cluster & 1 == 1 { both >> 4 } else { both & 0xfff }, 0xff8)
            }
            Kind::Fat16 => {
                let (sector, off) = self.place(cluster * 2);
                self.load(h, sector)?;
                (host::word16(h.bytes(), off), 0xfff8)
            }
            Kind::Fat32 => {
                let (sector, off) = self.place(cluster * 4);
                self.load(h, sector)?;
                (host::word32(h.bytes(), off) & 0x0fff_ffff, 0x0fff_fff8)
            }
        };
        match value {
            0 => Ok(Next::Free),
            n if n >= end => Ok(Next::End),
            n if (2..self.end).contains(&n) => Ok(Next::Cluster(n)),
            _ => Err(Fault::Corrupt.into()),
        }
    }

    /// Whether a cluster is free. One that is marked as bad is not.
    fn is_free<H: Host>(&mut self, h: &mut H, cluster: u32) -> Res<bool, H> {
        match self.next(h, cluster) {
            Ok(n) => Ok(n == Next::Free),
            Err(crate::Error::Fs(Fault::Corrupt)) => Ok(false),
            Err(e) => Err(e),
        }
    }

    pub(crate) fn set_next<H: Host>(&mut self, h: &mut H, cluster: u32, next: Next) -> Res<(), H> {
        if !(2..self.end).contains(&cluster) {
            return Err(Fault::Corrupt.into());
        }
        let value = match next {
            Next::Free => 0,
            Next::Cluster(n) => n,
            Next::End => 0x0fff_ffff,
        };
        match self.kind {
            Kind::Fat12 => {
                let at = cluster + cluster / 2;
                let (low, high) = (self.byte(h, at)?, self.byte(h, at + 1)?);
                let value = value & 0xfff;
                let both = low | high << 8;
                let both = if cluster & 1 == 1 { both & 0xf | value << 4 } else { both & 0xf000 | value };
                self.set_byte(h, at, both & 0xff)?;
                self.set_byte(h, at + 1, both >> 8)?;
            }
            Kind::Fat16 => {
                let (sector, off) = self.place(cluster * 2);
                self.load(h, sector)?;
                self.store(h, off, &(value as u16).to_le_bytes());
            }
            Kind::Fat32 => {
                let (sector, off) = self.place(cluster * 4);
                self.load(h, sector)?;
                let kept = host::word32(h.bytes(), off) & 0xf000_0000;
                self.store(h, off, &(kept | value).to_le_bytes());
            }
        }
        Ok(())
    }

    /// A free cluster, as the end of a chain; `after` becomes its predecessor.
    pub(crate) fn new_cluster<H: Host>(&mut self, h: &mut H, after: Option<u32>) -> Res<u32, H> {
        let count = self.end - 2;
        if self.free == Some(0) {
            // The note may be wrong.
            self.count_free(h)?;
        }
        let mut at = self.hint.clamp(2, self.end - 1);
        for _ in 0..count {
            if self.is_free(h, at)? {
                self.set_next(h, at, Next::End)?;
                if let Some(after) = after {
                    self.set_next(h, after, Next::Cluster(at))?;
                }
                self.hint = if at + 1 < self.end { at + 1 } else { 2 };
                self.free = self.free.map(|n| n.saturating_sub(1));
                self.info_changed = true;
                return Ok(at);
            }
            at = if at + 1 < self.end { at + 1 } else { 2 };
        }
        self.free = Some(0);
        Err(Fault::NoSpace.into())
    }

    /// Frees a chain from `cluster` on. A chain that runs into nonsense ends there.
    pub(crate) fn free_chain<H: Host>(&mut self, h: &mut H, mut cluster: u32) -> Res<(), H> {
        for _ in 2..self.end {
            if !(2..self.end).contains(&cluster) {
                break;
            }
            let next = match self.next(h, cluster) {
                Err(crate::Error::Fs(Fault::Corrupt)) => Next::End,
                r => r?,
            };
            if next == Next::Free {
                break;
            }
            self.set_next(h, cluster, Next::Free)?;
            self.free = self.free.map(|n| (n + 1).min(self.end - 2));
            self.info_changed = true;
            match next {
                Next::Cluster(n) => cluster = n,
                _ => break,
            }
        }
        Ok(())
    }

    /// How many clusters are free. The first time this reads the whole table.
    ///
    /// # Errors
    /// The device's.
    pub fn free_clusters<H: Host>(&mut self, h: &mut H) -> Res<u32, H> {
        match self.free {
            Some(n) => Ok(n),
            None => self.count_free(h),
        }
    }

    fn count_free<H: Host>(&mut self, h: &mut H) -> Res<u32, H> {
        let mut n = 0;
        for cluster in 2..self.end {
            if self.is_free(h, cluster)? {
                n += 1;
            }
        }
        self.free = Some(n);
        self.info_changed = true;
        Ok(n)
    }
}
