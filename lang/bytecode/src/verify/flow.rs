//! The second pass: the stack and the open blocks, followed along every path.
//!
//! One state is kept for each label. Code is followed from a label whose state is new until it
//! ends or reaches a label whose state already covers it. States only ever know less, a few times
//! at most, so this ends; a budget of work ends it early for code made to be slow.
//!
//! A block is *active* where its handler runs, that is at offsets from its handler on: this is
//! how the virtual machine tells, too. While a block is open and not active, what lay on the
//! stack when it was opened is out of reach: the handler will find it as it was.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::fault::Fault;
use super::scan::{At, Block, Label, NONE, decode};
use super::stack::{Run, Stack, join};
use crate::insn::Insn;

/// A child that no instruction makes into a function.
pub(crate) const UNMADE: u16 = u16::MAX;

/// Reusable memory of the pass.
pub(crate) struct Memory<A: Allocator> {
    pub(crate) labels: Vec<Label, A>,
    pub(crate) blocks: Vec<Block, A>,
    pub(crate) stack: Stack<A>,
    /// Saved stacks, one after another.
    pub(crate) saved: Vec<Run, A>,
    /// The result of the latest join.
    pub(crate) joined: Vec<Run, A>,
}

/// Which locals are cells.
pub(crate) struct Cells<'c> {
    /// The first this many locals: closed-over.
    pub(crate) closed: u32,
    /// These locals too: turned into cells at entry.
    pub(crate) own: &'c [u8],
}

impl Cells<'_> {
    pub(crate) fn has(&self, local: i64) -> bool {
        local < i64::from(self.closed) || self.own.iter().any(|own| i64::from(*own) == local)
    }
}

pub(crate) struct Flow<'v, A: Allocator> {
    pub(crate) code: &'v [u8],
    pub(crate) flags: u8,
    pub(crate) n_exc_stack: u32,
    pub(crate) cells: Cells<'v>,
    /// For each child, how many cells it is made with.
    pub(crate) made: &'v mut [u16],
    pub(crate) memory: &'v mut Memory<A>,
    /// Innermost open block, or [`NONE`].
    pub(crate) block: u32,
    pub(crate) budget: u64,
    pub(crate) max_blocks: u32,
}

