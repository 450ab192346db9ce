//! Files and file systems, of whatever kind: what they have in common.
//!
//! How to write a file system: [`protocol`].
//! Absent: any particular file system's format, and operating systems.

pub mod block;
pub mod errno;
pub mod file;
pub mod folder;
pub mod mode;
pub mod protocol;
pub mod stat;

pub use block::{BlockDevice, Fault, NativeBlocks};
pub use file::{OpenFile, Opened};
pub use folder::{Entry, Folder, Listing};
pub use mode::Mode;
pub use protocol::{FileSystem, FsProtocol, Natives};
pub use stat::{Stat, StatVfs};
