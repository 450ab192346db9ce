//! Making a volume.
//!
//! Sizes are chosen as the reference's `mkfs` does, so that the same card has the same room: one table, 512 entries
//! in a fixed root, clusters that grow with the disk. Small disks are one volume; those too large for FAT16 get a
//! partition table with one partition of FAT32.

use crate::host::put;
use crate::volume::{Kind, MAX_12, MAX_16, MAX_32};
use crate::{Error, Fat, Fault, Host, Res};

/// The first sector of the partition on a disk that has a partition table.
const PARTITION: u32 = 63;
/// Entries of a fixed root.
const ROOT_ENTRIES: u32 = 512;

struct Plan {
    kind: Kind,
    start: u32,
    total: u32,
    cluster_sectors: u32,
    reserved: u32,
    fat_sectors: u32,
    root_sectors: u32,
}

impl Plan {
    fn clusters(&self) -> Option<u32> {
        let meta = self.reserved + self.fat_sectors + self.root_sectors;
        Some(self.total.checked_sub(meta)? / self.cluster_sectors)
    }

    /// A volume without partition table, of FAT12 or FAT16.
    fn small(total: u32, ss: u32) -> Option<Plan> {
        let steps = [1, 4, 16, 64, 256, 512].iter().take_while(|&&n| n <= total / 0x1000).count();
        let mut cluster_sectors = (1_u32 << steps).min(64);
        loop {
            let most = total / cluster_sectors;
            let kind = if most > MAX_12 { Kind::Fat16 } else { Kind::Fat12 };
            let bytes = if kind == Kind::Fat16 { most.checked_mul(2)? + 4 } else { (most * 3).div_ceil(2) + 3 };
            let root_sectors = ROOT_ENTRIES * 32 / ss;
            let plan = Plan {
                kind,
                start: 0,
                total,
                cluster_sectors,
                reserved: 1,
                fat_sectors: bytes.div_ceil(ss),
                root_sectors,
            };
            let clusters = plan.clusters().filter(|&n| n >= 16)?;
            match kind {
                Kind::Fat16 if clusters > MAX_16 && cluster_sectors == 64 => return None,
                Kind::Fat16 if clusters > MAX_16 || clusters <= MAX_12 => cluster_sectors *= 2,
                _ => return Some(plan),
            }
            if cluster_sectors > 64 {
                return None;
            }
        }
    }

    /// A partition of FAT32.
    fn large(sectors: u32, ss: u32) -> Option<Plan> {
        let total = sectors.checked_sub(PARTITION)?;
        let steps = [1, 2, 4, 8, 16, 32].iter().take_while(|&&n| n <= total / 0x20000).count();
        let mut cluster_sectors = 1_u32 << steps;
        loop {
            let most = total / cluster_sectors;
            let bytes = u64::from(most) * 4 + 8;
            let fat_sectors = u32::try_from(bytes.div_ceil(u64::from(ss))).ok()?;
            let plan = Plan {
                kind: Kind::Fat32,
                start: PARTITION,
                total,
                cluster_sectors,
                reserved: 32,
                fat_sectors,
                root_sectors: 0,
            };
            match plan.clusters()? {
                n if n > MAX_32 => return None,
                n if n > MAX_16 => return Some(plan),
                _ if cluster_sectors == 1 => return None,
                _ => cluster_sectors /= 2,
            }
        }
    }
}

