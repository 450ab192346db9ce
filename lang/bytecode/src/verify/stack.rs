//! The abstract evaluation stack: kinds of items, as runs of equal kinds.
//!
//! Runs keep both a literal of a thousand elements and the states saved at every label small.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::fault::Fault;
use super::kind::Kind;

/// `count` items of one kind; never 0, and never followed by a run of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) count: u16,
}

pub(crate) struct Stack<A: Allocator> {
    runs: Vec<Run, A>,
    items: u32,
    words: u32,
    /// The most words ever needed.
    high: u32,
    /// The most words allowed.
    limit: u32,
    /// Items below this belong to the innermost open block and are not to be touched.
    floor: u32,
}

impl<A: Allocator> Stack<A> {
    pub(crate) fn new_in(allocator: A) -> Self {
        Stack { runs: Vec::new_in(allocator), items: 0, words: 0, high: 0, limit: 0, floor: 0 }
    }

    pub(crate) fn reset(&mut self, limit: u32) {
        self.runs.clear();
        (self.items, self.words, self.high, self.floor) = (0, 0, 0, 0);
        self.limit = limit;
    }

    pub(crate) fn items(&self) -> u32 {
        self.items
    }

    pub(crate) fn high(&self) -> u32 {
        self.high
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn set_floor(&mut self, floor: u32) {
        self.floor = floor;
    }

    /// Takes over a saved stack.
    pub(crate) fn load(&mut self, runs: &[Run]) -> Result<(), Fault> {
        self.runs.clear();
        (self.items, self.words) = (0, 0);
        for run in runs {
            self.push_n(run.kind, u32::from(run.count))?;
        }
        Ok(())
    }

    /// Notes that `extra` words above the stack are needed for a moment.
    pub(crate) fn need(&mut self, extra: u32) -> Result<(), Fault> {
        let words = self.words + extra;
        if words > self.limit {
            return Err(Fault::StackOverflow);
        }
        self.high = self.high.max(words);
        Ok(())
    }

    pub(crate) fn push(&mut self, kind: Kind) -> Result<(), Fault> {
        self.push_n(kind, 1)
    }

    pub(crate) fn push_n(&mut self, kind: Kind, count: u32) -> Result<(), Fault> {
        let Ok(more) = u16::try_from(count) else {
            return Err(Fault::StackOverflow);
        };
        if more == 0 {
            return Ok(());
        }
        self.need(kind.words() * count)?;
        match self.runs.last_mut() {
            // The limit is below 65536, so the sum fits.
            Some(top) if top.kind == kind => top.count = top.count.saturating_add(more),
            _ => {
                self.runs.try_reserve(1).map_err(|_| Fault::OutOfMemory)?;
                self.runs.push(Run { kind, count: more });
            }
        }
        self.items += count;
        self.words += kind.words() * count;
        Ok(())
    }

    /// The kind of the item `depth` places below the top.
    pub(crate) fn peek(&self, depth: u32) -> Result<Kind, Fault> {
        let mut depth = depth;
        for run in self.runs.iter().rev() {
            match depth.checked_sub(u32::from(run.count)) {
                Some(rest) => depth = rest,
                None => return Ok(run.kind),
            }
        }
        Err(Fault::StackUnderflow)
    }

    pub(crate) fn pop(&mut self) -> Result<Kind, Fault> {
        if self.items <= self.floor {
            return Err(Fault::StackUnderflow);
        }
        let Some(top) = self.runs.last_mut() else {
            return Err(Fault::StackUnderflow);
        };
        let kind = top.kind;
        top.count -= 1;
        if top.count == 0 {
            self.runs.pop();
        }
        self.items -= 1;
        self.words -= kind.words();
        Ok(kind)
    }

    /// Pops an item that `accept` must approve of.
    pub(crate) fn take(&mut self, accept: fn(Kind) -> bool) -> Result<Kind, Fault> {
        let kind = self.pop()?;
        if accept(kind) { Ok(kind) } else { Err(Fault::StackKind) }
    }

    /// Pops `count` items, all of which `accept` must approve of.
    pub(crate) fn take_n(&mut self, count: u32, accept: fn(Kind) -> bool) -> Result<(), Fault> {
        let mut left = count;
        if self.items.checked_sub(count).is_none_or(|rest| rest < self.floor) {
            return Err(Fault::StackUnderflow);
        }
        while left > 0 {
            let Some(top) = self.runs.last_mut() else {
                return Err(Fault::StackUnderflow);
            };
            if !accept(top.kind) {
                return Err(Fault::StackKind);
            }
            let n = left.min(u32::from(top.count));
            self.words -= top.kind.words() * n;
            top.count -= n as u16;
            if top.count == 0 {
                self.runs.pop();
            }
            self.items -= n;
            left -= n;
        }
        Ok(())
    }

    /// The kind of the one-word item `words` words below the top; the way down to it must be of
    /// known size.
    pub(crate) fn peek_word(&self, words: u32) -> Result<Kind, Fault> {
        let mut words = words;
        for run in self.runs.iter().rev() {
            if matches!(run.kind, Kind::Outcome | Kind::Pending) {
                return Err(Fault::StackKind);
            }
            match words.checked_sub(run.kind.words() * u32::from(run.count)) {
                Some(rest) => words = rest,
                None => return Ok(run.kind),
            }
        }
        Err(Fault::StackUnderflow)
    }
}

/// Merges an incoming stack into a saved one, item by item, appending the result to `out`.
///
/// Returns how many runs were looked at. Fails if the stacks differ in height or in kinds that
/// have nothing in common.
pub(crate) fn join<A: Allocator>(saved: &[Run], incoming: &[Run], out: &mut Vec<Run, A>) -> Result<u32, Fault> {
    let start = out.len();
    let (mut a, mut b) = (saved.iter().copied(), incoming.iter().copied());
    let (mut x, mut y) = (a.next(), b.next());
    let mut steps = 0;
    while let (Some(p), Some(q)) = (&mut x, &mut y) {
        steps += 1;
        let kind = p.kind.join(q.kind).ok_or(Fault::StackMismatch)?;
        let count = p.count.min(q.count);
        let open = out.len() > start;
        match out.last_mut() {
            Some(top) if open && top.kind == kind => top.count = top.count.saturating_add(count),
            _ => {
                out.try_reserve(1).map_err(|_| Fault::OutOfMemory)?;
                out.push(Run { kind, count });
            }
        }
        p.count -= count;
        q.count -= count;
        if p.count == 0 {
            x = a.next();
        }
        if q.count == 0 {
            y = b.next();
        }
    }
    if x.is_some() || y.is_some() { Err(Fault::StackMismatch) } else { Ok(steps) }
}
