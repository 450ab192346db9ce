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
use super::kind::Kind;
use super::scan::{At, Block, Label, NONE, Sort, decode};
use super::stack::{Run, Stack, join};
use crate::insn::{self, Insn};
use crate::opcode::{ITER_SLOTS, Op, UNWIND_POP_ITER, comp};
use crate::prelude::flags;

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
        while let Some(found) = self
            .memory
            .labels
            .get(from..)
            .and_then(|l| l.iter().position(|l| l.dirty))
        {
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
        if self
            .memory
            .labels
            .get(label)
            .is_some_and(|l| l.at as usize == at)
        {
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
            let next = self
                .spend(1)
                .and_then(|()| self.step(&insn))
                .map_err(|f| (at, f))?;
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

    fn spend(&mut self, work: u32) -> Result<(), Fault> {
        self.budget = self
            .budget
            .checked_sub(u64::from(work))
            .ok_or(Fault::TooComplex)?;
        Ok(())
    }

    fn load(&mut self, label: &Label) -> Result<(), Fault> {
        self.block = label.block;
        self.spend(label.len)?;
        let start = label.state as usize;
        let runs = self
            .memory
            .saved
            .get(start..start + label.len as usize)
            .unwrap_or(&[]);
        self.memory.stack.load(runs)
    }

    fn block(&self, index: u32) -> Option<Block> {
        self.memory.blocks.get(index as usize).copied()
    }

    /// The innermost block that is open, not active, and so guards what lies below it.
    fn set_floor(&mut self, at: usize) {
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
    fn flow_to(&mut self, from: usize, to: usize) -> Result<bool, Fault> {
        self.check_edge(from, to)?;
        let Memory {
            labels,
            saved,
            joined,
            stack,
            ..
        } = &mut *self.memory;
        let found = labels.binary_search_by_key(&to, |l| l.at as usize);
        let label = found
            .ok()
            .and_then(|i| labels.get_mut(i))
            .ok_or(Fault::JumpTarget)?;
        let place = u32::try_from(saved.len()).map_err(|_| Fault::OutOfMemory)?;
        if label.state == NONE {
            saved
                .try_reserve(stack.runs().len())
                .map_err(|_| Fault::OutOfMemory)?;
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
            saved
                .try_reserve(joined.len())
                .map_err(|_| Fault::OutOfMemory)?;
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

    fn jump(&mut self, insn: &Insn) -> Result<(), Fault> {
        let to = usize::try_from(insn.arg).map_err(|_| Fault::JumpTarget)?;
        self.flow_to(insn.at, to).map(|_| ())
    }

    /// One instruction. Returns the offset of the one that execution can go on to, if any.
    fn step(&mut self, insn: &Insn) -> Result<Option<usize>, Fault> {
        let value: fn(Kind) -> bool = Kind::is_value;
        let count = insn.arg as u32;
        let stack = &mut self.memory.stack;
        match insn.op {
            Op::LoadConstNone => stack.push(Kind::Plain)?,
            Op::LoadConstString => stack.push(Kind::Name)?,
            Op::LoadNull => stack.push(Kind::Null)?,
            Op::LoadFastMulti | Op::LoadFastN => {
                stack.push(if self.cells.has(insn.arg) {
                    Kind::Cell
                } else {
                    Kind::Value
                })?;
            }
            Op::StoreFastMulti | Op::StoreFastN | Op::DeleteFast => {
                if self.cells.has(insn.arg) {
                    return Err(Fault::Cell);
                }
                if insn.op != Op::DeleteFast {
                    stack.take(value)?;
                }
            }
            Op::LoadDeref | Op::StoreDeref | Op::DeleteDeref => {
                if !self.cells.has(insn.arg) {
                    return Err(Fault::Cell);
                }
                match insn.op {
                    Op::LoadDeref => stack.push(Kind::Value)?,
                    Op::StoreDeref => drop(stack.take(value)?),
                    _ => {}
                }
            }
            Op::LoadMethod | Op::LoadSuperMethod => {
                stack.take_n(if insn.op == Op::LoadMethod { 1 } else { 3 }, value)?;
                stack.push(Kind::Value)?;
                stack.push(Kind::Receiver)?;
            }
            Op::StoreAttr => {
                stack.take(value)?;
                stack.take(Kind::is_value_or_null)?;
            }
            Op::StoreSubscr => {
                stack.take_n(2, value)?;
                stack.take(Kind::is_value_or_null)?;
            }
            Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildSlice => {
                stack.take_n(count, value)?;
                stack.push(match insn.op {
                    Op::BuildTuple => Kind::Tuple,
                    Op::BuildList => Kind::List,
                    Op::BuildSet => Kind::Set,
                    _ => Kind::Value,
                })?;
            }
            Op::BuildMap => stack.push(Kind::Dict)?,
            Op::StoreMap => {
                stack.take_n(2, value)?;
                stack.take(|k| k == Kind::Dict)?;
                stack.push(Kind::Dict)?;
            }
            Op::StoreComp => {
                let (into, taken) = match count & 3 {
                    comp::LIST => (Kind::List, 1),
                    comp::DICT => (Kind::Dict, 2),
                    _ => (Kind::Set, 1),
                };
                if count >> 2 < taken || stack.peek_word(count >> 2)? != into {
                    return Err(Fault::StackKind);
                }
                stack.take_n(taken, value)?;
            }
            Op::UnpackSequence => {
                stack.take(value)?;
                stack.push_n(Kind::Value, count)?;
            }
            Op::UnpackEx => {
                stack.take(value)?;
                stack.push_n(Kind::Value, (count & 0xff) + (count >> 8) + 1)?;
            }
            Op::MakeFunction
            | Op::MakeFunctionDefargs
            | Op::MakeClosure
            | Op::MakeClosureDefargs => self.make(insn)?,
            Op::CallFunction | Op::CallFunctionVarKw | Op::CallMethod | Op::CallMethodVarKw => {
                self.call(insn)?;
            }
            Op::DupTop => {
                let top = stack.peek(0)?;
                if !top.is_value() {
                    return Err(Fault::StackKind);
                }
                stack.push(top)?;
            }
            Op::DupTopTwo => {
                let (top, under) = (stack.peek(0)?, stack.peek(1)?);
                if !top.is_value() || !under.is_value() {
                    return Err(Fault::StackKind);
                }
                stack.push(under)?;
                stack.push(top)?;
            }
            Op::PopTop => {
                let top = stack.pop()?;
                if matches!(top, Kind::Pending | Kind::Outcome) {
                    return Err(Fault::StackKind);
                }
                if let Some(rest) = top.rest_of_iterator() {
                    stack.push(rest)?;
                }
            }
            Op::RotTwo => return self.rot_two(insn),
            Op::RotThree => return self.rot_three(insn).map(Some),
            Op::UnwindJump => {
                self.unwind_jump(insn)?;
                return Ok(None);
            }
            Op::Jump => {
                self.jump(insn)?;
                return Ok(None);
            }
            Op::PopJumpIfTrue | Op::PopJumpIfFalse => {
                stack.take(value)?;
                self.jump(insn)?;
            }
            Op::JumpIfTrueOrPop | Op::JumpIfFalseOrPop => {
                if !stack.peek(0)?.is_value() {
                    return Err(Fault::StackKind);
                }
                self.jump(insn)?;
                self.memory.stack.take(value)?;
            }
            Op::SetupWith | Op::SetupExcept | Op::SetupFinally => self.open_block(insn)?,
            Op::WithCleanup => self.with_cleanup(insn)?,
            Op::EndFinally => self.end_finally(insn)?,
            Op::PopExceptJump => {
                match self.block(self.block) {
                    Some(block) if block.sort == Sort::Except => self.block = block.parent,
                    _ => return Err(Fault::BlockEnd),
                }
                self.jump(insn)?;
                return Ok(None);
            }
            Op::GetIterStack => {
                stack.take(value)?;
                stack.push(Kind::Iter4)?;
            }
            Op::ForIter => self.for_iter(insn)?,
            Op::ReturnValue => {
                stack.take(|k| k.is_value() || k == Kind::Cell)?;
                return Ok(None);
            }
            Op::RaiseLast | Op::RaiseObj | Op::RaiseFrom => {
                stack.take_n(u32::from(insn.op.info().pops), value)?;
                return Ok(None);
            }
            Op::YieldValue | Op::YieldFrom if self.flags & flags::GENERATOR == 0 => {
                return Err(Fault::NotGenerator);
            }
            // The rest take objects and leave objects, as many as the table says.
            op => {
                let info = op.info();
                stack.take_n(u32::from(info.pops), value)?;
                stack.push_n(Kind::Value, u32::from(info.pushes))?;
            }
        }
        Ok(Some(insn.next))
    }

    fn make(&mut self, insn: &Insn) -> Result<(), Fault> {
        let stack = &mut self.memory.stack;
        let closure = matches!(insn.op, Op::MakeClosure | Op::MakeClosureDefargs);
        let made = self
            .made
            .get_mut(insn.arg as usize)
            .ok_or(Fault::ChildIndex)?;
        let cells = if closure { u16::from(insn.extra) } else { 0 };
        if *made != UNMADE && *made != cells {
            return Err(Fault::ClosureSize);
        }
        *made = cells;
        stack.take_n(u32::from(cells), |k| k == Kind::Cell)?;
        if matches!(insn.op, Op::MakeFunctionDefargs | Op::MakeClosureDefargs) {
            stack.take(|k| matches!(k, Kind::Dict | Kind::Null))?;
            stack.take(|k| matches!(k, Kind::Tuple | Kind::Null))?;
        }
        stack.push(Kind::Value)
    }

    fn call(&mut self, insn: &Insn) -> Result<(), Fault> {
        let stack = &mut self.memory.stack;
        let var_kw = matches!(insn.op, Op::CallFunctionVarKw | Op::CallMethodVarKw);
        if var_kw {
            stack.take(Kind::is_value)?;
        }
        for _ in 0..insn.arg >> 8 {
            stack.take(Kind::is_value)?;
            let key = stack.pop()?;
            if key != Kind::Name && !(var_kw && key == Kind::Null) {
                return Err(Fault::StackKind);
            }
        }
        stack.take_n(insn.arg as u32 & 0xff, Kind::is_value)?;
        if matches!(insn.op, Op::CallMethod | Op::CallMethodVarKw) {
            stack.take(Kind::is_receiver)?;
        }
        stack.take(Kind::is_value)?;
        stack.push(Kind::Value)
    }

    /// Swaps two words. The word that an `async with` keeps below its outcome may be one of them,
    /// if a jump into the handler comes next.
    fn rot_two(&mut self, insn: &Insn) -> Result<Option<usize>, Fault> {
        let block = self
            .block(self.block)
            .filter(|b| b.handler as usize > insn.at);
        let stack = &mut self.memory.stack;
        let ends_async_with =
            block.is_some_and(|b| b.sort == Sort::AsyncWith && stack.items() == b.level + 1);
        if !ends_async_with {
            let (top, under) = (stack.take(movable)?, stack.take(movable)?);
            stack.push(top)?;
            stack.push(under)?;
            return Ok(Some(insn.next));
        }
        let jump = insn::decode(self.code, insn.next).map_err(|_| Fault::StackKind)?;
        let enters = block.is_some_and(|b| i64::from(b.handler) <= jump.arg);
        if jump.op != Op::Jump || !enters || self.is_label(insn.next) {
            return Err(Fault::StackUnderflow);
        }
        let stack = &mut self.memory.stack;
        let outcome = stack.take(|k| k == Kind::Plain)?;
        stack.set_floor(0);
        let under = stack.take(Kind::is_value)?;
        stack.push(outcome)?;
        stack.push(under)?;
        self.jump(&jump)?;
        Ok(None)
    }

    fn is_label(&self, at: usize) -> bool {
        self.memory
            .labels
            .binary_search_by_key(&at, |l| l.at as usize)
            .is_ok()
    }

    /// Rotates three words. The two words of a pending return or jump move only as one, below
    /// the word that was under them, by two rotations in a row. Returns what comes next.
    fn rot_three(&mut self, insn: &Insn) -> Result<usize, Fault> {
        let stack = &mut self.memory.stack;
        if stack.peek(0)? != Kind::Pending {
            let (a, b, c) = (
                stack.take(movable)?,
                stack.take(movable)?,
                stack.take(movable)?,
            );
            stack.push(a)?;
            stack.push(c)?;
            stack.push(b)?;
            return Ok(insn.next);
        }
        let second = insn::decode(self.code, insn.next).map_err(|_| Fault::StackKind)?;
        let labels = &self.memory.labels;
        if second.op != Op::RotThree
            || labels
                .binary_search_by_key(&insn.next, |l| l.at as usize)
                .is_ok()
        {
            return Err(Fault::StackKind);
        }
        stack.pop()?;
        let under = stack.take(Kind::is_value)?;
        stack.push(Kind::Pending)?;
        stack.push(under)?;
        Ok(second.next)
    }

    fn for_iter(&mut self, insn: &Insn) -> Result<(), Fault> {
        let stack = &mut self.memory.stack;
        let whole = stack.peek(0)? == Kind::Iter4;
        if whole {
            stack.pop()?;
        } else {
            // An iterator object, laid out by the code itself.
            stack.take_n(2, |k| k == Kind::Null)?;
            stack.take(Kind::is_value)?;
            stack.take(|k| k == Kind::Null)?;
        }
        self.jump(insn)?;
        let stack = &mut self.memory.stack;
        if whole {
            stack.push(Kind::Iter4)?;
        } else {
            stack.push(Kind::Null)?;
            stack.push(Kind::Value)?;
            stack.push_n(Kind::Null, u32::from(ITER_SLOTS) - 2)?;
        }
        stack.push(Kind::Value)
    }

    fn open_block(&mut self, insn: &Insn) -> Result<(), Fault> {
        let found = self
            .memory
            .blocks
            .binary_search_by_key(&insn.at, |b| b.at as usize);
        let index = found.map_err(|_| Fault::BlockEnd)?;
        let Some(mut block) = self.block(index as u32) else {
            return Err(Fault::BlockEnd);
        };
        let stack = &mut self.memory.stack;
        match block.sort {
            Sort::With => {
                stack.take(Kind::is_value)?;
                stack.push(Kind::Value)?;
                stack.push(Kind::Receiver)?;
                // `__enter__` and its object; later, the three arguments of `__exit__`.
                stack.need(3)?;
            }
            Sort::AsyncWith => {
                // Any object, not one of a known kind: `rot_two` may put another in its place.
                stack.take(Kind::is_value)?;
                stack.push(Kind::Value)?;
            }
            Sort::Except | Sort::Finally => {}
        }
        let level = stack.items();
        let depth = self.block(self.block).map_or(0, |parent| parent.depth) + 1;
        if depth > self.n_exc_stack {
            return Err(Fault::BlockOverflow);
        }
        self.max_blocks = self.max_blocks.max(depth);
        if block.reached && (block.parent != self.block || block.level != level) {
            return Err(Fault::BlockMismatch);
        }
        // Handlers nest as their blocks do.
        let mut outer = self.block;
        while let Some(b) = self.block(outer) {
            if b.handler as usize > insn.at && b.handler <= block.handler {
                return Err(Fault::BlockMismatch);
            }
            outer = b.parent;
        }
        self.spend(depth)?;
        (block.parent, block.level, block.depth, block.reached) = (self.block, level, depth, true);
        if let Some(place) = self.memory.blocks.get_mut(index) {
            *place = block;
        }
        self.block = index as u32;
        match block.sort {
            Sort::Except => self.enter_handler(insn.at, block.handler as usize, Kind::Plain)?,
            Sort::Finally | Sort::With => {
                self.enter_handler(insn.at, block.handler as usize, Kind::Outcome)?;
            }
            Sort::AsyncWith => {
                let dispatch = insn::finally_dispatch(self.code, block.handler as usize)
                    .ok_or(Fault::BlockEnd)?;
                let unwind = usize::try_from(dispatch.unwind).map_err(|_| Fault::JumpTarget)?;
                if unwind < block.handler as usize {
                    return Err(Fault::BlockMismatch);
                }
                self.enter_handler(insn.at, dispatch.exception, Kind::Plain)?;
                self.enter_handler(insn.at, unwind, Kind::Pending)?;
            }
        }
        if block.sort == Sort::With {
            self.memory.stack.push(Kind::Value)?;
        }
        self.set_floor(insn.at);
        Ok(())
    }

    fn enter_handler(&mut self, from: usize, to: usize, with: Kind) -> Result<(), Fault> {
        self.memory.stack.push(with)?;
        self.flow_to(from, to)?;
        self.memory.stack.set_floor(0);
        self.memory.stack.pop()?;
        Ok(())
    }

    /// The innermost block, if its handler runs here.
    fn active_block(&self, at: usize) -> Result<Block, Fault> {
        self.block(self.block)
            .filter(|b| b.handler as usize <= at)
            .ok_or(Fault::BlockEnd)
    }

    fn with_cleanup(&mut self, insn: &Insn) -> Result<(), Fault> {
        let block = self.active_block(insn.at)?;
        let stack = &mut self.memory.stack;
        if block.sort != Sort::With || stack.items() != block.level + 1 {
            return Err(Fault::BlockEnd);
        }
        let outcome = stack.take(Kind::is_outcome)?;
        stack.need(3)?;
        stack.take(Kind::is_receiver)?;
        stack.take(Kind::is_value)?;
        stack.push(outcome)
    }

    fn end_finally(&mut self, insn: &Insn) -> Result<(), Fault> {
        let block = self.active_block(insn.at)?;
        let stack = &mut self.memory.stack;
        let outcome = stack.take(Kind::is_outcome)?;
        if block.sort == Sort::Except {
            if outcome != Kind::Plain {
                return Err(Fault::BlockEnd);
            }
        } else if stack.items() != block.level - block.sort.consumes() {
            return Err(Fault::BlockEnd);
        }
        self.block = block.parent;
        self.set_floor(insn.at);
        Ok(())
    }

    fn unwind_jump(&mut self, insn: &Insn) -> Result<(), Fault> {
        for _ in 0..insn.extra & !UNWIND_POP_ITER {
            let block = self.block(self.block).ok_or(Fault::BlockEnd)?;
            let active = block.handler as usize <= insn.at;
            let stack = &mut self.memory.stack;
            stack.set_floor(0);
            match block.sort {
                Sort::Finally if active => {
                    stack.take(Kind::is_outcome)?;
                }
                Sort::With | Sort::AsyncWith if active => return Err(Fault::BlockEnd),
                _ => {}
            }
            if stack.items() != block.level {
                return Err(Fault::BlockEnd);
            }
            stack.take_n(block.sort.consumes(), Kind::is_receiver)?;
            self.block = block.parent;
        }
        self.set_floor(insn.at);
        if insn.extra & UNWIND_POP_ITER != 0 {
            self.memory.stack.take(|k| k == Kind::Iter4)?;
        }
        self.jump(insn)
    }
}

/// Whether rotations may move the item: it is one word and no part of something larger.
fn movable(kind: Kind) -> bool {
    kind.is_receiver()
}
