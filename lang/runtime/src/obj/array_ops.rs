//! Operators on arrays: joining, repeating, searching, comparing.
//!
//! Comparison works between anything that has bytes, item by item as numbers, as long as the items are equally wide
//! integers; other pairs raise `NotImplementedError`, as in the reference.

use core::cmp::Ordering;

use super::array::{Array, item_at, push};
use super::array_item::Item;
use super::exception;
use super::int_ops::ordered;
use super::list::List;
use crate::ops::buffer::Buffer;
use crate::{BinaryOp, Gc, Maybe, Raised, Ref, Value, Vm};

/// Items compared between two looks for Ctrl-C.
const STRIDE: usize = 4096;

/// The `binary` slot of `array`.
pub(super) fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = a.downcast::<Array>() else { return Ok(None) };
    match op {
        BinaryOp::Add => {
            let sum = vm.new_array(x.typecode)?;
            extend_with_items(vm, sum, a)?;
            extend_with_items(vm, sum, b)?;
            Ok(Some(sum.value()))
        }
        BinaryOp::InplaceAdd => {
            extend(vm, x, b)?;
            Ok(Some(a))
        }
        BinaryOp::Multiply | BinaryOp::ReverseMultiply | BinaryOp::InplaceMultiply => match vm.int_maybe(b)? {
            Some(n) => repeat(vm, x, usize::try_from(n).unwrap_or(0)).map(Some),
            None => Ok(None),
        },
        BinaryOp::Contains => contains(vm, x, b).map(|r| Some(Value::bool(r))),
        _ => compare(vm, op, a, b),
    }
}

/// Appends the items of something with bytes, or of an array of objects to another.
fn extend_with_items(vm: &mut Vm, to: Ref<Array>, from: Value) -> Result<(), Raised> {
    if let (Some(to), Some(from)) = (to.objects, vm.cast::<Array>(from).and_then(|a| a.objects)) {
        return extend_list(vm, to, from);
    }
    if to.objects.is_some() {
        return Err(vm.type_error(format_args!("object with buffer protocol required")));
    }
    let buffer = vm.need_buffer(from, false)?;
    append_bytes(vm, to, &buffer)
}

fn extend_list(vm: &mut Vm, to: Ref<List>, from: Ref<List>) -> Result<(), Raised> {
    for i in 0..from.items.len() {
        if let Some(v) = from.items.get(i) {
            to.items.push(vm, v)?;
        }
    }
    Ok(())
}

/// `a.extend(with)`: the bytes of a buffer as they are, or the items of anything else.
pub(super) fn extend(vm: &mut Vm, a: Ref<Array>, with: Value) -> Result<(), Raised> {
    if a.objects.is_none()
        && let Some(buffer) = vm.buffer_of(with)
    {
        return append_bytes(vm, a, &buffer);
    }
    if vm.cast::<Array>(with) == Some(a)
        && let Some(list) = a.objects
    {
        return extend_list(vm, list, list);
    }
    vm.each(with, |vm, v| push(vm, a, v))
}

/// Appends raw bytes, as many as make whole items. The buffer may be in the array itself.
pub(super) fn append_bytes(vm: &mut Vm, a: Ref<Array>, from: &Buffer) -> Result<(), Raised> {
    let size = usize::from(a.item.max(1));
    let at = a.bytes.len();
    let len = from.bytes(vm).len() / size * size;
    a.bytes.open(vm, at, len)?;
    let to = Buffer { typecode: a.typecode, item: size, start: at, len, owner: a.value(), writable: true };
    vm.copy_buffer(&to, &Buffer { len, ..*from });
    Ok(())
}

fn repeat(vm: &mut Vm, a: Ref<Array>, n: usize) -> crate::Outcome {
    let product = vm.new_array(a.typecode)?;
    if let (Some(from), Some(to)) = (a.objects, product.objects) {
        for _ in 0..if from.items.is_empty() { 0 } else { n } {
            vm.poll()?;
            extend_list(vm, to, from)?;
        }
        return Ok(product.value());
    }
    let unit = a.bytes.len();
    let Some(total) = unit.checked_mul(n) else {
        return Err(vm.out_of_memory(krait_memory::OutOfMemory(usize::MAX)));
    };
    product.bytes.open(vm, 0, total)?;
    let heap = vm.heap_mut();
    product.bytes.copy_from(0, &a.bytes, 0, unit, heap);
    // Doubles what is there already.
    let mut done = unit;
    while done > 0 && done < total {
        let step = done.min(total - done);
        product.bytes.copy_from(done, &product.bytes, 0, step, heap);
        done += step;
    }
    Ok(product.value())
}

fn contains(vm: &mut Vm, a: Ref<Array>, v: Value) -> Result<bool, Raised> {
    let mut i = 0;
    while let Some(item) = item_at(vm, a, i)? {
        if vm.equal(item, v)? {
            return Ok(true);
        }
        i += 1;
        if i % STRIDE == 0 {
            vm.poll()?;
        }
    }
    Ok(false)
}

/// Compares two objects with bytes, of which `a` is an array or memoryview.
pub(super) fn compare(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    if !super::int_ops::is_comparison(op) {
        return Ok(None);
    }
    let objects = |vm: &Vm, v: Value| vm.cast::<Array>(v).and_then(|a| a.objects);
    if let (Some(x), Some(y)) = (objects(vm, a), objects(vm, b)) {
        return vm.binary(op, x.value(), y.value()).map(Some);
    }
    let (Some(x), Some(y)) = (vm.buffer_of(a), vm.buffer_of(b)) else {
        if vm.cast::<Array>(b).is_some() || vm.buffer_of(b).is_some() {
            return Err(not_implemented(vm));
        }
        return Ok((op == BinaryOp::Equal).then_some(Value::FALSE));
    };
    // An array equals another, a bytearray or a view, but no bytes object or text.
    if vm.cast::<Array>(a).is_some() && !y.writable && vm.cast::<super::memoryview::MemoryView>(b).is_none() {
        return Ok((op == BinaryOp::Equal).then_some(Value::FALSE));
    }
    let (kind, other) = (x.kind(), y.kind());
    if !kind.code.eq_ignore_ascii_case(&other.code) || kind.is_float() {
        return Err(not_implemented(vm));
    }
    let order = order(vm, (&x, kind), (&y, other))?;
    Ok(Some(ordered(op, Some(order))))
}

#[cold]
fn not_implemented(vm: &mut Vm) -> Raised {
    vm.raise_args(&exception::NOT_IMPLEMENTED_ERROR, &[])
}

fn order(vm: &mut Vm, (x, kind): (&Buffer, Item), (y, other): (&Buffer, Item)) -> Result<Ordering, Raised> {
    // As wide as any item, signed or not.
    let number =
        |kind: Item, bits: u64| if kind.is_signed() { i128::from(kind.extend(bits)) } else { i128::from(bits) };
    let mut from = 0;
    loop {
        let (a, b) = (x.bytes(vm), y.bytes(vm));
        let (left, right) = (a.get(from..).unwrap_or_default(), b.get(from..).unwrap_or_default());
        let pairs = left.chunks_exact(kind.size).zip(right.chunks_exact(other.size));
        let big = cfg!(target_endian = "big");
        for (p, q) in pairs.take(STRIDE) {
            let order = number(kind, kind.load(p, big)).cmp(&number(other, other.load(q, big)));
            if order.is_ne() {
                return Ok(order);
            }
        }
        from += STRIDE * kind.size;
        if from >= a.len() || from >= b.len() {
            return Ok(a.len().cmp(&b.len()));
        }
        vm.poll()?;
    }
}
