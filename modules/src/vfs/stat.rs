//! What `stat` and `statvfs` tell.

use krait_hal::PathKind;
use krait_runtime::{Outcome, Value, Vm};

/// The bits of [`Stat::mode`] that say what it is.
pub const KIND_MASK: u32 = 0xf000;
/// A folder.
pub const FOLDER: u32 = 0x4000;
/// A file.
pub const FILE: u32 = 0x8000;

/// What `stat` tells of a path. Times are in seconds of the port's epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stat {
    /// [`FOLDER`] or [`FILE`], and permissions where there are any.
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
    /// A folder of a simple file system.
    pub fn folder() -> Stat {
        Stat { mode: FOLDER, ..Stat::default() }
    }

    /// A file of a simple file system.
    pub fn file(size: u64) -> Stat {
        Stat { mode: FILE, size, ..Stat::default() }
    }

    /// The same with one time for all three.
    pub fn at(self, time: i64) -> Stat {
        Stat { accessed: time, modified: time, changed: time, ..self }
    }

    /// What the mode says.
    pub fn kind(&self) -> PathKind {
        kind(self.mode)
    }

    /// The tuple that Python gets.
    ///
    /// # Errors
    /// Out of memory.
    pub fn tuple(&self, vm: &mut Vm) -> Outcome {
        let unsigned = [
            u64::from(self.mode),
            self.inode,
            self.device,
            self.links,
            u64::from(self.user),
            u64::from(self.group),
            self.size,
        ];
        let mut items = [Value::small_int(0); 10];
        let mut places = items.iter_mut();
        for n in unsigned {
            if let Some(place) = places.next() {
                *place = vm.new_int(n)?;
            }
        }
        for n in [self.accessed, self.modified, self.changed] {
            if let Some(place) = places.next() {
                *place = vm.new_int(n)?;
            }
        }
        Ok(vm.new_tuple(&items)?.value())
    }
}

/// What a mode says a path is. Whatever is neither file nor folder can be read like a file.
pub(crate) fn kind(mode: u32) -> PathKind {
    if mode & KIND_MASK == FOLDER { PathKind::Folder } else { PathKind::File }
}

/// What `statvfs` tells of a file system.
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

impl StatVfs {
    /// The tuple that Python gets.
    ///
    /// # Errors
    /// Out of memory.
    pub fn tuple(&self, vm: &mut Vm) -> Outcome {
        let numbers = [
            self.block_size,
            self.fragment_size,
            self.blocks,
            self.free,
            self.available,
            self.files,
            self.files_free,
            self.files_available,
            self.flags,
            self.name_max,
        ];
        let mut items = [Value::small_int(0); 10];
        for (place, n) in items.iter_mut().zip(numbers) {
            *place = vm.new_int(n)?;
        }
        Ok(vm.new_tuple(&items)?.value())
    }
}
