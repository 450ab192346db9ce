//! Open files: a table of the process's own, so that a handle can never reach a descriptor that Python did not
//! open.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::{Arc, Mutex, PoisonError};

use krait_hal::{Console, FileError, Handle, OpenFiles, OpenMode, SeekTo};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::console::HostConsole;
use crate::folders::errno;
use crate::interrupt::Interrupt;

const EINTR: FileError = FileError(4);
const EBADF: FileError = FileError(9);

/// The files that Python has open.
pub(crate) struct HostOpenFiles {
    table: Mutex<Vec<Option<Open>>>,
    console: &'static HostConsole,
    interrupt: &'static Interrupt,
}

/// An open file.
struct Open {
    file: Arc<File>,
    /// Whether reading may make wait: it is no ordinary file.
    waits: bool,
    /// The number of the system's that it stands for, if it is a copy of another.
    adopted: Option<i32>,
}

impl HostOpenFiles {
    pub(crate) const fn new(console: &'static HostConsole, interrupt: &'static Interrupt) -> HostOpenFiles {
        HostOpenFiles { table: Mutex::new(Vec::new()), console, interrupt }
    }

    fn keep(&self, file: File, adopted: Option<i32>) -> Result<Handle, FileError> {
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
            let waits = !file.metadata().is_ok_and(|m| m.is_file());
            *slot = Some(Open { file: Arc::new(file), waits, adopted });
        }
        Ok(Handle(handle))
    }

    /// The open file that the system knows by that number.
    pub(crate) fn numbered(&self, number: i32) -> Option<Arc<File>> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.iter().flatten().find(|o| o.file.as_raw_fd() == number).map(|o| o.file.clone())
    }

    /// The file, which others may use and close meanwhile, and whether reading may make wait.
    fn get(&self, h: Handle) -> Result<(Arc<File>, bool), FileError> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        match table.get(h.0 as usize) {
            Some(Some(open)) => Ok((open.file.clone(), open.waits)),
            _ => Err(EBADF),
        }
    }

    fn with<T>(&self, h: Handle, f: impl FnOnce(&File) -> std::io::Result<T>) -> Result<T, FileError> {
        let (file, _) = self.get(h)?;
        f(&file).map_err(|e| errno(&e))
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
        options.create_new(mode.exclusive && mode.write);
        let file = retry(|| options.open(path)).map_err(|e| errno(&e))?;
        self.keep(file, None)
    }

    fn adopt(&self, number: i32) -> Result<Handle, FileError> {
        self.console.flush();
        let copy = match number {
            0 => std::io::stdin().as_fd().try_clone_to_owned(),
            1 => std::io::stdout().as_fd().try_clone_to_owned(),
            2 => std::io::stderr().as_fd().try_clone_to_owned(),
            n => match self.numbered(n) {
                Some(f) => f.as_fd().try_clone_to_owned(),
                None => return Err(EBADF),
            },
        };
        self.keep(File::from(copy.map_err(|e| errno(&e))?), Some(number))
    }

    fn wait(&self, h: Handle) -> Result<(), FileError> {
        let (file, waits) = self.get(h)?;
        // Where an interrupt ends it.
        if waits && !self.interrupt.wait(Some(file.as_fd()), None) { Err(EINTR) } else { Ok(()) }
    }

    fn read(&self, h: Handle, to: &mut [u8]) -> Result<usize, FileError> {
        self.with(h, |mut f| retry(|| f.read(to)))
    }

    fn write(&self, h: Handle, from: &[u8]) -> Result<usize, FileError> {
        self.with(h, |mut f| retry(|| f.write(from)))
    }

    fn seek(&self, h: Handle, to: SeekTo) -> Result<u64, FileError> {
        let to = match to {
            SeekTo::Start(n) => SeekFrom::Start(n),
            SeekTo::Current(n) => SeekFrom::Current(n),
            SeekTo::End(n) => SeekFrom::End(n),
        };
        self.with(h, |mut f| f.seek(to))
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
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        match table.get(h.0 as usize) {
            Some(Some(open)) => open.adopted.unwrap_or(open.file.as_raw_fd()),
            _ => -1,
        }
    }

    fn ready(&self, h: Handle) -> (bool, bool) {
        let polled = self.with(h, |f| {
            let mut list = [PollFd::new(f, PollFlags::IN | PollFlags::OUT)];
            poll(&mut list, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
            Ok(list.first().map_or(PollFlags::empty(), PollFd::revents))
        });
        match polled {
            Ok(found) => {
                (found.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR), found.contains(PollFlags::OUT))
            }
            Err(_) => (true, true),
        }
    }
}
