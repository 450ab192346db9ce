//! compiler
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
mod scopes;
mod source;
mod token;

pub use compile::{CompileOptions, InputKind, compile};
pub use error::{CompileError, ErrorKind, Message};
pub use source::{Source, SourceFailed};
