//! The host port: the machine that an operating system with terminals and files makes, and how a program is run
//! on it.
//!
//! Invariant: there is one [`HostPlatform`], [`PLATFORM`], since a process has one console and one set of signal
//! handlers. Absent: the command line (`krait/` has it), Python's objects (`modules/` has them).
//! The surprise: nothing is initialised before it is used, because a program that prints one line should start in
//! a millisecond; only the SIGINT handler is installed at start.
#![forbid(unsafe_code)]

mod clock;
mod console;
mod environment;
mod folders;
mod history;
mod interrupt;
mod listing;
pub mod manifest;
mod open_files;
mod platform;
mod readiness;
mod repl;
mod run;
mod terminal;
mod threads;

pub use platform::{HostPlatform, PLATFORM};
pub use run::{Hard, Program, Settings, banner, exit_code, run};
