//! The driver: from stop to stop of the interpreter. It keeps time, asks the bus, takes interrupts and exceptions,
//! decodes what is missing, and executes what the interpreter does not.
//!
//! Entering a handler takes as long as one instruction, so that a processor that can only fault gets older.
//!
//! The surprising fact: it never depends on where blocks begin and end. When an event is nearer than the end of the
//! next block, or the program uses the core's own breakpoints, it goes by single instructions.

use crate::cpu::{Cpu, Exit, Trace};
use crate::decode::{Instruction, decode};
use crate::interpret::{MISALIGNED, Stop, Why, interpret};
use crate::operand::Operand;
use crate::system::{Effect, cause, debug};
use crate::table::{Class, Op};
use crate::{Attention, Bus, Fault, Width};

/// No trace.
pub(crate) struct Untraced;

impl Trace for Untraced {
    const ACTIVE: bool = false;

    fn instruction(&mut self, _: u32, _: &[u32; 16], _: u64) {}
}

/// What the processor does next in a run.
enum Next {
    Continue,
    /// The bus was accessed: it is asked what it wants.
    Attend,
    Leave(Exit),
}

impl Cpu {
    /// Runs until the time `end`, or, if `once`, for one instruction or one entry of a handler.
    pub(crate) fn drive<B: Bus, T: Trace>(&mut self, bus: &mut B, end: u64, once: bool, trace: &mut T) -> Exit {
        let mut attention = self.attend(bus);
        let mut first = true;
        loop {
            if attention.stop {
                return Exit::Bus;
            }
            if self.state.cycles >= attention.deadline {
                attention = self.attend(bus);
                // A deadline that has passed already would be asked about for ever.
                attention.deadline = attention.deadline.max(self.state.cycles.saturating_add(1));
                continue;
            }
            self.state.tick();
            if self.state.cycles >= end || once && !first {
                return Exit::Budget;
            }
            if let Some(level) = self.state.pending_level() {
                let from = self.state.pc;
                self.state.enter_interrupt(level);
                self.entered(from, trace);
                first = false;
                continue;
            }
            if self.state.waiting {
                return Exit::Waiting;
            }
            let careful = T::ACTIVE || once || self.state.is_careful(B::FAST_REGIONS);
            let event = end.min(attention.deadline).min(self.state.timer_due);
            let next = if careful {
                self.carefully(bus, first, trace)
            } else {
                self.state.limit = (event - self.state.cycles).div_ceil(u64::from(self.state.cpi));
                self.freely(bus, first, trace)
            };
            first = false;
            match next {
                Next::Continue => {}
                Next::Attend => attention = self.attend(bus),
                Next::Leave(exit) => return exit,
            }
        }
    }

    fn attend<B: Bus>(&mut self, bus: &mut B) -> Attention {
        let attention = bus.attend(self.state.cycles);
        self.state.set_lines(attention.lines);
        attention
    }

    /// A handler was entered.
    fn entered<T: Trace>(&mut self, from: u32, trace: &mut T) {
        trace.exception(from, self.state.pc, self.state.cycles);
        self.state.cycles = self.state.cycles.saturating_add(u64::from(self.state.cpi));
    }

    /// Executes up to the limit, or to a stop.
    fn freely<B: Bus, T: Trace>(&mut self, bus: &mut B, first: bool, trace: &mut T) -> Next {
        // The first instruction of a run does not stop at its own breakpoint.
        let mut single = first && self.rules.breakpoints.contains(&self.state.pc);
        loop {
            let block = self.cache.block(bus, &self.rules, self.state.pc, single);
            let whole = self.state.limit;
            if single {
                self.state.limit = 1;
            }
            let stop = interpret(&mut self.state, bus, &self.cache, block);
            let used = self.state.limit - stop.left;
            self.pass(used);
            self.state.limit = whole - used;
            match stop.why {
                Why::Limit => {
                    self.state.pc = self.cache.blocks.get(stop.block as usize).map_or(self.state.pc, |b| b.pc);
                    if self.state.limit == 0 {
                        return Next::Continue;
                    }
                    single = !single;
                }
                Why::Unlinked | Why::Indirect => {
                    self.link(bus, &stop, single);
                    single = false;
                }
                _ => return self.stopped(bus, &stop, trace),
            }
        }
    }

