//! Folders: entries of 32 bytes, those of a long name in front of the one they belong to.

use crate::host::{put, word16, word32};
use crate::name::{LONG_MAX, Name, UNITS, checksum, shown, upper};
use crate::table::Next;
use crate::volume::{Fat, Kind};
use crate::{Fault, Host, Res};

/// Attributes.
pub(crate) const READ_ONLY: u8 = 1;
pub(crate) const VOLUME: u8 = 8;
pub(crate) const FOLDER: u8 = 16;
pub(crate) const ARCHIVE: u8 = 32;
const LONG: u8 = 15;

/// The most entries of a folder.
const MOST: u32 = 65_536;

const FREED: u8 = 0xe5;

/// A folder: its first cluster, or 0 for a root of fixed place.
pub(crate) type Folder = u32;

/// The place of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) folder: Folder,
    /// Number of the entry.
    pub(crate) index: u32,
    /// The cluster it is in; 0 in a fixed root.
    cluster: u32,
}

/// An entry as it stands.
pub(crate) type Raw = [u8; 32];

/// A file or folder as its entry describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub(crate) attributes: u8,
    pub(crate) cluster: u32,
    /// Bytes; 0 for a folder.
    pub size: u32,
    /// When it was changed: date above, time below, as [`Host::now`].
    pub modified: u32,
}

impl Entry {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.attributes & FOLDER != 0
    }
}

/// Something found: its entry, where that is, and where its long name begins.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    pub(crate) spot: Spot,
    pub(crate) first: Spot,
}

fn byte(raw: &Raw, at: usize) -> u8 {
    raw.get(at).copied().unwrap_or(0)
}

/// The units of an entry of a long name.
fn units(raw: &Raw) -> [u16; UNITS] {
    let mut out = [0; UNITS];
    for (place, at) in out.iter_mut().zip([1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]) {
        *place = word16(raw, at) as u16;
    }
    out
}

fn long_entry(ord: u8, sum: u8, chunk: [u16; UNITS]) -> Raw {
    let mut raw = [0; 32];
    put(&mut raw, 0, &[ord]);
    put(&mut raw, 11, &[LONG, 0, sum]);
    for (u, at) in chunk.iter().zip([1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]) {
        put(&mut raw, at, &u.to_le_bytes());
    }
    raw
}

/// Follows the entries of a long name, from its last part to its first.
#[derive(Clone, Copy)]
struct Follow {
    /// The part that must come next; 0: all were there. `None`: no long name.
    next: Option<u8>,
    sum: u8,
    first: Option<Spot>,
}

impl Follow {
    const NONE: Follow = Follow { next: None, sum: 0, first: None };

    /// Takes an entry; which part of the name it is, counted from 0, and whether it is the last.
    fn take(&mut self, raw: &Raw, spot: Spot) -> Option<(usize, bool)> {
        let (ord, sum) = (byte(raw, 0), byte(raw, 13));
        let n = ord & 0x3f;
        let last = ord & 0x40 != 0;
        if last && (1..=20).contains(&n) {
            *self = Follow { next: Some(n - 1), sum, first: Some(spot) };
        } else if self.next == Some(n) && n > 0 && sum == self.sum {
            self.next = Some(n - 1);
        } else {
            *self = Follow::NONE;
            return None;
        }
        Some((usize::from(n) - 1, last))
    }

    /// Where the long name of this entry begins, if it has one.
    fn belongs(self, raw: &Raw) -> Option<Spot> {
        self.first.filter(|_| self.next == Some(0) && self.sum == checksum(raw))
    }
}

impl Fat {
    /// The root.
    pub(crate) fn root_folder(&self) -> Folder {
        if self.kind == Kind::Fat32 { self.root } else { 0 }
    }

    pub(crate) fn first_spot(folder: Folder) -> Spot {
        Spot { folder, index: 0, cluster: folder }
    }

