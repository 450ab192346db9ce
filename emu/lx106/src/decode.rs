//! From bytes to [`Instruction`].

use crate::operand::Operand;
use crate::special::Special;
use crate::table::{Class, Entry, INSTRUCTIONS, Op};

/// An instruction that exists, with where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Which one.
    pub op: Op,
    /// Its bits, the low 16 or 24.
    pub word: u32,
    /// Its address, which targets are relative to.
    pub address: u32,
}

/// Where the entries of each value of the low four bits begin, and how many there are.
///
/// Some groups stand apart in the list, so the bounds may hold others, which do not match.
static GROUPS: [(u8, u8); 16] = groups();

const fn groups() -> [(u8, u8); 16] {
    let mut bounds = [(0, 0); 16];
    let mut low = 0;
    while low < 16 {
        let mut at = 0;
        while at < INSTRUCTIONS.len() {
            if INSTRUCTIONS[at].value as usize & 15 == low {
                if bounds[low].1 == 0 {
                    bounds[low].0 = at as u8;
                }
                bounds[low].1 = at as u8 + 1;
            }
            at += 1;
        }
        low += 1;
    }
    bounds
}

/// The length in bytes of the instruction that begins with `byte`: 2 or 3.
#[must_use]
pub const fn length(byte: u8) -> u32 {
    match byte & 15 {
        8..=13 => 2,
        _ => 3,
    }
}

/// The instruction in the low bits of `bits`, of which the highest eight are not looked at; `None` if the LX106 has none
/// such: executing it is the illegal-instruction exception.
#[must_use]
pub fn decode(bits: u32, address: u32) -> Option<Instruction> {
    let word = if length(bits as u8) == 2 { bits & 0xFFFF } else { bits & 0xFF_FFFF };
    let (from, to) = GROUPS[(word & 15) as usize];
    let entries = INSTRUCTIONS.get(usize::from(from)..usize::from(to)).unwrap_or(&[]);
    let entry = entries.iter().find(|e| word & e.mask == e.value)?;
    let instruction = Instruction { op: entry.op, word, address };
    instruction.special_exists().then_some(instruction)
}

impl Instruction {
    /// The instruction `op` at `address` with these operands, in the assembler's order, as [`Instruction::operand`] gives
    /// them; `None` if there is no such.
    #[must_use]
    pub fn assemble(op: Op, operands: &[u32], address: u32) -> Option<Instruction> {
        let entry = op.entry();
        if entry.operands.len() != operands.len() {
            return None;
        }
        let word = entry.operands.iter().zip(operands).try_fold(entry.value, |word, (operand, value)| {
            let bits = operand.bits(*value, address)?;
            (bits & entry.mask == 0).then_some(word | bits)
        })?;
        decode(word, address).filter(|i| i.op == op)
    }

    /// Its entry in the list.
    #[must_use]
    pub fn entry(&self) -> &'static Entry {
        self.op.entry()
    }

    /// Its kind.
    #[must_use]
    pub fn class(&self) -> Class {
        self.entry().class
    }

    /// Its length in bytes, 2 or 3.
    #[must_use]
    pub const fn length(&self) -> u32 {
        length(self.word as u8)
    }

    /// The address after it.
    #[must_use]
    pub const fn next(&self) -> u32 {
        self.address.wrapping_add(self.length())
    }

    /// The value of one of its operands.
    #[must_use]
    pub const fn operand(&self, operand: Operand) -> u32 {
        operand.value(self.word, self.address)
    }

    /// The special register that it names.
    #[must_use]
    pub fn special(&self) -> Option<Special> {
        matches!(self.op, Op::Rsr | Op::Wsr | Op::Xsr).then(|| Special::from_number((self.word >> 8) as u8)).flatten()
    }

    /// Where it goes if it branches or jumps, as far as its word tells.
    #[must_use]
    pub fn target(&self) -> Option<u32> {
        let operands = self.entry().operands.iter();
        operands.copied().find(|o| o.is_target() && *o != Operand::Literal).map(|o| self.operand(o))
    }

    /// The general registers that it reads, bit n for a-n.
    #[must_use]
    pub fn reads(&self) -> u16 {
        let implied = if matches!(self.op, Op::Ret | Op::RetN) { 1 } else { 0 };
        self.registers(Operand::reads) | implied
    }

    /// The general registers that it writes, or may write.
    #[must_use]
    pub fn writes(&self) -> u16 {
        let implied = if matches!(self.op, Op::Call0 | Op::Callx0) { 1 } else { 0 };
        self.registers(Operand::writes) | implied
    }

    fn registers(&self, which: impl Fn(Operand) -> bool) -> u16 {
        let operands = self.entry().operands.iter().copied();
        operands.filter(|o| which(*o)).fold(0, |set, o| set | 1 << (self.operand(o) & 15))
    }

    fn special_exists(&self) -> bool {
        let access = Special::from_number((self.word >> 8) as u8).map(Special::access);
        match self.op {
            Op::Rsr => access.is_some_and(|a| a.read),
            Op::Wsr => access.is_some_and(|a| a.write),
            Op::Xsr => access.is_some_and(|a| a.exchange),
            _ => true,
        }
    }
}
