//! One instruction, decoded.
//!
//! Offsets count from the code's first instruction, not from its prelude.

use crate::opcode::{INFO, Op, Operand};
use crate::varint::{self, NumberFault};

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insn {
    /// The opcode, or the range it belongs to.
    pub op: Op,
    /// Where it starts.
    pub at: usize,
    /// Where the next one starts.
    pub next: usize,
    /// The operand: an index, a count, a small integer, the offset that a jump reaches (which may
    /// lie anywhere), or the distance from the first opcode of a range. 0 if there is none.
    pub arg: i64,
    /// The extra byte of closures and `UNWIND_JUMP`, otherwise 0.
    pub extra: u8,
}

/// Why no instruction could be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsnFault {
    /// The byte is no opcode.
    UnknownOpcode,
    /// The code ends inside the instruction.
    Truncated,
    /// The operand is too big, or spelled too long.
    Operand,
}

impl From<NumberFault> for InsnFault {
    fn from(fault: NumberFault) -> Self {
        match fault {
            NumberFault::Truncated => InsnFault::Truncated,
            NumberFault::TooBig => InsnFault::Operand,
        }
    }
}

/// Decodes the instruction at `at`. Its end lies within `code`; its operand is not judged.
pub fn decode(code: &[u8], at: usize) -> Result<Insn, InsnFault> {
    let byte = *code.get(at).ok_or(InsnFault::Truncated)?;
    let info = INFO[byte as usize];
    let op = info.op.ok_or(InsnFault::UnknownOpcode)?;
    let mut next = at + 1;
    let mut extra = 0;
    let arg = match info.operand {
        Operand::None => 0,
        Operand::Embedded => i64::from(byte - op.byte()),
        Operand::Name | Operand::Const | Operand::Child | Operand::ChildCells | Operand::Local | Operand::Count => {
            i64::from(varint::read_uint(code, &mut next)?)
        }
        Operand::SmallInt => varint::read_int(code, &mut next)?,
        Operand::Forward => varint::read_label(false, code, &mut next)?,
        Operand::Jump | Operand::Unwind => varint::read_label(true, code, &mut next)?,
    };
    if matches!(info.operand, Operand::ChildCells | Operand::Unwind) {
        extra = *code.get(next).ok_or(InsnFault::Truncated)?;
        next += 1;
    }
    Ok(Insn { op, at, next, arg, extra })
}

/// Where a `finally` handler that tells its cases apart by itself is to be entered.
///
/// `async with` compiles to a handler that starts with `DUP_TOP`, `LOAD_GLOBAL BaseException`,
/// an exception match and a conditional jump: a question whose answer whoever enters the handler
/// knows already. Krait never asks it. See [`finally_dispatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Entry with the exception on top of the stack.
    pub exception: usize,
    /// Entry with the two words of a pending return or jump on top of the stack.
    pub unwind: i64,
}

/// Recognises the handler at `handler` that asks for its own case; `None` for any other.
///
/// A `finally` handler that starts with `DUP_TOP` and yet is not of this form is refused by the
/// verifier, so a virtual machine need look only at the first byte to know whether to ask.
pub fn finally_dispatch(code: &[u8], handler: usize) -> Option<Dispatch> {
    use crate::operator::BinaryOp;
    let dup = decode(code, handler).ok().filter(|i| i.op == Op::DupTop)?;
    let load = decode(code, dup.next).ok().filter(|i| i.op == Op::LoadGlobal)?;
    let test = decode(code, load.next).ok().filter(|i| i.op == Op::BinaryOpMulti)?;
    let jump = decode(code, test.next).ok().filter(|i| i.op == Op::PopJumpIfFalse)?;
    (test.arg == BinaryOp::ExceptionMatch as i64).then_some(Dispatch { exception: jump.next, unwind: jump.arg })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_are_read_by_kind() {
        let code = [0x82, 0x22, 0x6f, 0x20, 1, 3, 0x40, 0x41, 0x82, 0x43, 0x3f, 0x16, 0x81, 0];
        let mut seen = std::vec::Vec::new();
        let mut at = 0;
        while at < code.len() {
            let i = decode(&code, at).unwrap();
            seen.push((i.op.name(), i.arg, i.extra));
            at = i.next;
        }
        assert_eq!(
            seen,
            [
                ("LOAD_CONST_SMALL_INT_MULTI", 18, 0),
                ("LOAD_CONST_SMALL_INT", -17, 0),
                ("MAKE_CLOSURE", 1, 3),
                ("UNWIND_JUMP", 9, 0x82),
                ("POP_JUMP_IF_TRUE", 10, 0),
                ("STORE_NAME", 128, 0),
            ]
        );
        assert_eq!(decode(&code, 14), Err(InsnFault::Truncated));
        assert_eq!(decode(&[0], 0), Err(InsnFault::UnknownOpcode));
        assert_eq!(decode(&[0x20, 1], 0), Err(InsnFault::Truncated));
    }
}
