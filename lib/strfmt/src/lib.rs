//! Python's three format mini-languages: `str.format`, the format spec, and `%`.
//!
//! Templates are cut into pieces by iterators ([`Fields`], [`Percent`]); a [`Spec`] says how one value is
//! to look, and [`write_int`], [`write_float`], [`write_text`] and [`write_char`] make it so. Both
//! languages end in the same [`Spec`], so there is one place that pads, groups and signs.
//!
//! The surprising fact: there are no Python values here. The runtime looks arguments up, converts
//! them, and passes digits, floats and text; big integers come as the digits of their magnitude.
//!
//! Absent from here: heap, attribute lookup, `repr`, recursion (a nested spec is the caller's to expand).
#![no_std]
#![forbid(unsafe_code)]

mod error;
mod fields;
mod number;
mod pad;
mod percent;
mod scan;
mod spec;
mod text;

pub use error::{Class, Error};
pub use fields::{Conversion, Field, FieldName, FieldPiece, Fields, Numbering, Step, Steps};
pub use number::{IntForm, write_float, write_int};
pub use pad::{Padding, write_fill};
pub use percent::{Amount, Directive, Percent, PercentKind, PercentPiece};
pub use spec::{Align, Sign, Spec};
pub use text::{write_char, write_text};
