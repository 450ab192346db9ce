//! Subscription of arrays: items, slices, assignment to slices, deletion.

use super::array::{Array, item_at, push, set_item};
use super::exception;
use super::slice;
use crate::ops::buffer::Buffer;
use crate::{Outcome, Raised, Ref, Value, Vm};

/// `a[i]`, `a[i:j:k]`
pub(super) fn get(vm: &mut Vm, this: Value, index: Value) -> Outcome {
    if let (Some(a), Some(i)) = (this.downcast::<Array>(), index.as_small_int())
        && i >= 0
        && let Some(v) = item_at(vm, a, i as usize)?
    {
        return Ok(v);
    }
    let a = vm.array_self(this)?;
    if !slice::is_slice(index) {
        let i = vm.need_index("array", a.len(), index)?;
        return match item_at(vm, a, i)? {
            Some(v) => Ok(v),
            None => Err(out_of_range(vm)),
        };
    }
    let range = slice::resolve(vm, index, a.len())?;
    let part = vm.new_array(a.typecode)?;
    if range.step == 1 && a.objects.is_none() {
        let size = usize::from(a.item);
        let (from, to) = range.bounds();
        let (start, len) = (from.saturating_mul(size), (to - from).saturating_mul(size));
        part.bytes.reserve_exact(vm, len)?;
        let selected = Buffer { typecode: a.typecode, item: size, start, len, owner: a.value(), writable: false };
        super::array_ops::append_bytes(vm, part, &selected)?;
        return Ok(part.value());
    }
    for i in range.indexes() {
        if let Some(v) = item_at(vm, a, i)? {
            push(vm, part, v)?;
        }
    }
    Ok(part.value())
}

/// `a[i] = v`, `a[i:j] = buffer`, `del a[i]`, `del a[i:j]`
pub(super) fn set(vm: &mut Vm, this: Value, index: Value, to: Option<Value>) -> Result<(), Raised> {
    if let (Some(a), Some(i), Some(v)) = (this.downcast::<Array>(), index.as_small_int(), to)
        && i >= 0
        && (i as usize) < a.len()
        && set_item(vm, a, i as usize, v)?
    {
        return Ok(());
    }
    let a = vm.array_self(this)?;
    if !slice::is_slice(index) {
        let i = vm.need_index("array", a.len(), index)?;
        return match to {
            Some(v) if set_item(vm, a, i, v)? => Ok(()),
            Some(_) => Err(out_of_range(vm)),
            None => {
                remove(a, i, 1);
                Ok(())
            }
        };
    }
    let range = slice::resolve(vm, index, a.len())?;
    if range.step != 1 {
        return Err(only_step_one(vm));
    }
    let (from, end) = range.bounds();
    match to {
        None => {
            remove(a, from, end - from);
            Ok(())
        }
        Some(v) => assign(vm, a, from, end - from, v),
    }
}

#[cold]
fn out_of_range(vm: &mut Vm) -> Raised {
    vm.index_error("array index out of range")
}

#[cold]
pub(super) fn only_step_one(vm: &mut Vm) -> Raised {
    vm.raise_str(&exception::NOT_IMPLEMENTED_ERROR, "only slices with step=1 (aka None) are supported")
}

#[cold]
pub(super) fn incompatible(vm: &mut Vm) -> Raised {
    vm.value_error("lhs and rhs should be compatible")
}

fn remove(a: Ref<Array>, at: usize, n: usize) {
    match a.objects {
        Some(list) => list.items.remove_range(at, n),
        None => {
            let size = usize::from(a.item);
            a.bytes.remove_range(at.saturating_mul(size), n.saturating_mul(size));
        }
    }
}

/// The bytes that may be assigned to a slice of items of `size` bytes.
pub(super) fn source(vm: &mut Vm, v: Value, size: usize) -> Result<Buffer, Raised> {
    match vm.buffer_of(v) {
        Some(b) if vm.as_str(v).is_none() => {
            if b.item == size {
                Ok(b)
            } else {
                Err(incompatible(vm))
            }
        }
        _ => Err(vm.raise_str(&exception::NOT_IMPLEMENTED_ERROR, "array/bytes required on right side")),
    }
}

/// Replaces `n` items from `at`.
fn assign(vm: &mut Vm, a: Ref<Array>, at: usize, n: usize, v: Value) -> Result<(), Raised> {
    if let Some(list) = a.objects {
        let Some(from) = vm.cast::<Array>(v).and_then(|a| a.objects) else { return Err(incompatible(vm)) };
        let copy = vm.new_list(&[])?;
        for i in 0..from.items.len() {
            copy.items.push(vm, from.items.get(i).unwrap_or(Value::NONE))?;
        }
        let len = copy.items.len();
        if len > n {
            list.items.open(vm, at, len - n, Value::NONE)?;
        } else {
            list.items.remove_range(at, n - len);
        }
        for i in 0..len {
            list.items.set(at + i, copy.items.get(i).unwrap_or(Value::NONE));
        }
        return Ok(());
    }
    let size = usize::from(a.item);
    let mut from = source(vm, v, size)?;
    let (at, old) = (at.saturating_mul(size), n.saturating_mul(size));
    let len = from.bytes(vm).len() / size * size;
    if len != old && from.owner == a.value() {
        // The array's own bytes are about to move.
        let copy = vm.new_bytes_from(&from)?;
        from = Buffer { start: 0, owner: copy, ..from };
    }
    if len > old {
        a.bytes.open(vm, at + old, len - old)?;
    } else {
        a.bytes.remove_range(at + len, old - len);
    }
    let to = Buffer { typecode: a.typecode, item: size, start: at, len, owner: a.value(), writable: true };
    vm.copy_buffer(&to, &Buffer { len, ..from });
    Ok(())
}

/// Replaces the bytes of a view by as many of another.
pub(super) fn assign_view(vm: &mut Vm, to: &Buffer, v: Value) -> Result<(), Raised> {
    let from = source(vm, v, to.item)?;
    if from.len != to.len || to.bytes(vm).len() != to.len || from.bytes(vm).len() != from.len {
        return Err(incompatible(vm));
    }
    vm.copy_buffer(to, &from);
    Ok(())
}
