//! `io.StringIO` and `io.BytesIO`: streams in memory.
//!
//! Invariant: bytes that a seek beyond the end has skipped are zero once something is written after them.
//! A stream made from a `bytes` or `str` reads that, and copies it only when it is written to.
//! A `StringIO` holds UTF-8 only if the program puts whole characters in; reading checks it.

use core::cell::Cell;

use krait_hal::SeekTo;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, ByteBuf, Gc, NewObject, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, Value, Vm, class,
};

use crate::stream::{self, EINVAL, Got, Stream};

/// What both hold.
struct Memory {
    bytes: ByteBuf,
    /// What is read as long as nothing was written; then the buffer is empty.
    source: Cell<Option<Value>>,
    at: Cell<usize>,
    open: Cell<bool>,
}

impl Memory {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.bytes.trace(t);
        t.opt(self.source.get());
    }
}

/// A `StringIO`'s body.
pub struct StringIo(Memory);

/// A `BytesIO`'s body.
pub struct BytesIo(Memory);

impl StringIo {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

impl BytesIo {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

class! {
    /// `io.StringIO`
    pub static STRING_IO: q!(StringIO) for StringIo;
    slots { new: new_string, print: print, iter: krait_runtime::obj::iterator::itself, next: stream::next::<StringIo> }
    attrs {
        q!(read) => var(1, 2, stream::read::<StringIo>),
        q!(readinto) => var(2, 3, stream::readinto::<StringIo>),
        q!(readline) => var(1, 2, stream::readline::<StringIo>),
        q!(write) => var(2, 4, stream::write::<StringIo>),
        q!(seek) => var(2, 3, stream::seek::<StringIo>),
        q!(tell) => f1(stream::tell::<StringIo>),
        q!(flush) => f1(stream::flush::<StringIo>),
        q!(close) => f1(stream::close::<StringIo>),
        q!(getvalue) => f1(getvalue::<StringIo>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<StringIo>),
    }
}

class! {
    /// `io.BytesIO`
    pub static BYTES_IO: q!(BytesIO) for BytesIo;
    slots { new: new_bytes, print: print, iter: krait_runtime::obj::iterator::itself, next: stream::next::<BytesIo> }
    attrs {
        q!(read) => var(1, 2, stream::read::<BytesIo>),
        q!(readinto) => var(2, 3, stream::readinto::<BytesIo>),
        q!(readline) => var(1, 2, stream::readline::<BytesIo>),
        q!(write) => var(2, 4, stream::write::<BytesIo>),
        q!(seek) => var(2, 3, stream::seek::<BytesIo>),
        q!(tell) => f1(stream::tell::<BytesIo>),
        q!(flush) => f1(stream::flush::<BytesIo>),
        q!(close) => f1(stream::close::<BytesIo>),
        q!(getvalue) => f1(getvalue::<BytesIo>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<BytesIo>),
    }
}

/// The two kinds.
trait InMemory: Stream {
    fn memory(vm: &Vm, v: Value) -> Option<Hold>;
}

/// Either object, so that the code is written once.
#[derive(Clone, Copy)]
enum Hold {
    Str(Ref<StringIo>),
    Bytes(Ref<BytesIo>),
}

impl core::ops::Deref for Hold {
    type Target = Memory;
    fn deref(&self) -> &Memory {
        match self {
            Hold::Str(s) => &s.0,
            Hold::Bytes(b) => &b.0,
        }
    }
}

impl Hold {
    fn bytes(self, vm: &Vm) -> &[u8] {
        if let Some(source) = self.source.get() {
            return vm.buffer_of(source).map_or(&[], |b| b.bytes(vm));
        }
        let heap = vm.heap();
        match self {
            Hold::Str(s) => s.get(heap).0.bytes.as_slice(heap),
            Hold::Bytes(b) => b.get(heap).0.bytes.as_slice(heap),
        }
    }

