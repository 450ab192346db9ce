//! Iteration of `for` loops over bytes, arrays, dicts and sets by a number on the stack, without an iterator object.

use crate::obj::array::{self, Array};
use crate::obj::bytearray::ByteArray;
use crate::obj::bytes::Bytes;
use crate::obj::dict::Dict;
use crate::obj::set::{FrozenSet, Set};
use crate::{Raised, Tailed, Value, Vm};

/// The length of what can be stepped through this way.
pub(super) fn length(v: Value) -> Option<usize> {
    if let Some(d) = v.downcast::<Dict>() {
        return Some(d.table.len());
    }
    if let Some(s) = v.downcast::<Set>() {
        return Some(s.table.len());
    }
    if let Some(s) = v.downcast::<FrozenSet>() {
        return Some(s.table.len());
    }
    if let Some(b) = v.downcast::<Bytes>() {
        return Some(b.tail_len());
    }
    if let Some(b) = v.downcast::<ByteArray>() {
        return Some(b.bytes.len());
    }
    v.downcast::<Array>().map(|a| a.len())
}

/// The item at or after place `at`, and the place after it. `len` is the length at the start.
pub(super) fn step(vm: &mut Vm, v: Value, at: usize, len: usize) -> Result<Option<(usize, Value)>, Raised> {
    let byte = |b: Option<u8>| b.map(|b| (at + 1, Value::small_int(b as isize)));
    if let Some(b) = v.downcast::<Bytes>() {
        return Ok(byte(b.tail().get(at).copied()));
    }
    if let Some(b) = v.downcast::<ByteArray>() {
        return Ok(byte(b.bytes.get(at)));
    }
    if let Some(a) = v.downcast::<Array>() {
        return Ok(array::item_at(vm, a, at)?.map(|v| (at + 1, v)));
    }
    let (now, next) = if let Some(d) = v.downcast::<Dict>() {
        (d.table.len(), d.table.next_entry(at))
    } else if let Some(s) = v.downcast::<Set>() {
        (s.table.len(), s.table.next_entry(at))
    } else if let Some(s) = v.downcast::<FrozenSet>() {
        (s.table.len(), s.table.next_entry(at))
    } else {
        return Ok(None);
    };
    if now != len {
        return Err(vm.runtime_error("dictionary changed size during iteration"));
    }
    Ok(next.map(|(place, k, _)| (place, k)))
}