    /// The next place, or `None` at the folder's end; with `grow`, the folder gets another cluster there.
    pub(crate) fn step<H: Host>(&mut self, h: &mut H, at: Spot, grow: bool) -> Res<Option<Spot>, H> {
        let index = at.index + 1;
        if index >= MOST {
            return Ok(None);
        }
        if at.folder == 0 {
            return Ok((index < self.root_entries).then_some(Spot { index, ..at }));
        }
        if !(index * 32).is_multiple_of(self.cluster_bytes()) {
            return Ok(Some(Spot { index, ..at }));
        }
        match self.next(h, at.cluster)? {
            Next::Cluster(cluster) => Ok(Some(Spot { index, cluster, ..at })),
            Next::Free => Err(Fault::Corrupt.into()),
            Next::End if grow => {
                let cluster = self.new_cluster(h, Some(at.cluster))?;
                self.clear_cluster(h, cluster)?;
                Ok(Some(Spot { index, cluster, ..at }))
            }
            Next::End => Ok(None),
        }
    }

    pub(crate) fn clear_cluster<H: Host>(&mut self, h: &mut H, cluster: u32) -> Res<(), H> {
        let sector = self.sector_of::<H>(cluster)?;
        for i in 0..self.cluster_sectors {
            self.fresh(h, sector + i)?;
        }
        Ok(())
    }

    /// Sector and offset of an entry.
    fn where_is<H: Host>(&self, at: Spot) -> Res<(u32, usize), H> {
        let byte = at.index * 32;
        let (start, byte) = match at.folder {
            0 => (self.root, byte),
            _ => (self.sector_of::<H>(at.cluster)?, byte % self.cluster_bytes()),
        };
        Ok((start + byte / self.sector_size, (byte % self.sector_size) as usize))
    }

    pub(crate) fn raw<H: Host>(&mut self, h: &mut H, at: Spot) -> Res<Raw, H> {
        let (sector, off) = self.where_is::<H>(at)?;
        self.load(h, sector)?;
        let b = h.bytes().get(off..).and_then(|b| b.first_chunk()).copied();
        b.ok_or(Fault::Invalid.into())
    }

    pub(crate) fn set_raw<H: Host>(&mut self, h: &mut H, at: Spot, from: usize, bytes: &[u8]) -> Res<(), H> {
        let (sector, off) = self.where_is::<H>(at)?;
        self.load(h, sector)?;
        self.store(h, off + from, bytes);
        Ok(())
    }

    fn entry(&self, raw: &Raw) -> Entry {
        let high = if self.kind == Kind::Fat32 { word16(raw, 20) } else { 0 };
        Entry {
            attributes: byte(raw, 11),
            cluster: high << 16 | word16(raw, 26),
            size: if byte(raw, 11) & FOLDER != 0 { 0 } else { word32(raw, 28) },
            modified: word16(raw, 24) << 16 | word16(raw, 22),
        }
    }

    /// Looks a name up.
    pub(crate) fn find<H: Host>(&mut self, h: &mut H, folder: Folder, name: Name<'_>) -> Res<Option<Found>, H> {
        let short = name.short();
        let parts = name.long_entries();
        let mut follow = Follow::NONE;
        let mut same = false;
        let mut at = Some(Fat::first_spot(folder));
        while let Some(spot) = at {
            let raw = self.raw(h, spot)?;
            match byte(&raw, 0) {
                0 => return Ok(None),
                FREED => follow = Follow::NONE,
                _ if byte(&raw, 11) & 0x3f == LONG => {
                    if let Some((n, last)) = follow.take(&raw, spot) {
                        let (have, want) = (units(&raw), name.chunk(n));
                        let equal = have.iter().zip(want).all(|(a, b)| upper(*a) == upper(b));
                        same = equal && if last { n + 1 == parts } else { same };
                    }
                }
                _ if byte(&raw, 11) & VOLUME != 0 => follow = Follow::NONE,
                _ => {
                    let first = follow.belongs(&raw);
                    let long = first.is_some() && same;
                    let by_short = !short.lossy && raw.get(..11) == Some(&short.bytes);
                    // Names with letters that are not ASCII have no exact short form here, but may have one there.
                    let by_shown = !by_short && short.lossy && first.is_none() && {
                        let mut want = name.units().map(upper);
                        shown(&raw, 0).all(|u| want.next() == Some(upper(u))) && want.next().is_none()
                    };
                    if long || by_short || by_shown {
                        return Ok(Some(Found { entry: self.entry(&raw), spot, first: first.unwrap_or(spot) }));
                    }
                    follow = Follow::NONE;
                }
            }
            at = self.step(h, spot, false)?;
        }
        Ok(None)
    }

