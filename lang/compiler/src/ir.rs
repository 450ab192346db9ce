//! The intermediate code of one scope: bytecode whose operands are not yet final.
//!
//! Names are symbols, labels are numbers, variables are places in the scope's list, and constants
//! have provisional numbers, because the order of a unit's tables and the kinds of variables are
//! known only when the whole text has been read. It is about as compact as the bytecode itself.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::opcode::{self, Operand, byte};

use crate::buffer::Grow;
use crate::error::Result;

/// Instructions that are no opcodes.
pub(crate) mod pseudo {
    /// The next instructions come from this line.
    pub(crate) const LINE: u8 = 0;
    /// Here is this label.
    pub(crate) const LABEL: u8 = 1;
    /// The stack is deeper than the instructions show, by this (zigzag) number of words.
    pub(crate) const ADJUST: u8 = 2;
    /// Load the variable in this place.
    pub(crate) const LOAD: u8 = 3;
    /// Store to the variable in this place.
    pub(crate) const STORE: u8 = 4;
    /// Delete the variable in this place.
    pub(crate) const DELETE: u8 = 5;
    /// Make a function of this scope.
    pub(crate) const MAKE: u8 = 6;
    /// As [`MAKE`], with defaults on the stack.
    pub(crate) const MAKE_DEFAULTS: u8 = 7;
    /// Load what a class body returns: its `__class__` cell, if a method refers to it.
    pub(crate) const CLASS_CELL: u8 = 8;
    /// Pop this many words on a path that the stack depth does not follow.
    pub(crate) const DROP: u8 = 9;
}

/// How an instruction's operand is stored.
pub(crate) fn operand_of(op: u8) -> Operand {
    match op {
        pseudo::CLASS_CELL => Operand::None,
        0..=pseudo::DROP => Operand::Count,
        _ => opcode::INFO.get(op as usize).map_or(Operand::None, |i| i.operand),
    }
}

fn number<A: Allocator>(code: &mut Vec<u8, A>, mut value: u32) -> Result<()> {
    while value >= 0x80 {
        code.add(value as u8 | 0x80)?;
        value >>= 7;
    }
    code.add(value as u8)
}

/// Signed numbers with their sign in the lowest bit.
pub(crate) fn zigzag(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}

/// Appends an instruction that was read.
pub(crate) fn again<A: Allocator>(code: &mut Vec<u8, A>, item: Item) -> Result<()> {
    match operand_of(item.op) {
        Operand::None | Operand::Embedded => plain(code, item.op),
        Operand::Unwind => unwind(code, item.operand, item.extra),
        _ => with(code, item.op, item.operand),
    }
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// Appends an instruction without operand.
pub(crate) fn plain<A: Allocator>(code: &mut Vec<u8, A>, op: u8) -> Result<()> {
    code.add(op)
}

/// Appends an instruction with its operand.
pub(crate) fn with<A: Allocator>(code: &mut Vec<u8, A>, op: u8, operand: u32) -> Result<()> {
    code.add(op)?;
    number(code, operand)
}

/// Appends a jump out of blocks: the label and the extra byte.
pub(crate) fn unwind<A: Allocator>(code: &mut Vec<u8, A>, label: u32, extra: u8) -> Result<()> {
    with(code, byte::UNWIND_JUMP, label)?;
    code.add(extra)
}

/// One instruction read back.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) op: u8,
    /// The operand, 0 if there is none.
    pub(crate) operand: u32,
    /// The byte after an unwinding jump's label.
    pub(crate) extra: u8,
}

impl Item {
    /// The operand of instructions that have a signed one.
    pub(crate) fn signed(self) -> i32 {
        unzigzag(self.operand)
    }
}

/// Reads the instruction at `*at`, if one is left.
#[inline]
pub(crate) fn read(code: &[u8], at: &mut usize) -> Option<Item> {
    let op = *code.get(*at)?;
    *at += 1;
    let mut item = Item { op, operand: 0, extra: 0 };
    let kind = operand_of(op);
    if matches!(kind, Operand::None | Operand::Embedded) {
        return Some(item);
    }
    let mut shift = 0;
    while let Some(byte) = code.get(*at).copied() {
        *at += 1;
        item.operand |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if kind == Operand::Unwind {
        item.extra = code.get(*at).copied().unwrap_or(0);
        *at += 1;
    }
    Some(item)
}