    /// Time for so many instructions.
    fn pass(&mut self, instructions: u64) {
        self.state.instructions += instructions;
        self.state.cycles = self.state.cycles.saturating_add(instructions.saturating_mul(u64::from(self.state.cpi)));
    }

    /// Goes where a stop leads, and remembers the way.
    fn link<B: Bus>(&mut self, bus: &mut B, stop: &Stop, single: bool) {
        let (code, place) = self.cache.place(stop.block, stop.count, stop.why == Why::Unlinked && stop.value == 1);
        let target = if stop.why == Why::Indirect { stop.value } else { place.target };
        self.state.pc = target;
        let generation = self.cache.generation;
        let block = self.cache.block(bus, &self.rules, target, single);
        if self.cache.generation == generation && (!single || stop.why == Why::Unlinked) {
            self.cache.link(code, target, block);
        }
    }

    /// Deals with any other stop.
    fn stopped<B: Bus, T: Trace>(&mut self, bus: &mut B, stop: &Stop, trace: &mut T) -> Next {
        let (_, place) =
            self.cache.place(stop.block, stop.count, matches!(stop.why, Why::Unfetchable | Why::Breakpoint));
        match stop.why {
            Why::Accessed => {
                self.state.pc = place.pc.wrapping_add(place.length);
                Next::Attend
            }
            Why::Overwritten => {
                self.state.pc = place.pc.wrapping_add(place.length);
                self.cache.clear();
                Next::Attend
            }
            Why::Fault => {
                self.state.excvaddr = stop.address;
                self.exception(place.pc, stop.value, trace)
            }
            Why::Unfetchable => {
                let pc = place.pc;
                self.state.excvaddr = pc;
                let open = self.state.executable >> (pc >> 29) & 1 != 0;
                let locked = self.state.is_double_vector(pc) && self.state.ps & crate::state::PS_EXCM != 0;
                let fault = if open { B::FETCH_FAULT } else { Fault::FetchProhibited };
                let next = self.exception(pc, fault as u32, trace);
                if locked { Next::Leave(Exit::Lockup) } else { next }
            }
            Why::Breakpoint => {
                self.state.pc = place.pc;
                Next::Leave(Exit::Breakpoint)
            }
            Why::System => match decode(stop.value, place.pc) {
                Some(instruction) => self.system(bus, &instruction, trace),
                None => self.exception(place.pc, cause::ILLEGAL, trace),
            },
            // Dealt with before.
            Why::Limit | Why::Unlinked | Why::Indirect => Next::Continue,
        }
    }

    fn exception<T: Trace>(&mut self, pc: u32, cause: u32, trace: &mut T) -> Next {
        self.state.enter_exception(pc, cause);
        self.entered(pc, trace);
        Next::Continue
    }

    fn system<B: Bus, T: Trace>(&mut self, bus: &mut B, instruction: &Instruction, trace: &mut T) -> Next {
        let (pc, next) = (instruction.address, instruction.next());
        self.state.pc = pc;
        let effect = self.state.system(bus, instruction, self.wishes);
        match effect {
            Effect::Exception(cause) => return self.exception(pc, cause, trace),
            Effect::Halt(exit) => return Next::Leave(exit),
            Effect::Debug(cause) if self.state.enter_debug(pc, cause) => {
                self.entered(pc, trace);
                return Next::Continue;
            }
            _ => {}
        }
        self.state.pc = if let Effect::Jump(target) = effect { target } else { next };
        self.pass(1);
        if effect == Effect::Redecode {
            self.redecode();
        }
        match effect {
            Effect::Leave(exit) => Next::Leave(exit),
            _ => Next::Continue,
        }
    }

    /// Decodes anew by what the registers now say.
    pub(crate) fn redecode(&mut self) {
        let litbase = self.state.litbase;
        self.rules.literals = (litbase & 1 != 0).then_some(litbase & !1);
        self.rules.executable = self.state.executable;
        self.rules.readable = self.state.readable;
        self.cache.clear();
    }