    /// The next file or folder from `at` on, where to go on, and its name in UTF-16 with its length.
    pub(crate) fn scan<H: Host>(
        &mut self,
        h: &mut H,
        mut at: Option<Spot>,
        name: &mut [u16; LONG_MAX],
    ) -> Res<Option<(Entry, usize, Option<Spot>)>, H> {
        let mut follow = Follow::NONE;
        let mut len = 0;
        while let Some(spot) = at {
            let raw = self.raw(h, spot)?;
            match byte(&raw, 0) {
                0 => return Ok(None),
                FREED | b'.' => follow = Follow::NONE,
                _ if byte(&raw, 11) & 0x3f == LONG => {
                    if let Some((n, last)) = follow.take(&raw, spot) {
                        let chunk = units(&raw);
                        let used = chunk.iter().take_while(|&&u| u != 0).count();
                        if last {
                            len = (n * UNITS + used).min(LONG_MAX);
                        }
                        for (place, u) in name.iter_mut().skip(n * UNITS).zip(chunk) {
                            *place = u;
                        }
                    }
                }
                _ if byte(&raw, 11) & VOLUME != 0 => follow = Follow::NONE,
                _ => {
                    if follow.belongs(&raw).is_none() {
                        len = 0;
                        for (place, u) in name.iter_mut().zip(shown(&raw, byte(&raw, 12))) {
                            *place = u;
                            len += 1;
                        }
                    }
                    let next = self.step(h, spot, false)?;
                    return Ok(Some((self.entry(&raw), len, next)));
                }
            }
            at = self.step(h, spot, false)?;
        }
        Ok(None)
    }

    /// Makes an entry for a name that the folder does not have.
    pub(crate) fn add<H: Host>(&mut self, h: &mut H, folder: Folder, name: Name<'_>, entry: Entry) -> Res<Found, H> {
        let mut short = name.short();
        let parts = if short.case.is_some() { 0 } else { name.long_entries() };
        if short.lossy {
            let original = short;
            let mut tries = 1..=500;
            loop {
                let Some(n) = tries.next() else { return Err(Fault::Denied.into()) };
                short.bytes = original.variant(name, n);
                if !self.has_short(h, folder, &short.bytes)? {
                    break;
                }
            }
        } else if parts > 0 && self.has_short(h, folder, &short.bytes)? {
            return Err(Fault::Exists.into());
        }
        let first = self.room(h, folder, parts as u32 + 1)?;
        let sum = checksum(&short.bytes);
        let mut spot = first;
        for n in (0..parts).rev() {
            let last = if n + 1 == parts { 0x40 } else { 0 };
            let raw = long_entry((n as u8 + 1) | last, sum, name.chunk(n));
            self.set_raw(h, spot, 0, &raw)?;
            spot = self.step(h, spot, false)?.ok_or(Fault::Corrupt)?;
        }
        let mut raw = [0; 32];
        put(&mut raw, 0, &short.bytes);
        put(&mut raw, 11, &[entry.attributes, short.case.unwrap_or(0)]);
        let now = h.now();
        let (date, time) = ((now >> 16) as u16, now as u16);
        put(&mut raw, 14, &time.to_le_bytes());
        put(&mut raw, 16, &date.to_le_bytes());
        put(&mut raw, 18, &date.to_le_bytes());
        self.set_raw(h, spot, 0, &raw)?;
        self.update(h, spot, &entry)?;
        Ok(Found { entry, spot, first })
    }

