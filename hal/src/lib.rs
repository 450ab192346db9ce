//! What a machine offers to Krait: traits and plain data, nothing else.
//!
//! Absent from here: implementations, generics, dependencies, and any mention of Python. Every method takes
//! `&self`; an implementation that has state keeps it in cells, or where there are threads behind locks.
#![no_std]
#![forbid(unsafe_code)]

mod address_space;
mod blocks;
mod clock;
mod console;
mod control;
mod environment;
mod folders;
mod open_files;
mod pins;
pub mod readiness;
mod threads;

pub use address_space::AddressSpace;
pub use blocks::Blocks;
pub use clock::Clock;
pub use console::{Console, Stream};
pub use control::Control;
pub use environment::Environment;
pub use folders::{EntrySink, Folders, PathKind, Stat, StatVfs};
pub use open_files::{FileError, Handle, OpenFiles, OpenMode, SeekTo};
pub use pins::{PinFault, PinMode, Pins};
pub use readiness::{Readiness, Watched};
pub use threads::Threads;

/// What a machine says about itself.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// `sys.platform`
    pub platform: &'static str,
    /// The machine, as the banner and `sys.implementation._machine` name it.
    pub machine: &'static str,
    /// The variant of the build, `sys.implementation._build`.
    pub build: &'static str,
    /// Whether an operating system is beneath: it edits and echoes lines of input, and dates have nine fields,
    /// with summer time.
    pub hosted: bool,
}

/// A machine: the sum of its parts. A part that a machine lacks is `None`.
pub trait Platform: Sync {
    /// What it is.
    fn identity(&self) -> Identity {
        Identity { platform: "krait", machine: "unknown machine", build: "", hosted: false }
    }
    /// Calls `sink` with the path of the program that runs, where there is such a thing.
    fn executable(&self, sink: &mut dyn FnMut(&str)) {
        let _ = sink;
    }
    /// The console.
    fn console(&self) -> &dyn Console;
    /// The clock.
    fn clock(&self) -> &dyn Clock;
    /// Files that can be opened, where the system has them.
    fn open_files(&self) -> Option<&dyn OpenFiles> {
        None
    }
    /// The file tree, where the system has one.
    fn folders(&self) -> Option<&dyn Folders> {
        None
    }
    /// Environment variables and other programs, where there are such.
    fn environment(&self) -> Option<&dyn Environment> {
        None
    }
    /// Where ROM file systems are, and can be written.
    fn rom_segments(&self) -> &'static [&'static dyn Blocks] {
        &[]
    }
    /// Fills `to` with bytes that nobody can foresee; false if the machine has no source of them.
    fn entropy(&self, to: &mut [u8]) -> bool {
        let _ = to;
        false
    }
    /// Memory and registers by address, where programs may touch them (never on a system that protects them).
    fn address_space(&self) -> Option<&dyn AddressSpace> {
        None
    }
    /// Its pins, if programs can use any.
    fn pins(&self) -> Option<&dyn Pins> {
        None
    }
    /// Its clock and the like, if programs can change them.
    fn control(&self) -> Option<&dyn Control> {
        None
    }
    /// Waiting for the system's streams, where it has any.
    fn readiness(&self) -> Option<&dyn Readiness> {
        None
    }
    /// Called when the interpreter has nothing to do but wait; returns when something may have happened.
    fn idle(&self);
    /// Whether the user has asked to interrupt the program since the last call (Ctrl-C), or something else is
    /// pending that the interpreter must look at; must be cheap, since the VM asks at every backward jump.
    fn pending(&self) -> &core::sync::atomic::AtomicBool;
    /// Takes the interrupt request, if there is one.
    fn take_interrupt(&self) -> bool;
    /// Whether there is an interrupt request; a thread that is not the main one leaves it to that.
    fn interrupt_waits(&self) -> bool {
        false
    }
    /// Threads, where there can be more than one.
    fn threads(&self) -> Option<&dyn Threads> {
        None
    }
    /// Which byte from the console interrupts the program; `None`: no byte does.
    fn set_interrupt_char(&self, c: Option<u8>) {
        let _ = c;
    }
}
