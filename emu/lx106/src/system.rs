//! Instructions that touch the processor's state, and exceptions: what the interpreter leaves to the driver.
//!
//! Sources: Xtensa ISA reference, chapters "Exception Option", "Interrupt Option", "Debug Option" and the entries of
//! the instructions; vectors: core-isa.h of the lx106 core.

use crate::decode::Instruction;
use crate::operand::Operand;
use crate::state::{DEBUG_LEVEL, EXCM_LEVEL, NMI_LEVEL, NMI_LINE, PS_EXCM, PS_INTLEVEL, PS_UM, State, TIMER_LINE};
use crate::table::Op;
use crate::{Bus, Exit};

/// Offsets of the vectors from VECBASE.
mod vector {
    pub(super) const DEBUG: u32 = 0x10;
    pub(super) const NMI: u32 = 0x20;
    pub(super) const KERNEL: u32 = 0x30;
    pub(super) const USER: u32 = 0x50;
    pub(super) const DOUBLE: u32 = 0x70;
}

/// Values of EXCCAUSE that the core itself finds.
pub(crate) mod cause {
    pub(crate) const ILLEGAL: u32 = 0;
    pub(crate) const SYSCALL: u32 = 1;
    pub(crate) const INTERRUPT: u32 = 4;
}

/// Bits of DEBUGCAUSE.
pub(crate) mod debug {
    pub(crate) const ICOUNT: u32 = 1;
    pub(crate) const IBREAK: u32 = 2;
    pub(crate) const DBREAK: u32 = 4;
    pub(crate) const BREAK: u32 = 8;
    pub(crate) const BREAK_N: u32 = 16;
}

/// What an instruction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// On to the next instruction.
    Next,
    /// On to the next instruction; what was decoded is no longer right.
    Redecode,
    /// Goes elsewhere.
    Jump(u32),
    /// An exception, with the program counter at the instruction.
    Exception(u32),
    /// A debug exception, as above.
    Debug(u32),
    /// The run ends behind the instruction.
    Leave(Exit),
    /// The run ends before the instruction.
    Halt(Exit),
}

/// What the machine wants of two instructions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wishes {
    pub(crate) halt_on_break: bool,
    pub(crate) simcalls: bool,
}

impl State {
    fn reg(&self, number: u32) -> u32 {
        self.ar[(number & 15) as usize]
    }

    fn set_reg(&mut self, number: u32, value: u32) {
        self.ar[(number & 15) as usize] = value;
    }

    /// Executes an instruction of the class `System`, at the time `cycles`.
    pub(crate) fn system<B: Bus>(&mut self, bus: &mut B, instruction: &Instruction, wishes: Wishes) -> Effect {
        let field = |operand| instruction.operand(operand);
        let (s, t) = (field(Operand::S), field(Operand::T));
        match instruction.op {
            Op::Rsr | Op::Wsr | Op::Xsr => self.exchange(instruction),
            Op::Rsil => {
                let ps = self.ps;
                self.ps = ps & !PS_INTLEVEL | s;
                self.set_reg(t, ps);
                Effect::Next
            }
            Op::Waiti => {
                self.ps = self.ps & !PS_INTLEVEL | s;
                self.waiting = true;
                Effect::Next
            }
            Op::Rfe => {
                self.ps &= !PS_EXCM;
                Effect::Jump(self.epc[0])
            }
            Op::Rfde => Effect::Jump(self.depc),
            Op::Rfi => match s {
                2 | 3 => {
                    let at = s as usize;
                    self.ps = self.eps[at - 2];
                    Effect::Jump(self.epc[at - 1])
                }
                _ => Effect::Exception(cause::ILLEGAL),
            },
            Op::Syscall => Effect::Exception(cause::SYSCALL),
            Op::Simcall if wishes.simcalls => Effect::Leave(Exit::Simcall),
            Op::Break | Op::BreakN if wishes.halt_on_break => {
                let t = if instruction.op == Op::Break { t } else { 0 };
                Effect::Halt(Exit::Break { s: s as u8, t: t as u8 })
            }
            // Masked, it does nothing.
            Op::Break | Op::BreakN if self.masked_level() >= DEBUG_LEVEL => Effect::Next,
            Op::Break => Effect::Debug(debug::BREAK),
            Op::BreakN => Effect::Debug(debug::BREAK_N),
            Op::Rer => {
                let value = bus.read_external(self.reg(s));
                self.set_reg(t, value);
                Effect::Next
            }
            Op::Wer => {
                bus.write_external(self.reg(s), self.reg(t));
                Effect::Next
            }
            Op::Witlb | Op::Wdtlb => {
                let side = usize::from(instruction.op == Op::Wdtlb);
                self.set_region(side, self.reg(s), self.reg(t));
                Effect::Redecode
            }
            // The map is the identity, and every region hits.
            Op::Ritlb0 | Op::Rdtlb0 => {
                self.set_reg(t, self.reg(s) & 0xE000_0000);
                Effect::Next
            }
            Op::Ritlb1 | Op::Rdtlb1 => {
                let side = usize::from(instruction.op == Op::Rdtlb1);
                let address = self.reg(s);
                let attribute = self.regions[side][(address >> 29) as usize];
                self.set_reg(t, address & 0xE000_0000 | u32::from(attribute));
                Effect::Next
            }
            Op::Pitlb | Op::Pdtlb => {
                self.set_reg(t, self.reg(s) & 0xE000_0000 | 1);
                Effect::Next
            }
            Op::Iitlb | Op::Idtlb => Effect::Next,
            // `ill` and `ill.n`; `rfdo` and `rfdd` belong to a probe that halts the core; `simcall` to a simulator.
            _ => Effect::Exception(cause::ILLEGAL),
        }
    }