impl<A: Allocator> Flow<'_, A> {
    /// Follows all paths from the first instruction.
    pub(crate) fn run(&mut self) -> Result<(), At> {
        self.memory.saved.clear();
        self.follow(0)?;
        // Lowest first: most code is then followed once.
        let mut from = 0;
        while let Some(found) = self.memory.labels.get(from..).and_then(|l| l.iter().position(|l| l.dirty)) {
            let index = from + found;
            let Some(label) = self.memory.labels.get_mut(index) else {
                break;
            };
            label.dirty = false;
            let label = *label;
            let at = label.at as usize;
            self.load(&label).map_err(|fault| (at, fault))?;
            self.follow(at)?;
            // A jump back may have changed an earlier label.
            self.spend(1).map_err(|fault| (at, fault))?;
            let behind = self.memory.labels.get(..=index).unwrap_or(&[]);
            from = behind.iter().position(|l| l.dirty).unwrap_or(index + 1);
        }
        Ok(())
    }

    /// Follows the code from `at` with the present stack and block.
    fn follow(&mut self, start: usize) -> Result<(), At> {
        let mut at = start;
        self.set_floor(at);
        let mut label = self.memory.labels.partition_point(|l| (l.at as usize) < at);
        if self.memory.labels.get(label).is_some_and(|l| l.at as usize == at) {
            if at == 0 && self.memory.labels.first().is_some_and(|l| l.state == NONE) {
                // The entry is a label itself: its state is the empty stack.
                self.flow_to(0, 0).map_err(|fault| (at, fault))?;
                if let Some(first) = self.memory.labels.first_mut() {
                    first.dirty = false;
                }
            }
            label += 1;
        }
        loop {
            let insn = decode(self.code, at)?;
            let next = self.spend(1).and_then(|()| self.step(&insn)).map_err(|f| (at, f))?;
            let Some(next) = next else { return Ok(()) };
            let from = at;
            at = next;
            if let Some(meeting) = self.memory.labels.get(label).copied()
                && meeting.at as usize == at
            {
                let changed = self.flow_to(from, at).map_err(|fault| (from, fault))?;
                if !changed {
                    return Ok(());
                }
                let Some(place) = self.memory.labels.get_mut(label) else {
                    return Ok(());
                };
                place.dirty = false;
                let now = *place;
                self.load(&now).map_err(|fault| (at, fault))?;
                self.set_floor(at);
                label += 1;
            }
        }
    }

    pub(super) fn spend(&mut self, work: u32) -> Result<(), Fault> {
        self.budget = self.budget.checked_sub(u64::from(work)).ok_or(Fault::TooComplex)?;
        Ok(())
    }

    fn load(&mut self, label: &Label) -> Result<(), Fault> {
        self.block = label.block;
        self.spend(label.len)?;
        let start = label.state as usize;
        let runs = self.memory.saved.get(start..start + label.len as usize).unwrap_or(&[]);
        self.memory.stack.load(runs)
    }

    pub(super) fn block(&self, index: u32) -> Option<Block> {
        self.memory.blocks.get(index as usize).copied()
    }

    /// The innermost block that is open, not active, and so guards what lies below it.
    pub(super) fn set_floor(&mut self, at: usize) {
        let mut index = self.block;
        let mut floor = 0;
        while let Some(block) = self.block(index) {
            if block.handler as usize > at {
                floor = block.level;
                break;
            }
            index = block.parent;
        }
        self.memory.stack.set_floor(floor);
    }

    /// Carries the present state along an edge. Returns whether the target learnt from it.
    pub(super) fn flow_to(&mut self, from: usize, to: usize) -> Result<bool, Fault> {
        self.check_edge(from, to)?;
        let Memory { labels, saved, joined, stack, .. } = &mut *self.memory;
        let found = labels.binary_search_by_key(&to, |l| l.at as usize);
        let label = found.ok().and_then(|i| labels.get_mut(i)).ok_or(Fault::JumpTarget)?;
        let place = u32::try_from(saved.len()).map_err(|_| Fault::OutOfMemory)?;
        if label.state == NONE {
            saved.try_reserve(stack.runs().len()).map_err(|_| Fault::OutOfMemory)?;
            saved.extend_from_slice(stack.runs());
            label.state = place;
            label.len = stack.runs().len() as u32;
            label.block = self.block;
            label.dirty = true;
            let work = label.len;
            self.spend(work)?;
            return Ok(true);
        }
        if label.block != self.block {
            return Err(Fault::BlockMismatch);
        }
        let old = label.state as usize..label.state as usize + label.len as usize;
        if saved.get(old.clone()) == Some(stack.runs()) {
            let work = label.len;
            self.spend(work)?;
            return Ok(false);
        }
        joined.clear();
        let work = join(saved.get(old.clone()).unwrap_or(&[]), stack.runs(), joined)?;
        let changed = saved.get(old) != Some(joined.as_slice());
        if changed {
            saved.try_reserve(joined.len()).map_err(|_| Fault::OutOfMemory)?;
            saved.extend_from_slice(joined);
            label.state = place;
            label.len = joined.len() as u32;
            label.dirty = true;
        }
        self.spend(work)?;
        Ok(changed)
    }

    /// A jump may enter the handler of the innermost block, and no other; it may leave none.
    fn check_edge(&mut self, from: usize, to: usize) -> Result<(), Fault> {
        let mut index = self.block;
        let mut innermost = true;
        let mut work = 0;
        while let Some(block) = self.block(index) {
            let was = block.handler as usize <= from;
            let is = block.handler as usize <= to;
            if was != is && (was || !innermost) {
                return Err(Fault::BlockMismatch);
            }
            innermost = false;
            index = block.parent;
            work += 1;
        }
        self.spend(work)
    }

    pub(super) fn jump(&mut self, insn: &Insn) -> Result<(), Fault> {
        let to = usize::try_from(insn.arg).map_err(|_| Fault::JumpTarget)?;
        self.flow_to(insn.at, to).map(|_| ())
    }

    pub(super) fn is_label(&self, at: usize) -> bool {
        self.memory.labels.binary_search_by_key(&at, |l| l.at as usize).is_ok()
    }
}
