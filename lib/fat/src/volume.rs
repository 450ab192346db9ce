//! A mounted volume: where its parts are, and the sector in the buffer.

use crate::host::{put, word16, word32};
use crate::{Error, Fault, Host, Res};

/// How wide the entries of the table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 12 bits.
    Fat12,
    /// 16 bits.
    Fat16,
    /// 28 bits of 32.
    Fat32,
}

/// The most clusters of a FAT12 and a FAT16 volume, as other systems draw the line.
pub(crate) const MAX_12: u32 = 0xff5;
pub(crate) const MAX_16: u32 = 0xfff5;
pub(crate) const MAX_32: u32 = 0x0fff_fff5;

/// A mounted volume. It holds numbers only.
#[derive(Debug, Clone, Copy)]
pub struct Fat {
    pub(crate) kind: Kind,
    pub(crate) sector_size: u32,
    /// Sectors in a cluster.
    pub(crate) cluster_sectors: u32,
    pub(crate) fat_start: u32,
    pub(crate) fat_sectors: u32,
    pub(crate) fat_copies: u32,
    /// First sector of the fixed root, or first cluster of the root of FAT32.
    pub(crate) root: u32,
    pub(crate) root_entries: u32,
    pub(crate) data_start: u32,
    /// Clusters are numbered from 2 up to this.
    pub(crate) end: u32,
    /// The sector with the count of free clusters, or 0.
    info: u32,
    pub(crate) free: Option<u32>,
    /// Where to look for a free cluster.
    pub(crate) hint: u32,
    pub(crate) info_changed: bool,
    window: Option<u32>,
    dirty: bool,
}

impl Fat {
    /// Finds the volume on a device of `sectors` sectors of `sector_size` bytes: on the whole device, or in the first
    /// partition that has one.
    ///
    /// # Errors
    /// [`Fault::NoVolume`]; the device's.
    pub fn mount<H: Host>(h: &mut H, sector_size: u32, sectors: u32) -> Res<Fat, H> {
        if !(512..=4096).contains(&sector_size) || !sector_size.is_power_of_two() || sectors == 0 {
            return Err(Fault::BadSize.into());
        }
        let mut starts = [0; 5];
        for at in 0..5 {
            let start = starts.get(at).copied().unwrap_or(0);
            if at > 0 && start == 0 || start >= sectors {
                continue;
            }
            h.read(start).map_err(Error::Device)?;
            if h.bytes().len() != sector_size as usize {
                return Err(Fault::Invalid.into());
            }
            if word16(h.bytes(), 510) != 0xaa55 {
                continue;
            }
            if let Some(mut fs) = Fat::from_boot(h.bytes(), start, sectors - start, sector_size) {
                fs.read_info(h)?;
                return Ok(fs);
            }
            if at == 0 {
                for (i, place) in starts.iter_mut().skip(1).enumerate() {
                    *place = word32(h.bytes(), 446 + 16 * i + 8);
                }
            }
        }
        Err(Fault::NoVolume.into())
    }

    /// Understands a boot sector (the specification's section on the BPB), if it is one.
    fn from_boot(b: &[u8], start: u32, sectors: u32, sector_size: u32) -> Option<Fat> {
        let at = |i: usize| b.get(i).copied().map_or(0, u32::from);
        let either = |small: u32, large: u32| if small != 0 { small } else { large };
        let total = either(word16(b, 19), word32(b, 32));
        let fat_sectors = either(word16(b, 22), word32(b, 36));
        let (cluster_sectors, reserved, copies) = (at(13), word16(b, 14), at(16));
        let root_entries = word16(b, 17);
        let jump = matches!(at(0), 0xeb | 0xe9 | 0xe8);
        let fits = jump
            && word16(b, 11) == sector_size
            && cluster_sectors.is_power_of_two()
            && reserved > 0
            && (1..=2).contains(&copies)
            && fat_sectors > 0
            && total > 0
            && total <= sectors;
        if !fits {
            return None;
        }
        let root_sectors = (root_entries * 32).div_ceil(sector_size);
        let fats = fat_sectors.checked_mul(copies)?;
        let meta = reserved.checked_add(fats)?.checked_add(root_sectors)?;
        let clusters = total.checked_sub(meta)? / cluster_sectors;
        let kind = match clusters {
            0 => return None,
            n if n <= MAX_12 => Kind::Fat12,
            n if n <= MAX_16 => Kind::Fat16,
            n if n <= MAX_32 => Kind::Fat32,
            _ => return None,
        };
        let end = clusters + 2;
        let needed = match kind {
            Kind::Fat12 => (u64::from(end) * 3).div_ceil(2),
            Kind::Fat16 => u64::from(end) * 2,
            Kind::Fat32 => u64::from(end) * 4,
        };
        if u64::from(fat_sectors) * u64::from(sector_size) < needed || (kind == Kind::Fat32) != (root_entries == 0) {
            return None;
        }
        let fat_start = start + reserved;
        let root = if kind == Kind::Fat32 { word32(b, 44) } else { fat_start + fats };
        if kind == Kind::Fat32 && !(2..end).contains(&root) {
            return None;
        }
        let info = word16(b, 48);
        Some(Fat {
            kind,
            sector_size,
            cluster_sectors,
            fat_start,
            fat_sectors,
            fat_copies: copies,
            root,
            root_entries,
            data_start: start + meta,
            end,
            info: if kind == Kind::Fat32 && info != 0 && info < reserved { start + info } else { 0 },
            free: None,
            hint: 2,
            info_changed: false,
            window: None,
            dirty: false,
        })
    }

