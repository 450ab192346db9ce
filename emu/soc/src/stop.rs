//! Why a run ends.

use alloc::string::String;

/// A program's end that it did not want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// EXCCAUSE.
    pub cause: u32,
    /// Where it happened.
    pub pc: u32,
    /// EXCVADDR.
    pub address: u32,
    /// Whether even the vector could not be fetched, so that the processor hangs.
    pub lockup: bool,
}

impl core::fmt::Display for Crash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name = match self.cause {
            0 => "illegal instruction",
            2 => "instruction fetch error",
            3 => "load or store error",
            6 => "division by zero",
            9 => "unaligned access",
            20 => "fetch prohibited",
            28 => "load prohibited",
            29 => "store prohibited",
            _ => "exception",
        };
        write!(f, "{name} ({}) at pc {:#010x}, address {:#010x}", self.cause, self.pc, self.address)?;
        if self.lockup { write!(f, "; the processor is locked up") } else { Ok(()) }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// The time given is over.
    Time,
    /// The limit of instructions is reached.
    Instructions,
    /// What was waited for has happened.
    Condition,
    /// Nothing will ever happen without input: the program waits, or the chip sleeps, and no event is planned.
    Idle,
    /// An exception that the program does not handle; the chip then stands until its watchdog or someone resets it.
    Crash(Crash),
    /// The boot loader found nothing to start; the text says why.
    BootFailed(String),
    /// The power was cut at the flash operation asked for. [`Machine::power_cycle`] starts again.
    PowerCut,
    /// A breakpoint is next.
    Breakpoint,
    /// A `break` instruction is next, and those end runs.
    Break,
}
