//! Operations on paths: looking up, making, removing, renaming, listing.

use crate::change::{Change, Changes, Data};
use crate::host::part_mut;
use crate::mdir::{Brent, Found, Look, Mdir};
use crate::tag::{NO_ID, NULL_PAIR, Pair, Tag, equal_pair, is_null, kind, pair_bytes, same_pair};
use crate::volume::Lfs;
use crate::{Error, Fault, Handle, Host, NAME_MAX, Res, alloc::Visit, cache::Cache};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// An entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// File or folder.
    pub kind: Kind,
    /// Bytes; 0 for a folder.
    pub size: u32,
}

/// Where a path leads.
pub(crate) struct Place<'a> {
    /// The log of the entry, or where it would be.
    pub(crate) m: Mdir,
    /// Its number, or what it would be.
    pub(crate) id: u16,
    /// The entry's tag; `None` if there is none yet. The root has the number [`NO_ID`].
    pub(crate) tag: Option<Tag>,
    /// The last part of the path.
    pub(crate) name: &'a [u8],
    /// Whether a slash follows it.
    pub(crate) slash: bool,
    /// Whether the way leads through a folder that is given as its pair.
    pub(crate) through: bool,
}

impl Place<'_> {
    pub(crate) fn is_dir(&self) -> bool {
        self.tag.is_some_and(|t| t.kind() == kind::DIR)
    }
}

/// A part of a path, and the rest.
type Parts<'a> = (&'a [u8], &'a [u8]);

/// The next part of a path, and the rest; parts that a `..` cancels are left out.
fn next_part<E>(mut path: &[u8]) -> Result<Option<Parts<'_>>, Error<E>> {
    'part: loop {
        let start = path.iter().take_while(|&&c| c == b'/').count();
        path = path.get(start..).unwrap_or(&[]);
        let len = path.iter().take_while(|&&c| c != b'/').count();
        let (name, rest) = path.split_at(len);
        match name {
            b"" => return Ok(None),
            b"." => {
                path = rest;
                continue;
            }
            b".." => return Err(Fault::Invalid.into()),
            _ => {}
        }
        let mut depth = 1;
        let mut ahead = rest;
        loop {
            let start = ahead.iter().take_while(|&&c| c == b'/').count();
            ahead = ahead.get(start..).unwrap_or(&[]);
            let len = ahead.iter().take_while(|&&c| c != b'/').count();
            let (part, after) = ahead.split_at(len);
            match part {
                b"" => return Ok(Some((name, rest))),
                b"." => {}
                b".." => depth -= 1,
                _ => depth += 1,
            }
            ahead = after;
            if depth == 0 {
                path = after;
                continue 'part;
            }
        }
    }
}