    /// Takes over what FAT32 notes about free clusters. It is only a hint.
    fn read_info<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        if self.info == 0 {
            return Ok(());
        }
        self.load(h, self.info)?;
        let b = h.bytes();
        if word32(b, 0) != 0x4161_5252 || word32(b, 484) != 0x6141_7272 {
            self.info = 0;
            return Ok(());
        }
        let (free, next) = (word32(b, 488), word32(b, 492));
        self.free = Some(free).filter(|&n| n <= self.end - 2);
        self.hint = if (2..self.end).contains(&next) { next } else { 2 };
        Ok(())
    }

    /// Brings a sector into the buffer.
    pub(crate) fn load<H: Host>(&mut self, h: &mut H, sector: u32) -> Res<(), H> {
        if self.window == Some(sector) {
            return Ok(());
        }
        self.flush(h)?;
        self.window = None;
        h.read(sector).map_err(Error::Device)?;
        self.window = Some(sector);
        if h.bytes().len() != self.sector_size as usize {
            self.window = None;
            return Err(Fault::Invalid.into());
        }
        Ok(())
    }

    /// Makes the buffer stand for a sector that is going to be written, filled with zeros.
    pub(crate) fn fresh<H: Host>(&mut self, h: &mut H, sector: u32) -> Res<(), H> {
        self.flush(h)?;
        h.bytes_mut().fill(0);
        self.window = Some(sector);
        self.dirty = true;
        Ok(())
    }

    /// Copies bytes to the loaded sector.
    pub(crate) fn store<H: Host>(&mut self, h: &mut H, at: usize, bytes: &[u8]) {
        put(h.bytes_mut(), at, bytes);
        self.dirty = true;
    }

    /// Writes the buffer out if it was changed; changes of the table go to its copy, too.
    pub(crate) fn flush<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        let Some(sector) = self.window.filter(|_| self.dirty) else { return Ok(()) };
        if h.bytes().len() != self.sector_size as usize {
            return Err(Fault::Invalid.into());
        }
        h.write(sector).map_err(Error::Device)?;
        self.dirty = false;
        if self.fat_copies == 2 && sector >= self.fat_start && sector - self.fat_start < self.fat_sectors {
            h.write(sector + self.fat_sectors).map_err(Error::Device)?;
        }
        Ok(())
    }

    /// Writes out everything of the volume itself. Open files have their own [`Fat::sync_file`].
    ///
    /// # Errors
    /// The device's.
    pub fn sync<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        if self.info_changed && self.info != 0 {
            self.load(h, self.info)?;
            let free = self.free.unwrap_or(u32::MAX);
            self.store(h, 488, &free.to_le_bytes());
            self.store(h, 492, &self.hint.to_le_bytes());
        }
        self.info_changed = false;
        self.flush(h)?;
        h.sync().map_err(Error::Device)
    }

    /// Forgets the buffer's content, after the device failed.
    pub fn drop_window(&mut self) {
        self.window = None;
        self.dirty = false;
    }

    /// How wide the entries of the table are.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Bytes of a cluster, and how many clusters there are.
    #[must_use]
    pub fn measures(&self) -> (u32, u32) {
        (self.cluster_bytes(), self.end - 2)
    }

    pub(crate) fn cluster_bytes(&self) -> u32 {
        self.cluster_sectors * self.sector_size
    }
}
