//! The program around the random streams: sets each one's registers, sends it off, survives its exceptions, and writes
//! down how the registers were at its end. It runs on QEMU and on the emulated CPU alike.
//!
//! An exception is added to a sum of all, and the instruction is stepped over. A stream ends at the `syscall` at its
//! known end, when it leaves its code, or after too many exceptions.

use crate::asm::{Arg, Asm};
use crate::sim::RESET;
use anyhow::Result;
use krait_lx106::{Op, Special};

/// Where vectors, variables and the handlers are.
pub(crate) const HARNESS: u32 = 0x6000_0000;
/// Where the streams are.
pub(crate) const STREAMS: u32 = 0x6001_0000;

/// A stream's block: its size, and where its parts begin.
pub(crate) mod block {
    pub(crate) const SIZE: u32 = 1024;
    pub(crate) const DATA: u32 = 0;
    pub(crate) const DATA_SIZE: u32 = 64;
    pub(crate) const BEFORE: u32 = 64;
    pub(crate) const AFTER: u32 = 128;
    pub(crate) const SPECIALS: u32 = 192;
    /// Literals; the first is the address of the stream's end.
    pub(crate) const LITERALS: u32 = 256;
    pub(crate) const CODE: u32 = 512;
}

/// What is written down besides the general registers; the sum of exceptions and their number follow.
pub(crate) const WRITTEN: [Special; 14] = [
    Special::Sar,
    Special::Ps,
    Special::Epc1,
    Special::Epc2,
    Special::Epc3,
    Special::Depc,
    Special::Eps2,
    Special::Eps3,
    Special::Excsave2,
    Special::Excsave3,
    Special::Intenable,
    Special::Interrupt,
    Special::Exccause,
    Special::Excvaddr,
];

/// What is zero when a stream begins.
const CLEARED: [Special; 20] = [
    Special::Sar,
    Special::Litbase,
    Special::Ibreakenable,
    Special::Ddr,
    Special::Ibreaka0,
    Special::Dbreaka0,
    Special::Dbreakc0,
    Special::Epc2,
    Special::Epc3,
    Special::Depc,
    Special::Eps2,
    Special::Eps3,
    Special::Excsave1,
    Special::Excsave2,
    Special::Excsave3,
    Special::Intenable,
    Special::Exccause,
    Special::Icount,
    Special::Icountlevel,
    Special::Excvaddr,
];

// Variables: a0 to a5 of the stream, then these.
const SUM: u32 = 32;
const CURRENT: u32 = 36;
const COUNT: u32 = 40;

/// An instruction from names and numbers.
macro_rules! i {
    ($asm:expr, $op:ident $(, $arg:expr)*) => {
        $asm.op(Op::$op, [$(Arg::from($arg)),*])
    };
}

fn special(which: Special) -> u32 {
    which as u32
}

/// The bytes at [`RESET`], and those at [`HARNESS`], for so many streams.
pub(crate) fn build(streams: u32) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut reset = Asm::new(RESET);
    i!(reset, J, "go");
    reset.at(RESET + 4);
    reset.word("start", HARNESS + 0x400);
    reset.label("go");
    i!(reset, L32r, 0, "start");
    i!(reset, Jx, 0);

    let mut a = Asm::new(HARNESS);
    for (offset, handler) in [(0x10, "debug"), (0x30, "kernel"), (0x50, "user"), (0x70, "double")] {
        a.at(HARNESS + offset);
        i!(a, J, handler);
    }
    a.at(HARNESS + 0x200);
    a.word("variables", HARNESS + 0x100);
    a.word("vectors", HARNESS);
    a.word("streams", STREAMS);
    a.word("length", streams * block::SIZE);
    a.at(HARNESS + 0x400);
    i!(a, L32r, 2, "vectors");
    i!(a, Wsr, special(Special::Vecbase), 2);
    i!(a, L32r, 1, "streams");
    next(&mut a);
    handlers(&mut a);
    finish(&mut a);
    Ok((reset.finish()?, a.finish()?))
}

/// Sets up the stream whose block is in a1 and goes there; or ends everything.
fn next(a: &mut Asm) {
    a.label("next");
    i!(a, L32r, 2, "streams");
    i!(a, L32r, 3, "length");
    i!(a, Sub, 2, 1, 2);
    i!(a, Bltu, 2, 3, "another");
    // write(1, streams, length); exit(0)
    i!(a, Movi, 2, 4);
    i!(a, L32r, 5, "length");
    i!(a, Movi, 3, 1);
    i!(a, L32r, 4, "streams");
    i!(a, Simcall);
    i!(a, Movi, 2, 1);
    i!(a, Movi, 3, 0);
    i!(a, Simcall);
    a.label("another");
    i!(a, L32r, 0, "variables");
    i!(a, S32i, 1, 0, CURRENT);
    i!(a, Movi, 2, 0);
    i!(a, S32i, 2, 0, SUM);
    i!(a, S32i, 2, 0, COUNT);
    // The timer is as far away as it can be: QEMU's runs by the wall clock.
    i!(a, Rsr, special(Special::Ccount), 2);
    i!(a, Addi, 2, 2, -1);
    i!(a, Wsr, special(Special::Ccompare0), 2);
    i!(a, Movi, 2, 0);
    for which in CLEARED {
        i!(a, Wsr, special(which), 2);
    }
    i!(a, Movi, 2, -1);
    i!(a, Wsr, special(Special::Intclear), 2);
    i!(a, Movi, 2, 0x30);
    i!(a, Wsr, special(Special::Ps), 2);
    i!(a, Rsync);
    i!(a, Addmi, 2, 1, block::CODE);
    i!(a, Wsr, special(Special::Epc1), 2);
    for register in [0u32, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 1] {
        i!(a, L32i, register, 1, block::BEFORE + register * 4);
    }
    i!(a, Rfe);
}

