//! `io.BufferedWriter`: gathers what is written, and gives it on in pieces of one size.
//!
//! Invariant: the buffer is never full: as in the reference it goes out whole when it becomes full, so that a block
//! device gets blocks. What the stream beneath does not take stays in the buffer, for the next `flush`.

use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Gc, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class, q};

use crate::stream::{self, Got, Stream};
use crate::vfs::errno::{EAGAIN, EIO};

/// The body.
pub struct BufferedWriter {
    stream: Value,
    /// What waits; the object that the stream's `write` gets.
    waiting: Ref<ByteArray>,
    size: usize,
}

impl BufferedWriter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.stream);
        t.reference(self.waiting);
    }
}

class! {
    /// `io.BufferedWriter(stream, size)`
    pub static BUFFERED_WRITER: q!(BufferedWriter) for BufferedWriter;
    slots { new: new }
    attrs {
        q!(write) => var(2, 4, stream::write::<BufferedWriter>),
        q!(flush) => f1(stream::flush::<BufferedWriter>),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 2)?;
    let stream = args.get(0).unwrap_or(Value::NONE);
    let size = vm.need_int(args.get(1).unwrap_or(Value::NONE))?;
    let Ok(size) = usize::try_from(size) else { return Err(vm.value_error("negative size")) };
    let size = size.max(1);
    let waiting = vm.new_bytearray_of(size)?;
    waiting.bytes.truncate(0);
    Ok(vm.new_object(BufferedWriter { stream, waiting, size })?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<BufferedWriter>, Raised> {
    match vm.cast::<BufferedWriter>(v) {
        Some(w) => Ok(w),
        None => Err(vm.type_error(format_args!("stream expected"))),
    }
}

/// Gives all that waits to the stream.
fn empty(vm: &mut Vm, w: Ref<BufferedWriter>) -> Result<(), Raised> {
    while !w.waiting.bytes.is_empty() {
        vm.poll()?;
        let before = w.waiting.bytes.len();
        let taken = vm.call_method(w.stream, q!(write), &[w.waiting.value()])?;
        if taken.is_none() {
            return Err(vm.os_error(EAGAIN));
        }
        match usize::try_from(vm.need_int(taken)?) {
            Ok(n) if n > 0 && n <= before => w.waiting.bytes.remove_range(0, n),
            _ => return Err(vm.os_error(EIO)),
        }
    }
    Ok(())
}

impl Stream for BufferedWriter {
    const TEXT: bool = false;

    fn read(vm: &mut Vm, _: Value, _: &mut [u8]) -> Got {
        Err(vm.os_error(stream::EINVAL))
    }

    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
        let w = need(vm, this)?;
        let mut piece = [0; 128];
        if w.waiting.bytes.len() >= w.size {
            // What could not go out before.
            empty(vm, w)?;
        }
        let have = w.waiting.bytes.len();
        let bytes = from.bytes(vm);
        let n = bytes.len().min(piece.len()).min(w.size.saturating_sub(have));
        piece.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        w.waiting.bytes.open(vm, have, n)?;
        let to = w.waiting.bytes_mut(|b| &b.bytes, vm.heap_mut());
        to.iter_mut().skip(have).zip(piece).for_each(|(to, from)| *to = from);
        if have + n >= w.size {
            empty(vm, w)?;
        }
        Ok(Some(n))
    }

    fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
        let w = need(vm, this)?;
        empty(vm, w)
    }
}
