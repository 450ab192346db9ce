//! The first pass: every instruction decoded once, operands held against their tables.
//!
//! It finds the labels (offsets that something other than the instruction before may lead to)
//! and the blocks (each `SETUP_…` is one), and proves that labels are instruction boundaries.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::Limits;
use super::fault::Fault;
use crate::insn::{self, Insn, InsnFault};
use crate::opcode::{Op, Operand};

/// No state has reached the label yet; or no block is open.
pub(crate) const NONE: u32 = u32::MAX;

/// An offset at which paths may meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) at: u32,
    /// Saved stack: start in the arena of runs, or [`NONE`].
    pub(crate) state: u32,
    pub(crate) len: u32,
    /// Innermost open block, or [`NONE`].
    pub(crate) block: u32,
    /// Whether the state has changed since the code from here was last followed.
    pub(crate) dirty: bool,
}

/// What a block does when control leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Except,
    Finally,
    /// A `finally` whose handler also consumes the word below it: `async with`.
    AsyncWith,
    With,
}

impl Sort {
    /// Items below the outcome that the handler consumes.
    pub(crate) fn consumes(self) -> u32 {
        match self {
            Sort::Except | Sort::Finally => 0,
            Sort::AsyncWith => 1,
            Sort::With => 2,
        }
    }
}

/// One `SETUP_…` instruction. Parent and level are known once it has been reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) at: u32,
    pub(crate) handler: u32,
    pub(crate) parent: u32,
    /// Items on the stack at the moment the block was opened.
    pub(crate) level: u32,
    pub(crate) depth: u32,
    pub(crate) sort: Sort,
    pub(crate) reached: bool,
}

/// A fault and the offset of the instruction that has it.
pub(crate) type At = (usize, Fault);

/// Decodes an instruction, naming its offset if that fails.
pub(crate) fn decode(code: &[u8], at: usize) -> Result<Insn, At> {
    let insn = insn::decode(code, at).map_err(|fault| {
        let fault = match fault {
            InsnFault::UnknownOpcode => Fault::UnknownOpcode,
            InsnFault::Truncated => Fault::Truncated,
            InsnFault::Operand => Fault::Operand,
        };
        (at, fault)
    })?;
    // Of the compiler's own making only.
    if insn.op == Op::Typed { Err((at, Fault::UnknownOpcode)) } else { Ok(insn) }
}

/// The numbers that operands are held against, and the highest local found.
pub(crate) struct Bounds {
    pub(crate) limits: Limits,
    pub(crate) n_children: u32,
    pub(crate) n_state: u32,
    /// One more than the highest local used so far.
    pub(crate) locals: u32,
}

/// Scans the instructions, filling `labels` and `blocks`, both sorted by offset.
pub(crate) fn scan<A: Allocator>(
    code: &[u8],
    bounds: &mut Bounds,
    labels: &mut Vec<Label, A>,
    blocks: &mut Vec<Block, A>,
) -> Result<(), At> {
    labels.clear();
    blocks.clear();
    let mut at = 0;
    while at < code.len() {
        let insn = decode(code, at)?;
        check_operand(&insn, bounds).map_err(|fault| (at, fault))?;
        if matches!(insn.op.info().operand, Operand::Forward | Operand::Jump | Operand::Unwind) {
            let target = usize::try_from(insn.arg).ok().filter(|t| *t < code.len()).ok_or((at, Fault::JumpTarget))?;
            add_label(labels, target).map_err(|fault| (at, fault))?;
            if let Some(sort) = sort_of(code, &insn, target).map_err(|fault| (at, fault))? {
                blocks.try_reserve(1).map_err(|_| (at, Fault::OutOfMemory))?;
                blocks.push(Block {
                    at: at as u32,
                    handler: target as u32,
                    parent: NONE,
                    level: 0,
                    depth: 0,
                    sort,
                    reached: false,
                });
                if sort == Sort::AsyncWith
                    && let Some(dispatch) = insn::finally_dispatch(code, target)
                {
                    add_label(labels, dispatch.exception).map_err(|fault| (at, fault))?;
                }
            }
        }
        at = insn.next;
    }
    labels.sort_unstable_by_key(|label| label.at);
    labels.dedup_by_key(|label| label.at);
    on_boundaries(code, labels)
}

fn add_label<A: Allocator>(labels: &mut Vec<Label, A>, at: usize) -> Result<(), Fault> {
    labels.try_reserve(1).map_err(|_| Fault::OutOfMemory)?;
    labels.push(Label { at: at as u32, state: NONE, len: 0, block: NONE, dirty: false });
    Ok(())
}

fn sort_of(code: &[u8], insn: &Insn, handler: usize) -> Result<Option<Sort>, Fault> {
    Ok(Some(match insn.op {
        Op::SetupExcept => Sort::Except,
        Op::SetupWith => Sort::With,
        Op::SetupFinally if code.get(handler) == Some(&Op::DupTop.byte()) => {
            insn::finally_dispatch(code, handler).ok_or(Fault::BlockEnd)?;
            Sort::AsyncWith
        }
        Op::SetupFinally => Sort::Finally,
        _ => return Ok(None),
    }))
}

/// Every label must be the start of an instruction.
fn on_boundaries<A: Allocator>(code: &[u8], labels: &Vec<Label, A>) -> Result<(), At> {
    let mut wanted = labels.iter().map(|label| label.at as usize).peekable();
    let mut at = 0;
    while let Some(&label) = wanted.peek() {
        if label < at {
            return Err((label, Fault::JumpTarget));
        }
        if label == at {
            wanted.next();
        }
        at = match decode(code, at) {
            Ok(insn) => insn.next,
            Err(_) => return Err((label, Fault::JumpTarget)),
        };
    }
    Ok(())
}

fn check_operand(insn: &Insn, bounds: &mut Bounds) -> Result<(), Fault> {
    let below = |limit: u32, fault| {
        if insn.arg < i64::from(limit) { Ok(()) } else { Err(fault) }
    };
    match insn.op.info().operand {
        Operand::Name => below(bounds.limits.names, Fault::NameIndex),
        Operand::Const => below(bounds.limits.consts, Fault::ConstIndex),
        Operand::Child | Operand::ChildCells => below(bounds.n_children, Fault::ChildIndex),
        Operand::Local => local(insn, bounds),
        Operand::Embedded if matches!(insn.op, Op::LoadFastMulti | Op::StoreFastMulti) => local(insn, bounds),
        Operand::SmallInt => {
            let spare = 64u32.saturating_sub(u32::from(bounds.limits.small_int_bits)).min(63);
            let wrapped = insn.arg << spare >> spare;
            if wrapped == insn.arg { Ok(()) } else { Err(Fault::SmallInt) }
        }
        Operand::Count => match insn.op {
            Op::BuildSlice if insn.arg != 2 && insn.arg != 3 => Err(Fault::Operand),
            Op::StoreComp if insn.arg & 3 == 3 => Err(Fault::Operand),
            Op::UnpackEx | Op::CallFunction | Op::CallFunctionVarKw | Op::CallMethod | Op::CallMethodVarKw => {
                below(0x1_0000, Fault::Operand)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn local(insn: &Insn, bounds: &mut Bounds) -> Result<(), Fault> {
    if insn.arg >= i64::from(bounds.n_state) {
        return Err(Fault::LocalIndex);
    }
    bounds.locals = bounds.locals.max(insn.arg as u32 + 1);
    Ok(())
}
