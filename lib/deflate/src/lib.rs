//! DEFLATE (RFC 1951) both ways, with the wrappers of zlib (RFC 1950) and gzip (RFC 1952), as streams.
//!
//! Why not a crate: those that exist (miniz_oxide, zune-inflate) keep a window of 32 KB whatever the stream needs,
//! read ahead, or need all data at once. Here a window of `2^n` bytes takes `2^n` bytes; not one byte more than the
//! decoder needs is taken from the input; and both directions stop anywhere, for lack of input or of room for output.
//!
//! Invariant: all memory but a few words is a slice of halfwords that the caller lends at each call and keeps as it
//! is in between ([`Inflate::memory`], [`Deflate::memory`]). If it does not, the result is wrong, and nothing worse.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod adler;
mod code;
mod deflate;
mod emit;
mod inflate;
mod lengths;
mod matcher;
mod table;
mod wrapper;

pub use adler::adler32;
pub use deflate::{Deflate, Demand};
pub use inflate::{Inflate, Progress, Status};
pub use wrapper::{Header, Wrapper};

/// The data is no DEFLATE stream, or one that needs a larger window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// The smallest window's bits.
pub const WINDOW_BITS_MIN: u32 = 5;
/// The largest window's bits.
pub const WINDOW_BITS_MAX: u32 = 15;

#[cfg(test)]
mod tests;
