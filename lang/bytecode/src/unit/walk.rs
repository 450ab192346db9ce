//! The walk over a unit's code tree.

use allocator_api2::alloc::Allocator;

use super::{MAX_DEPTH, Unit};

/// Codes nest deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep;

/// A depth-first walk over the codes of a unit, of bounded size and without allocation.
pub struct Walk<'u, A: Allocator + Clone> {
    unit: &'u Unit<A>,
    started: bool,
    depth: usize,
    /// For each open level: the code, and the place of its next child.
    open: [(u32, u32); MAX_DEPTH],
}

/// One step of a [`Walk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The code's index in the unit.
    pub index: u32,
    /// How many ancestors it has.
    pub depth: usize,
    /// Its place among its parent's children.
    pub place: u32,
}

impl<'u, A: Allocator + Clone> Walk<'u, A> {
    pub(super) fn new(unit: &'u Unit<A>) -> Self {
        Walk { unit, started: false, depth: 0, open: [(0, 0); MAX_DEPTH] }
    }

    /// The next code, or `None` after the last.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Visit>, TooDeep> {
        let visit = if self.started {
            match self.step() {
                Some(visit) => visit,
                None => return Ok(None),
            }
        } else {
            Visit { index: self.unit.root, depth: 0, place: 0 }
        };
        self.started = true;
        if self.unit.code(visit.index).is_none() {
            return Ok(None);
        }
        *self.open.get_mut(self.depth).ok_or(TooDeep)? = (visit.index, 0);
        self.depth += 1;
        Ok(Some(visit))
    }

    /// Leaves finished codes and finds the next child of the innermost unfinished one.
    fn step(&mut self) -> Option<Visit> {
        loop {
            let top = self.depth.checked_sub(1)?;
            let (parent, place) = self.open.get_mut(top)?;
            let code = self.unit.code(*parent)?;
            if let Some(child) = self.unit.children(code).get(*place as usize) {
                let visit = Visit { index: *child, depth: self.depth, place: *place };
                *place += 1;
                return Some(visit);
            }
            self.depth = top;
        }
    }
}
