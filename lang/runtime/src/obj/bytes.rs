//! `bytes`: they follow the body, and never change.

use core::cell::Cell;

use krait_memory::hash_bytes;

use crate::obj::bytes_new::{self, Source};
use crate::obj::str_ops::{ordered, repeated, times};
use crate::obj::str_search::find_in;
use crate::obj::str_text::Text;
use crate::obj::{
    bytes_codec, slice, str_case, str_format, str_iter, str_join, str_percent, str_repr, str_search, str_split,
};
use crate::ops::buffer::Buffer;
use crate::{
    Args, BinaryOp, Maybe, NewTailed, Obj, Outcome, Raised, Ref, StrBuf, Tailed, Tracer, Type, UnaryOp, Value, Vm,
    rom_object,
};

/// A bytes object's body.
pub struct Bytes {
    len: u32,
    /// The hash, or 0 as long as nobody asked.
    hash: Cell<u32>,
}

tailed!(Bytes, u8, |b| b.len as usize);

impl Bytes {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// `b""`: one object, whose hash is known.
static EMPTY: Obj<Bytes> = rom_object(Bytes { len: 0, hash: Cell::new(hash_bytes(&[])) });

impl Vm {
    /// A new bytes object.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Outcome {
        if bytes.is_empty() {
            return Ok(Ref::of_static(&EMPTY).value());
        }
        self.check_text_len(bytes.len())?;
        Ok(self.new_tailed_from(Bytes { len: bytes.len() as u32, hash: Cell::new(0) }, bytes)?.value())
    }

    /// A new bytes object that copies a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytes_from(&mut self, from: &Buffer) -> Outcome {
        let mut buf = StrBuf::new();
        self.push_buffer(&mut buf, from)?;
        self.finish_bytes(buf)
    }

    /// Appends a copy of a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_buffer<T: Tailed<Elem = u8>>(&mut self, to: &mut StrBuf<T>, from: &Buffer) -> Result<(), Raised> {
        let at = to.len();
        let n = from.bytes(self).len();
        to.push_repeat(self, 0, n)?;
        if let Some(room) = to.as_bytes_mut().get_mut(at..) {
            super::str_text::copy(room, from.bytes(self));
        }
        Ok(())
    }

    /// The bytes object that `buf` has become.
    ///
    /// # Errors
    /// Out of memory.
    pub fn finish_bytes(&mut self, buf: StrBuf<Bytes>) -> Outcome {
        let len = buf.len();
        if len == 0 {
            return Ok(Ref::of_static(&EMPTY).value());
        }
        self.check_text_len(len)?;
        Ok(buf.finish(self, Bytes { len: len as u32, hash: Cell::new(0) })?.value())
    }
}

class! {
    /// `bytes`
    pub static BYTES: q!(bytes) for Bytes, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: str_repr::print_bytes, unary: unary, binary: binary, subscr: subscr,
        iter: str_iter::iter_bytes, buffer: buffer,
    }
    attrs {
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
        q!(fromhex) => cmethod(f2(bytes_codec::bytes_fromhex)),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let v = match bytes_new::source(vm, args)? {
        Source::Zeros(n) => {
            let mut buf = StrBuf::new();
            vm.check_text_len(n)?;
            buf.push_repeat(vm, 0, n)?;
            return vm.finish_bytes(buf);
        }
        Source::Value(v) => v,
    };
    if v.downcast::<Bytes>().is_some() {
        return Ok(v);
    }
    if let Some(from) = vm.buffer_of(v) {
        return vm.new_bytes_from(&from);
    }
    let mut buf = StrBuf::new();
    vm.each(v, |vm, item| {
        let n = vm.need_int(item)?;
        match u8::try_from(n) {
            Ok(b) => buf.push_bytes(vm, &[b]),
            Err(_) => Err(vm.value_error("bytes value out of range")),
        }
    })?;
    vm.finish_bytes(buf)
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(b) = vm.cast::<Bytes>(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(b.tail_len() > 0)),
        UnaryOp::Len => Some(Value::small_int(b.tail_len() as isize)),
        UnaryOp::Hash => {
            if b.hash.get() == 0 {
                b.hash.set(hash_bytes(b.tail()));
            }
            Some(Value::small_int(b.hash.get() as isize & Value::SMALL_INT_MAX))
        }
        _ => None,
    })
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(bytes) = vm.cast::<Bytes>(a) else { return Ok(None) };
    match op {
        BinaryOp::Modulo | BinaryOp::InplaceModulo => return str_percent::percent(vm, a, b).map(Some),
        BinaryOp::Multiply | BinaryOp::InplaceMultiply | BinaryOp::ReverseMultiply => {
            let Some(n) = times(vm, b)? else { return Ok(None) };
            return repeated(vm, Text::Bytes(bytes), n).map(Some);
        }
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::More | BinaryOp::MoreEqual if vm.as_str(b).is_some() => {
            return Ok(None);
        }
        // Text and arrays are other things, though they are buffers.
        BinaryOp::Equal if vm.as_str(b).is_some() || vm.cast::<crate::obj::array::Array>(b).is_some() => {
            return Ok(Some(Value::FALSE));
        }
        _ => {}
    }
    let Some(other) = vm.buffer_of(b) else {
        return if op == BinaryOp::Contains { contains_number(vm, bytes.tail(), b) } else { Ok(None) };
    };
    match op {
        BinaryOp::Add | BinaryOp::InplaceAdd => {
            if other.bytes(vm).is_empty() {
                return Ok(Some(bytes.value()));
            }
            if bytes.tail_len() == 0
                && let Some(right) = vm.cast::<Bytes>(b)
            {
                return Ok(Some(right.value()));
            }
            let mut buf = StrBuf::new();
            buf.reserve(vm, bytes.tail_len().saturating_add(other.bytes(vm).len()))?;
            buf.push_bytes(vm, bytes.tail())?;
            vm.push_buffer(&mut buf, &other)?;
            vm.finish_bytes(buf).map(Some)
        }
        BinaryOp::Contains => Ok(Some(Value::bool(find_in(bytes.tail(), other.bytes(vm)).is_some()))),
        _ => Ok(ordered(op, bytes.tail().cmp(other.bytes(vm)))),
    }
}

/// `number in bytes`; `None` if it is no number.
fn contains_number(vm: &mut Vm, bytes: &[u8], v: Value) -> Maybe {
    Ok(vm.int_maybe(v)?.map(|n| Value::bool(u8::try_from(n).is_ok_and(|b| bytes.contains(&b)))))
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let Some(b) = vm.cast::<Bytes>(v) else { return Err(vm.bad_conversion(v)) };
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, b.tail_len())?;
        if r.step == 1 {
            let (from, to) = r.bounds();
            if from == 0 && to == b.tail_len() {
                return Ok(b.value());
            }
            return Text::Bytes(b).slice(vm, from, to);
        }
        return Text::Bytes(b).build(vm, r.len(), &mut |_, out| bytes_new::pick(out, b.tail(), r));
    }
    let at = vm.need_index("bytes", b.tail_len(), i)?;
    Ok(Value::small_int(b.tail().get(at).copied().unwrap_or(0) as isize))
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let b: Ref<Bytes> = v.downcast()?;
    Some(Buffer { typecode: b'B', item: 1, start: 0, len: b.tail_len(), owner: v, writable: false })
}
