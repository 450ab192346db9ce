//! Open files: a table of the process's own, so that a handle can never reach a descriptor that Python did not
//! open.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Mutex, PoisonError};

use krait_hal::{Console, FileError, Handle, OpenFiles, OpenMode, SeekTo};

use crate::console::HostConsole;
use crate::files::errno;

const EBADF: FileError = FileError(9);

/// The files that Python has open.
pub(crate) struct HostOpenFiles {
    table: Mutex<Vec<Option<File>>>,
    console: &'static HostConsole,
}

impl HostOpenFiles {
    pub(crate) const fn new(console: &'static HostConsole) -> HostOpenFiles {
        HostOpenFiles { table: Mutex::new(Vec::new()), console }
    }

    fn keep(&self, file: File) -> Result<Handle, FileError> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match table.iter().position(Option::is_none) {
            Some(at) => at,
            None => {
                table.push(None);
                table.len() - 1
            }
        };
        let handle = u32::try_from(at).map_err(|_| FileError(24))?;
        if let Some(slot) = table.get_mut(at) {
            *slot = Some(file);
        }
        Ok(Handle(handle))
    }

    fn with<T>(&self, h: Handle, f: impl FnOnce(&mut File) -> std::io::Result<T>) -> Result<T, FileError> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        match table.get_mut(h.0 as usize) {
            Some(Some(file)) => f(file).map_err(|e| errno(&e)),
            _ => Err(EBADF),
        }
    }
}

fn retry<T>(mut f: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    loop {
        match f() {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            r => return r,
        }
    }
}

impl OpenFiles for HostOpenFiles {
    fn open(&self, path: &str, mode: OpenMode) -> Result<Handle, FileError> {
        let mut options = OpenOptions::new();
        options.read(mode.read).write(mode.write && !mode.append).append(mode.append && mode.write);
        options.create(mode.create && mode.write).truncate(mode.truncate && mode.write);
        let file = retry(|| options.open(path)).map_err(|e| errno(&e))?;
        self.keep(file)
    }

    fn adopt(&self, number: i32) -> Result<Handle, FileError> {
        self.console.flush();
        let copy = match number {
            0 => std::io::stdin().as_fd().try_clone_to_owned(),
            1 => std::io::stdout().as_fd().try_clone_to_owned(),
            2 => std::io::stderr().as_fd().try_clone_to_owned(),
            n => {
                let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
                match table.iter().flatten().find(|f| f.as_raw_fd() == n) {
                    Some(f) => f.as_fd().try_clone_to_owned(),
                    None => return Err(EBADF),
                }
            }
        };
        self.keep(File::from(copy.map_err(|e| errno(&e))?))
    }

    fn read(&self, h: Handle, to: &mut [u8]) -> Result<usize, FileError> {
        self.with(h, |f| retry(|| f.read(to)))
    }

    fn write(&self, h: Handle, from: &[u8]) -> Result<usize, FileError> {
        self.with(h, |f| retry(|| f.write(from)))
    }

    fn seek(&self, h: Handle, to: SeekTo) -> Result<u64, FileError> {
        let to = match to {
            SeekTo::Start(n) => SeekFrom::Start(n),
            SeekTo::Current(n) => SeekFrom::Current(n),
            SeekTo::End(n) => SeekFrom::End(n),
        };
        self.with(h, |f| f.seek(to))
    }

    fn sync(&self, h: Handle) -> Result<(), FileError> {
        match self.with(h, |f| f.sync_all()) {
            // Pipes and terminals cannot be synchronised, and need not be.
            Err(FileError(22)) => Ok(()),
            r => r,
        }
    }

    fn close(&self, h: Handle) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = table.get_mut(h.0 as usize) {
            *slot = None;
        }
    }

    fn number(&self, h: Handle) -> i32 {
        self.with(h, |f| Ok(f.as_raw_fd())).unwrap_or(-1)
    }
}
