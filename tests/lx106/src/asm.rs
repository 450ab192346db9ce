//! A small assembler over the list of instructions: wide forms, labels, literals as labels.

use anyhow::{Context, Result};
use krait_lx106::{Instruction, Op};
use std::collections::HashMap;

/// An operand: a number, or the address of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arg {
    Number(u32),
    Label(&'static str),
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Arg::Number(number)
    }
}

impl From<i32> for Arg {
    fn from(number: i32) -> Self {
        Arg::Number(number as u32)
    }
}

impl From<&'static str> for Arg {
    fn from(label: &'static str) -> Self {
        Arg::Label(label)
    }
}

/// Code and words from an address on.
pub(crate) struct Asm {
    base: u32,
    bytes: Vec<u8>,
    labels: HashMap<&'static str, u32>,
    waiting: Vec<(u32, Op, Vec<Arg>)>,
}

impl Asm {
    pub(crate) fn new(base: u32) -> Self {
        Asm { base, bytes: Vec::new(), labels: HashMap::new(), waiting: Vec::new() }
    }

    fn here(&self) -> u32 {
        self.base + self.bytes.len() as u32
    }

    /// Fills up to an address.
    pub(crate) fn at(&mut self, address: u32) {
        self.bytes.resize((address - self.base) as usize, 0);
    }

    pub(crate) fn label(&mut self, name: &'static str) {
        let here = self.here();
        self.labels.insert(name, here);
    }

    pub(crate) fn word(&mut self, name: &'static str, value: u32) {
        self.label(name);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// One instruction; operands in the assembler's order.
    pub(crate) fn op<const N: usize>(&mut self, op: Op, operands: [Arg; N]) {
        self.waiting.push((self.here(), op, operands.to_vec()));
        let length = if op.entry().mask > 0xFFFF || op.entry().value & 8 == 0 { 3 } else { 2 };
        self.bytes.resize(self.bytes.len() + length, 0);
    }

    /// The bytes, with all labels known.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        for (address, op, operands) in &self.waiting {
            let value = |arg: &Arg| match arg {
                Arg::Number(number) => Ok(*number),
                Arg::Label(name) => self.labels.get(name).copied().with_context(|| format!("no label {name}")),
            };
            let values = operands.iter().map(value).collect::<Result<Vec<u32>>>()?;
            let instruction = Instruction::assemble(*op, &values, *address);
            let instruction = instruction.with_context(|| format!("{op:?} {operands:?} at {address:#x}"))?;
            let at = (address - self.base) as usize;
            let length = instruction.length() as usize;
            self.bytes[at..at + length].copy_from_slice(&instruction.word.to_le_bytes()[..length]);
        }
        Ok(self.bytes)
    }
}
