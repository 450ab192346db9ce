//! The `.mpy` version 6 bytecode as data: opcodes, operands, preludes, containers.
//!
//! Shared by the compiler (which writes it), the runtime (which executes it in place) and the
//! tools (which show it). Absent from this crate: heap, values, Python objects, files, and any
//! trust in its input. Every allocation goes through the allocator the caller gives and may fail.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod disasm;
pub mod insn;
pub mod lines;
pub mod mpy;
pub mod opcode;
pub mod operator;
pub mod prelude;
pub mod sink;
pub mod static_names;
pub mod unit;
pub mod varint;
pub mod verify;

mod index;

pub use opcode::{Op, OpInfo, Operand};
pub use operator::{BinaryOp, UnaryOp};
pub use prelude::{Prelude, Signature};
pub use sink::Sink;
pub use unit::{Code, CodeKind, Const, OutOfMemory, Unit};
