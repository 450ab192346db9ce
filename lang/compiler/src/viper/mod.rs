//! `@micropython.viper`: functions with machine types, compiled to bytecode.
//!
//! The pass reads a scope's finished intermediate code once, keeps the type of every word on the stack and of every
//! local as the reference's native emitter does, and writes the code anew with conversions where types demand them.
//! Types are checked here, at run time a number is a Python integer within the machine word's range: so there is no
//! speed to be won, but scripts that are written for viper run, and a pointer out of bounds is an exception.
//!
//! The surprising fact: types follow the order of the text, not of execution, as in the reference.

mod kind;
mod operators;
mod pass;

pub(crate) use kind::Type;
pub(crate) use pass::retype;

use crate::error::{ErrorKind, Excerpt, Fail};

/// What a viper error's text says of names and types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Fault {
    /// What stands for `%1`: a local's name, or the name of an unknown type.
    pub(crate) name: Option<Excerpt>,
    /// What stands for `%2`.
    pub(crate) first: Type,
    /// What stands for `%3`.
    pub(crate) second: Type,
}

/// `ViperTypeError`; the details are in the program's [`Fault`].
pub(crate) fn type_error(text: &'static str, line: u32) -> Fail {
    Fail::new(ErrorKind::Viper, text, line)
}
