//! FAT12, FAT16 and FAT32 with long names: the file system of memory cards.
//!
//! Sources: Microsoft's "FAT: General Overview of On-Disk Format" 1.03 and its long-name specification.
//!
//! What is absent from this crate: allocation, unsafe code, recursion, clocks, exFAT, and trust in what it reads. The
//! one buffer, of one sector, and the table of open files belong to the [`Host`], and nothing of it is borrowed while
//! the device is at work.
//!
//! Invariants:
//! - The sector in the buffer is the only thing cached; what was changed in it is written before another comes in.
//! - Every walk is bounded: a chain by the number of clusters, a folder by 65,536 entries.
//! - FAT has no protection against power cuts. What can be done is: data first, then the table, then the entry.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod dir;
mod file;
mod format;
mod host;
mod name;
mod ops;
mod table;
mod volume;

pub use dir::Entry;
pub use file::{File, Flags, SeekFrom};
pub use host::{Error, Fault, Host, Res};
pub use ops::{Info, Listing};
pub use volume::{Fat, Kind};
