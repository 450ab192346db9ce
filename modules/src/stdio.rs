//! `sys.stdin`, `sys.stdout` and `sys.stderr`: the console as streams.
//!
//! Invariant: all six objects (each stream as text, and its `buffer`) stand in ROM. They go through the console,
//! so that what is printed and what is written stay in order. Closing them does nothing.

use krait_hal::Stream as To;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Maybe, Obj, Out, PrintKind, Qstr, Raised, Tracer, Value, Vm, class, q, rom_object};

use crate::stream::{self, Got, Stream};

/// A text stream of the console: its number, 0 to 2.
pub struct StdText(u8);

/// The bytes underneath.
pub struct StdBytes(u8);

impl StdText {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl StdBytes {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// The type of `sys.stdin` and its like.
    pub static STD_TEXT: q!(TextIOWrapper) for StdText;
    slots { print: print, get_attr: get_attr, iter: krait_runtime::obj::iterator::itself, next: stream::next::<StdText> }
    attrs {
        q!(fileno) => f1(fileno),
        q!(read) => var(1, 2, stream::read::<StdText>),
        q!(readinto) => var(2, 3, stream::readinto::<StdText>),
        q!(readline) => var(1, 2, stream::readline::<StdText>),
        q!(readlines) => f1(stream::readlines::<StdText>),
        q!(write) => var(2, 4, stream::write::<StdText>),
        q!(flush) => f1(stream::flush::<StdText>),
        q!(close) => f1(stream::close::<StdText>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<StdText>),
    }
}

class! {
    /// The type of `sys.stdin.buffer` and its like.
    pub static STD_BYTES: q!(FileIO) for StdBytes;
    slots { print: print, iter: krait_runtime::obj::iterator::itself, next: stream::next::<StdBytes> }
    attrs {
        q!(fileno) => f1(fileno),
        q!(read) => var(1, 2, stream::read::<StdBytes>),
        q!(readinto) => var(2, 3, stream::readinto::<StdBytes>),
        q!(readline) => var(1, 2, stream::readline::<StdBytes>),
        q!(readlines) => f1(stream::readlines::<StdBytes>),
        q!(write) => var(2, 4, stream::write::<StdBytes>),
        q!(flush) => f1(stream::flush::<StdBytes>),
        q!(close) => f1(stream::close::<StdBytes>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<StdBytes>),
    }
}

/// `sys.stdin`
pub static STDIN: Obj<StdText> = rom_object(StdText(0));
/// `sys.stdout`
pub static STDOUT: Obj<StdText> = rom_object(StdText(1));
/// `sys.stderr`
pub static STDERR: Obj<StdText> = rom_object(StdText(2));
static STDIN_BUFFER: Obj<StdBytes> = rom_object(StdBytes(0));
static STDOUT_BUFFER: Obj<StdBytes> = rom_object(StdBytes(1));
static STDERR_BUFFER: Obj<StdBytes> = rom_object(StdBytes(2));

fn number(v: Value) -> u8 {
    match (v.downcast::<StdText>(), v.downcast::<StdBytes>()) {
        (Some(s), _) => s.0,
        (None, Some(b)) => b.0,
        (None, None) => 0,
    }
}

/// The output that a standard stream stands for; `None` for anything else.
pub(crate) fn output(v: Value) -> Option<To> {
    match v.downcast::<StdText>().map(|s| s.0) {
        Some(1) => Some(To::Out),
        Some(2) => Some(To::Err),
        _ => None,
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    out.fmt(vm, format_args!("<io.{} {}>", name.as_str(), number(v)))
}

fn get_attr(_: &mut Vm, v: Value, name: Qstr) -> Maybe {
    if name != q!(buffer) {
        return Ok(None);
    }
    Ok(Some(match number(v) {
        0 => krait_runtime::Ref::of_static(&STDIN_BUFFER).value(),
        1 => krait_runtime::Ref::of_static(&STDOUT_BUFFER).value(),
        _ => krait_runtime::Ref::of_static(&STDERR_BUFFER).value(),
    }))
}

fn fileno(_: &mut Vm, v: Value) -> krait_runtime::Outcome {
    Ok(Value::small_int(number(v) as isize))
}

/// Reads from the console; an interrupt comes out as an exception, the end as 0.
pub(crate) fn read_console(vm: &mut Vm, to: &mut [u8]) -> Result<usize, Raised> {
    loop {
        let n = vm.console_read(to);
        if n > 0 {
            return Ok(n);
        }
        // Nothing: the end, or something is pending.
        if !vm.platform().pending().load(core::sync::atomic::Ordering::Relaxed) {
            return Ok(0);
        }
        vm.poll()?;
    }
}

fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
    if number(this) != 0 {
        return Err(vm.os_error(9));
    }
    read_console(vm, to).map(Some)
}

fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
    let to = match number(this) {
        1 => To::Out,
        2 => To::Err,
        _ => return Err(vm.os_error(9)),
    };
    let platform = vm.platform();
    let bytes = from.bytes(vm);
    platform.console().write(to, bytes);
    if to == To::Err {
        platform.console().flush();
    }
    Ok(Some(bytes.len()))
}

fn flush(vm: &mut Vm) {
    vm.platform().console().flush();
}

impl Stream for StdText {
    const TEXT: bool = true;
    fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
        read(vm, this, to)
    }
    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
        write(vm, this, from)
    }
    fn flush(vm: &mut Vm, _: Value) -> Result<(), Raised> {
        flush(vm);
        Ok(())
    }
}

impl Stream for StdBytes {
    const TEXT: bool = false;
    fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
        read(vm, this, to)
    }
    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
        write(vm, this, from)
    }
    fn flush(vm: &mut Vm, _: Value) -> Result<(), Raised> {
        flush(vm);
        Ok(())
    }
}
