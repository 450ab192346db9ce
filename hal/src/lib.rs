//! What a machine offers to Krait: traits and plain data, nothing else.
//!
//! Absent from here: implementations, generics, dependencies, and any mention of Python. Every method takes
//! `&self`; an implementation that has state keeps it in cells, since the interpreter is single-threaded.
#![no_std]
#![forbid(unsafe_code)]

mod clock;
mod console;
mod files;

pub use clock::Clock;
pub use console::{Console, Stream};
pub use files::{FileError, Files, PathKind};

/// A machine: the sum of its parts. A part that a machine lacks is `None`.
pub trait Platform: Sync {
    /// The console.
    fn console(&self) -> &dyn Console;
    /// The clock.
    fn clock(&self) -> &dyn Clock;
    /// Where `import` looks for files.
    fn files(&self) -> Option<&dyn Files>;
    /// Called when the interpreter has nothing to do but wait; returns when something may have happened.
    fn idle(&self);
    /// Whether the user has asked to interrupt the program since the last call (Ctrl-C), or something else is
    /// pending that the interpreter must look at; must be cheap, since the VM asks at every backward jump.
    fn pending(&self) -> &core::sync::atomic::AtomicBool;
    /// Takes the interrupt request, if there is one.
    fn take_interrupt(&self) -> bool;
}
