//! A line editor for a VT100-like terminal, as a state machine: bytes typed go
//! in, bytes to show come out.
//!
//! Invariant: the text under edit is valid UTF-8 and the cursor stands on a
//! character boundary, whatever bytes arrive.
//!
//! The one surprise: for ASCII input the bytes sent to the terminal are exactly
//! those of MicroPython's `readline`, because its conformance tests compare the
//! echo. Everything beyond ASCII is ours (the reference drops it).
//!
//! Absent on purpose: input and output, files, threads, Python, allocation (the
//! caller brings the [`Storage`]), the width of the terminal (a line longer than
//! a row is the terminal's affair, as in the reference) and grapheme clusters
//! beyond "a character and the zero-width ones after it".
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod editor;
mod history;
mod indent;
mod keys;
mod motion;
mod screen;
mod storage;
mod width;

pub use editor::{Editor, Event};
pub use history::{History, NoHistory, Ring};
pub use indent::levels_after;
pub use keys::{Decoder, Key};
pub use screen::{Completed, Insertion, Scene};
pub use storage::{Full, Storage, TextBuf};
pub use width::columns;