fn handlers(a: &mut Asm) {
    for (name, kind, from) in [
        ("user", 1, Special::Epc1),
        ("kernel", 2, Special::Epc1),
        ("double", 3, Special::Depc),
        ("debug", 4, Special::Epc2),
    ] {
        a.label(name);
        i!(a, Wsr, special(Special::Excsave1), 0);
        i!(a, L32r, 0, "variables");
        for register in 1..6u32 {
            i!(a, S32i, register, 0, register * 4);
        }
        i!(a, Rsr, special(Special::Excsave1), 1);
        i!(a, S32i, 1, 0, 0);
        i!(a, Movi, 2, kind);
        i!(a, Rsr, special(from), 3);
        i!(a, Rsr, special(if kind == 4 { Special::Debugcause } else { Special::Exccause }), 4);
        i!(a, J, "common");
    }
    // Within a branch's reach.
    a.label("end");
    i!(a, J, "finish");
    // a0: variables, a2: kind, a3: where, a4: why.
    a.label("common");
    i!(a, Rsr, special(Special::Excvaddr), 5);
    i!(a, L32i, 1, 0, SUM);
    i!(a, Addx8, 1, 1, 1);
    i!(a, Xor, 1, 1, 3);
    i!(a, Addx8, 1, 1, 4);
    i!(a, Addx8, 1, 1, 1);
    i!(a, Xor, 1, 1, 5);
    i!(a, Addx8, 1, 1, 2);
    i!(a, S32i, 1, 0, SUM);
    i!(a, L32i, 1, 0, COUNT);
    i!(a, Addi, 1, 1, 1);
    i!(a, S32i, 1, 0, COUNT);
    i!(a, Bgeui, 1, 256, "end");
    i!(a, L32i, 1, 0, CURRENT);
    i!(a, Sub, 1, 3, 1);
    i!(a, Addmi, 1, 1, -512);
    i!(a, Movi, 5, 512);
    i!(a, Bgeu, 1, 5, "end");
    i!(a, Beqi, 2, 4, "broken");
    i!(a, Bnei, 4, 1, "no_syscall");
    i!(a, L32i, 1, 0, CURRENT);
    i!(a, L32i, 1, 1, block::LITERALS);
    i!(a, Beq, 1, 3, "end");
    a.label("no_syscall");
    i!(a, Bnei, 4, 4, "over");
    i!(a, Movi, 1, -1);
    i!(a, Wsr, special(Special::Intclear), 1);
    i!(a, J, "back");
    a.label("broken");
    i!(a, Movi, 1, 0);
    i!(a, Wsr, special(Special::Ibreakenable), 1);
    i!(a, Wsr, special(Special::Dbreakc0), 1);
    i!(a, Wsr, special(Special::Icountlevel), 1);
    // `break` and `break.n` are stepped over; for the others it is enough to be off.
    i!(a, Movi, 1, 0x18);
    i!(a, Bnone, 4, 1, "back");
    a.label("over");
    i!(a, L8ui, 5, 3, 0);
    i!(a, Extui, 5, 5, 0, 4);
    i!(a, Addi, 5, 5, -8);
    i!(a, Bltui, 5, 6, "narrow");
    i!(a, Addi, 3, 3, 1);
    a.label("narrow");
    i!(a, Addi, 3, 3, 2);
    a.label("back");
    i!(a, Beqi, 2, 3, "back_double");
    i!(a, Beqi, 2, 4, "back_debug");
    i!(a, Wsr, special(Special::Epc1), 3);
    restore(a);
    i!(a, Rfe);
    a.label("back_double");
    i!(a, Wsr, special(Special::Depc), 3);
    restore(a);
    i!(a, Rfde);
    a.label("back_debug");
    i!(a, Wsr, special(Special::Epc2), 3);
    restore(a);
    i!(a, Rfi, 2);
}

fn restore(a: &mut Asm) {
    for register in (0..6u32).rev() {
        i!(a, L32i, register, 0, register * 4);
    }
}

/// Writes down how things are.
fn finish(a: &mut Asm) {
    a.label("finish");
    i!(a, L32i, 1, 0, CURRENT);
    for register in 6..16u32 {
        i!(a, S32i, register, 1, block::AFTER + register * 4);
    }
    for register in 0..6u32 {
        i!(a, L32i, 2, 0, register * 4);
        i!(a, S32i, 2, 1, block::AFTER + register * 4);
    }
    for (nth, which) in (0u32..).zip(WRITTEN) {
        i!(a, Rsr, special(which), 2);
        i!(a, S32i, 2, 1, block::SPECIALS + nth * 4);
    }
    i!(a, L32i, 2, 0, SUM);
    i!(a, S32i, 2, 1, block::SPECIALS + 56);
    i!(a, L32i, 2, 0, COUNT);
    i!(a, S32i, 2, 1, block::SPECIALS + 60);
    i!(a, Addmi, 1, 1, block::SIZE);
    i!(a, J, "next");
}
