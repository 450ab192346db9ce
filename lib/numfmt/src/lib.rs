//! Floats and machine integers to and from text, by Python's rules, for `f32` and `f64` alike.
//!
//! Every conversion is exact: text is read to the nearest float, `repr` gives the fewest digits
//! that read back as the same float of the same width, and `%.nf` rounds the true binary value, half to
//! even. The shortest digits and the reading are core's; the rest is here, because core's own
//! exact printing takes a kilobyte of stack.
//!
//! Absent from here: heap, big integers, format-spec parsing, padding and grouping of floats.
#![no_std]
#![forbid(unsafe_code)]

mod decimal;
mod float;
mod int;
mod parse;
mod render;
mod shortest;

pub use float::Float;
pub use int::{INT_TEXT_LEN, IntStyle, int_text, signed_text};
pub use parse::{parse, parse_prefix};
pub use render::{FloatStyle, FloatText, Notation};
pub use shortest::{REPR_LEN, repr};
