//! Python text to `.mpy` version 6 bytecode, byte for byte as the reference's own compiler makes it.
//!
//! [`compile`] reads a [`Source`] and gives a unit of names, constants and code. The way:
//! characters (`source`), tokens (`lexer`), the tree of one top-level statement (`parser`, `ast`,
//! with `fold` computing constants), intermediate code of every scope (`emit`, `scopes`, `ir`),
//! and, when the text has ended, the unit (`assemble`).
//!
//! Absent from here: values and the heap, files, native code emitters, recursion (nesting is
//! bounded by memory, except where a comment names a bound), and memory of our own: every
//! allocation goes to the caller's allocator and may fail.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod assemble;
mod ast;
mod buffer;
mod compile;
mod constants;
mod emit;
mod enumeration;
mod error;
mod fold;
mod ir;
mod lexer;
mod literal;
mod names;
mod number;
mod parser;
mod repl;
mod scopes;
mod source;
mod token;
mod viper;

pub use compile::{CompileOptions, InputKind, compile};
pub use error::{BlockName, CompileError, ErrorKind, Excerpt, Message};
pub use repl::needs_more_input;
pub use source::{Source, SourceFailed};
pub use viper::Fault as ViperFault;
