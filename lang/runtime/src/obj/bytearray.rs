//! `bytearray`.
//!
//! Numbers stored into it keep their low byte, as in the reference. What is stored is copied before the array
//! changes, so that `b[1:] = b` and `b += b` work.

use crate::obj::bytes_new::{self, Source, low_byte};
use crate::obj::str_ops::{ordered, repeated, times};
use crate::obj::str_search::find_in;
use crate::obj::str_text::Text;
use crate::obj::{
    bytearray_store, bytes_codec, slice, str_case, str_format, str_iter, str_join, str_repr, str_search, str_split,
};
use crate::ops::buffer::Buffer;
use crate::{Args, BinaryOp, ByteBuf, Gc, Maybe, NewObject, Outcome, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm};

/// A bytearray's body.
pub struct ByteArray {
    /// The bytes.
    pub bytes: ByteBuf,
}

impl ByteArray {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.bytes.trace(t);
    }
}

impl Vm {
    /// A new bytearray.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytearray(&mut self, bytes: &[u8]) -> Outcome {
        let b = self.new_object(ByteArray { bytes: ByteBuf::new() })?;
        b.bytes.reserve_exact(self, bytes.len())?;
        b.bytes.extend_from(self, bytes)?;
        Ok(b.value())
    }

    /// A new bytearray that copies a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytearray_from(&mut self, from: &Buffer) -> Result<Ref<ByteArray>, Raised> {
        let n = from.bytes(self).len();
        let fresh = self.new_bytearray_of(n)?;
        let to = Buffer { typecode: b'B', item: 1, start: 0, len: n, owner: fresh.value(), writable: true };
        self.copy_buffer(&to, from);
        Ok(fresh)
    }

    /// A new bytearray of `n` zeros.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytearray_of(&mut self, n: usize) -> Result<Ref<ByteArray>, Raised> {
        let b = self.new_object(ByteArray { bytes: ByteBuf::new() })?;
        b.bytes.reserve_exact(self, n)?;
        b.bytes.open(self, 0, n)?;
        Ok(b)
    }
}

class! {
    /// `bytearray`
    pub static BYTEARRAY: q!(bytearray) for ByteArray, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: str_repr::print_bytes, unary: unary, binary: binary, subscr: subscr,
        set_subscr: bytearray_store::set_subscr, iter: str_iter::iter_bytes, buffer: buffer,
    }
    attrs {
        q!(append) => f2(append), q!(extend) => f2(extend),
        q!(find) => var(2, 4, str_search::find), q!(rfind) => var(2, 4, str_search::rfind),
        q!(index) => var(2, 4, str_search::index), q!(rindex) => var(2, 4, str_search::rindex),
        q!(count) => var(2, 4, str_search::count), q!(replace) => var(3, 4, str_search::replace),
        q!(startswith) => var(2, 4, str_search::startswith), q!(endswith) => var(2, 4, str_search::endswith),
        q!(split) => kw(1, str_split::split), q!(rsplit) => kw(1, str_split::rsplit),
        q!(splitlines) => kw(1, str_split::splitlines), q!(join) => f2(str_join::join),
        q!(partition) => f2(str_split::partition), q!(rpartition) => f2(str_split::rpartition),
        q!(strip) => var(1, 2, str_case::strip), q!(lstrip) => var(1, 2, str_case::lstrip),
        q!(rstrip) => var(1, 2, str_case::rstrip), q!(center) => f2(str_case::center),
        q!(lower) => f1(str_case::lower), q!(upper) => f1(str_case::upper),
        q!(isspace) => f1(str_case::isspace), q!(isalpha) => f1(str_case::isalpha),
        q!(isdigit) => f1(str_case::isdigit), q!(isupper) => f1(str_case::isupper),
        q!(islower) => f1(str_case::islower), q!(format) => kw(1, str_format::format),
        q!(decode) => kw(1, bytes_codec::decode), q!(hex) => var(1, 2, bytes_codec::hex),
        q!(fromhex) => cmethod(f2(bytes_codec::bytearray_fromhex)),
    }
}

