//! Files: `FileIO` and `TextIOWrapper`, one pair of classes for all native file systems.
//!
//! Invariant: a file that was closed has no [`Opened`] any more, and every method but `close` is then a
//! `ValueError`. Nothing is buffered here (`buffering` is accepted and has no effect, as in the reference): what a
//! file system buffers, it writes out in `sync` and `close`. Lines are read ahead and the surplus is given back by
//! seeking, which every file system can do without I/O.

use core::cell::Cell;

use krait_hal::SeekTo;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Maybe, Out, Outcome, PrintKind, Qstr, Raised, Tracer, Value, Vm, class, q, rom_value};

use super::Mode;
use crate::stream::{self, Got, Stream};

/// What can be done with an open file of one file system. The implementor is a unit struct; the file itself is the
/// object `state`, of a body that only it knows.
///
/// It is never called for a file after `close`.
pub trait OpenFile: Sync {
    /// Reads up to `to.len()` bytes; 0 at the end, `None` if it would have to wait.
    ///
    /// # Errors
    /// `OSError`: `EBADF` if the file is not open for reading.
    fn read(&self, vm: &mut Vm, state: Value, to: &mut [u8]) -> Got;

    /// As [`OpenFile::read`], into an object's bytes. Worth writing only if no block device is involved.
    ///
    /// # Errors
    /// As [`OpenFile::read`].
    fn read_into(&self, vm: &mut Vm, state: Value, to: Buffer) -> Got {
        let mut chunk = [0; 256];
        let n = to.len.min(chunk.len());
        let Some(part) = chunk.get_mut(..n) else { return Ok(Some(0)) };
        let got = self.read(vm, state, part)?;
        if let Some(n) = got {
            to.bytes_mut(vm).iter_mut().zip(chunk.iter().take(n)).for_each(|(to, from)| *to = *from);
        }
        Ok(got)
    }

    /// Writes some of the bytes, at least one; how many.
    ///
    /// # Errors
    /// `OSError`: `EBADF` if the file is not open for writing.
    fn write(&self, vm: &mut Vm, state: Value, from: &[u8]) -> Got;

    /// As [`OpenFile::write`], from an object's bytes. Worth writing only if no block device is involved.
    ///
    /// # Errors
    /// As [`OpenFile::write`].
    fn write_from(&self, vm: &mut Vm, state: Value, from: Buffer) -> Got {
        let mut chunk = [0; 256];
        let bytes = from.bytes(vm);
        let n = bytes.len().min(chunk.len());
        chunk.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.write(vm, state, chunk.get(..n).unwrap_or(&[]))
    }

    /// Moves to another place, and returns it, counted from the start. Places beyond the end are allowed.
    ///
    /// # Errors
    /// `OSError`: `EINVAL` before the start.
    fn seek(&self, vm: &mut Vm, state: Value, to: SeekTo) -> Result<u64, Raised>;

    /// Makes sure that what was written survives a power failure.
    ///
    /// # Errors
    /// `OSError`.
    fn sync(&self, vm: &mut Vm, state: Value) -> Result<(), Raised>;

    /// Closes it. Called once; the file counts as closed even if this fails.
    ///
    /// # Errors
    /// `OSError` if what was buffered could not be written.
    fn close(&self, vm: &mut Vm, state: Value) -> Result<(), Raised>;

    /// What using a closed file raises.
    fn closed(&self, vm: &mut Vm) -> Raised {
        vm.value_error("I/O operation on closed file")
    }

    /// Whether going back works (pipes and terminals cannot).
    fn seekable(&self, vm: &mut Vm, state: Value) -> bool {
        let _ = (vm, state);
        true
    }

    /// The system's number of the file, where there is one.
    fn number(&self, vm: &mut Vm, state: Value) -> Option<i32> {
        let _ = (vm, state);
        None
    }

    /// Which of the events `wanted` (bits of `select.poll`) are there now. Files are always ready.
    ///
    /// # Errors
    /// `OSError`.
    fn poll(&self, vm: &mut Vm, state: Value, wanted: usize) -> Result<usize, Raised> {
        let _ = (vm, state);
        Ok(wanted & (stream::POLL_READ | stream::POLL_WRITE))
    }

    /// All of the file as bytes in place, where it lies in memory whole.
    fn in_place(&self, vm: &Vm, state: Value) -> Option<Buffer> {
        let _ = (vm, state);
        None
    }
}

/// An open file of some file system.
#[derive(Clone, Copy)]
pub struct Opened {
    /// What can be done with it.
    pub ops: &'static dyn OpenFile,
    /// What `ops` knows it by.
    pub state: Value,
}

/// What both classes hold.
struct File {
    opened: Cell<Option<Opened>>,
    /// Whose it is, or was.
    ops: Cell<Option<&'static dyn OpenFile>>,
    /// Whether reading can look ahead and go back.
    seekable: Cell<bool>,
}

impl File {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.opened.get().map(|o| o.state));
    }
}

/// A `TextIOWrapper`'s body.
pub struct TextFile(File);

/// A `FileIO`'s body.
pub struct BytesFile(File);

impl TextFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

impl BytesFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

