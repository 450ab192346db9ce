//! `bytearray` on memory that is not its own: `uctypes.bytearray_at`, and byte arrays inside `uctypes` structures.
//!
//! Invariant: it holds a [`Place`] and a length, and every access is checked there. It cannot grow; operators that
//! make something new make a `bytearray`.

use super::array_item::Item;
use super::array_subscr::assign_view;
use super::bytearray::{BYTEARRAY, ByteArray};
use super::{slice, str_iter, str_repr};
use crate::ops::address::Place;
use crate::ops::buffer::Buffer;
use crate::{BinaryOp, Maybe, NewObject, Out, Outcome, PrintKind, Raised, Ref, Tracer, UnaryOp, Value, Vm};

/// The view's body.
pub struct ByteArrayView {
    place: Place,
    len: usize,
    /// The bytes as those of an object, if they are an object's.
    buffer: Option<Buffer>,
}

impl ByteArrayView {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.place.owner());
    }

    /// Where its bytes are.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Its bytes, if they are an object's.
    pub fn buffer(&self) -> Option<Buffer> {
        self.buffer
    }
}

const BYTE: Item = Item { code: b'B', size: 1 };

class! {
    /// `bytearray` on memory that is not its own.
    pub static BYTEARRAY_VIEW: q!(bytearray) for ByteArrayView, base(&BYTEARRAY);
    slots {
        print: print, unary: unary, binary: binary, subscr: subscr, set_subscr: set_subscr, iter: iter,
        buffer: buffer,
    }
}

impl Vm {
    /// A bytearray on `len` bytes at a place.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytearray_at(&mut self, place: Place, len: usize) -> Outcome {
        let buffer = self.place_buffer(place, len);
        Ok(self.new_object(ByteArrayView { place, len, buffer })?.value())
    }

    /// A copy of `len` bytes at a place.
    ///
    /// # Errors
    /// Out of memory; `OSError: EFAULT`.
    pub fn copy_place(&mut self, place: Place, len: usize) -> Result<Ref<ByteArray>, Raised> {
        if let Some(b) = self.place_buffer(place, len) {
            return self.new_bytearray_from(&b);
        }
        if len > 0 {
            // Before memory is taken for what cannot be read.
            self.load_at(place, BYTE, false)?;
            self.load_at(place.offset(len - 1), BYTE, false)?;
        }
        let copy = self.new_bytearray_of(len)?;
        let to = Place::Object { owner: copy.value(), at: 0 };
        for i in 0..len {
            let bits = self.load_at(place.offset(i), BYTE, false)?;
            self.store_at(to.offset(i), BYTE, bits, false)?;
            if i % 4096 == 0 {
                self.poll()?;
            }
        }
        Ok(copy)
    }
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<ByteArrayView>, Raised> {
    match v.downcast::<ByteArrayView>() {
        Some(b) => Ok(b),
        None => Err(vm.bad_conversion(v)),
    }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    v.downcast::<ByteArrayView>()?.buffer
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let b = this(vm, v)?;
    if b.buffer.is_some() {
        return str_repr::print_bytes(vm, v, out, kind);
    }
    let copy = vm.copy_place(b.place, b.len)?;
    str_repr::print_bytes(vm, copy.value(), out, kind)
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let b = this(vm, v)?;
    match op {
        UnaryOp::Bool => Ok(Some(Value::bool(b.len > 0))),
        UnaryOp::Len => vm.new_int(b.len).map(Some),
        _ => Ok(None),
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, v: Value, other: Value) -> Maybe {
    let b = this(vm, v)?;
    let copy = vm.copy_place(b.place, b.len)?;
    vm.binary(op, copy.value(), other).map(Some)
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let b = this(vm, v)?;
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, b.len)?;
        if r.step == 1 {
            let (from, to) = r.bounds();
            return vm.copy_place(b.place.offset(from), to - from).map(Ref::value);
        }
        let copy = vm.copy_place(b.place, b.len)?;
        return vm.subscr(copy.value(), i);
    }
    let at = vm.need_index("bytearray", b.len, i)?;
    let bits = vm.load_at(b.place.offset(at), BYTE, false)?;
    Ok(Value::small_int(bits as isize))
}

fn set_subscr(vm: &mut Vm, v: Value, i: Value, to: Option<Value>) -> Result<(), Raised> {
    let b = this(vm, v)?;
    let Some(to) = to else {
        return Err(vm.not_subscriptable(v, "object doesn't support item deletion"));
    };
    if !slice::is_slice(i) {
        let at = vm.need_index("bytearray", b.len, i)?;
        let bits = BYTE.bits(vm, to, false)?;
        return vm.store_at(b.place.offset(at), BYTE, bits, false);
    }
    let r = slice::resolve(vm, i, b.len)?;
    if r.step != 1 {
        return Err(super::array_subscr::only_step_one(vm));
    }
    let (from, end) = r.bounds();
    if let Some(part) = vm.place_buffer(b.place.offset(from), end - from).filter(|p| p.writable) {
        return assign_view(vm, &part, to);
    }
    // A copy, since storing into a register may change what is read next.
    let source = vm.need_buffer(to, false)?;
    let source = vm.new_bytearray_from(&source)?;
    if source.bytes.len() != end - from {
        return Err(vm.value_error("lhs and rhs should be compatible"));
    }
    for n in 0..source.bytes.len() {
        let byte = source.bytes.get(n).unwrap_or(0);
        vm.store_at(b.place.offset(from + n), BYTE, u64::from(byte), false)?;
    }
    Ok(())
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let b = this(vm, v)?;
    if b.buffer.is_some() {
        return str_iter::iter_bytes(vm, v);
    }
    let copy = vm.copy_place(b.place, b.len)?;
    vm.get_iter(copy.value())
}