/// The bytearray that a method was called on.
fn this(vm: &mut Vm, v: Value) -> Result<Ref<ByteArray>, Raised> {
    match vm.cast::<ByteArray>(v) {
        Some(a) => Ok(a),
        None => Err(vm.type_error(format_args!("bytearray expected"))),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let v = match bytes_new::source(vm, args)? {
        Source::Zeros(n) => return vm.new_bytearray_of(n).map(Ref::value),
        Source::Value(v) => v,
    };
    let a = vm.new_object(ByteArray { bytes: ByteBuf::new() })?;
    if let Some(from) = vm.buffer_of(v) {
        let n = from.bytes(vm).len();
        a.bytes.reserve_exact(vm, n)?;
        splice(vm, a, 0, 0, &from)?;
    } else {
        append_all(vm, a, v)?;
    }
    Ok(a.value())
}

/// Replaces `cut` bytes at `at` by a copy of a buffer, which may lie in the same array.
///
/// # Errors
/// Out of memory; then nothing has changed.
pub(super) fn splice(vm: &mut Vm, a: Ref<ByteArray>, at: usize, cut: usize, from: &Buffer) -> Result<(), Raised> {
    if from.owner == a.value() && at < a.bytes.len() {
        // What moves may be what is copied.
        let copy = vm.new_bytes_from(from)?;
        return match vm.buffer_of(copy) {
            Some(copy) => splice(vm, a, at, cut, &copy),
            None => Ok(()),
        };
    }
    let n = from.bytes(vm).len();
    if n > cut {
        a.bytes.open(vm, at + cut, n - cut)?;
    } else {
        a.bytes.remove_range(at + n, cut - n);
    }
    if let Some(owner) = from.owner.downcast::<ByteArray>() {
        a.bytes.copy_from(at, &owner.bytes, from.start, n, vm.heap_mut());
    } else if let Some(owner) = from.owner.downcast::<crate::obj::array::Array>() {
        a.bytes.copy_from(at, &owner.bytes, from.start, n, vm.heap_mut());
    } else if let Some(Text::Bytes(b)) = Text::of(vm, from.owner) {
        let bytes = b.tail().get(from.start..).unwrap_or_default();
        put(vm, a, at, bytes.get(..n).unwrap_or(bytes));
    } else if let Some(s) = vm.as_str(from.owner) {
        let bytes = s.as_bytes().get(from.start..).unwrap_or_default();
        put(vm, a, at, bytes.get(..n).unwrap_or(bytes));
    }
    Ok(())
}

/// Overwrites bytes from `at` on.
fn put(vm: &mut Vm, a: Ref<ByteArray>, at: usize, bytes: &[u8]) {
    if let Some(room) = a.bytes_mut(|a| &a.bytes, vm.heap_mut()).get_mut(at..) {
        super::str_text::copy(room, bytes);
    }
}

/// Appends the numbers that iterating gives.
pub(super) fn append_all(vm: &mut Vm, a: Ref<ByteArray>, iterable: Value) -> Result<(), Raised> {
    vm.each(iterable, |vm, item| {
        let b = low_byte(vm, item)?;
        a.bytes.push(vm, b)
    })
}

fn append(vm: &mut Vm, v: Value, item: Value) -> Outcome {
    let a = this(vm, v)?;
    let b = low_byte(vm, item)?;
    a.bytes.push(vm, b)?;
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm, v: Value, other: Value) -> Outcome {
    let a = this(vm, v)?;
    match vm.buffer_of(other) {
        Some(from) => {
            let end = a.bytes.len();
            splice(vm, a, end, 0, &from)?;
        }
        None => append_all(vm, a, other)?,
    }
    Ok(Value::NONE)
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(a) = vm.cast::<ByteArray>(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(!a.bytes.is_empty())),
        UnaryOp::Len => Some(Value::small_int(a.bytes.len() as isize)),
        _ => None,
    })
}

fn binary(vm: &mut Vm, op: BinaryOp, left: Value, right: Value) -> Maybe {
    let Some(a) = vm.cast::<ByteArray>(left) else { return Ok(None) };
    match op {
        BinaryOp::InplaceAdd => {
            extend(vm, a.value(), right)?;
            Ok(Some(left))
        }
        BinaryOp::Add => {
            let other = vm.need_buffer(right, false)?;
            let total = a.bytes.len().saturating_add(other.bytes(vm).len());
            let Some(own) = vm.buffer_of(a.value()) else { return Ok(None) };
            let sum = vm.new_object(ByteArray { bytes: ByteBuf::new() })?;
            sum.bytes.reserve_exact(vm, total)?;
            splice(vm, sum, 0, 0, &own)?;
            let end = sum.bytes.len();
            splice(vm, sum, end, 0, &other)?;
            Ok(Some(sum.value()))
        }
        BinaryOp::Multiply | BinaryOp::ReverseMultiply => match times(vm, right)? {
            Some(n) => repeated(vm, Text::Array(a), n).map(Some),
            None => Ok(None),
        },
        BinaryOp::Contains => match (vm.buffer_of(right), &Text::Array(a)) {
            (Some(other), own) => Ok(Some(Value::bool(find_in(own.bytes(vm), other.bytes(vm)).is_some()))),
            (None, own) => {
                let n = vm.int_maybe(right)?;
                Ok(n.map(|n| Value::bool(u8::try_from(n).is_ok_and(|b| own.bytes(vm).contains(&b)))))
            }
        },
        BinaryOp::Equal | BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::More | BinaryOp::MoreEqual => {
            match vm.buffer_of(right) {
                Some(other) => Ok(ordered(op, Text::Array(a).bytes(vm).cmp(other.bytes(vm)))),
                None => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let a = this(vm, v)?;
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, a.bytes.len())?;
        let t = Text::Array(a);
        if r.step == 1 {
            let (from, to) = r.bounds();
            return t.slice(vm, from, to);
        }
        return t.build(vm, r.len(), &mut |vm, out| bytes_new::pick(out, t.bytes(vm), r));
    }
    let at = vm.need_index("bytearray", a.bytes.len(), i)?;
    Ok(Value::small_int(a.bytes.get(at).unwrap_or(0) as isize))
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let b = v.downcast::<ByteArray>()?;
    Some(Buffer { typecode: b'B', item: 1, start: 0, len: b.bytes.len(), owner: v, writable: true })
}
