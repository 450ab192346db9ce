//! Commits as the rest of the crate sees them: a change to a log, and everything that follows from it elsewhere.
//!
//! A commit may compact the log, split it, move it to other blocks, or leave it empty. Whoever names the pair (the
//! folder above, the list of all pairs, open files) must then follow; a power cut in between leaves an orphan, which
//! the global state has announced beforehand.

use crate::change::{Change, Changes, Data};
use crate::host::{is_corrupt, is_full};
use crate::mdir::{Found, Mdir};
use crate::tag::{NO_ID, NULL_PAIR, Pair, Tag, kind, pair_bytes, pair_from, same_pair};
use crate::volume::Lfs;
use crate::{Fault, Host, Res};

/// What became of a log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Same,
    /// Its pair changed.
    Moved,
    /// It is empty and must be taken out of the list.
    Empty,
}

/// How often one commit can cause another before that counts as a ring.
const CASCADE: usize = 64;

impl Lfs {
    /// Commits changes to a log, and cleans up what that made necessary.
    pub(crate) fn commit<H: Host>(&mut self, h: &mut H, m: &mut Mdir, changes: &[Change<'_>]) -> Res<(), H> {
        self.may_move = true;
        let orphans = self.commit_with_orphans(h, m, changes);
        self.may_move = false;
        if orphans? {
            self.remove_orphans(h, false)?;
        }
        Ok(())
    }

    /// Commits; whether it left orphans behind.
    pub(crate) fn commit_with_orphans<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        changes: &[Change<'_>],
    ) -> Res<bool, H> {
        let r = self.commit_cascade(h, m, changes);
        if r.is_err() {
            // What the disk still announces must not be forgotten by the next commit.
            let missing = self.gdisk.orphans().saturating_sub(self.gstate.orphans());
            self.add_orphans(missing as i32);
        }
        r
    }

    fn commit_cascade<H: Host>(&mut self, h: &mut H, m: &mut Mdir, changes: &[Change<'_>]) -> Res<bool, H> {
        let mut lpair = m.pair;
        let mut log = *m;
        let mut pred = Mdir::BEFORE;
        let mut state = self.commit_here(h, &mut log, lpair, changes, Some(&mut pred))?;
        self.may_move = false;
        if same_pair(m.pair, lpair) {
            *m = log;
        }
        if state == After::Empty {
            let mut delta = self.gdelta;
            self.add_share(h, m, &mut delta)?;
            self.gdelta = delta;
            lpair = pred.pair;
            let tail = pair_bytes(m.tail);
            state = self.commit_here(h, &mut pred, lpair, &[Change::tail(m.split, &tail)], None)?;
            log = pred;
        }
        let mut orphans = false;
        for _ in 0..CASCADE {
            if state != After::Moved {
                return Ok(orphans);
            }
            if same_pair(lpair, self.root) {
                self.root = log.pair;
            }
            self.follow_pair(h, lpair, log.pair);
            let now = pair_bytes(log.pair);
            let parent = self.parent(h, lpair)?;
            let has_parent = parent.is_some();
            if let Some((mut up, tag)) = parent {
                // The parent's commit does not reach the predecessor: an orphan until that follows.
                self.add_orphans(1);
                let upper = up.pair;
                let mut tag = tag;
                let moved = self.take_move(upper);
                if let Some(id) = moved
                    && id < tag.id()
                {
                    tag = tag.shifted(-1);
                }
                let mut list = Changes::new();
                list.push_if(moved.is_some(), Change::splice(kind::DELETE, moved.unwrap_or(0)))?;
                list.push(Change { tag, data: Data::Mem(&now) })?;
                state = self.commit_here(h, &mut up, upper, &list, None)?;
                if state == After::Moved {
                    (lpair, log, orphans) = (upper, up, true);
                    continue;
                }
            }
            let Some(mut before) = self.predecessor(h, lpair)? else { return Ok(orphans) };
            if self.gstate.orphans() != 0 {
                self.add_orphans(-i32::from(has_parent));
            }
            lpair = before.pair;
            let moved = self.take_move(lpair);
            let mut list = Changes::new();
            list.push_if(moved.is_some(), Change::splice(kind::DELETE, moved.unwrap_or(0)))?;
            list.push(Change::tail(before.split, &now))?;
            state = self.commit_here(h, &mut before, lpair, &list, None)?;
            log = before;
        }
        Err(Fault::Corrupt.into())
    }

    /// Takes over the end of a move that is pending in that pair: the number of the entry to delete. A pair that is
    /// written anyway must do so, since writing makes the number stale.
    pub(crate) fn take_move(&mut self, pair: Pair) -> Option<u16> {
        let id = self.gstate.moves_from(pair).then(|| Tag(self.gstate.tag).id());
        if id.is_some() {
            self.set_move(NO_ID, NULL_PAIR);
        }
        id
    }

    /// Commits to one log: appends, or else compacts. `pair` is where the log was before; `pred` receives the
    /// predecessor of a log that has become empty, without it such a log stays.
    fn commit_here<H: Host>(
        &mut self,
        h: &mut H,
        m: &mut Mdir,
        pair: Pair,
        changes: &[Change<'_>],
        pred: Option<&mut Mdir>,
    ) -> Res<After, H> {
        let log = *m;
        let mut deletes = false;
        for c in changes {
            match c.tag.kind() {
                kind::CREATE => m.count += 1,
                kind::DELETE => {
                    m.count = m.count.saturating_sub(1);
                    deletes = true;
                }
                _ if c.tag.family() == kind::TAIL => {
                    if let Data::Mem(b) = c.data {
                        m.tail = pair_from(b);
                    }
                    m.split = c.tag.chunk() & 1 == 1;
                }
                _ => {}
            }
        }
        let mut state = After::Same;
        if let (true, 0, Some(pred)) = (deletes, m.count, pred)
            && let Some(before) = self.predecessor(h, m.pair)?
        {
            *pred = before;
            if before.split {
                state = After::Empty;
            }
        }
        if state == After::Same {
            let mut done = false;
            if m.erased {
                let r = self.append(h, m, changes);
                if r.is_err() {
                    self.drop_caches();
                }
                if !is_full(&r) && !is_corrupt(&r) {
                    r?;
                    done = true;
                }
            }
            if !done && self.split_compact(h, m, changes, &log)? {
                state = After::Moved;
            }
        }
        self.follow(h, pair, m, changes)?;
        Ok(state)
    }

    /// Brings open files and pinned logs up to date after a commit to `pair`.
    fn follow<H: Host>(&mut self, h: &mut H, pair: Pair, m: &Mdir, changes: &[Change<'_>]) -> Res<(), H> {
        for pin in self.pins.iter_mut().flatten() {
            if same_pair(pin.pair, pair) {
                *pin = *m;
            }
        }
        for place in 0..h.handles() {
            let Some(mut f) = h.handle(place) else { continue };
            if !same_pair(f.m.pair, pair) {
                continue;
            }
            f.m = *m;
            for c in changes {
                let id = c.tag.id();
                match c.tag.kind() {
                    kind::DELETE if f.id == id && !f.is_dir => {
                        f.m.pair = NULL_PAIR;
                        break;
                    }
                    kind::DELETE if f.id > id => f.id -= 1,
                    kind::CREATE if f.id >= id => f.id += 1,
                    _ => {}
                }
            }
            let mut hops = 0;
            while f.id >= f.m.count && f.m.split && !crate::tag::is_null(f.m.pair) {
                if !same_pair(f.m.tail, self.root) {
                    f.id -= f.m.count;
                }
                f.m = self.fetch(h, f.m.tail)?;
                hops += 1;
                if hops > CASCADE {
                    return Err(Fault::Corrupt.into());
                }
            }
            h.set_handle(place, f);
        }
        Ok(())
    }

    /// A log moved as a whole.
    fn follow_pair<H: Host>(&mut self, h: &mut H, from: Pair, to: Pair) {
        for pin in self.pins.iter_mut().flatten() {
            if same_pair(pin.pair, from) {
                pin.pair = to;
            }
        }
        for place in 0..h.handles() {
            let Some(mut f) = h.handle(place) else { continue };
            let (log, start) = (same_pair(f.m.pair, from), f.is_dir && same_pair(f.start, from));
            if log {
                f.m.pair = to;
            }
            if start {
                f.start = to;
            }
            if log || start {
                h.set_handle(place, f);
            }
        }
    }

    /// Takes a log that is not needed any more out of the list; `before` is the one that leads to it.
    pub(crate) fn drop_log<H: Host>(&mut self, h: &mut H, before: &mut Mdir, gone: &Mdir) -> Res<(), H> {
        let mut delta = self.gdelta;
        self.add_share(h, gone, &mut delta)?;
        self.gdelta = delta;
        let tail = pair_bytes(gone.tail);
        self.commit(h, before, &[Change::tail(gone.split, &tail)])
    }

    /// The log that names this pair as a folder, and the entry.
    pub(crate) fn parent<H: Host>(&mut self, h: &mut H, pair: Pair) -> Res<Option<(Mdir, Tag)>, H> {
        let mut m = Mdir::BEFORE;
        let mut brent = crate::mdir::Brent::new();
        while let Some(next) = self.next_pair(&m, &mut brent)? {
            let found;
            (m, found) = self.search(h, next, crate::mdir::Look::Parent(pair))?;
            if let Found::Here(tag) = found {
                return Ok(Some((m, tag)));
            }
        }
        Ok(None)
    }

    /// The log whose next one is this pair.
    pub(crate) fn predecessor<H: Host>(&mut self, h: &mut H, pair: Pair) -> Res<Option<Mdir>, H> {
        let mut m = Mdir::BEFORE;
        let mut brent = crate::mdir::Brent::new();
        while let Some(next) = self.next_pair(&m, &mut brent)? {
            if same_pair(next, pair) {
                return Ok((!same_pair(m.pair, NULL_PAIR)).then_some(m));
            }
            m = self.fetch(h, next)?;
        }
        Ok(None)
    }
}