impl Fat {
    /// Makes an empty volume on a device of `sectors` sectors of `sector_size` bytes, and mounts it.
    ///
    /// # Errors
    /// [`Fault::BadSize`] if the device is too small (22 sectors) or too large; the device's.
    pub fn format<H: Host>(h: &mut H, sector_size: u32, sectors: u32) -> Res<Fat, H> {
        let valid = (512..=4096).contains(&sector_size) && sector_size.is_power_of_two();
        if !valid || h.bytes().len() != sector_size as usize || sectors < 22 {
            return Err(Fault::BadSize.into());
        }
        let plan = Plan::small(sectors, sector_size).or_else(|| Plan::large(sectors, sector_size));
        let Some(p) = plan else { return Err(Fault::BadSize.into()) };
        let fat_start = p.start + p.reserved;
        // What an older volume left must not be found.
        let zeros_from = if p.start > 0 { 0 } else { 1 };
        let root_sectors = if p.kind == Kind::Fat32 { p.cluster_sectors } else { p.root_sectors };
        for sector in (zeros_from..1).chain(p.start + 1..fat_start + p.fat_sectors + root_sectors) {
            h.bytes_mut().fill(0);
            if sector == fat_start {
                let first: &[u8] = match p.kind {
                    Kind::Fat12 => &[0xf8, 0xff, 0xff],
                    Kind::Fat16 => &[0xf8, 0xff, 0xff, 0xff],
                    Kind::Fat32 => &[0xf8, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0x0f],
                };
                put(h.bytes_mut(), 0, first);
            }
            if p.kind == Kind::Fat32 && (sector == p.start + 1 || sector == p.start + 7) {
                info_sector(h.bytes_mut(), p.clusters().unwrap_or(1) - 1);
            }
            h.write(sector).map_err(Error::Device)?;
        }
        let serial = h.now();
        boot_sector(h.bytes_mut(), &p, sector_size, serial);
        if p.kind == Kind::Fat32 {
            h.write(p.start + 6).map_err(Error::Device)?;
        }
        h.write(p.start).map_err(Error::Device)?;
        if p.start > 0 {
            partition_table(h.bytes_mut(), &p);
            h.write(0).map_err(Error::Device)?;
        }
        h.sync().map_err(Error::Device)?;
        Fat::mount(h, sector_size, sectors)
    }
}

fn boot_sector(b: &mut [u8], p: &Plan, ss: u32, serial: u32) {
    b.fill(0);
    put(b, 0, b"\xeb\xfe\x90MSDOS5.0");
    put(b, 11, &(ss as u16).to_le_bytes());
    put(b, 13, &[p.cluster_sectors as u8]);
    put(b, 14, &(p.reserved as u16).to_le_bytes());
    put(b, 16, &[1]);
    put(b, 21, &[0xf8]);
    put(b, 24, &63_u16.to_le_bytes());
    put(b, 26, &255_u16.to_le_bytes());
    put(b, 28, &p.start.to_le_bytes());
    match u16::try_from(p.total) {
        Ok(small) if p.kind != Kind::Fat32 => put(b, 19, &small.to_le_bytes()),
        _ => put(b, 32, &p.total.to_le_bytes()),
    }
    // The part that is at another place in FAT32: drive, signature, serial number, label, type.
    let rest = if p.kind == Kind::Fat32 {
        put(b, 36, &p.fat_sectors.to_le_bytes());
        put(b, 44, &2_u32.to_le_bytes());
        put(b, 48, &1_u16.to_le_bytes());
        put(b, 50, &6_u16.to_le_bytes());
        64
    } else {
        put(b, 17, &(ROOT_ENTRIES as u16).to_le_bytes());
        put(b, 22, &(p.fat_sectors as u16).to_le_bytes());
        36
    };
    put(b, rest, &[0x80, 0, 0x29]);
    put(b, rest + 3, &serial.to_le_bytes());
    put(b, rest + 7, b"NO NAME    ");
    put(
        b,
        rest + 18,
        match p.kind {
            Kind::Fat12 => b"FAT12   ",
            Kind::Fat16 => b"FAT16   ",
            Kind::Fat32 => b"FAT32   ",
        },
    );
    put(b, 510, &[0x55, 0xaa]);
}

/// The note about free clusters.
fn info_sector(b: &mut [u8], free: u32) {
    put(b, 0, b"RRaA");
    put(b, 484, b"rrAa");
    put(b, 488, &free.to_le_bytes());
    put(b, 492, &2_u32.to_le_bytes());
    put(b, 508, &[0, 0, 0x55, 0xaa]);
}

fn partition_table(b: &mut [u8], p: &Plan) {
    b.fill(0);
    // Addresses by cylinder and head are given as out of range: the sector numbers count.
    put(b, 446, &[0, 0xfe, 0xff, 0xff, 0x0c, 0xfe, 0xff, 0xff]);
    put(b, 454, &p.start.to_le_bytes());
    put(b, 458, &p.total.to_le_bytes());
    put(b, 510, &[0x55, 0xaa]);
}
