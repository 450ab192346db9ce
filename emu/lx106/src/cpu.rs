//! [`Cpu`]: the processor as a machine holds it.

use crate::cache::{Cache, Rules};
use crate::drive::Untraced;
use crate::special::Special;
use crate::state::{State, TIMER_LINE};
use crate::system::Wishes;
use crate::{Bus, Instruction};
use core::ops::Range;

/// Why a run ended. The program counter stands at the next instruction, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// The cycles given to the run are used up.
    Budget,
    /// The bus asked for it ([`crate::Attention::stop`]).
    Bus,
    /// The program waits for an interrupt (`waiti`), and none is pending that could end that. The machine lets time
    /// pass ([`Cpu::advance`]) up to its next event or [`Cpu::timer_in`], then runs again.
    Waiting,
    /// `simcall` was executed, and [`Cpu::set_simcalls`] asked for it: the program wants a service of its simulator.
    Simcall,
    /// `break s, t` (or `break.n s`, for which t is 0) is next, and [`Cpu::set_halt_on_break`] asked for it. The program
    /// counter stands at it.
    Break {
        /// The first operand.
        s: u8,
        /// The second operand.
        t: u8,
    },
    /// A breakpoint of [`Cpu::set_breakpoint`] is next. The first instruction of a run is executed all the same.
    Breakpoint,
    /// The double-exception vector cannot be fetched: the processor would fault for ever.
    Lockup,
}

/// What sees each instruction of [`Cpu::run_traced`].
pub trait Trace {
    /// Whether there is anything to see; a false one costs nothing.
    const ACTIVE: bool = true;

    /// The instruction at `pc` is about to be executed, at the time `now`, with these registers.
    fn instruction(&mut self, pc: u32, registers: &[u32; 16], now: u64);

    /// The processor leaves its program at `from` for the vector at `to`.
    fn exception(&mut self, _from: u32, _to: u32, _now: u64) {}
}

/// The processor: registers, time, and its decode cache.
///
/// A clone is a snapshot: it has all state but the cache, which is made anew as the clone runs.
#[derive(Clone, Debug)]
pub struct Cpu {
    pub(crate) state: State,
    pub(crate) cache: Cache,
    pub(crate) rules: Rules,
    pub(crate) wishes: Wishes,
}

impl Default for Cpu {
    fn default() -> Self {
        Self::new()
    }
}

impl Cpu {
    /// A processor just out of reset, at cycle 0; its program counter is at the chip's reset vector.
    #[must_use]
    pub fn new() -> Self {
        let mut cpu =
            Cpu { state: State::new(), cache: Cache::new(), rules: Rules::default(), wishes: Wishes::default() };
        cpu.redecode();
        cpu
    }

    /// What the reset line does. Time goes on; registers without a reset value keep theirs.
    pub fn reset(&mut self) {
        self.state.reset();
        self.redecode();
    }

    /// Executes for `cycles` cycles, or until something happens.
    ///
    /// It may overrun by less than one instruction's cycles.
    pub fn run<B: Bus>(&mut self, bus: &mut B, cycles: u64) -> Exit {
        let end = self.state.cycles.saturating_add(cycles);
        self.drive(bus, end, false, &mut Untraced)
    }

    /// Executes one instruction, or enters the handler of an interrupt or exception. [`Exit::Budget`] is the good end.
    pub fn step<B: Bus>(&mut self, bus: &mut B) -> Exit {
        self.drive(bus, u64::MAX, true, &mut Untraced)
    }

    /// As [`Cpu::run`], and shows each instruction to `trace`; an order of magnitude slower.
    pub fn run_traced<B: Bus, T: Trace>(&mut self, bus: &mut B, cycles: u64, trace: &mut T) -> Exit {
        let end = self.state.cycles.saturating_add(cycles);
        self.drive(bus, end, false, trace)
    }

    /// The instruction at the program counter, if there is one.
    pub fn next_instruction<B: Bus>(&self, bus: &mut B) -> Option<Instruction> {
        self.peek(bus)
    }

    /// The general registers a0 to a15.
    #[must_use]
    pub fn registers(&self) -> &[u32; 16] {
        &self.state.ar
    }

    /// The general registers, to be changed.
    pub fn registers_mut(&mut self) -> &mut [u32; 16] {
        &mut self.state.ar
    }