impl Lfs {
    /// Follows a path.
    pub(crate) fn find<'a, H: Host>(&mut self, h: &mut H, path: &'a [u8], avoid: Option<Pair>) -> Res<Place<'a>, H> {
        if path.is_empty() {
            return Err(Fault::Invalid.into());
        }
        let mut place = Place {
            m: Mdir { tail: self.root, ..Mdir::BEFORE },
            id: NO_ID,
            tag: Some(Tag::new(kind::DIR, NO_ID, 0)),
            name: b"",
            slash: false,
            through: false,
        };
        let mut rest = path;
        while let Some((name, after)) = next_part(rest)? {
            let Some(tag) = place.tag else { return Err(Fault::NoEntry.into()) };
            if tag.kind() != kind::DIR {
                return Err(Fault::NotDir.into());
            }
            if tag.id() != NO_ID {
                let (tag, pair) = self.get_pair(h, &place.m, tag.id())?;
                if tag.kind() != kind::DIRSTRUCT {
                    return Err(Fault::Corrupt.into());
                }
                place.through |= avoid.is_some_and(|a| same_pair(a, pair));
                place.m.tail = pair;
            }
            self.find_in(h, &mut place, name)?;
            (place.name, rest) = (name, after);
            place.slash = after.first() == Some(&b'/');
        }
        Ok(place)
    }

    /// Looks a name up in the folder whose first pair is `place.m.tail`.
    fn find_in<H: Host>(&mut self, h: &mut H, place: &mut Place<'_>, name: &[u8]) -> Res<(), H> {
        let mut brent = Brent::new();
        loop {
            let Some(pair) = self.next_pair(&place.m, &mut brent)? else { return Err(Fault::Corrupt.into()) };
            let found;
            (place.m, found) = self.search(h, pair, Look::Name(name))?;
            match found {
                Found::Here(tag) => {
                    place.id = tag.id().min(place.m.count);
                    place.tag = Some(tag);
                    return Ok(());
                }
                Found::Before(id) => {
                    (place.id, place.tag) = (id, None);
                    return Ok(());
                }
                Found::No if !place.m.split => {
                    (place.id, place.tag) = (place.m.count, None);
                    return Ok(());
                }
                Found::No => {}
            }
        }
    }

    /// Follows a path to something that exists.
    fn find_existing<'a, H: Host>(&mut self, h: &mut H, path: &'a [u8]) -> Res<(Place<'a>, Tag), H> {
        let place = self.find(h, path, None)?;
        let Some(tag) = place.tag else { return Err(Fault::NoEntry.into()) };
        if place.slash && tag.kind() != kind::DIR {
            return Err(Fault::NotDir.into());
        }
        Ok((place, tag))
    }

    pub(crate) fn check_name<E>(&self, name: &[u8]) -> Result<(), Error<E>> {
        if name.len() > (self.name_max as usize).min(NAME_MAX) {
            return Err(Fault::NameTooLong.into());
        }
        Ok(())
    }

    fn info<H: Host>(&mut self, h: &mut H, m: &Mdir, tag: Tag) -> Res<Info, H> {
        match tag.kind() {
            kind::DIR => Ok(Info { kind: Kind::Folder, size: 0 }),
            kind::REG => {
                let (tag, [_, size]) = self.get_pair(h, m, tag.id())?;
                let size = if tag.kind() == kind::INLINESTRUCT { tag.size() } else { size };
                Ok(Info { kind: Kind::File, size })
            }
            _ => Err(Fault::Corrupt.into()),
        }
    }

    /// What a path names.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::NotDir`]; the device's.
    pub fn stat<H: Host>(&mut self, h: &mut H, path: &[u8]) -> Res<Info, H> {
        let (place, tag) = self.find_existing(h, path)?;
        self.info(h, &place.m, tag)
    }

    /// Reads an attribute; how many bytes it has, of which `to` holds the first. `None` if there is none.
    ///
    /// # Errors
    /// As for [`Lfs::stat`].
    pub fn attribute<H: Host>(&mut self, h: &mut H, path: &[u8], which: u8, to: &mut [u8]) -> Res<Option<usize>, H> {
        let (place, tag) = self.find_existing(h, path)?;
        if tag.id() == NO_ID {
            return Ok(None);
        }
        let want = Tag::new(kind::USERATTR + u16::from(which), tag.id(), 0);
        let Some((tag, off)) = self.get(h, &place.m, Tag::new(0x7ff, 0x3ff, 0), want)? else { return Ok(None) };
        let n = (tag.size() as usize).min(to.len());
        self.read(h, tag.size(), place.m.pair[0], off, part_mut(to, 0, n as u32)?)?;
        Ok(Some(tag.size() as usize))
    }

    /// How many blocks are in use. Costs a walk over all metadata.
    ///
    /// # Errors
    /// The device's; [`Fault::Corrupt`].
    pub fn used_blocks<H: Host>(&mut self, h: &mut H) -> Res<u32, H> {
        let mut n = Visit::Count(0);
        self.visit_all(h, &mut n, false)?;
        match n {
            Visit::Count(n) => Ok(n.min(self.g.block_count)),
            Visit::Mark => Ok(0),
        }
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Fault::Exists`], [`Fault::NoEntry`] for the folder above, [`Fault::NoSpace`]; the device's.
    pub fn mkdir<H: Host>(&mut self, h: &mut H, path: &[u8]) -> Res<(), H> {
        self.make_consistent(h)?;
        let Place { m: mut up, mut id, tag, name, .. } = self.find(h, path, None)?;
        if tag.is_some() {
            return Err(Fault::Exists.into());
        }
        self.check_name(name)?;
        self.checkpoint();
        let mut m = self.new_pair(h)?;
        let mut pred = up;
        let mut brent = Brent::new();
        while pred.split {
            let Some(pair) = self.next_pair(&pred, &mut brent)? else { return Err(Fault::Corrupt.into()) };
            pred = self.fetch(h, pair)?;
        }
        let tail = pair_bytes(pred.tail);
        self.commit(h, &mut m, &[Change::tail(false, &tail)])?;
        let own = pair_bytes(m.pair);
        let in_list = up.split;
        if in_list {
            // Two commits where one would be needed: until the second the new folder is an orphan.
            self.add_orphans(1);
            self.commit(h, &mut pred, &[Change::tail(false, &own)])?;
            self.add_orphans(-1);
            // That may have moved or split the folder above.
            let again = self.find(h, path, None)?;
            if again.tag.is_some() {
                return Err(Fault::Corrupt.into());
            }
            (up, id) = (again.m, again.id);
        }
        let mut list = Changes::new();
        list.push(Change::splice(kind::CREATE, id))?;
        list.push(Change::new(kind::DIR, id, name))?;
        list.push(Change::new(kind::DIRSTRUCT, id, &own))?;
        list.push_if(!in_list, Change::tail(false, &own))?;
        self.commit(h, &mut up, &list)
    }

    /// The log of a folder that is going to be replaced or removed, if that is empty.
    fn empty_folder<H: Host>(&mut self, h: &mut H, m: &Mdir, id: u16) -> Res<Mdir, H> {
        let (tag, pair) = self.get_pair(h, m, id)?;
        if tag.kind() != kind::DIRSTRUCT {
            return Err(Fault::Corrupt.into());
        }
        let gone = self.fetch(h, pair)?;
        if gone.count > 0 || gone.split {
            return Err(Fault::NotEmpty.into());
        }
        Ok(gone)
    }

    /// Takes the folder out of the list, after nothing names it any more.
    fn drop_folder<H: Host>(&mut self, h: &mut H, gone: &Mdir) -> Res<(), H> {
        self.add_orphans(-1);
        for place in 0..h.handles() {
            let Some(mut f) = h.handle(place) else { continue };
            if f.is_dir && same_pair(f.m.pair, gone.pair) {
                f.m.pair = NULL_PAIR;
                h.set_handle(place, f);
            }
        }
        let Some(mut before) = self.predecessor(h, gone.pair)? else { return Err(Fault::Corrupt.into()) };
        self.drop_log(h, &mut before, gone)
    }

    /// Removes a file or an empty folder. Of a file that is open, nothing that is written any more is kept.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::NotEmpty`]; [`Fault::Invalid`] for the root; the device's.
    pub fn remove<H: Host>(&mut self, h: &mut H, path: &[u8]) -> Res<(), H> {
        self.make_consistent(h)?;
        let (mut place, tag) = self.find_existing(h, path)?;
        if tag.id() == NO_ID {
            return Err(Fault::Invalid.into());
        }
        let folder = tag.kind() == kind::DIR;
        if folder {
            let gone = self.empty_folder(h, &place.m, tag.id())?;
            self.add_orphans(1);
            self.pins[0] = Some(gone);
        }
        let r = self.commit(h, &mut place.m, &[Change::splice(kind::DELETE, tag.id())]);
        let gone = self.pins[0].take();
        r?;
        match gone {
            Some(gone) if folder => self.drop_folder(h, &gone),
            _ => Ok(()),
        }
    }

    /// Renames or moves a file or folder. A file replaces a file, a folder an empty folder. A power cut leaves either
    /// the old name or the new one.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::IsDir`], [`Fault::NotDir`], [`Fault::NotEmpty`]; [`Fault::Invalid`] for the root
    /// and for a folder that would be moved into itself; the device's.
    pub fn rename<H: Host>(&mut self, h: &mut H, from: &[u8], to: &[u8]) -> Res<(), H> {
        self.make_consistent(h)?;
        let (old, old_tag) = self.find_existing(h, from)?;
        if old_tag.id() == NO_ID {
            return Err(Fault::Invalid.into());
        }
        let folder = old_tag.kind() == kind::DIR;
        let own = if folder { Some(self.get_pair(h, &old.m, old_tag.id())?.1) } else { None };
        let mut new = self.find(h, to, own)?;
        if new.tag.is_some_and(|t| t.id() == NO_ID) || new.through {
            return Err(Fault::Invalid.into());
        }
        if new.slash && !folder {
            return Err(Fault::NotDir.into());
        }
        let same = same_pair(old.m.pair, new.m.pair);
        let mut old_id = old_tag.id();
        let mut replaced = false;
        match new.tag {
            None => {
                self.check_name(new.name)?;
                if own.is_some_and(|own| same_pair(own, new.m.pair)) {
                    return Err(Fault::Invalid.into());
                }
                if same && new.id <= old_id {
                    old_id += 1;
                }
            }
            Some(_) if new.is_dir() != folder => {
                return Err(if new.is_dir() { Fault::IsDir } else { Fault::NotDir }.into());
            }
            Some(_) if same && new.id == old_id => return Ok(()),
            Some(_) if folder => {
                let gone = self.empty_folder(h, &new.m, new.id)?;
                self.add_orphans(1);
                self.pins[0] = Some(gone);
                replaced = true;
            }
            Some(_) => {}
        }
        // Files that are open under the old name go on under the new one.
        let mut open = 0_u64;
        for place in 0..h.handles().min(64) {
            if h.handle(place).is_some_and(|f| !f.is_dir && f.id == old_tag.id() && same_pair(f.m.pair, old.m.pair)) {
                open |= 1 << place;
            }
        }
        if !same {
            self.set_move(old_id, old.m.pair);
        }
        let r = self.move_entry(h, &old, old_tag, &mut new, same.then_some(old_id));
        let gone = self.pins[0].take();
        if r.is_err() && !same {
            // Nothing was written: what is announced must not be.
            self.gstate = self.gdisk;
        }
        r?;
        if !same && self.gstate.has_move() {
            self.finish_move(h)?;
        }
        if open != 0 {
            let moved = self.find(h, to, None)?;
            for place in (0..64).filter(|place| open >> place & 1 == 1) {
                if let Some(f) = h.handle(place) {
                    h.set_handle(place, Handle { m: moved.m, id: moved.id, ..f });
                }
            }
        }
        match gone {
            Some(gone) if replaced => self.drop_folder(h, &gone),
            _ => Ok(()),
        }
    }

    /// Writes the new entry with all that the old one has.
    fn move_entry<H: Host>(
        &mut self,
        h: &mut H,
        old: &Place<'_>,
        old_tag: Tag,
        new: &mut Place<'_>,
        delete: Option<u16>,
    ) -> Res<(), H> {
        let mut list = Changes::new();
        list.push_if(new.tag.is_some(), Change::splice(kind::DELETE, new.id))?;
        list.push(Change::splice(kind::CREATE, new.id))?;
        list.push(Change::new(old_tag.kind(), new.id, new.name))?;
        let Some((tag, off)) = self.get_struct(h, &old.m, old_tag.id())? else { return Err(Fault::Corrupt.into()) };
        let to = Tag::new(tag.kind(), new.id, tag.size() as u16);
        list.push(Change { tag: to, data: Data::Disk(old.m.pair[0], off) })?;
        // The attributes, whichever they are: found in one pass over the log.
        self.each_attribute(h, &old.m, old_tag.id(), |tag, block, off| {
            let to = Tag::new(tag.kind(), new.id, tag.size() as u16);
            list.push(Change { tag: to, data: Data::Disk(block, off) })
        })?;
        list.push_if(delete.is_some(), Change::splice(kind::DELETE, delete.unwrap_or(0)))?;
        self.commit(h, &mut new.m, &list)
    }

    /// Begins to list a folder: what the host has to keep at a place of its table.
    ///
    /// # Errors
    /// [`Fault::NoEntry`], [`Fault::NotDir`]; the device's.
    pub fn open_folder<H: Host>(&mut self, h: &mut H, path: &[u8]) -> Res<Handle, H> {
        let (place, tag) = self.find_existing(h, path)?;
        if tag.kind() != kind::DIR {
            return Err(Fault::NotDir.into());
        }
        let pair = if tag.id() == NO_ID { self.root } else { self.get_pair(h, &place.m, tag.id())?.1 };
        let m = self.fetch(h, pair)?;
        Ok(Handle {
            m,
            id: 0,
            is_dir: true,
            flags: 0,
            start: m.pair,
            head: 0,
            size: 0,
            pos: 0,
            block: 0,
            off: 0,
            cache: Cache::EMPTY,
            stamp: None,
        })
    }

    /// The next entry: its name's length in `name`, and what it is. `None` at the end.
    ///
    /// # Errors
    /// [`Fault::BadFile`] if no folder is open there; [`Fault::Corrupt`]; the device's.
    pub fn next_entry<H: Host>(
        &mut self,
        h: &mut H,
        place: usize,
        name: &mut [u8; NAME_MAX],
    ) -> Res<Option<(usize, Info)>, H> {
        let Some(mut f) = h.handle(place).filter(|f| f.is_dir) else { return Err(Fault::BadFile.into()) };
        if is_null(f.m.pair) {
            return Ok(None);
        }
        loop {
            if f.id >= f.m.count {
                // A ring leads back to where listing began, or is caught here after as many steps as blocks.
                if !f.m.split || is_null(f.m.tail) || equal_pair(f.m.tail, f.start) || f.pos > self.g.block_count {
                    h.set_handle(place, f);
                    return Ok(None);
                }
                f.pos += 1;
                f.m = self.fetch(h, f.m.tail)?;
                f.id = 0;
                continue;
            }
            let id = f.id;
            f.id += 1;
            let Some((tag, off)) = self.get(h, &f.m, Tag::new(0x780, 0x3ff, 0), Tag::new(kind::NAME, id, 0))? else {
                continue;
            };
            let info = match self.info(h, &f.m, tag) {
                Ok(info) => info,
                Err(Error::Fs(Fault::NoEntry)) => continue,
                Err(e) => return Err(e),
            };
            let len = (tag.size() as usize).min(NAME_MAX);
            self.read(h, tag.size(), f.m.pair[0], off, part_mut(name, 0, len as u32)?)?;
            h.set_handle(place, f);
            return Ok(Some((len, info)));
        }
    }
}
