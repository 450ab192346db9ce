//! Iterators over the characters of a `str`, and over the bytes of a `bytes` or `bytearray`.

use core::cell::Cell;

use crate::obj::iterator::itself;
use crate::obj::str_::ascii_char;
use crate::obj::str_text::Text;
use crate::{Maybe, NewObject, Outcome, Tracer, Value, Vm};

/// A string iterator's body.
pub struct StrIter {
    text: Value,
    /// The offset of the next character.
    at: Cell<usize>,
}

impl StrIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.text);
    }
}

class! {
    /// The type of `iter(str)`.
    pub static STR_ITERATOR: q!(iterator) for StrIter;
    slots { iter: itself, next: next_char }
}

/// The `iter` slot of `str`.
pub(super) fn iter_str(vm: &mut Vm, v: Value) -> Outcome {
    let text = vm.native_part(v);
    Ok(vm.new_object(StrIter { text, at: Cell::new(0) })?.value())
}

fn next_char(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<StrIter>() else { return Ok(None) };
    let Some(s) = vm.as_str(it.text) else { return Ok(None) };
    let at = it.at.get();
    if let Some(&b) = s.as_bytes().get(at)
        && b.is_ascii()
    {
        it.at.set(at + 1);
        return Ok(Some(ascii_char(b)));
    }
    match s.as_str().get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) => {
            it.at.set(at + c.len_utf8());
            vm.new_char(c).map(Some)
        }
        None => Ok(None),
    }
}

/// A byte iterator's body.
pub struct ByteIter {
    bytes: Value,
    /// The offset of the next byte.
    at: Cell<usize>,
}

impl ByteIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.bytes);
    }
}

class! {
    /// The type of `iter(bytes)` and `iter(bytearray)`.
    pub static BYTE_ITERATOR: q!(iterator) for ByteIter;
    slots { iter: itself, next: next_byte }
}

/// The `iter` slot of `bytes` and `bytearray`.
pub(super) fn iter_bytes(vm: &mut Vm, v: Value) -> Outcome {
    let bytes = vm.native_part(v);
    Ok(vm.new_object(ByteIter { bytes, at: Cell::new(0) })?.value())
}

fn next_byte(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<ByteIter>() else { return Ok(None) };
    let at = it.at.get();
    let Some(t) = Text::of(vm, it.bytes) else { return Ok(None) };
    let byte = t.bytes(vm).get(at).copied();
    if byte.is_some() {
        it.at.set(at + 1);
    }
    Ok(byte.map(|b| Value::small_int(b as isize)))
}