    /// Makes the stream's contents its own, so that they can be changed.
    fn own(self, vm: &mut Vm) -> Result<(), Raised> {
        let Some(source) = self.source.get() else { return Ok(()) };
        let Some(mut from) = vm.buffer_of(source) else { return Ok(()) };
        self.bytes.reserve_exact(vm, from.len)?;
        self.source.set(None);
        let mut at = 0;
        while from.len > 0 {
            let n = append(vm, self, at, from)?;
            if n == 0 {
                break;
            }
            at += n;
            from.start += n;
            from.len -= n;
        }
        Ok(())
    }

    fn bytes_mut(self, vm: &mut Vm) -> &mut [u8] {
        match self {
            Hold::Str(s) => s.bytes_mut(|s| &s.0.bytes, vm.heap_mut()),
            Hold::Bytes(b) => b.bytes_mut(|b| &b.0.bytes, vm.heap_mut()),
        }
    }
}

impl InMemory for StringIo {
    fn memory(vm: &Vm, v: Value) -> Option<Hold> {
        vm.cast::<StringIo>(v).map(Hold::Str)
    }
}

impl InMemory for BytesIo {
    fn memory(vm: &Vm, v: Value) -> Option<Hold> {
        vm.cast::<BytesIo>(v).map(Hold::Bytes)
    }
}

fn need<S: InMemory>(vm: &mut Vm, v: Value) -> Result<Hold, Raised> {
    match S::memory(vm, v) {
        Some(m) if m.open.get() => Ok(m),
        Some(_) => Err(vm.value_error("I/O operation on closed file")),
        None => Err(vm.type_error(format_args!("stream expected"))),
    }
}

fn read<S: InMemory>(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
    let m = need::<S>(vm, this)?;
    let rest = m.bytes(vm).get(m.at.get()..).unwrap_or(&[]);
    let n = rest.len().min(to.len());
    for (to, from) in to.iter_mut().zip(rest) {
        *to = *from;
    }
    m.at.set(m.at.get() + n);
    Ok(Some(n))
}

fn write<S: InMemory>(vm: &mut Vm, this: Value, from: Buffer) -> Got {
    let m = need::<S>(vm, this)?;
    m.own(vm)?;
    let n = append(vm, m, m.at.get(), from)?;
    m.at.set(m.at.get().saturating_add(n));
    Ok(Some(n))
}

/// Writes the first bytes of `from` at the place `at`; how many.
fn append(vm: &mut Vm, m: Hold, at: usize, from: Buffer) -> Result<usize, Raised> {
    // What is written may be another object's bytes, which move when this buffer grows: take it piece by piece.
    let mut chunk = [0; 256];
    let bytes = from.bytes(vm);
    let n = bytes.len().min(chunk.len());
    for (to, from) in chunk.iter_mut().zip(bytes) {
        *to = *from;
    }
    let Some(end) = at.checked_add(n) else { return Err(vm.os_error(27)) };
    let len = m.bytes.len();
    if end > len {
        let all = at.saturating_add(from.len);
        m.bytes.open(vm, len, all.max(end) - len)?;
        m.bytes.truncate(end);
        if let Some(hole) = m.bytes_mut(vm).get_mut(len..end) {
            hole.fill(0);
        }
    }
    if let Some(to) = m.bytes_mut(vm).get_mut(at..end) {
        for (to, from) in to.iter_mut().zip(chunk) {
            *to = from;
        }
    }
    Ok(n)
}

fn seek<S: InMemory>(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
    let m = need::<S>(vm, this)?;
    let (from, by) = match to {
        SeekTo::Start(n) => match usize::try_from(n) {
            Ok(n) => (n, 0),
            Err(_) => return Err(vm.os_error(EINVAL)),
        },
        SeekTo::Current(by) => (m.at.get(), by),
        SeekTo::End(by) => (m.bytes(vm).len(), by),
    };
    let at = match isize::try_from(by) {
        Ok(by) if by < 0 => Some(from.saturating_sub(by.unsigned_abs())),
        Ok(by) => from.checked_add(by as usize),
        Err(_) => None,
    };
    match at {
        Some(at) => {
            m.at.set(at);
            Ok(at as u64)
        }
        None => Err(vm.os_error(EINVAL)),
    }
}

fn close<S: InMemory>(vm: &mut Vm, this: Value) -> Result<(), Raised> {
    if let Some(m) = S::memory(vm, this) {
        m.open.set(false);
        m.source.set(None);
        m.at.set(0);
        m.bytes.truncate(0);
        m.bytes.shrink(vm.heap_mut());
    }
    Ok(())
}

fn unread<S: InMemory>(vm: &mut Vm, this: Value, n: usize) -> bool {
    match S::memory(vm, this) {
        Some(m) => {
            m.at.set(m.at.get().saturating_sub(n));
            true
        }
        None => false,
    }
}

macro_rules! in_memory {
    ($body:ty, $text:expr) => {
        impl Stream for $body {
            const TEXT: bool = $text;
            fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
                read::<$body>(vm, this, to)
            }
            fn can_unread(_: Value) -> bool {
                true
            }
            fn unread(vm: &mut Vm, this: Value, n: usize) -> bool {
                unread::<$body>(vm, this, n)
            }
            fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
                write::<$body>(vm, this, from)
            }
            fn seek(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
                seek::<$body>(vm, this, to)
            }
            fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                need::<$body>(vm, this).map(|_| ())
            }
            fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
                close::<$body>(vm, this)
            }
        }
    };
}

