//! `VfsPosix`: the file tree of a system beneath, or a part of it.
//!
//! Invariant: a path from the root (`/…`) is prefixed with the folder that the object was made for; a relative one
//! goes to the system as it is, and so starts in the process's current folder.

use core::cell::Cell;

use krait_hal::{FileError, Folders, Handle, OpenFiles, PathKind, SeekTo};
use krait_runtime::obj::str_::ascii_char;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Str, Tracer, Type, Value, Vm, q};

use super::errno::{EAGAIN, EBADF, EINTR, EMFILE, ENODEV, EROFS};
use super::protocol::{path, refuse_mkfs};
use super::{Entry, FileSystem, Folder, Listing, Mode, OpenFile, Opened, Stat, StatVfs, file};
use crate::file_system;
use crate::stream::{self, Got};

/// The body.
pub struct Posix {
    /// What `/` stands for: a path without `/` at its end. Empty: the system's root.
    root: Value,
    readonly: Cell<bool>,
}

impl Posix {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.root);
    }
}

file_system! {
    /// `VfsPosix([root])`
    pub static VFS_POSIX: q!(VfsPosix) for Posix, new: new;
}

fn folders(vm: &mut Vm) -> Result<&'static dyn Folders, Raised> {
    match vm.platform().folders() {
        Some(folders) => Ok(folders),
        None => Err(vm.os_error(ENODEV)),
    }
}

fn files(vm: &mut Vm) -> Result<&'static dyn OpenFiles, Raised> {
    match vm.platform().open_files() {
        Some(files) => Ok(files),
        None => Err(vm.os_error(ENODEV)),
    }
}

fn check<T>(vm: &mut Vm, done: Result<T, FileError>) -> Result<T, Raised> {
    done.map_err(|e| vm.os_error(e.0))
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let mut root = Value::qstr(q!(empty_));
    if let Some(given) = args.get(0) {
        let given = path(vm, given)?;
        let tidy = given.trim_end_matches('/');
        // What is relative is made absolute, so that a later chdir does not move it.
        root = if given.is_empty() || given.starts_with('/') {
            vm.new_str(tidy)?
        } else {
            let here = current(vm)?;
            let here = vm.need_str(here)?;
            vm.format_str(format_args!("{}/{tidy}", here.trim_end_matches('/')))?
        };
    }
    Ok(vm.new_object(Posix { root, readonly: Cell::new(false) })?.value())
}

/// The process's current folder.
fn current(vm: &mut Vm) -> Outcome {
    let folders = folders(vm)?;
    let mut made = Ok(Value::NONE);
    let done = folders.current(&mut |here| made = vm.new_str(here));
    check(vm, done)?;
    made
}

/// The system's path for one of the file system's.
fn whole(vm: &mut Vm, fs: Ref<Posix>, path: &str) -> Result<Str, Raised> {
    let root = vm.need_str(fs.root)?;
    let v = if path.is_empty() {
        vm.new_str(".")?
    } else if root.is_empty() || !path.starts_with('/') {
        vm.new_str(path)?
    } else {
        vm.format_str(format_args!("{}{path}", root.as_str()))?
    };
    vm.need_str(v)
}

fn writable(vm: &mut Vm, fs: Ref<Posix>) -> Result<(), Raised> {
    if fs.readonly.get() { Err(vm.os_error(EROFS)) } else { Ok(()) }
}

/// The system's files, and a path.
fn at(vm: &mut Vm, fs: Ref<Posix>, path: &str) -> Result<(&'static dyn Folders, Str), Raised> {
    Ok((folders(vm)?, whole(vm, fs, path)?))
}

impl FileSystem for Posix {
    fn mount(vm: &mut Vm, fs: Ref<Self>, readonly: bool, mkfs: bool) -> Result<(), Raised> {
        refuse_mkfs(vm, mkfs)?;
        fs.readonly.set(fs.readonly.get() || readonly);
        Ok(())
    }

    fn open(vm: &mut Vm, fs: Ref<Self>, path: &str, mode: Mode) -> Result<Opened, Raised> {
        if mode.writes() {
            writable(vm, fs)?;
        }
        let path = whole(vm, fs, path)?;
        open_with(vm, |files| files.open(&path, mode.how))
    }

