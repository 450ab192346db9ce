//! Files of machines whose system keeps them: `open`, `FileIO` and `TextIOWrapper`.
//!
//! Invariant: an object that was closed has no handle, and every method but `close` is then a `ValueError`.
//! Like the reference's, these files are not buffered. A file that was forgotten is
//! closed by the collector.

use core::cell::Cell;

use krait_hal::{FileError, Handle, OpenFiles, OpenMode, SeekTo};
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Out, Outcome, Param, PrintKind, Raised, Tracer, Value, Vm, class, q};

use crate::stream::{self, Got, Stream};

/// A file, whatever it gives.
struct File {
    handle: Cell<Option<Handle>>,
    /// Whether reading can look ahead and go back.
    seekable: bool,
}

/// A `TextIOWrapper`'s body.
pub struct TextFile(File);

/// A `FileIO`'s body.
pub struct BytesFile(File);

impl TextFile {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl BytesFile {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// A file of text.
    pub static TEXT_FILE: q!(TextIOWrapper) for TextFile;
    slots {
        print: print,
        iter: krait_runtime::obj::iterator::itself,
        next: stream::next::<TextFile>,
        finalise: stream::close::<TextFile>,
    }
    attrs {
        q!(fileno) => f1(fileno),
        q!(read) => var(1, 2, stream::read::<TextFile>),
        q!(readinto) => var(2, 3, stream::readinto::<TextFile>),
        q!(readline) => var(1, 2, stream::readline::<TextFile>),
        q!(readlines) => f1(stream::readlines::<TextFile>),
        q!(write) => var(2, 4, stream::write::<TextFile>),
        q!(seek) => var(2, 3, stream::seek::<TextFile>),
        q!(tell) => f1(stream::tell::<TextFile>),
        q!(flush) => f1(stream::flush::<TextFile>),
        q!(close) => f1(stream::close::<TextFile>),
        q!(__del__) => f1(stream::close::<TextFile>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<TextFile>),
    }
}

class! {
    /// A file of bytes.
    pub static BYTES_FILE: q!(FileIO) for BytesFile;
    slots {
        print: print,
        iter: krait_runtime::obj::iterator::itself,
        next: stream::next::<BytesFile>,
        finalise: stream::close::<BytesFile>,
    }
    attrs {
        q!(fileno) => f1(fileno),
        q!(read) => var(1, 2, stream::read::<BytesFile>),
        q!(readinto) => var(2, 3, stream::readinto::<BytesFile>),
        q!(readline) => var(1, 2, stream::readline::<BytesFile>),
        q!(readlines) => f1(stream::readlines::<BytesFile>),
        q!(write) => var(2, 4, stream::write::<BytesFile>),
        q!(seek) => var(2, 3, stream::seek::<BytesFile>),
        q!(tell) => f1(stream::tell::<BytesFile>),
        q!(flush) => f1(stream::flush::<BytesFile>),
        q!(close) => f1(stream::close::<BytesFile>),
        q!(__del__) => f1(stream::close::<BytesFile>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<BytesFile>),
    }
}

/// Gives `f` the handle's cell.
fn with_file<T>(v: Value, f: impl FnOnce(&File) -> T) -> Option<T> {
    match (v.downcast::<TextFile>(), v.downcast::<BytesFile>()) {
        (Some(t), _) => Some(f(&t.0)),
        (None, Some(b)) => Some(f(&b.0)),
        (None, None) => None,
    }
}

fn files(vm: &mut Vm) -> Result<&'static dyn OpenFiles, Raised> {
    match vm.platform().open_files() {
        Some(files) => Ok(files),
        None => Err(vm.os_error(19)),
    }
}

fn raise(vm: &mut Vm, e: FileError) -> Raised {
    vm.os_error(e.0)
}

/// The system's files and the handle of an open file.
fn need(vm: &mut Vm, v: Value) -> Result<(&'static dyn OpenFiles, Handle), Raised> {
    let files = files(vm)?;
    match with_file(v, |f| f.handle.get()).flatten() {
        Some(h) => Ok((files, h)),
        None => Err(vm.value_error("I/O operation on closed file")),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    let handle = with_file(v, |f| f.handle.get()).flatten();
    let number = match (vm.platform().open_files(), handle) {
        (Some(files), Some(h)) => files.number(h),
        _ => -1,
    };
    out.fmt(vm, format_args!("<io.{} {number}>", name.as_str()))
}

fn fileno(vm: &mut Vm, v: Value) -> Outcome {
    let (files, h) = need(vm, v)?;
    Ok(Value::small_int(files.number(h) as isize))
}

fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
    let (files, h) = need(vm, this)?;
    match files.read(h, to) {
        Ok(n) => Ok(Some(n)),
        Err(FileError(11)) => Ok(None),
        Err(e) => Err(raise(vm, e)),
    }
}

