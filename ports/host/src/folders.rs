//! The host's file tree.

use std::fs::ReadDir;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirEntryExt, FileTypeExt, MetadataExt};
use std::sync::{Mutex, PoisonError};

use krait_hal::{EntrySink, FileError, Folders, Handle, Stat, StatVfs};

/// The errno of an error of the standard library.
pub(crate) fn errno(e: &std::io::Error) -> FileError {
    // Errors without a number are those that the library finds itself, of which a NUL in a path is the only one
    // that can come up: ENOENT, as the path names nothing.
    FileError(e.raw_os_error().unwrap_or(2))
}

/// The file tree, and the listings under way.
pub(crate) struct HostFolders {
    listings: Mutex<Vec<Option<ReadDir>>>,
}

impl HostFolders {
    pub(crate) const fn new() -> HostFolders {
        HostFolders { listings: Mutex::new(Vec::new()) }
    }
}

fn done<T>(r: std::io::Result<T>) -> Result<T, FileError> {
    r.map_err(|e| errno(&e))
}

/// What a mode says of an entry of a folder.
fn mode(kind: std::fs::FileType) -> u32 {
    if kind.is_dir() {
        Stat::FOLDER
    } else if kind.is_file() {
        Stat::FILE
    } else if kind.is_symlink() {
        0xa000
    } else if kind.is_fifo() {
        0x1000
    } else if kind.is_char_device() {
        0x2000
    } else if kind.is_block_device() {
        0x6000
    } else if kind.is_socket() {
        0xc000
    } else {
        0
    }
}

impl Folders for HostFolders {
    fn stat(&self, path: &str) -> Result<Stat, FileError> {
        let m = done(std::fs::metadata(path))?;
        Ok(Stat {
            mode: m.mode(),
            inode: m.ino(),
            device: m.dev(),
            links: m.nlink(),
            user: m.uid(),
            group: m.gid(),
            size: m.size(),
            accessed: m.atime(),
            modified: m.mtime(),
            changed: m.ctime(),
        })
    }

    fn statvfs(&self, path: &str) -> Result<StatVfs, FileError> {
        let v = rustix::fs::statvfs(path).map_err(|e| FileError(e.raw_os_error()))?;
        Ok(StatVfs {
            block_size: v.f_bsize,
            fragment_size: v.f_frsize,
            blocks: v.f_blocks,
            free: v.f_bfree,
            available: v.f_bavail,
            files: v.f_files,
            files_free: v.f_ffree,
            files_available: v.f_favail,
            flags: v.f_flag.bits(),
            name_max: v.f_namemax,
        })
    }

    fn list(&self, path: &str) -> Result<Handle, FileError> {
        let listing = done(std::fs::read_dir(path))?;
        let mut table = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match table.iter().position(Option::is_none) {
            Some(at) => at,
            None => {
                table.push(None);
                table.len() - 1
            }
        };
        let handle = u32::try_from(at).map_err(|_| FileError(24))?;
        if let Some(slot) = table.get_mut(at) {
            *slot = Some(listing);
        }
        Ok(Handle(handle))
    }

    fn next(&self, listing: Handle, sink: EntrySink<'_>) -> Result<bool, FileError> {
        let mut table = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Some(entries)) = table.get_mut(listing.0 as usize) else { return Err(FileError(9)) };
        match entries.next() {
            None => Ok(false),
            Some(entry) => {
                let entry = done(entry)?;
                drop(table);
                sink(entry.file_name().as_bytes(), entry.file_type().map_or(0, mode), entry.ino());
                Ok(true)
            }
        }
    }

    fn end(&self, listing: Handle) {
        let mut table = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = table.get_mut(listing.0 as usize) {
            *slot = None;
        }
    }

    fn mkdir(&self, path: &str) -> Result<(), FileError> {
        done(std::fs::create_dir(path))
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        done(std::fs::remove_file(path))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        done(std::fs::rename(from, to))
    }

    fn rmdir(&self, path: &str) -> Result<(), FileError> {
        done(std::fs::remove_dir(path))
    }

    fn chdir(&self, path: &str) -> Result<(), FileError> {
        done(std::env::set_current_dir(path))
    }

    fn current(&self, sink: &mut dyn FnMut(&str)) -> Result<(), FileError> {
        let here = done(std::env::current_dir())?;
        sink(&here.to_string_lossy());
        Ok(())
    }
}