    fn chdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.chdir(&path);
        check(vm, done)
    }

    fn getcwd(vm: &mut Vm, fs: Ref<Self>) -> Outcome {
        let here = current(vm)?;
        let (text, root) = (vm.need_str(here)?, vm.need_str(fs.root)?);
        match text.strip_prefix(root.as_str()) {
            Some("") if !root.is_empty() => Ok(ascii_char(b'/')),
            Some(inner) if !root.is_empty() && inner.starts_with('/') => vm.new_str(inner),
            _ => Ok(here),
        }
    }

    fn list(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Listing, Raised> {
        let (folders, path) = at(vm, fs, path)?;
        let mut done = folders.list(&path);
        if done == Err(FileError(EMFILE)) {
            // Forgotten files may be in the way.
            vm.collect_and_finalise();
            done = folders.list(&path);
        }
        let handle = check(vm, done)?;
        Ok(Listing { ops: &SystemFolder, state: state(handle) })
    }

    fn mkdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.mkdir(&path);
        check(vm, done)
    }

    fn remove(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.remove(&path);
        check(vm, done)
    }

    fn rename(vm: &mut Vm, fs: Ref<Self>, from: &str, to: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let (folders, from) = at(vm, fs, from)?;
        let to = whole(vm, fs, to)?;
        let done = folders.rename(&from, &to);
        check(vm, done)
    }

    fn rmdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.rmdir(&path);
        check(vm, done)
    }

    fn stat(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Stat, Raised> {
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.stat(&path);
        check(vm, done)
    }

    fn statvfs(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<StatVfs, Raised> {
        let (folders, path) = at(vm, fs, path)?;
        let done = folders.statvfs(&path);
        check(vm, done)
    }

    fn kind(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<PathKind, Raised> {
        let (folders, path) = at(vm, fs, path)?;
        Ok(folders.stat(&path).map_or(PathKind::None, |s| s.kind()))
    }
}

/// Opens with `open`; where too many files are open, once more after forgotten ones are closed.
fn open_with(vm: &mut Vm, open: impl Fn(&dyn OpenFiles) -> Result<Handle, FileError>) -> Result<Opened, Raised> {
    let files = files(vm)?;
    let mut done = open(files);
    if done == Err(FileError(EMFILE)) {
        vm.collect_and_finalise();
        done = open(files);
    }
    let handle = check(vm, done)?;
    Ok(Opened { ops: &SystemFile, state: state(handle) })
}

/// A Python file on what the system knows as number `number`.
///
/// # Errors
/// `OSError`; out of memory.
pub(super) fn adopt(vm: &mut Vm, number: isize, mode: Mode) -> Outcome {
    file::wrap(vm, mode, |vm| match i32::try_from(number) {
        Ok(number) => open_with(vm, |files| files.adopt(number)),
        Err(_) => Err(vm.os_error(EBADF)),
    })
}

/// A handle as the state of a file or folder.
fn state(h: Handle) -> Value {
    Value::small_int(h.0 as isize)
}

fn handle(v: Value) -> Handle {
    Handle(v.as_small_int().and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX))
}

/// Open files of the system.
struct SystemFile;

/// Tries again what an interrupt has ended, unless the program is to end.
fn retry(vm: &mut Vm, mut f: impl FnMut(&mut Vm) -> Result<usize, FileError>) -> Got {
    loop {
        match f(vm) {
            Ok(n) => return Ok(Some(n)),
            Err(FileError(EAGAIN)) => return Ok(None),
            Err(FileError(EINTR)) => vm.poll()?,
            Err(e) => return Err(vm.os_error(e.0)),
        }
    }
}

impl OpenFile for SystemFile {
    fn read(&self, vm: &mut Vm, file: Value, to: &mut [u8]) -> Got {
        let files = files(vm)?;
        retry(vm, |vm| {
            vm.blocking(|| files.wait(handle(file)))?;
            files.read(handle(file), to)
        })
    }

    fn read_into(&self, vm: &mut Vm, file: Value, to: Buffer) -> Got {
        let files = files(vm)?;
        retry(vm, |vm| {
            // Others may change the heap while this waits, so it waits before it reads.
            vm.blocking(|| files.wait(handle(file)))?;
            files.read(handle(file), to.bytes_mut(vm))
        })
    }

    fn write(&self, vm: &mut Vm, file: Value, from: &[u8]) -> Got {
        let files = files(vm)?;
        retry(vm, |_| files.write(handle(file), from))
    }

    fn write_from(&self, vm: &mut Vm, file: Value, from: Buffer) -> Got {
        let files = files(vm)?;
        retry(vm, |vm| files.write(handle(file), from.bytes(vm)))
    }

    fn seek(&self, vm: &mut Vm, file: Value, to: SeekTo) -> Result<u64, Raised> {
        let done = files(vm)?.seek(handle(file), to);
        check(vm, done)
    }

    fn sync(&self, vm: &mut Vm, file: Value) -> Result<(), Raised> {
        let done = files(vm)?.sync(handle(file));
        check(vm, done)
    }

    fn close(&self, vm: &mut Vm, file: Value) -> Result<(), Raised> {
        files(vm)?.close(handle(file));
        Ok(())
    }

    fn seekable(&self, vm: &mut Vm, file: Value) -> bool {
        vm.platform().open_files().is_some_and(|files| files.seek(handle(file), SeekTo::Current(0)).is_ok())
    }

    fn number(&self, vm: &mut Vm, file: Value) -> Option<i32> {
        vm.platform().open_files().map(|files| files.number(handle(file)))
    }

    fn poll(&self, vm: &mut Vm, file: Value, wanted: usize) -> Result<usize, Raised> {
        let (read, write) = files(vm)?.ready(handle(file));
        let ready = (usize::from(read) * stream::POLL_READ) | (usize::from(write) * stream::POLL_WRITE);
        Ok(wanted & ready)
    }
}

/// Folders of the system that are being listed.
struct SystemFolder;

impl Folder for SystemFolder {
    fn next(&self, vm: &mut Vm, folder: Value) -> Result<Option<Entry>, Raised> {
        let folders = folders(vm)?;
        let mut found = Ok(None);
        let done = folders.next(handle(folder), &mut |name, mode, inode| {
            let name = match core::str::from_utf8(name) {
                Ok(text) => vm.new_str(text),
                Err(_) => vm.new_bytes(name),
            };
            found = name.map(|name| Some(Entry { name, mode, inode, size: None }));
        });
        check(vm, done)?;
        found
    }

    fn close(&self, vm: &mut Vm, folder: Value) -> Result<(), Raised> {
        folders(vm)?.end(handle(folder));
        Ok(())
    }
}
