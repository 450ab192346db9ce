//! What each instruction does to the abstract stack.

use allocator_api2::alloc::Allocator;

use super::fault::Fault;
use super::flow::{Flow, UNMADE};
use super::kind::Kind;
use super::scan::Sort;
use crate::insn::{self, Insn};
use crate::opcode::{ITER_SLOTS, Op, comp};
use crate::prelude::flags;

impl<A: Allocator> Flow<'_, A> {
    /// One instruction. Returns the offset of the one that execution can go on to, if any.
    pub(super) fn step(&mut self, insn: &Insn) -> Result<Option<usize>, Fault> {
        let value: fn(Kind) -> bool = Kind::is_value;
        let count = insn.arg as u32;
        let stack = &mut self.memory.stack;
        match insn.op {
            Op::LoadConstNone => stack.push(Kind::Plain)?,
            Op::LoadConstString => stack.push(Kind::Name)?,
            Op::LoadNull => stack.push(Kind::Null)?,
            Op::LoadFastMulti | Op::LoadFastN => {
                stack.push(if self.cells.has(insn.arg) { Kind::Cell } else { Kind::Value })?;
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
            Op::MakeFunction | Op::MakeFunctionDefargs | Op::MakeClosure | Op::MakeClosureDefargs => self.make(insn)?,
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
        let made = self.made.get_mut(insn.arg as usize).ok_or(Fault::ChildIndex)?;
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
    pub(super) fn rot_two(&mut self, insn: &Insn) -> Result<Option<usize>, Fault> {
        let block = self.block(self.block).filter(|b| b.handler as usize > insn.at);
        let stack = &mut self.memory.stack;
        let ends_async_with = block.is_some_and(|b| b.sort == Sort::AsyncWith && stack.items() == b.level + 1);
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

    /// Rotates three words. The two words of a pending return or jump move only as one, below
    /// the word that was under them, by two rotations in a row. Returns what comes next.
    fn rot_three(&mut self, insn: &Insn) -> Result<usize, Fault> {
        let stack = &mut self.memory.stack;
        if stack.peek(0)? != Kind::Pending {
            let (a, b, c) = (stack.take(movable)?, stack.take(movable)?, stack.take(movable)?);
            stack.push(a)?;
            stack.push(c)?;
            stack.push(b)?;
            return Ok(insn.next);
        }
        let second = insn::decode(self.code, insn.next).map_err(|_| Fault::StackKind)?;
        let labels = &self.memory.labels;
        if second.op != Op::RotThree || labels.binary_search_by_key(&insn.next, |l| l.at as usize).is_ok() {
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
}

/// Whether rotations may move the item: it is one word and no part of something larger.
fn movable(kind: Kind) -> bool {
    kind.is_receiver()
}
