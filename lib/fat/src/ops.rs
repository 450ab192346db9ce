//! Operations on paths.

use crate::dir::{ARCHIVE, Entry, FOLDER, Folder, Found, READ_ONLY, Spot};
use crate::name::{LONG_MAX, Name};
use crate::volume::{Fat, Kind};
use crate::{Error, Fault, File, Host, Res};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Whether it is a folder.
    pub folder: bool,
    /// Bytes; 0 for a folder.
    pub size: u32,
    /// When it was changed, as [`Host::now`]. The root has no time: 2000-01-01.
    pub modified: u32,
}

/// A folder that is being listed.
#[derive(Debug, Clone, Copy)]
pub struct Listing(Option<Spot>);

/// Where a path leads.
pub(crate) struct Place<'a> {
    pub(crate) folder: Folder,
    /// `None` for the root.
    pub(crate) name: Option<Name<'a>>,
    pub(crate) found: Option<Found>,
    /// Whether the way leads through the folder that was to be avoided.
    through: bool,
}

fn info(e: &Entry) -> Info {
    Info { folder: e.is_folder(), size: e.size, modified: e.modified }
}

impl Fat {
    /// Follows a path from the root; `.` and `..` must have been resolved.
    pub(crate) fn walk<'a, H: Host>(&mut self, h: &mut H, path: &'a str, avoid: Option<u32>) -> Res<Place<'a>, H> {
        let mut place = Place { folder: self.root_folder(), name: None, found: None, through: false };
        for part in path.split('/').filter(|p| !p.is_empty()) {
            if place.name.is_some() {
                let Some(found) = place.found else { return Err(Fault::NoEntry.into()) };
                if !found.entry.is_folder() {
                    return Err(Fault::NoEntry.into());
                }
                place.folder = self.folder_of::<H>(&found.entry)?;
                place.through |= avoid == Some(place.folder);
            }
            let name = Name::new(part)?;
            place.name = Some(name);
            place.found = self.find(h, place.folder, name)?;
        }
        Ok(place)
    }

    /// The folder that an entry stands for.
    pub(crate) fn folder_of<H: Host>(&self, e: &Entry) -> Res<Folder, H> {
        if (2..self.end).contains(&e.cluster) { Ok(e.cluster) } else { Err(Fault::Corrupt.into()) }
    }

    fn existing<H: Host>(&mut self, h: &mut H, path: &str) -> Res<Option<Found>, H> {
        let place = self.walk(h, path, None)?;
        match (place.name, place.found) {
            (None, _) => Ok(None),
            (Some(_), Some(found)) => Ok(Some(found)),
            (Some(_), None) => Err(Fault::NoEntry.into()),
        }
    }

    /// What a path names.
    ///
    /// # Errors
    /// [`Fault::NoEntry`]; the device's.
    pub fn stat<H: Host>(&mut self, h: &mut H, path: &str) -> Res<Info, H> {
        Ok(match self.existing(h, path)? {
            Some(found) => info(&found.entry),
            None => Info { folder: true, size: 0, modified: 0x2821_0000 },
        })
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Fault::Exists`], [`Fault::NoEntry`], [`Fault::NoSpace`], [`Fault::Denied`]; the device's.
    pub fn mkdir<H: Host>(&mut self, h: &mut H, path: &str) -> Res<(), H> {
        let place = self.walk(h, path, None)?;
        let Some(name) = place.name.filter(|_| place.found.is_none()) else { return Err(Fault::Exists.into()) };
        let cluster = self.new_cluster(h, None)?;
        let now = h.now();
        let made = self.fill_folder(h, cluster, place.folder, now).and_then(|()| {
            let entry = Entry { attributes: FOLDER, cluster, size: 0, modified: now };
            self.add(h, place.folder, name, entry)
        });
        if let Err(e) = made {
            if matches!(e, Error::Fs(_)) {
                self.free_chain(h, cluster)?;
            }
            return Err(e);
        }
        self.sync(h)
    }

    fn fill_folder<H: Host>(&mut self, h: &mut H, cluster: u32, above: Folder, now: u32) -> Res<(), H> {
        self.clear_cluster(h, cluster)?;
        let first = Fat::first_spot(cluster);
        self.set_raw(h, first, 0, &Fat::dots(1, cluster, now))?;
        let second = self.step(h, first, false)?.ok_or(Fault::Corrupt)?;
        self.set_raw(h, second, 0, &Fat::dots(2, self.named_above(above), now))
    }

    /// How a folder's `..` names the one above: the root is 0 even where it has a cluster.
    fn named_above(&self, above: Folder) -> u32 {
        if self.kind == Kind::Fat32 && above == self.root { 0 } else { above }
    }

    /// Removes a file, or with `folder` an empty folder. A file that is open is not open any more.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::IsDir`], [`Fault::NotDir`]; [`Fault::Denied`] for a folder that is not empty and
    /// for what is read-only; [`Fault::Invalid`] for the root; the device's.
    pub fn remove<H: Host>(&mut self, h: &mut H, path: &str, folder: bool) -> Res<(), H> {
        let Some(found) = self.existing(h, path)? else { return Err(Fault::Invalid.into()) };
        self.remove_found(h, &found, folder)?;
        self.sync(h)
    }

    fn remove_found<H: Host>(&mut self, h: &mut H, found: &Found, folder: bool) -> Res<(), H> {
        let e = &found.entry;
        match (e.is_folder(), folder) {
            (true, false) => return Err(Fault::IsDir.into()),
            (false, true) => return Err(Fault::NotDir.into()),
            _ => {}
        }
        if e.attributes & READ_ONLY != 0 {
            return Err(Fault::Denied.into());
        }
        if folder {
            let own = self.folder_of::<H>(e)?;
            if own == self.root_folder() || !self.is_empty(h, own)? {
                return Err(Fault::Denied.into());
            }
        }
        // What an open file has not told the entry yet: its first cluster.
        let mut cluster = e.cluster;
        for place in 0..h.files() {
            let Some(f) = h.file(place).filter(|f| f.spot == Some(found.spot)) else { continue };
            cluster = if cluster == 0 { f.first } else { cluster };
            h.set_file(place, File { spot: None, ..f });
        }
        self.delete(h, found)?;
        self.flush(h)?;
        self.free_chain(h, cluster)
    }

    /// Renames or moves. A file replaces a file.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::IsDir`]; [`Fault::Invalid`] for the root and for a folder that would be moved into
    /// itself; [`Fault::NoSpace`], [`Fault::Denied`]; the device's.
    pub fn rename<H: Host>(&mut self, h: &mut H, from: &str, to: &str) -> Res<(), H> {
        let Some(old) = self.existing(h, from)? else { return Err(Fault::Invalid.into()) };
        let own = if old.entry.is_folder() { Some(self.folder_of::<H>(&old.entry)?) } else { None };
        let new = self.walk(h, to, own)?;
        let Some(name) = new.name else { return Err(Fault::Exists.into()) };
        if new.through || own == Some(new.folder) {
            return Err(Fault::Invalid.into());
        }
        let mut old = old;
        if let Some(there) = new.found {
            if there.spot == old.spot {
                // Another spelling of the same name.
                self.delete(h, &old)?;
                old.first = old.spot;
                let moved = self.add(h, new.folder, name, old.entry)?;
                self.follow_file(h, old.spot, moved.spot);
                return self.sync(h);
            }
            if own.is_some() && !there.entry.is_folder() {
                return Err(Fault::Exists.into());
            }
            self.remove_found(h, &there, false)?;
        }
        let moved = self.add(h, new.folder, name, old.entry)?;
        if let Some(own) = own {
            let mut second = Fat::first_spot(own);
            second.index = 1;
            let raw = self.raw(h, second)?;
            if raw.starts_with(b"..") {
                let above = self.named_above(new.folder);
                self.set_raw(h, second, 20, &((above >> 16) as u16).to_le_bytes())?;
                self.set_raw(h, second, 26, &(above as u16).to_le_bytes())?;
            }
        }
        self.flush(h)?;
        self.delete(h, &old)?;
        self.follow_file(h, old.spot, moved.spot);
        self.sync(h)
    }

    /// Files that are open under an entry that has moved.
    fn follow_file<H: Host>(&mut self, h: &mut H, from: Spot, to: Spot) {
        for place in 0..h.files() {
            if let Some(f) = h.file(place).filter(|f| f.spot == Some(from)) {
                h.set_file(place, File { spot: Some(to), ..f });
            }
        }
    }

    /// Begins to list a folder.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::NotDir`]; the device's.
    pub fn list<H: Host>(&mut self, h: &mut H, path: &str) -> Res<Listing, H> {
        let folder = match self.existing(h, path)? {
            None => self.root_folder(),
            Some(f) if f.entry.is_folder() => self.folder_of::<H>(&f.entry)?,
            Some(_) => return Err(Fault::NotDir.into()),
        };
        Ok(Listing(Some(Fat::first_spot(folder))))
    }

    /// The next entry: how many UTF-16 units its name has, and what it is. `None` at the end.
    ///
    /// # Errors
    /// [`Fault::Corrupt`]; the device's.
    pub fn next_entry<H: Host>(
        &mut self,
        h: &mut H,
        at: &mut Listing,
        name: &mut [u16; LONG_MAX],
    ) -> Res<Option<(usize, Info)>, H> {
        let Some((entry, len, next)) = self.scan(h, at.0, name)? else {
            at.0 = None;
            return Ok(None);
        };
        at.0 = next;
        Ok(Some((len, info(&entry))))
    }

    /// The entry for a file that is opened: found, or made.
    pub(crate) fn open_entry<H: Host>(&mut self, h: &mut H, path: &str, flags: crate::Flags) -> Res<Found, H> {
        let place = self.walk(h, path, None)?;
        let Some(name) = place.name else { return Err(Fault::IsDir.into()) };
        match place.found {
            Some(_) if flags.create && flags.exclusive => Err(Fault::Exists.into()),
            Some(f) if f.entry.is_folder() => Err(Fault::IsDir.into()),
            Some(f) if flags.write && f.entry.attributes & READ_ONLY != 0 => Err(Fault::Denied.into()),
            Some(f) => Ok(f),
            None if flags.create => {
                let entry = Entry { attributes: ARCHIVE, cluster: 0, size: 0, modified: h.now() };
                self.add(h, place.folder, name, entry)
            }
            None => Err(Fault::NoEntry.into()),
        }
    }
}
