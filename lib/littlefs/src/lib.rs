//! littlefs 2: the file system for flash that survives a power cut at any moment.
//!
//! The format is that of littlefs's SPEC.md, version 2.1; images of 2.0 are read, and become 2.1 when they are
//! first written to. The algorithms are those of its DESIGN.md, since what another implementation must be able to
//! continue after a power cut is part of the format: the order of commits, pending moves, the count of orphans.
//!
//! What is absent from this crate: allocation, unsafe code, recursion, clocks, and trust in what it reads. Every
//! buffer belongs to the [`Host`]; so does the table of open files, so that an interpreter's collector can own both.
//! Nothing is borrowed from the host while its device is at work: a device written in Python may do what it likes.
//!
//! Invariants:
//! - A metadata log is only believed up to its last commit with a right checksum.
//! - An operation returns only after the device has synced what it promised, or with an error.
//! - Blocks that a fresh commit does not name yet are safe from the allocator until the next checkpoint.
//! - Every walk over the disk is bounded: lists by cycle detection, logs by the block, files by the disk's size.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod alloc;
mod cache;
mod change;
mod commit;
mod compact;
mod crc;
mod ctz;
mod dir;
mod file;
mod host;
mod mdir;
mod ops;
mod repair;
mod tag;
mod volume;

pub use file::{Flags, SeekFrom};
pub use host::{Buf, Error, Fault, Handle, Host, Res};
pub use ops::{Info, Kind};
pub use volume::{Config, Lfs};

/// The type of the attribute that holds a file's time of modification, by MicroPython's convention: 8 bytes, little
/// endian, nanoseconds since 1970.
pub const MTIME: u8 = 1;

/// The longest name that any volume may have.
pub const NAME_MAX: usize = 255;