in_memory!(StringIo, true);
in_memory!(BytesIo, false);

/// `getvalue()`
fn getvalue<S: InMemory>(vm: &mut Vm, this: Value) -> Outcome {
    let m = need::<S>(vm, this)?;
    let len = m.bytes(vm).len();
    if S::TEXT {
        let mut buf = krait_runtime::StrBuf::new();
        buf.push_repeat(vm, 0, len)?;
        copy(buf.as_bytes_mut(), m.bytes(vm));
        vm.finish_str(buf)
    } else {
        let mut buf = krait_runtime::StrBuf::new();
        buf.push_repeat(vm, 0, len)?;
        copy(buf.as_bytes_mut(), m.bytes(vm));
        vm.finish_bytes(buf)
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

fn empty() -> Memory {
    Memory { bytes: ByteBuf::new(), source: Cell::new(None), at: Cell::new(0), open: Cell::new(true) }
}

fn new_string(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let this = vm.new_object(StringIo(empty()))?.value();
    initial::<StringIo>(vm, this, args)
}

fn new_bytes(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let this = vm.new_object(BytesIo(empty()))?.value();
    initial::<BytesIo>(vm, this, args)
}

/// Fills a new stream: with a buffer's bytes, or, for a number, only makes room.
fn initial<S: InMemory>(vm: &mut Vm, this: Value, args: &Args<'_>) -> Outcome {
    let Some(v) = args.get(0) else { return Ok(this) };
    let m = need::<S>(vm, this)?;
    if let Some(n) = vm.int_maybe(v)? {
        let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("negative size")) };
        m.bytes.reserve_exact(vm, n)?;
        return Ok(this);
    }
    let mut from = vm.need_buffer(v, false)?;
    if vm.as_str(v).is_some() || vm.cast::<Bytes>(v).is_some() {
        m.source.set(Some(from.owner));
        return Ok(this);
    }
    m.bytes.reserve_exact(vm, from.len)?;
    while from.len > 0 {
        let n = write::<S>(vm, this, from)?.unwrap_or(0).min(from.len);
        if n == 0 {
            break;
        }
        from.start += n;
        from.len -= n;
    }
    m.at.set(0);
    Ok(this)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    out.fmt(vm, format_args!("<io.{} 0x{:x}>", name.as_str(), v.bits()))
}
