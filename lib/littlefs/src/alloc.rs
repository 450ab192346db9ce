//! The block allocator: a window of bits over the disk, filled by walking everything that is in use.
//!
//! Invariant: after a checkpoint, no block is given out twice before the next one, even if nothing on the disk
//! names it yet: the window only moves forward, and not further than once around.

use crate::host::part_mut;
use crate::mdir::{Brent, Mdir};
use crate::tag::{Pair, Tag, kind};
use crate::volume::Lfs;
use crate::{Buf, Fault, Host, Res, file};

/// The window: where it starts, how many blocks it covers, which comes next, and how many blocks may still be looked
/// at before the disk counts as full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) start: u32,
    pub(crate) size: u32,
    next: u32,
    left: u32,
}

impl Window {
    pub(crate) fn new(block_count: u32) -> Window {
        Window { start: 0, size: 0, next: 0, left: block_count }
    }
}

/// What a walk over all blocks does with them.
pub(crate) enum Visit {
    /// Marks them in the window.
    Mark,
    Count(u32),
}

impl Lfs {
    /// Nothing is in flight: blocks that nothing names may be given out again.
    pub(crate) fn checkpoint(&mut self) {
        self.window.left = self.g.block_count;
    }

    /// A free block. The handles in the host's table must be up to date.
    pub(crate) fn new_block<H: Host>(&mut self, h: &mut H) -> Res<u32, H> {
        loop {
            let mut found = None;
            while self.window.next < self.window.size {
                let n = self.window.next;
                let used = h.bytes(Buf::Look).get(n as usize / 8).copied().ok_or(Fault::Invalid)? >> (n % 8) & 1 == 1;
                if used || found.is_none() {
                    self.window.next += 1;
                    self.window.left = self.window.left.saturating_sub(1);
                }
                if !used {
                    if found.is_some() {
                        break;
                    }
                    let at = u64::from(self.window.start) + u64::from(n);
                    found = Some((at % u64::from(self.g.block_count.max(1))) as u32);
                }
            }
            if let Some(block) = found {
                return Ok(block);
            }
            if self.window.left == 0 {
                return Err(Fault::NoSpace.into());
            }
            self.scan(h)?;
        }
    }

    fn scan<H: Host>(&mut self, h: &mut H) -> Res<(), H> {
        let w = &mut self.window;
        let start = u64::from(w.start) + u64::from(w.next);
        w.start = (start % u64::from(self.g.block_count.max(1))) as u32;
        w.next = 0;
        w.size = self.lookahead.saturating_mul(8).min(w.left);
        part_mut(h.bytes_mut(Buf::Look), 0, self.lookahead)?.fill(0);
        let r = self.visit_all(h, &mut Visit::Mark, true);
        if r.is_err() {
            self.window.size = 0;
            self.checkpoint();
        }
        r
    }

    pub(crate) fn visit<H: Host>(&mut self, h: &mut H, what: &mut Visit, block: u32) -> Res<(), H> {
        match what {
            Visit::Count(n) => *n = n.saturating_add(1),
            Visit::Mark => {
                if block >= self.g.block_count {
                    return Err(Fault::Corrupt.into());
                }
                let count = u64::from(self.g.block_count);
                let n = ((u64::from(block) + count - u64::from(self.window.start)) % count) as u32;
                if n < self.window.size
                    && let Some(b) = h.bytes_mut(Buf::Look).get_mut(n as usize / 8)
                {
                    *b |= 1 << (n % 8);
                }
            }
        }
        Ok(())
    }

    /// Visits every block in use; folders that no list names, too, if `orphans`.
    pub(crate) fn visit_all<H: Host>(&mut self, h: &mut H, what: &mut Visit, orphans: bool) -> Res<(), H> {
        let mut m = Mdir::BEFORE;
        let mut brent = Brent::new();
        while let Some(pair) = self.next_pair(&m, &mut brent)? {
            self.visit(h, what, pair[0])?;
            self.visit(h, what, pair[1])?;
            m = self.fetch(h, pair)?;
            for id in 0..m.count {
                let Some((tag, _)) = self.get_struct(h, &m, id)? else { continue };
                match tag.kind() {
                    kind::CTZSTRUCT => {
                        let (_, [head, size]) = self.get_pair(h, &m, id)?;
                        self.visit_file(h, None, head, size, what)?;
                    }
                    kind::DIRSTRUCT if orphans => {
                        let (_, pair) = self.get_pair(h, &m, id)?;
                        self.visit_folder(h, what, pair)?;
                    }
                    _ => {}
                }
            }
        }
        for place in 0..h.handles() {
            let Some(f) = h.handle(place) else { continue };
            if f.is_dir || f.flags & file::INLINE != 0 {
                continue;
            }
            let over = Some((f.cache, Buf::File(place)));
            if f.flags & file::DIRTY != 0 || crate::tag::is_null(f.m.pair) {
                self.visit_file(h, over, f.head, f.size, what)?;
            }
            if f.flags & file::WRITING != 0 {
                self.visit_file(h, over, f.block, f.pos, what)?;
            }
        }
        Ok(())
    }

    /// Visits a folder that the list may not name yet, or not any more.
    fn visit_folder<H: Host>(&mut self, h: &mut H, what: &mut Visit, pair: Pair) -> Res<(), H> {
        self.visit(h, what, pair[0])?;
        self.visit(h, what, pair[1])?;
        if self.gstate.orphans() == 0 {
            return Ok(());
        }
        // It has moved without the list knowing: what was split off then, and what the last commit has named, is in
        // no log of the list.
        let mut brent = Brent::new();
        let mut m = self.fetch(h, pair)?;
        loop {
            for id in 0..m.count {
                let Some((tag, _)) = self.get_struct(h, &m, id)? else { continue };
                if tag.kind() == kind::CTZSTRUCT {
                    let (_, [head, size]) = self.get_pair(h, &m, id)?;
                    self.visit_file(h, None, head, size, what)?;
                }
            }
            if !m.split {
                return Ok(());
            }
            let Some(next) = self.next_pair(&m, &mut brent)? else { return Ok(()) };
            self.visit(h, what, next[0])?;
            self.visit(h, what, next[1])?;
            m = self.fetch(h, next)?;
        }
    }

    /// A pair for a new log. Nothing is written yet.
    pub(crate) fn new_pair<H: Host>(&mut self, h: &mut H) -> Res<Mdir, H> {
        let second = self.new_block(h)?;
        let first = self.new_block(h)?;
        let pair = [first, second];
        let mut b = [0; 4];
        let rev = match self.read(h, 4, first, 0, &mut b) {
            Ok(()) => u32::from_le_bytes(b),
            Err(crate::Error::Fs(Fault::Corrupt)) => 0,
            Err(e) => return Err(e),
        };
        let rev = match self.cycle() {
            // So that it does not move at once.
            Some(n) => rev.checked_next_multiple_of(n).filter(|&r| r != u32::MAX).unwrap_or(0),
            None => rev,
        };
        Ok(Mdir { pair, rev, off: 4, etag: Tag::NONE, tail: crate::tag::NULL_PAIR, split: false, ..Mdir::BEFORE })
    }

    /// After how many revisions a log moves. Odd, so that both blocks of a pair take their turn, and not 1.
    pub(crate) fn cycle(&self) -> Option<u32> {
        (self.block_cycles > 0).then(|| self.block_cycles.saturating_add(1) | 1)
    }
}