    /// The address of the next instruction.
    #[must_use]
    pub fn pc(&self) -> u32 {
        self.state.pc
    }

    /// Sets the address of the next instruction.
    pub fn set_pc(&mut self, pc: u32) {
        self.state.pc = pc;
        self.state.waiting = false;
    }

    /// A special register, as `rsr` would read it; INTCLEAR reads 0.
    #[must_use]
    pub fn special(&self, which: Special) -> u32 {
        self.state.special(which, self.state.cycles)
    }

    /// Writes a special register as `wsr` would; read-only ones stay as they are.
    pub fn set_special(&mut self, which: Special, value: u32) {
        self.state.set_special(which, value);
        if which == Special::Litbase {
            self.redecode();
        }
    }

    /// The time in cycles since the processor was made.
    #[must_use]
    pub fn cycles(&self) -> u64 {
        self.state.cycles
    }

    /// Instructions executed since the processor was made; one that faults does not count.
    #[must_use]
    pub fn instructions(&self) -> u64 {
        self.state.instructions
    }

    /// Lets time pass without executing, as in a sleep. The timer's interrupt becomes pending if its time comes.
    pub fn advance(&mut self, cycles: u64) {
        self.state.cycles = self.state.cycles.saturating_add(cycles);
        self.state.tick();
    }

    /// Cycles until CCOUNT meets CCOMPARE0 next; `None` if the timer's interrupt is pending or not enabled.
    #[must_use]
    pub fn timer_in(&self) -> Option<u64> {
        let idle = self.state.intenable & TIMER_LINE == 0 || self.state.latched & TIMER_LINE != 0;
        (!idle).then(|| self.state.timer_due.saturating_sub(self.state.cycles))
    }

    /// Whether the program waits for an interrupt.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.state.waiting
    }

    /// How many cycles an instruction takes; 1 at first.
    #[must_use]
    pub fn cycles_per_instruction(&self) -> u32 {
        self.state.cpi
    }

    /// Sets how many cycles an instruction takes, at least 1.
    pub fn set_cycles_per_instruction(&mut self, cycles: u32) {
        self.state.cpi = cycles.clamp(1, 1 << 16);
    }

    /// What `rsr.prid` gives; 0 at first.
    pub fn set_prid(&mut self, prid: u32) {
        self.state.prid = prid;
    }

    /// Sets the attributes of one of the eight regions of 512 MB, for instructions and for data, as `witlb` and `wdtlb`
    /// do. After a reset all are 2: everything is allowed.
    ///
    /// The chip's ROM closes (15) the regions where nothing is before it starts a program, hence the causes 20, 28 and 29
    /// of jumps and accesses through bad pointers; a machine that starts a program in its stead does the same.
    pub fn set_region(&mut self, region: u8, instructions: u8, data: u8) {
        let address = u32::from(region & 7) << 29;
        self.state.set_region(0, address, u32::from(instructions));
        self.state.set_region(1, address, u32::from(data));
        self.redecode();
    }

    /// Forgets what was decoded from these addresses: to be called when something other than the program's own stores
    /// changes what [`Bus::fetch`] answers (flash written, another part of it mapped, memory loaded from outside).
    pub fn invalidate(&mut self, addresses: Range<u32>) {
        self.cache.invalidate(addresses);
    }

    /// Forgets everything decoded.
    pub fn invalidate_all(&mut self) {
        self.cache.clear();
    }

    /// Whether `break` ends a run ([`Exit::Break`]), as with a debugger attached, or is the program's own: a debug
    /// exception, or nothing where that is masked.
    pub fn set_halt_on_break(&mut self, halt: bool) {
        self.wishes.halt_on_break = halt;
    }

    /// Whether `simcall` ends a run ([`Exit::Simcall`]) or is illegal, as on silicon.
    pub fn set_simcalls(&mut self, allowed: bool) {
        self.wishes.simcalls = allowed;
    }

    /// Makes runs end before the instruction at `pc`.
    pub fn set_breakpoint(&mut self, pc: u32) {
        self.rules.breakpoints.insert(pc);
        self.invalidate_all();
    }

    /// Takes a breakpoint away.
    pub fn clear_breakpoint(&mut self, pc: u32) {
        self.rules.breakpoints.remove(&pc);
        self.invalidate_all();
    }
}