    /// One instruction, with everything looked at before.
    fn carefully<B: Bus, T: Trace>(&mut self, bus: &mut B, first: bool, trace: &mut T) -> Next {
        let pc = self.state.pc;
        if !first && self.rules.breakpoints.contains(&pc) {
            return Next::Leave(Exit::Breakpoint);
        }
        let counts = self.state.masked_level() < self.state.icountlevel;
        if counts && self.state.icount == u32::MAX && self.state.enter_debug(pc, debug::ICOUNT) {
            self.entered(pc, trace);
            return Next::Continue;
        }
        if self.state.ibreakenable & 1 != 0 && self.state.ibreaka == pc && self.state.enter_debug(pc, debug::IBREAK) {
            self.entered(pc, trace);
            return Next::Continue;
        }
        if let Some((address, width, stores)) = self.access(bus) {
            let mask = 0xFFFF_FFC0 | self.state.dbreakc & 0x3F;
            let wanted = self.state.dbreakc >> (30 + u32::from(stores)) & 1 != 0;
            let met = |offset: u32| address.wrapping_add(offset) & mask == self.state.dbreaka & mask;
            if wanted && (0..width).any(met) && self.state.enter_debug(pc, debug::DBREAK) {
                self.entered(pc, trace);
                return Next::Continue;
            }
            if self.state.readable >> (address >> 29) & 1 == 0 {
                let fault = if stores { Fault::StoreProhibited } else { Fault::LoadProhibited };
                let misaligned = address & (width - 1) != 0;
                let cause = if misaligned { MISALIGNED } else { fault as u8 };
                self.state.excvaddr = address;
                return self.exception(pc, u32::from(cause), trace);
            }
        }
        trace.instruction(pc, &self.state.ar, self.state.cycles);
        let before = self.state.instructions;
        let next = self.one(bus, trace);
        if counts && self.state.instructions != before {
            self.state.icount = self.state.icount.wrapping_add(1);
        }
        next
    }

    /// One instruction, nothing looked at.
    fn one<B: Bus, T: Trace>(&mut self, bus: &mut B, trace: &mut T) -> Next {
        let block = self.cache.block(bus, &self.rules, self.state.pc, true);
        self.state.limit = 1;
        let stop = interpret(&mut self.state, bus, &self.cache, block);
        self.pass(1 - stop.left);
        match stop.why {
            Why::Limit => {
                self.state.pc = self.cache.blocks.get(stop.block as usize).map_or(self.state.pc, |b| b.pc);
                Next::Continue
            }
            Why::Unlinked | Why::Indirect => {
                self.link(bus, &stop, true);
                Next::Continue
            }
            _ => self.stopped(bus, &stop, trace),
        }
    }

    /// The memory access of the next instruction: address, width in bytes, whether it stores.
    fn access<B: Bus>(&mut self, bus: &mut B) -> Option<(u32, u32, bool)> {
        let instruction = self.peek(bus)?;
        let stores = match instruction.class() {
            Class::Load => false,
            Class::Store => true,
            _ => return None,
        };
        if instruction.op == Op::L32r {
            let offset = instruction.operand(Operand::Literal).wrapping_sub(instruction.address.wrapping_add(3) & !3);
            let address = self.rules.literals.map_or(instruction.operand(Operand::Literal), |b| b.wrapping_add(offset));
            return Some((address, Width::Word.bytes(), false));
        }
        let (width, offset) = match instruction.op {
            Op::L8ui | Op::S8i => (Width::Byte, Operand::Offset8),
            Op::L16ui | Op::L16si | Op::S16i => (Width::Half, Operand::Offset16),
            Op::L32iN | Op::S32iN => (Width::Word, Operand::OffsetN),
            _ => (Width::Word, Operand::Offset32),
        };
        let base = self.state.ar[(instruction.operand(Operand::Rs) & 15) as usize];
        Some((base.wrapping_add(instruction.operand(offset)), width.bytes(), stores))
    }

    /// The next instruction.
    pub(crate) fn peek<B: Bus>(&self, bus: &mut B) -> Option<Instruction> {
        let pc = self.state.pc;
        let low = bus.fetch(pc & !3)?;
        let high = if pc & 3 > 1 { bus.fetch((pc & !3).wrapping_add(4)).unwrap_or(0) } else { 0 };
        let bits = (u64::from(high) << 32 | u64::from(low)) >> (8 * (pc & 3));
        decode(bits as u32, pc)
    }
}
