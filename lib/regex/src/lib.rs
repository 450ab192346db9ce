//! Regular expressions: a compiler to a small byte code, and two engines that run it.
//!
//! [`compile`] writes a program into a buffer of the caller's. [`Search::find`] runs it by backtracking, which is
//! fast as long as little is to be tried again; when the steps or the stack run out, it goes on with a
//! [Pike machine](https://swtch.com/~rsc/regexp/regexp2.html), whose time is proportional to the text and whose
//! memory does not depend on it. So no pattern and no text takes exponential time or unbounded memory.
//!
//! The dialect: literals, `.` (any character), `[...]`, `\d \D \s \S \w \W`, `\b \B \A \Z`, `^ $`, groups `(...)`,
//! `(?:...)`, `(?P<name>...)`, `(?#...)`, `|`, `* + ? {m} {m,} {,n} {m,n}` and their lazy forms, `(?ims)` at the
//! beginning. Of several matches at the leftmost place the one is found that a backtracking search would try first.
//!
//! Absent: recursion, allocation, Python. Back references and look-around, which cannot be had in bounded time.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod backtrack;
mod compile;
mod error;
mod find;
mod first;
mod input;
mod pike;
mod program;
mod set;

pub use compile::{Build, GROUPS_MAX, compile};
pub use error::{Error, What};
pub use find::{Anchor, Search, Stop};
pub use program::{IGNORE_CASE, MULTILINE, Program};

/// What a register holds for a group that took no part in the match.
pub const NONE: u32 = u32::MAX;
