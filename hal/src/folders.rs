//! Folders and whatever else a system's file tree has besides open files.

use crate::{FileError, Handle};

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing.
    None,
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// What is known of a file or folder. Times are in seconds of the port's epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stat {
    /// [`Stat::FOLDER`] or [`Stat::FILE`], and permissions where there are any.
    pub mode: u32,
    /// Its number in the file system; 0 without one.
    pub inode: u64,
    /// The device; 0 without one.
    pub device: u64,
    /// Names that it has.
    pub links: u64,
    /// The owner.
    pub user: u32,
    /// The owning group.
    pub group: u32,
    /// Bytes.
    pub size: u64,
    /// Last read.
    pub accessed: i64,
    /// Last change of what it holds.
    pub modified: i64,
    /// Last change of anything.
    pub changed: i64,
}

impl Stat {
    /// The bits of a mode that say what it is.
    pub const KIND_MASK: u32 = 0xf000;
    /// A folder.
    pub const FOLDER: u32 = 0x4000;
    /// A file.
    pub const FILE: u32 = 0x8000;

    /// A folder of a simple file system.
    pub fn folder() -> Stat {
        Stat { mode: Stat::FOLDER, ..Stat::default() }
    }

    /// A file of a simple file system.
    pub fn file(size: u64) -> Stat {
        Stat { mode: Stat::FILE, size, ..Stat::default() }
    }

    /// The same with one time for all three.
    pub fn at(self, time: i64) -> Stat {
        Stat { accessed: time, modified: time, changed: time, ..self }
    }

    /// What the mode says. Whatever is neither file nor folder can be read like a file.
    pub fn kind(&self) -> PathKind {
        if self.mode & Stat::KIND_MASK == Stat::FOLDER { PathKind::Folder } else { PathKind::File }
    }
}

/// What is known of a file system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatVfs {
    /// Bytes of a block.
    pub block_size: u64,
    /// Bytes of a fragment, in which the counts are.
    pub fragment_size: u64,
    /// Fragments in all.
    pub blocks: u64,
    /// Fragments that are free.
    pub free: u64,
    /// Fragments that are free for the user.
    pub available: u64,
    /// Inodes.
    pub files: u64,
    /// Inodes that are free.
    pub files_free: u64,
    /// Inodes that are free for the user.
    pub files_available: u64,
    /// Flags of the mount.
    pub flags: u64,
    /// The longest file name.
    pub name_max: u64,
}

/// Takes what a listing gives: a name, a mode as in [`Stat::mode`], an inode.
pub type EntrySink<'a> = &'a mut dyn FnMut(&[u8], u32, u64);

/// The file tree of a machine whose system keeps one. Errors are the system's errno numbers.
pub trait Folders {
    /// What a path names, links followed.
    ///
    /// # Errors
    /// See the trait.
    fn stat(&self, path: &str) -> Result<Stat, FileError>;
    /// The file system that a path lies in.
    ///
    /// # Errors
    /// See the trait.
    fn statvfs(&self, path: &str) -> Result<StatVfs, FileError>;
    /// Begins to list a folder.
    ///
    /// # Errors
    /// See the trait.
    fn list(&self, path: &str) -> Result<Handle, FileError>;
    /// Gives the next entry to `sink`; false at the end. `.` and `..` are left out.
    ///
    /// # Errors
    /// See the trait.
    fn next(&self, listing: Handle, sink: EntrySink<'_>) -> Result<bool, FileError>;
    /// Ends a listing; the handle may be given out again.
    fn end(&self, listing: Handle);
    /// Makes a folder.
    ///
    /// # Errors
    /// See the trait.
    fn mkdir(&self, path: &str) -> Result<(), FileError>;
    /// Removes a file.
    ///
    /// # Errors
    /// See the trait.
    fn remove(&self, path: &str) -> Result<(), FileError>;
    /// Renames.
    ///
    /// # Errors
    /// See the trait.
    fn rename(&self, from: &str, to: &str) -> Result<(), FileError>;
    /// Removes an empty folder.
    ///
    /// # Errors
    /// See the trait.
    fn rmdir(&self, path: &str) -> Result<(), FileError>;
    /// Changes the current folder, which relative paths start from.
    ///
    /// # Errors
    /// See the trait.
    fn chdir(&self, path: &str) -> Result<(), FileError>;
    /// Gives the current folder to `sink`.
    ///
    /// # Errors
    /// See the trait.
    fn current(&self, sink: &mut dyn FnMut(&str)) -> Result<(), FileError>;
}
