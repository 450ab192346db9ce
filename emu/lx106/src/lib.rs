//! The LX106, the CPU core of the ESP8266: one list of its instructions, and from it a decoder, a
//! disassembler and an interpreter with a decode cache.
//!
//! A machine is a [`Cpu`] and something that implements [`Bus`]; [`Cpu::run`] executes until its budget is
//! used or something happens that the machine must see ([`Exit`]). What a run does depends on the processor's
//! state and on the bus alone: not on the cache, nor on how a stretch of time is cut into runs.
//!
//! The surprising fact: time is counted in instructions. One takes [`Cpu::cycles_per_instruction`] cycles, each
//! the same; the core has no model of its pipeline, and the flash cache is the machine's business.
//!
//! Absent from here: threads, files, clocks, devices, and any address of the chip but the reset vector.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod bus;
mod cache;
mod code;
mod cpu;
mod decode;
mod disasm;
mod drive;
mod interpret;
mod operand;
mod ram;
mod special;
mod state;
mod system;
mod table;
#[cfg(test)]
mod tests;

pub use bus::{Attention, Bus, Fault, Stored, Width};
pub use cpu::{Cpu, Exit, Trace};
pub use decode::{Instruction, decode, length};
pub use operand::Operand;
pub use ram::Ram;
pub use special::{Access, Special};
pub use table::{Class, Entry, INSTRUCTIONS, Op};
