//! Reading from and writing to a stream of any kind by its methods, for modules that stand on another stream.
//!
//! A stream is whatever has `readinto` or `write`; a negative number from one written in Python is an error number.

use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::obj::exception;
use krait_runtime::{Gc, Outcome, Qstr, Raised, Ref, Value, Vm, q};

use crate::stream::Got;

/// The request to seek, of a Python stream's `ioctl`.
const SEEK: isize = 2;
/// The request to close, of a Python stream's `ioctl`.
const CLOSE: isize = 4;

fn method(vm: &mut Vm, stream: Value, name: Qstr) -> Outcome {
    match vm.get_attr_maybe(stream, name)? {
        Some(f) => Ok(f),
        None => Err(vm.raise_str(&exception::OS_ERROR, "stream operation not supported")),
    }
}

/// A count, or nothing yet; a negative one is an error.
fn count(vm: &mut Vm, v: Value, most: usize) -> Got {
    if v.is_none() {
        return Ok(None);
    }
    let n = vm.need_int(v)?;
    match usize::try_from(n) {
        Ok(n) => Ok(Some(n.min(most))),
        Err(_) => Err(vm.os_error(n.unsigned_abs().min(i32::MAX as usize) as i32)),
    }
}

/// Fills a bytearray from the stream; how many bytes.
pub(crate) fn read_into(vm: &mut Vm, stream: Value, to: Ref<ByteArray>) -> Got {
    let f = method(vm, stream, q!(readinto))?;
    let most = to.bytes.len();
    let v = vm.call(f, &[to.value()])?;
    count(vm, v, most.min(to.bytes.len()))
}

/// Writes a bytearray; how many bytes went.
pub(crate) fn write(vm: &mut Vm, stream: Value, from: Ref<ByteArray>) -> Got {
    let f = method(vm, stream, q!(write))?;
    let most = from.bytes.len();
    let v = vm.call(f, &[from.value()])?;
    count(vm, v, most)
}

/// Writes all of a bytearray.
///
/// # Errors
/// What the stream raises; `OSError: EAGAIN` if it would block. Then what has not been written is left in it.
pub(crate) fn write_all(vm: &mut Vm, stream: Value, from: Ref<ByteArray>) -> Result<(), Raised> {
    while !from.bytes.is_empty() {
        vm.poll()?;
        match write(vm, stream, from)? {
            Some(n) if n > 0 => from.bytes.remove_range(0, n),
            _ => return Err(vm.os_error(11)),
        }
    }
    Ok(())
}

/// Moves `by` bytes from where the stream is, and says whether it can.
pub(crate) fn skip(vm: &mut Vm, stream: Value, by: isize) -> Result<bool, Raised> {
    let Some(f) = vm.get_attr_maybe(stream, q!(seek))? else { return Ok(false) };
    let moved = vm.call(f, &[Value::small_int(by), Value::small_int(1)]);
    Ok(vm.catch(&exception::OS_ERROR, moved)?.is_some())
}

/// Moves to a place counted from the start (0) or the end (2); the place. A stream without `seek` is asked by `ioctl`,
/// with the address of a word for the place and 32 bits for the kind, as the reference does it.
pub(crate) fn seek(vm: &mut Vm, stream: Value, to: u64, whence: isize) -> Result<u64, Raised> {
    let n = if let Some(f) = vm.get_attr_maybe(stream, q!(seek))? {
        let to = vm.new_int(to)?;
        let v = vm.call(f, &[to, Value::small_int(whence)])?;
        vm.need_int(v)?
    } else {
        const WORD: usize = size_of::<usize>();
        let f = method(vm, stream, q!(ioctl))?;
        let request = vm.new_bytearray_of(WORD + 4)?;
        let bytes = request.bytes_mut(|b| &b.bytes, vm.heap_mut());
        let fields = (to as usize).to_ne_bytes().into_iter().chain((whence as i32).to_ne_bytes());
        bytes.iter_mut().zip(fields).for_each(|(to, b)| *to = b);
        let address = request.bytes.as_ptr().addr();
        let address = vm.new_int(address)?;
        let v = vm.call(f, &[Value::small_int(SEEK), address])?;
        let bytes = request.get(vm.heap()).bytes.as_slice(vm.heap());
        let place = bytes.first_chunk::<WORD>().map_or(0, |b| isize::from_ne_bytes(*b));
        match vm.need_int(v)? {
            n if n < 0 => n,
            _ => place,
        }
    };
    match u64::try_from(n) {
        Ok(n) => Ok(n),
        Err(_) => Err(vm.os_error(n.unsigned_abs().min(i32::MAX as usize) as i32)),
    }
}

/// Has the stream write out what it holds back, if it knows of that.
pub(crate) fn flush(vm: &mut Vm, stream: Value) -> Result<(), Raised> {
    if let Some(f) = vm.get_attr_maybe(stream, q!(flush))? {
        vm.call(f, &[])?;
    }
    Ok(())
}

/// Closes the stream.
pub(crate) fn close(vm: &mut Vm, stream: Value) -> Result<(), Raised> {
    if let Some(f) = vm.get_attr_maybe(stream, q!(close))? {
        vm.call(f, &[])?;
    } else if let Some(f) = vm.get_attr_maybe(stream, q!(ioctl))? {
        vm.call(f, &[Value::small_int(CLOSE), Value::small_int(0)])?;
    }
    Ok(())
}