    /// `rsr`, `wsr`, `xsr`.
    fn exchange(&mut self, instruction: &Instruction) -> Effect {
        use crate::special::Special;
        let Some(special) = instruction.special() else {
            return Effect::Exception(cause::ILLEGAL);
        };
        let t = instruction.operand(Operand::T);
        let new = self.reg(t);
        if instruction.op != Op::Wsr {
            let old = self.special(special, self.cycles);
            self.set_reg(t, old);
        }
        if instruction.op == Op::Rsr {
            return Effect::Next;
        }
        let before = self.litbase;
        self.set_special(special, new);
        if special == Special::Litbase && self.litbase != before { Effect::Redecode } else { Effect::Next }
    }

    /// Goes to the handler of an exception at `pc`. A memory access sets EXCVADDR before.
    pub(crate) fn enter_exception(&mut self, pc: u32, cause: u32) {
        let vector = if self.ps & PS_EXCM != 0 {
            self.depc = pc;
            vector::DOUBLE
        } else {
            self.epc[0] = pc;
            if self.ps & PS_UM != 0 { vector::USER } else { vector::KERNEL }
        };
        self.exccause = cause;
        self.ps |= PS_EXCM;
        self.pc = self.vecbase.wrapping_add(vector);
    }

    /// Whether `pc` is where double exceptions go.
    pub(crate) fn is_double_vector(&self, pc: u32) -> bool {
        pc == self.vecbase.wrapping_add(vector::DOUBLE)
    }

    /// Goes to the debug handler, if debug exceptions are not masked; says whether it does.
    pub(crate) fn enter_debug(&mut self, pc: u32, cause: u32) -> bool {
        if self.masked_level() >= DEBUG_LEVEL {
            return false;
        }
        self.debugcause = cause;
        self.enter_high(pc, DEBUG_LEVEL, vector::DEBUG);
        true
    }

    /// Goes to the handler of the pending interrupt of this level.
    pub(crate) fn enter_interrupt(&mut self, level: u32) {
        self.waiting = false;
        if level == NMI_LEVEL {
            self.latched &= !NMI_LINE;
            self.enter_high(self.pc, NMI_LEVEL, vector::NMI);
        } else {
            self.enter_exception(self.pc, cause::INTERRUPT);
        }
    }

    fn enter_high(&mut self, pc: u32, level: u32, vector: u32) {
        let at = level as usize;
        self.epc[at - 1] = pc;
        self.eps[at - 2] = self.ps;
        self.ps = self.ps & !PS_INTLEVEL | level | PS_EXCM;
        self.pc = self.vecbase.wrapping_add(vector);
    }

    /// Latches the timer's interrupt if its time has come.
    pub(crate) fn tick(&mut self) {
        if self.cycles >= self.timer_due {
            self.latched |= TIMER_LINE;
            self.set_timer();
        }
    }

    /// The level that masks interrupts now.
    pub(crate) fn masked_level(&self) -> u32 {
        let level = self.ps & PS_INTLEVEL;
        if self.ps & PS_EXCM != 0 { level.max(EXCM_LEVEL) } else { level }
    }

    /// The level of the interrupt to be taken now, if there is one.
    pub(crate) fn pending_level(&self) -> Option<u32> {
        let masked = self.masked_level();
        let pending = self.interrupt();
        if pending & NMI_LINE != 0 && masked < NMI_LEVEL {
            Some(NMI_LEVEL)
        } else if pending & self.intenable & !NMI_LINE != 0 && masked < 1 {
            Some(1)
        } else {
            None
        }
    }

    /// Whether each instruction must be looked at before it is executed: a breakpoint register or ICOUNT is in use, or
    /// a region where the fast half of the bus answers (`fast`) is closed.
    pub(crate) fn is_careful(&self, fast: u8) -> bool {
        self.ibreakenable != 0
            || self.dbreakc >> 30 != 0
            || self.masked_level() < self.icountlevel
            || !self.readable & fast != 0
    }
}