fn read_into(vm: &mut Vm, this: Value, to: Buffer) -> Got {
    let (files, h) = need(vm, this)?;
    match files.read(h, to.bytes_mut(vm)) {
        Ok(n) => Ok(Some(n)),
        Err(FileError(11)) => Ok(None),
        Err(e) => Err(raise(vm, e)),
    }
}

fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
    let (files, h) = need(vm, this)?;
    match files.write(h, from.bytes(vm)) {
        Ok(n) => Ok(Some(n)),
        Err(FileError(11)) => Ok(None),
        Err(e) => Err(raise(vm, e)),
    }
}

fn seek(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
    let (files, h) = need(vm, this)?;
    files.seek(h, to).map_err(|e| raise(vm, e))
}

fn unread(vm: &mut Vm, this: Value, n: usize) -> bool {
    let back = i64::try_from(n).map_or(0, |n| -n);
    match need(vm, this) {
        Ok((files, h)) => files.seek(h, SeekTo::Current(back)).is_ok(),
        Err(_) => {
            vm.take_raised();
            false
        }
    }
}

fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
    let (files, h) = need(vm, this)?;
    files.sync(h).map_err(|e| raise(vm, e))
}

fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
    let files = files(vm)?;
    if let Some(Some(h)) = with_file(this, |f| f.handle.take()) {
        files.close(h);
    }
    Ok(())
}

macro_rules! file {
    ($body:ty, $text:expr) => {
        impl Stream for $body {
            const TEXT: bool = $text;
            fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
                read(vm, this, to)
            }
            fn read_into(vm: &mut Vm, this: Value, to: Buffer) -> Got {
                read_into(vm, this, to)
            }
            fn can_unread(this: Value) -> bool {
                with_file(this, |f| f.seekable) == Some(true)
            }
            fn unread(vm: &mut Vm, this: Value, n: usize) -> bool {
                unread(vm, this, n)
            }
            fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
                write(vm, this, from)
            }
            fn seek(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
                seek(vm, this, to)
            }
            fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                flush(vm, this)
            }
            fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                close(vm, this)
            }
        }
    };
}

file!(TextFile, true);
file!(BytesFile, false);

/// `open(file, mode='r', buffering=-1, encoding=None)`
pub(crate) fn open(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [file, mode, _, _] = args.bind(
        vm,
        &[
            Param::required(q!(file)),
            Param::optional(q!(mode), Value::qstr(q!(r))),
            Param::optional(q!(buffering), Value::small_int(-1)),
            Param::optional(q!(encoding), Value::NONE),
        ],
    )?;
    let mode = vm.need_str(mode)?;
    let mut how = OpenMode { read: true, ..OpenMode::default() };
    let mut text = true;
    for c in mode.chars() {
        match c {
            'r' => how = OpenMode { read: true, ..OpenMode::default() },
            'w' => how = OpenMode { write: true, create: true, truncate: true, ..OpenMode::default() },
            'a' => how = OpenMode { write: true, create: true, append: true, ..OpenMode::default() },
            '+' => (how.read, how.write) = (true, true),
            'b' => text = false,
            't' => text = true,
            _ => {}
        }
    }
    let files = files(vm)?;
    let mut opened = open_at(vm, files, file, how)?;
    if opened == Err(EMFILE) {
        // Forgotten files may be in the way.
        vm.collect_and_finalise();
        opened = open_at(vm, files, file, how)?;
    }
    let handle = opened.map_err(|e| raise(vm, e))?;
    let seekable = how.read && files.seek(handle, SeekTo::Current(0)).is_ok();
    let body = File { handle: Cell::new(Some(handle)), seekable };
    let made = if text {
        vm.new_with_finaliser(TextFile(body)).map(|f| f.value())
    } else {
        vm.new_with_finaliser(BytesFile(body)).map(|f| f.value())
    };
    if made.is_err() {
        files.close(handle);
    }
    made
}

/// Too many open files.
const EMFILE: FileError = FileError(24);

/// Opens a path, or takes over a number of the system's.
fn open_at(
    vm: &mut Vm,
    files: &dyn OpenFiles,
    file: Value,
    how: OpenMode,
) -> Result<Result<Handle, FileError>, Raised> {
    Ok(match vm.int_maybe(file)? {
        Some(number) => match i32::try_from(number) {
            Ok(number) => files.adopt(number),
            Err(_) => Err(FileError(9)),
        },
        None => {
            let path = vm.need_str(file)?;
            files.open(&path, how)
        }
    })
}
