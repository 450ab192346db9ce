//! What is around the chip: boards with their pin labels, parts wired to the pins, and stimulus by script.
//!
//! A board file (TOML) names a board's pins and its parts; [`Bench`] holds a machine with its board and speaks the
//! board's language (`press FLASH`, `read D4`). Parts are one file each in [`part`], behind [`krait_soc::Part`].
//!
//! Absent from here: files, sockets, terminals and clocks. Pictures and recordings are bytes; who asked for them writes
//! them.
#![forbid(unsafe_code)]

mod bench;
mod board;
pub mod part;
mod script;

pub use bench::{Bench, BenchError};
pub use board::{Board, BoardError, NAMES, PartSpec, Pin};
pub use script::{Action, Script, ScriptError, parse_span};
