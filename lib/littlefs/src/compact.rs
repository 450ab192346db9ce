//! Compaction: writing what is still alive of a log into a fresh block, in as many pairs as it takes.

use crate::change::{Change, Data};
use crate::host::{is_corrupt, is_full};
use crate::mdir::{Global, Mdir};
use crate::tag::{Pair, Tag, is_null, kind, pair_bytes, same_pair};
use crate::volume::Lfs;
use crate::{Fault, Host, Res};

/// The pair of the superblock, which never moves.
const FIRST: Pair = [0, 1];

/// A place in a log and the changes that come after it.
#[derive(Clone, Copy)]
struct Walk {
    off: u32,
    ptag: Tag,
    change: usize,
}

/// Which part of a log is meant: file numbers `begin` up to `end`, after the changes.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) begin: u16,
    pub(crate) end: u16,
}

impl Lfs {
    /// The next entry of the log, or of the changes after its end.
    fn walk<'a, H: Host>(
        &mut self,
        h: &mut H,
        log: &Mdir,
        changes: &[Change<'a>],
        w: &mut Walk,
    ) -> Res<Option<Change<'a>>, H> {
        let size = w.ptag.entry_size();
        if w.off + size < log.off {
            w.off += size;
            let mut b = [0; 4];
            self.read(h, self.g.block_size, log.pair[0], w.off, &mut b)?;
            let tag = Tag(u32::from_be_bytes(b) ^ w.ptag.0).valid();
            w.ptag = tag;
            return Ok(Some(Change { tag, data: Data::Disk(log.pair[0], w.off + 4) }));
        }
        let c = changes.get(w.change).copied();
        w.change += 1;
        Ok(c)
    }

    /// The tag that the entry has in the end, if nothing after it replaces or deletes it.
    fn survives<H: Host>(
        &mut self,
        h: &mut H,
        log: &Mdir,
        changes: &[Change<'_>],
        mut tag: Tag,
        mut w: Walk,
    ) -> Res<Option<Tag>, H> {
        if tag.is_delete() {
            return Ok(None);
        }
        while let Some(later) = self.walk(h, log, changes, &mut w)? {
            let later = later.tag;
            // Structures replace each other, whatever they are; of names and attributes each has its own.
            let mask = if later.kind() & 0x100 != 0 { 0x7ff } else { 0x700 };
            if later.same(tag, Tag::new(mask, 0x3ff, 0))
                || later.same(Tag::new(kind::DELETE, tag.id(), 0), Tag::new(0x7ff, 0x3ff, 0))
            {
                return Ok(None);
            }
            if later.family() == kind::SPLICE && later.id() <= tag.id() {
                tag = tag.shifted(later.splice());
            }
        }
        Ok(Some(tag))
    }

    /// The next entry of that part that survives.
    fn next_alive<'a, H: Host>(
        &mut self,
        h: &mut H,
        log: &Mdir,
        changes: &[Change<'a>],
        part: Part,
        w: &mut Walk,
    ) -> Res<Option<Change<'a>>, H> {
        while let Some(mut c) = self.walk(h, log, changes, w)? {
            if c.tag.kind() & 0x400 != 0 {
                continue;
            }
            let Some(tag) = self.survives(h, log, changes, c.tag, *w)? else { continue };
            if (part.begin..part.end).contains(&tag.id()) {
                c.tag = tag.shifted(-i32::from(part.begin));
                return Ok(Some(c));
            }
        }
        Ok(None)
    }

    fn start() -> Walk {
        Walk { off: 0, ptag: Tag::NONE, change: 0 }
    }

    /// Whether the log has had its share of erasures, and now is the time to move it. The time is a commit that no
    /// other commit caused: two logs that name each other would otherwise move each other without end, and with every
    /// step more outdated copies of both stand in the list.
    fn needs_move(&self, m: &Mdir) -> bool {
        self.may_move && self.cycle().is_some_and(|n| m.rev.wrapping_add(1).is_multiple_of(n))
    }

    /// Compacts the log, splitting it if it is too large for one pair. Whether the pair has moved.
    pub(crate) fn split_compact<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
        log: &Mdir,
    ) -> Res<bool, H> {
        let before = (self.root, self.gdisk, self.gdelta);
        let r = self.split_and_compact(h, m, changes, log);
        if r.is_err() {
            // Nothing that was split off is in the list: the disk is as it was.
            (self.root, self.gdisk, self.gdelta) = before;
        }
        r
    }

    fn split_and_compact<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
        log: &Mdir,
    ) -> Res<bool, H> {
        let begin = 0;
        let mut end = m.count;
        loop {
            let mut split = begin;
            while end - split > 1 {
                let mut size = 0;
                let mut w = Self::start();
                while let Some(c) = self.next_alive(h, log, changes, Part { begin: split, end }, &mut w)? {
                    size += c.tag.entry_size();
                }
                // Room for the tail, the global state, the end of a move, and the checksum. And half a block stays
                // free: a log that is always nearly full would be compacted at every commit.
                let half = crate::cache::up(self.g.block_size / 2, self.g.prog_size);
                if end - split < 0xff && size <= half.min(self.g.block_size - 40) {
                    break;
                }
                split += (end - split) / 2;
            }
            if split == begin {
                break;
            }
            let r = self.split(h, m, changes, log, Part { begin: split, end });
            if is_full(&r) {
                // No room for another pair: as it is, more slowly.
                break;
            }
            r?;
            end = split;
        }
        if self.needs_move(m) && same_pair(m.pair, FIRST) {
            let used = self.used_blocks(h)?;
            // What is moved out of the superblock's pair stays out, so only if there is plenty of room.
            if self.g.block_count.saturating_sub(used) > self.g.block_count / 8 {
                let r = self.split(h, m, changes, log, Part { begin, end });
                if !is_full(&r) {
                    r?;
                    end = 1;
                }
            }
        }
        self.compact(h, m, changes, log, Part { begin, end }, false)
    }

    /// Moves a part of the log to a new pair, which becomes the next in the list.
    fn split<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
        log: &Mdir,
        part: Part,
    ) -> Res<(), H> {
        let mut tail = self.new_pair(h)?;
        (tail.split, tail.tail) = (m.split, m.tail);
        self.compact(h, &mut tail, changes, log, part, true)?;
        (m.split, m.tail) = (true, tail.pair);
        if same_pair(m.pair, self.root) && part.begin == 0 {
            self.root = tail.pair;
        }
        Ok(())
    }

    /// Writes a part of the log to the other block of the pair, or to another one if that has gone bad or had its
    /// share of erasures. Whether the pair has moved. Of what is `split_off`, the list does not know yet: it gets no
    /// share of the global state.
    fn compact<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
        log: &Mdir,
        part: Part,
        split_off: bool,
    ) -> Res<bool, H> {
        let mut tired = self.needs_move(m);
        let mut moved = false;
        m.rev = m.rev.wrapping_add(1);
        let mut skip = tired && !same_pair(m.pair, FIRST);
        loop {
            if !skip {
                let share = match split_off {
                    true => Global::default(),
                    false => self.share(h, m, !moved)?,
                };
                let r = self.compact_once(h, m, changes, log, part, share);
                if !is_corrupt(&r) {
                    match r {
                        Err(_) => self.drop_caches(),
                        Ok(()) if split_off => {}
                        Ok(()) => {
                            self.gdelta = Global::default();
                            if !moved {
                                self.gdisk = self.gstate;
                            }
                        }
                    }
                    return r.map(|()| moved);
                }
            }
            skip = false;
            moved = true;
            self.drop_caches();
            if same_pair(m.pair, FIRST) {
                return Err(Fault::NoSpace.into());
            }
            let block = self.new_block(h);
            if tired && is_full(&block) {
                // No block to move to: it stays where it is a little longer.
                moved = false;
            } else {
                m.pair[1] = block?;
            }
            tired = false;
        }
    }

    fn compact_once<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
        log: &Mdir,
        part: Part,
        share: Global,
    ) -> Res<(), H> {
        if !self.erase(h, m.pair[1])? {
            return Err(Fault::Corrupt.into());
        }
        let mut c = self.begin(m.pair[1], 0, Tag::NONE);
        self.put(h, &mut c, &m.rev.to_le_bytes())?;
        let mut w = Self::start();
        while let Some(entry) = self.next_alive(h, log, changes, part, &mut w)? {
            self.put_entry(h, &mut c, &entry)?;
        }
        if !is_null(m.tail) {
            let tail = pair_bytes(m.tail);
            self.put_entry(h, &mut c, &Change::tail(m.split, &tail))?;
        }
        if share != Global::default() {
            self.put_entry(h, &mut c, &Change::new(kind::MOVESTATE, 0x3ff, &share.bytes()))?;
        }
        self.finish(h, &mut c)?;
        m.pair.swap(0, 1);
        m.count = part.end - part.begin;
        (m.off, m.etag) = (c.off, c.ptag);
        m.erased = true;
        Ok(())
    }

    /// What this pair's share of the global state must become; with all news, if a commit here reaches the disk's
    /// list at once.
    fn share<H: Host>(&mut self, h: &mut H, m: &Mdir, with_news: bool) -> Res<Global, H> {
        let mut delta = self.gdelta;
        if with_news {
            delta.xor(self.gdisk);
            delta.xor(self.gstate);
        }
        delta.tag &= !0x3ff;
        self.add_share(h, m, &mut delta)?;
        Ok(delta)
    }

    /// Appends the changes to the log where it ends.
    pub(crate) fn append<H: Host>(&mut self, h: &mut H, m: &mut Mdir, changes: &[Change<'_>]) -> Res<(), H> {
        let mut c = self.begin(m.pair[0], m.off, m.etag);
        for change in changes {
            self.put_entry(h, &mut c, change)?;
        }
        let mut news = self.gdelta;
        news.xor(self.gdisk);
        news.xor(self.gstate);
        news.tag &= !0x3ff;
        if news != Global::default() {
            let share = self.share(h, m, true)?;
            self.put_entry(h, &mut c, &Change::new(kind::MOVESTATE, 0x3ff, &share.bytes()))?;
        }
        self.finish(h, &mut c)?;
        (m.off, m.etag) = (c.off, c.ptag);
        self.gdelta = Global::default();
        self.gdisk = self.gstate;
        Ok(())
    }
}

impl Lfs {
    /// Gives every attribute of a file: its tag, and where it is.
    pub(crate) fn each_attribute<H: Host>(
        &mut self,
        h: &mut H,
        log: &Mdir,
        id: u16,
        mut f: impl FnMut(Tag, u32, u32) -> Result<(), Fault>,
    ) -> Res<(), H> {
        let part = Part { begin: id, end: id + 1 };
        let mut w = Self::start();
        while let Some(c) = self.next_alive(h, log, &[], part, &mut w)? {
            if let (kind::USERATTR, Data::Disk(block, off)) = (c.tag.family(), c.data) {
                f(c.tag, block, off)?;
            }
        }
        Ok(())
    }
}
