//! Storing into a `bytearray` and deleting from it, by index and by slice.

use crate::obj::bytearray::{ByteArray, append_all, splice};
use crate::obj::bytes_new::low_byte;
use crate::obj::slice::{self, SliceRange};
use crate::ops::buffer::Buffer;
use crate::{Gc, Raised, Ref, Value, Vm};

/// The `set_subscr` slot.
pub(super) fn set_subscr(vm: &mut Vm, v: Value, i: Value, to: Option<Value>) -> Result<(), Raised> {
    let Some(a) = vm.cast::<ByteArray>(v) else { return Err(vm.bad_conversion(v)) };
    let Some(item) = to else { return delete(vm, a, i) };
    if slice::is_slice(i) {
        return store_slice(vm, a, i, item);
    }
    let b = match item.as_small_int() {
        Some(b) => b as u8,
        None => low_byte(vm, item)?,
    };
    let at = vm.need_index("bytearray", a.bytes.len(), i)?;
    if let Some(slot) = a.bytes_mut(|a| &a.bytes, vm.heap_mut()).get_mut(at) {
        *slot = b;
    }
    Ok(())
}

fn delete(vm: &mut Vm, a: Ref<ByteArray>, i: Value) -> Result<(), Raised> {
    if !slice::is_slice(i) {
        let at = vm.need_index("bytearray", a.bytes.len(), i)?;
        a.bytes.remove_range(at, 1);
        return Ok(());
    }
    let r = slice::resolve(vm, i, a.bytes.len())?;
    if r.step == 1 {
        let (from, to) = r.bounds();
        a.bytes.remove_range(from, to - from);
        return Ok(());
    }
    let (n, every) = (r.len(), r.step.unsigned_abs());
    if n == 0 {
        return Ok(());
    }
    let first = if r.step > 0 { r.index(0) } else { r.index(n - 1) };
    let last = first + (n - 1) * every;
    let bytes = a.bytes_mut(|a| &a.bytes, vm.heap_mut());
    let mut kept = first;
    for at in first..bytes.len() {
        let gone = at <= last && (at - first).is_multiple_of(every);
        if !gone
            && let Some(b) = bytes.get(at).copied()
            && let Some(to) = bytes.get_mut(kept)
        {
            *to = b;
            kept += 1;
        }
    }
    a.bytes.truncate(kept);
    Ok(())
}

fn store_slice(vm: &mut Vm, a: Ref<ByteArray>, i: Value, v: Value) -> Result<(), Raised> {
    let from = right_side(vm, v)?;
    // Only now: making the right side may have run Python code that changed the array.
    let r = slice::resolve(vm, i, a.bytes.len())?;
    if r.step == 1 {
        let (start, end) = r.bounds();
        return splice(vm, a, start, end - start, &from);
    }
    let n = from.bytes(vm).len();
    if n != r.len() {
        let wanted = r.len();
        return Err(vm.raise_fmt(
            &crate::obj::exception::VALUE_ERROR,
            format_args!("attempt to assign sequence of size {n} to extended slice of size {wanted}"),
        ));
    }
    scatter(vm, a, r, &from)
}

/// The bytes to store: a buffer of bytes, or a new one of the numbers that iterating gives.
fn right_side(vm: &mut Vm, v: Value) -> Result<Buffer, Raised> {
    if vm.as_str(v).is_some() {
        return Err(vm.type_error(format_args!("array/bytes required on right side")));
    }
    if let Some(from) = vm.buffer_of(v) {
        return if from.item == 1 { Ok(from) } else { Err(vm.value_error("lhs and rhs should be compatible")) };
    }
    let fresh = vm.new_bytearray_of(0)?;
    append_all(vm, fresh, v)?;
    vm.need_buffer(fresh.value(), false)
}

/// Stores bytes at the places of a slice with a step.
fn scatter(vm: &mut Vm, a: Ref<ByteArray>, r: SliceRange, from: &Buffer) -> Result<(), Raised> {
    let copy = vm.new_bytes_from(from)?;
    let Some(copy) = copy.downcast::<crate::obj::bytes::Bytes>() else { return Ok(()) };
    let bytes = a.bytes_mut(|a| &a.bytes, vm.heap_mut());
    for (at, b) in r.indexes().zip(copy.tail()) {
        if let Some(slot) = bytes.get_mut(at) {
            *slot = *b;
        }
    }
    Ok(())
}
