//! `micropython.RingIO`: a bounded queue of bytes that one side fills and the other drains.
//!
//! Invariant: `at < size` and `filled <= capacity`. Given a buffer, it uses that in place, and like the reference
//! one byte less than its size; given a number, it holds that many bytes.

use core::cell::Cell;

use krait_hal::readiness::{READABLE, WRITABLE};
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class};

use crate::stream::{self, Got, Stream};

/// A `RingIO`'s body.
pub struct RingIo {
    /// The object that holds the bytes.
    store: Value,
    /// Bytes that can be in it at once.
    capacity: usize,
    /// Where the next byte is read.
    at: Cell<usize>,
    filled: Cell<usize>,
}

impl RingIo {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.store);
    }
}

class! {
    /// `micropython.RingIO`
    pub static RING_IO: q!(RingIO) for RingIo;
    slots { new: new }
    attrs {
        q!(any) => f1(any),
        q!(read) => var(1, 2, stream::read::<RingIo>),
        q!(readline) => var(1, 2, stream::readline::<RingIo>),
        q!(readinto) => var(2, 3, stream::readinto::<RingIo>),
        q!(write) => var(2, 4, stream::write::<RingIo>),
        q!(close) => f1(stream::close::<RingIo>),
        q!(ioctl) => f3(ioctl),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 1)?;
    let arg = args.get(0).unwrap_or(Value::NONE);
    let (store, capacity) = match vm.buffer_of(arg).filter(|b| b.writable) {
        Some(b) => (arg, b.len.saturating_sub(1)),
        None => {
            let Ok(n) = usize::try_from(vm.need_int(arg)?) else {
                return Err(vm.value_error("negative size"));
            };
            let store = vm.new_bytearray(&[])?;
            if let Some(b) = store.downcast::<krait_runtime::obj::bytearray::ByteArray>() {
                b.bytes.reserve_exact(vm, n)?;
                b.bytes.open(vm, 0, n)?;
            }
            (store, n)
        }
    };
    Ok(vm.new_object(RingIo { store, capacity, at: Cell::new(0), filled: Cell::new(0) })?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<RingIo>, Raised> {
    match vm.cast::<RingIo>(v) {
        Some(r) => Ok(r),
        None => Err(vm.type_error(format_args!("stream expected"))),
    }
}

fn any(vm: &mut Vm, v: Value) -> Outcome {
    let r = need(vm, v)?;
    Ok(Value::small_int(r.filled.get() as isize))
}

/// `ioctl(request, arg)`: request 3 asks which of the events in `arg` are there.
fn ioctl(vm: &mut Vm, v: Value, request: Value, arg: Value) -> Outcome {
    let r = need(vm, v)?;
    if vm.need_int(request)? != 3 {
        return Ok(Value::small_int(-isize::try_from(stream::EINVAL).unwrap_or(0)));
    }
    let readable = if r.filled.get() > 0 { READABLE } else { 0 };
    let writable = if r.filled.get() < r.capacity { WRITABLE } else { 0 };
    let ready = (readable | writable) as isize & vm.need_int(arg)?;
    Ok(Value::small_int(ready))
}

impl Stream for RingIo {
    const TEXT: bool = false;

    fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
        let r = need(vm, this)?;
        let Some(store) = vm.buffer_of(r.store) else { return Ok(Some(0)) };
        let bytes = store.bytes(vm);
        let n = to.len().min(r.filled.get());
        if bytes.is_empty() {
            return Ok(Some(0));
        }
        for (i, to) in to.iter_mut().take(n).enumerate() {
            *to = bytes.get((r.at.get() + i) % bytes.len()).copied().unwrap_or(0);
        }
        r.at.set((r.at.get() + n) % bytes.len());
        r.filled.set(r.filled.get() - n);
        Ok(Some(n))
    }

    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
        let r = need(vm, this)?;
        let Some(store) = vm.buffer_of(r.store) else { return Ok(Some(0)) };
        let mut chunk = [0; 128];
        let source = from.bytes(vm);
        let room = r.capacity.min(store.len).saturating_sub(r.filled.get());
        let n = source.len().min(chunk.len()).min(room);
        for (to, from) in chunk.iter_mut().zip(source) {
            *to = *from;
        }
        let bytes = store.bytes_mut(vm);
        let len = bytes.len().max(1);
        for (i, b) in chunk.iter().take(n).enumerate() {
            if let Some(to) = bytes.get_mut((r.at.get() + r.filled.get() + i) % len) {
                *to = *b;
            }
        }
        r.filled.set(r.filled.get() + n);
        Ok(Some(n))
    }
}
