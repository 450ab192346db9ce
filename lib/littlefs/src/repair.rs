//! What must be done before the first change after a power cut, and the global state that tells so.

use crate::change::{Change, Changes};
use crate::mdir::Mdir;
use crate::tag::{NO_ID, Pair, Tag, equal_pair, kind, pair_bytes};
use crate::volume::Lfs;
use crate::{Fault, Host, Res};

/// In the size field of the global state: the superblock is of an older version. Never on the disk.
const OLD_SUPERBLOCK: u32 = 0x200;

impl Lfs {
    /// Counts orphans up or down.
    pub(crate) fn add_orphans(&mut self, by: i32) {
        let count = self.gstate.orphans() as i32;
        let count = (count + by).clamp(0, 0x1ff) as u32;
        let rest = self.gstate.tag & !0x1ff & !(1 << 31);
        let any = count != 0 || rest & OLD_SUPERBLOCK != 0;
        self.gstate.tag = rest | count | u32::from(any) << 31;
    }

    /// Announces that a rename has yet to delete that entry; `NO_ID` for none.
    pub(crate) fn set_move(&mut self, id: u16, pair: Pair) {
        let rest = self.gstate.tag & !Tag::new(0x7ff, 0x3ff, 0).0;
        let none = id == NO_ID;
        self.gstate.tag = rest | if none { 0 } else { Tag::new(kind::DELETE, id, 0).0 };
        self.gstate.pair = if none { [0, 0] } else { pair };
    }

    pub(crate) fn set_old_superblock(&mut self, old: bool) {
        self.gstate.tag = self.gstate.tag & !OLD_SUPERBLOCK | if old { OLD_SUPERBLOCK } else { 0 };
    }

    /// Repairs what a power cut left half done. Cheap if there is nothing to do.
    pub(crate) fn make_consistent<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        if self.gstate.tag & OLD_SUPERBLOCK != 0 {
            let root = self.root;
            let mut m = self.fetch(h, root)?;
            let superblock = self.superblock();
            self.commit(h, &mut m, &[Change::new(kind::INLINESTRUCT, 0, &superblock)])?;
            self.set_old_superblock(false);
        }
        if self.gdisk.has_move() {
            if Tag(self.gdisk.tag).kind() != kind::DELETE {
                return Err(Fault::Corrupt.into());
            }
            self.finish_move(h)?;
        }
        self.remove_orphans(h, true)
    }

    /// Deletes the old entry of a rename.
    pub(crate) fn finish_move<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        let id = Tag(self.gdisk.tag).id();
        let pair = self.gdisk.pair;
        let mut m = self.fetch(h, pair)?;
        if id >= m.count {
            return Err(Fault::Corrupt.into());
        }
        self.set_move(NO_ID, [0, 0]);
        let r = self.commit(h, &mut m, &[Change::splice(kind::DELETE, id)]);
        if r.is_err() && self.gdisk.has_move() {
            // Not done: no other commit may say that it is.
            let move_part = Tag::new(0x7ff, 0x3ff, 0).0;
            self.gstate.tag = self.gstate.tag & !move_part | self.gdisk.tag & move_part;
            self.gstate.pair = self.gdisk.pair;
        }
        r
    }

    /// Finds pairs that moved without their predecessor knowing, and, after a power cut, folders without a parent.
    pub(crate) fn remove_orphans<H: Host>(&mut self, h: &mut H, power_cut: bool) -> Res<(), H> {
        if self.gstate.orphans() == 0 {
            return Ok(());
        }
        // Moved pairs first: what is outdated there could hide a folder without a parent.
        let mut only_moved = true;
        // Each round ends or repairs something; a disk that needs more rounds than it has blocks is damaged.
        let mut rounds = self.g.block_count.saturating_mul(2).saturating_add(8);
        loop {
            let mut more = false;
            let mut before = Mdir::BEFORE;
            let mut brent = crate::mdir::Brent::new();
            while let Some(pair) = self.next_pair(&before, &mut brent)? {
                let m = self.fetch(h, pair)?;
                if !before.split && self.repair_one(h, &mut before, &m, pair, only_moved, power_cut, &mut more)? {
                    rounds = rounds.checked_sub(1).ok_or(Fault::Corrupt)?;
                    brent = crate::mdir::Brent::new();
                    continue;
                }
                before = m;
            }
            if more {
                rounds = rounds.checked_sub(1).ok_or(Fault::Corrupt)?;
                only_moved = true;
            } else if only_moved {
                only_moved = false;
            } else {
                break;
            }
        }
        self.add_orphans(-0x1ff);
        Ok(())
    }

    /// Looks at one pair; whether `before` was changed.
    #[expect(clippy::too_many_arguments, reason = "the state of the walk")]
    fn repair_one<H: Host>(
        &mut self,
        h: &mut H,
        before: &mut Mdir,
        m: &Mdir,
        pair: Pair,
        only_moved: bool,
        power_cut: bool,
        more: &mut bool,
    ) -> Res<bool, H> {
        match self.parent(h, pair)? {
            Some((up, tag)) if only_moved => {
                let (_, named) = self.get_pair(h, &up, tag.id())?;
                if equal_pair(named, pair) {
                    return Ok(false);
                }
                let moved = self.take_move(before.pair);
                let tail = pair_bytes(named);
                let mut list = Changes::new();
                list.push_if(moved.is_some(), Change::splice(kind::DELETE, moved.unwrap_or(0)))?;
                list.push(Change::tail(false, &tail))?;
                *more |= self.commit_with_orphans(h, before, &list)?;
                Ok(true)
            }
            None if !only_moved && power_cut => {
                let mut delta = self.gdelta;
                self.add_share(h, m, &mut delta)?;
                self.gdelta = delta;
                let tail = pair_bytes(m.tail);
                *more |= self.commit_with_orphans(h, before, &[Change::tail(m.split, &tail)])?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}
