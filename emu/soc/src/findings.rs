//! What a real chip would not forgive, or would answer with garbage, and what the program cannot notice here.
//!
//! Each kind at each address is noted once, with how often it happened; the run goes on. Strict mode makes more of
//! them visible (every access is then checked) and the front end ends the run at the first if it is told to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use crate::time::{TICKS_PER_US, Ticks};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The cache window was used while the cache was off.
    FlashCacheOff,
    /// A store to the flash window or the ROM.
    ReadOnlyStore,
    /// Memory lent to the flash cache was used as RAM.
    CacheRam,
    /// A register that is not known.
    UnknownRegister,
    /// Part of a register was accessed.
    NarrowRegister,
    /// RAM was read that nobody had written.
    UninitialisedRam,
    /// The stack went below the limit given.
    StackLimit,
    /// The chip and something outside held a pin at different levels; the address is the pin's number.
    PinContention,
    /// A character was written to a full transmit FIFO and is lost.
    UartOverrun,
    /// The flash chip was accessed by the cache while it was busy with a command.
    FlashBusy,
    /// The flash controller got more than one command at once.
    FlashCommand,
    /// A DMA descriptor pointed outside of the RAM.
    DmaAddress,
}

impl Kind {
    /// What it says to a person.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Kind::FlashCacheOff => "flash window used while the cache is off",
            Kind::ReadOnlyStore => "store to read-only memory",
            Kind::CacheRam => "memory lent to the flash cache used as RAM",
            Kind::UnknownRegister => "unknown register",
            Kind::NarrowRegister => "narrow access to a register",
            Kind::UninitialisedRam => "read of RAM that was never written",
            Kind::StackLimit => "stack below its limit",
            Kind::PinContention => "pin driven from both sides",
            Kind::UartOverrun => "character written to a full FIFO",
            Kind::FlashBusy => "flash window used while the flash chip is busy",
            Kind::FlashCommand => "more than one flash command at once",
            Kind::DmaAddress => "DMA descriptor or buffer outside of the RAM",
        }
    }
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// Where: an address, or as the kind says.
    pub address: u32,
    /// The instruction after the one that did it, the first time, if it is known.
    pub pc: Option<u32>,
    /// When it happened first.
    pub time: Ticks,
    /// How often.
    pub count: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:#010x}", self.kind.text(), self.address)?;
        if let Some(pc) = self.pc {
            write!(f, ", pc {pc:#010x}")?;
        }
        write!(f, ", at {} us", self.time / TICKS_PER_US)?;
        if self.count > 1 { write!(f, ", {} times", self.count) } else { Ok(()) }
    }
}

/// The most that are told apart.
const MOST: usize = 1000;

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    all: BTreeMap<(Kind, u32), Finding>,
    fresh: Vec<(Kind, u32)>,
}

impl Findings {
    /// Takes one in; whether it is new.
    pub fn note(&mut self, finding: Finding) -> bool {
        let key = (finding.kind, finding.address);
        if let Some(old) = self.all.get_mut(&key) {
            old.count += 1;
            return false;
        }
        if self.all.len() >= MOST {
            return false;
        }
        self.all.insert(key, finding);
        self.fresh.push(key);
        true
    }

    /// All, by kind and address.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.all.values()
    }

    /// Names the place in the program for those that are new, and gives them.
    pub fn take_fresh(&mut self, pc: u32) -> Vec<Finding> {
        let keys = core::mem::take(&mut self.fresh);
        let mut named = |key: &(Kind, u32)| {
            let finding = self.all.get_mut(key)?;
            finding.pc = Some(pc);
            Some(*finding)
        };
        keys.iter().filter_map(&mut named).collect()
    }
}