class! {
    /// A file of text.
    pub static TEXT_FILE: q!(TextIOWrapper) for TextFile;
    slots {
        print: print, get_attr: get_attr, iter: krait_runtime::obj::iterator::itself, next: stream::next::<TextFile>,
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
        print: print, get_attr: get_attr, buffer: buffer, iter: krait_runtime::obj::iterator::itself, next: stream::next::<BytesFile>,
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

/// Opens a file with `open` and makes Python's object of it. The object is made first, so that no open file is lost
/// when memory runs out.
///
/// # Errors
/// What `open` raises; out of memory.
pub fn wrap(vm: &mut Vm, mode: Mode, open: impl FnOnce(&mut Vm) -> Result<Opened, Raised>) -> Outcome {
    let body = File { opened: Cell::new(None), ops: Cell::new(None), seekable: Cell::new(false) };
    let file = if mode.text {
        vm.new_with_finaliser(TextFile(body))?.value()
    } else {
        vm.new_with_finaliser(BytesFile(body))?.value()
    };
    let opened = open(vm)?;
    let seekable = mode.how.read && opened.ops.seekable(vm, opened.state);
    with_file(file, |f| {
        f.opened.set(Some(opened));
        f.ops.set(Some(opened.ops));
        f.seekable.set(seekable);
    });
    Ok(file)
}

/// Gives `f` the file.
fn with_file<T>(v: Value, f: impl FnOnce(&File) -> T) -> Option<T> {
    match (v.downcast::<TextFile>(), v.downcast::<BytesFile>()) {
        (Some(t), _) => Some(f(&t.0)),
        (None, Some(b)) => Some(f(&b.0)),
        (None, None) => None,
    }
}

pub(super) fn opened(v: Value) -> Option<Opened> {
    with_file(v, |f| f.opened.get()).flatten()
}

/// The open file.
fn need(vm: &mut Vm, v: Value) -> Result<Opened, Raised> {
    match opened(v) {
        Some(o) => Ok(o),
        None => Err(match with_file(v, |f| f.ops.get()).flatten() {
            Some(ops) => ops.closed(vm),
            None => vm.value_error("I/O operation on closed file"),
        }),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    match opened(v) {
        None => out.fmt(vm, format_args!("<io.{} -1>", name.as_str())),
        Some(o) => match o.ops.number(vm, o.state) {
            Some(number) => out.fmt(vm, format_args!("<io.{} {number}>", name.as_str())),
            None => out.fmt(vm, format_args!("<io.{} {:x}>", name.as_str(), v.bits())),
        },
    }
}

fn buffer(vm: &Vm, v: Value) -> Option<Buffer> {
    let o = opened(v)?;
    o.ops.in_place(vm, o.state)
}

fn fileno(vm: &mut Vm, v: Value) -> Outcome {
    let o = need(vm, v)?;
    match o.ops.number(vm, o.state) {
        Some(number) => Ok(Value::small_int(number as isize)),
        None => Err(vm.os_error(stream::EINVAL)),
    }
}

/// The requests of `ioctl` that a file answers.
mod request {
    pub(super) const FLUSH: isize = 1;
    pub(super) const POLL: isize = 3;
    pub(super) const CLOSE: isize = 4;
}

/// `ioctl`, which `select` asks, of a file that the system does not know: it has no number to wait for.
fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    if name != q!(ioctl) || opened(v).is_some_and(|o| o.ops.number(vm, o.state).is_some()) {
        return Ok(None);
    }
    vm.bind_method(rom_value!(f3(ioctl)), v).map(Some)
}

/// `ioctl(request, arg)`
fn ioctl(vm: &mut Vm, v: Value, request: Value, arg: Value) -> Outcome {
    let request = vm.need_int(request)?;
    let o = need(vm, v)?;
    match request {
        request::FLUSH => o.ops.sync(vm, o.state).map(|()| Value::small_int(0)),
        request::POLL => {
            let wanted = usize::try_from(vm.need_int(arg)?).unwrap_or(0);
            let ready = o.ops.poll(vm, o.state, wanted)?;
            Ok(Value::small_int(ready as isize))
        }
        request::CLOSE => close(vm, v).map(|()| Value::small_int(0)),
        _ => Ok(Value::small_int(-(stream::EINVAL as isize))),
    }
}

fn unread(vm: &mut Vm, v: Value, n: usize) -> bool {
    let Some(o) = opened(v) else { return false };
    let back = i64::try_from(n).map_or(0, |n| -n);
    if o.ops.seek(vm, o.state, SeekTo::Current(back)).is_err() {
        vm.take_raised();
        return false;
    }
    true
}

pub(super) fn close(vm: &mut Vm, v: Value) -> Result<(), Raised> {
    match with_file(v, |f| f.opened.take()).flatten() {
        Some(o) => o.ops.close(vm, o.state),
        None => Ok(()),
    }
}

macro_rules! file {
    ($body:ty, $text:expr) => {
        impl Stream for $body {
            const TEXT: bool = $text;
            fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
                let o = need(vm, this)?;
                o.ops.read(vm, o.state, to)
            }
            fn read_into(vm: &mut Vm, this: Value, to: Buffer) -> Got {
                let o = need(vm, this)?;
                o.ops.read_into(vm, o.state, to)
            }
            fn can_unread(this: Value) -> bool {
                with_file(this, |f| f.seekable.get()) == Some(true)
            }
            fn unread(vm: &mut Vm, this: Value, n: usize) -> bool {
                unread(vm, this, n)
            }
            fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
                let o = need(vm, this)?;
                o.ops.write_from(vm, o.state, from)
            }
            fn seek(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
                let o = need(vm, this)?;
                o.ops.seek(vm, o.state, to)
            }
            fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                let o = need(vm, this)?;
                o.ops.sync(vm, o.state)
            }
            fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                close(vm, this)
            }
        }
    };
}

file!(TextFile, true);
file!(BytesFile, false);
