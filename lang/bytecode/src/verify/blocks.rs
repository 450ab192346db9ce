//! Opening and closing blocks: `try`, `with`, and what leaves them.

use allocator_api2::alloc::Allocator;

use super::fault::Fault;
use super::flow::Flow;
use super::kind::Kind;
use super::scan::{Block, Sort};
use crate::insn::{self, Insn};
use crate::opcode::UNWIND_POP_ITER;

impl<A: Allocator> Flow<'_, A> {
    pub(super) fn open_block(&mut self, insn: &Insn) -> Result<(), Fault> {
        let found = self.memory.blocks.binary_search_by_key(&insn.at, |b| b.at as usize);
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
                let dispatch = insn::finally_dispatch(self.code, block.handler as usize).ok_or(Fault::BlockEnd)?;
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

    /// The way into a handler is an edge like any other: it may make active no outer block, so
    /// handlers nest as their blocks do.
    fn enter_handler(&mut self, from: usize, to: usize, with: Kind) -> Result<(), Fault> {
        self.memory.stack.push(with)?;
        self.flow_to(from, to)?;
        self.memory.stack.set_floor(0);
        self.memory.stack.pop()?;
        Ok(())
    }

    /// The innermost block, if its handler runs here.
    fn active_block(&self, at: usize) -> Result<Block, Fault> {
        self.block(self.block).filter(|b| b.handler as usize <= at).ok_or(Fault::BlockEnd)
    }

    pub(super) fn with_cleanup(&mut self, insn: &Insn) -> Result<(), Fault> {
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

    pub(super) fn end_finally(&mut self, insn: &Insn) -> Result<(), Fault> {
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

    pub(super) fn unwind_jump(&mut self, insn: &Insn) -> Result<(), Fault> {
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
