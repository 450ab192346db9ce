//! `vfs`, and all that has to do with files: the mount table, files, listings, block devices.
//!
//! How to write a file system: [`protocol`]. Absent: operating systems (the machine's files come through `hal`).

pub mod block;
mod cwd;
pub mod errno;
pub mod fat;
mod fat_host;
pub mod file;
pub mod folder;
pub mod import;
pub mod lfs;
mod lfs_host;
pub mod mode;
pub(crate) mod mount;
pub(crate) mod os;
pub mod posix;
pub mod protocol;
pub mod rom;
mod rom_ioctl;
pub mod stat;

pub use block::{BlockDevice, Fault, NativeBlocks};
pub use file::{OpenFile, Opened};
pub use folder::{Entry, Folder, Listing};
pub use import::IMPORT;
pub use mode::Mode;
pub use os::mount_root;
pub use protocol::{FileSystem, FsProtocol, Natives};
pub use stat::{Stat, StatVfs};

use krait_runtime::module;

macro_rules! vfs {
    ($(#[$doc:meta])* $name:ident; $($rows:tt)*) => {
        module! {
            $(#[$doc])*
            pub static $name: q!(vfs);
            q!(mount) => kw(0, mount::mount),
            q!(umount) => f1(mount::umount),
            q!(VfsFat) => ty(&fat::VFS_FAT),
            q!(VfsLfs2) => ty(&lfs::VFS_LFS2),
            q!(rom_ioctl) => var(1, 4, rom_ioctl::rom_ioctl),
            q!(VfsRom) => ty(&rom::VFS_ROM),
            $($rows)*
        }
    };
}

vfs! {
    /// `vfs` of a machine of our own.
    VFS;
}

vfs! {
    /// `vfs` on top of an operating system.
    VFS_HOSTED;
    q!(VfsPosix) => ty(&posix::VFS_POSIX),
}