    /// Writes what may change in an entry.
    pub(crate) fn update<H: Host>(&mut self, h: &mut H, spot: Spot, e: &Entry) -> Res<(), H> {
        let mut raw = [0; 12];
        put(&mut raw, 0, &((e.cluster >> 16) as u16).to_le_bytes());
        put(&mut raw, 2, &(e.modified as u16).to_le_bytes());
        put(&mut raw, 4, &((e.modified >> 16) as u16).to_le_bytes());
        put(&mut raw, 6, &(e.cluster as u16).to_le_bytes());
        put(&mut raw, 8, &e.size.to_le_bytes());
        self.set_raw(h, spot, 11, &[e.attributes])?;
        self.set_raw(h, spot, 20, &raw)
    }

    fn has_short<H: Host>(&mut self, h: &mut H, folder: Folder, short: &[u8; 11]) -> Res<bool, H> {
        let mut at = Some(Fat::first_spot(folder));
        while let Some(spot) = at {
            let raw = self.raw(h, spot)?;
            if byte(&raw, 0) == 0 {
                return Ok(false);
            }
            if raw.get(..11) == Some(short) && byte(&raw, 11) & VOLUME == 0 {
                return Ok(true);
            }
            at = self.step(h, spot, false)?;
        }
        Ok(false)
    }

    /// The first of `n` free entries in a row.
    fn room<H: Host>(&mut self, h: &mut H, folder: Folder, n: u32) -> Res<Spot, H> {
        let mut spot = Fat::first_spot(folder);
        let mut run: Option<(Spot, u32)> = None;
        loop {
            let raw = self.raw(h, spot)?;
            run = match (byte(&raw, 0), run) {
                (0 | FREED, Some((first, len))) => Some((first, len + 1)),
                (0 | FREED, None) => Some((spot, 1)),
                _ => None,
            };
            if let Some((first, len)) = run
                && len == n
            {
                return Ok(first);
            }
            spot = match self.step(h, spot, true)? {
                Some(spot) => spot,
                None => return Err(Fault::Denied.into()),
            };
        }
    }

    /// Removes an entry with its long name.
    pub(crate) fn delete<H: Host>(&mut self, h: &mut H, found: &Found) -> Res<(), H> {
        let mut spot = found.first;
        loop {
            self.set_raw(h, spot, 0, &[FREED])?;
            if spot.index >= found.spot.index {
                return Ok(());
            }
            spot = self.step(h, spot, false)?.ok_or(Fault::Corrupt)?;
        }
    }

    /// Whether a folder has no entries but its own two.
    pub(crate) fn is_empty<H: Host>(&mut self, h: &mut H, folder: Folder) -> Res<bool, H> {
        let mut at = Some(Fat::first_spot(folder));
        while let Some(spot) = at {
            let raw = self.raw(h, spot)?;
            match byte(&raw, 0) {
                0 => return Ok(true),
                FREED | b'.' => {}
                _ if byte(&raw, 11) & VOLUME != 0 => {}
                _ => return Ok(false),
            }
            at = self.step(h, spot, false)?;
        }
        Ok(true)
    }

    /// An entry for the pair of dots, as 32 bytes.
    pub(crate) fn dots(dots: usize, cluster: u32, now: u32) -> Raw {
        let mut raw = [0; 32];
        put(&mut raw, 0, &[b' '; 11]);
        put(&mut raw, 0, if dots == 1 { b"." } else { b".." });
        put(&mut raw, 11, &[FOLDER]);
        put(&mut raw, 20, &((cluster >> 16) as u16).to_le_bytes());
        put(&mut raw, 22, &(now as u16).to_le_bytes());
        put(&mut raw, 24, &((now >> 16) as u16).to_le_bytes());
        put(&mut raw, 26, &(cluster as u16).to_le_bytes());
        raw
    }
}
