//! `array.array`: packed items of one type.
//!
//! Invariant: the bytes are a whole number of items. Typecode `O`, an array of objects, keeps these in a list of its
//! own, which the collector sees, and has no bytes; so it is no buffer either.

use super::array_item::Item;
use super::array_iter;
use super::bytearray::ByteArray;
use super::bytes::Bytes;
use super::list::List;
use super::{array_ops, array_subscr};
use crate::ops::buffer::Buffer;
use crate::{
    Args, ByteBuf, Gc, NewObject, Out, Outcome, PrintKind, Raised, Ref, StrBuf, Tracer, Type, UnaryOp, Value, Vm,
};

/// An array's body.
pub struct Array {
    /// The items, packed.
    pub bytes: ByteBuf,
    /// The items of typecode `O`.
    pub objects: Option<Ref<List>>,
    /// The typecode.
    pub typecode: u8,
    /// Bytes of an item.
    pub item: u8,
}

impl Array {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.bytes.trace(t);
        t.opt_reference(self.objects);
    }

    /// Items.
    #[inline]
    pub fn len(&self) -> usize {
        match self.objects {
            Some(list) => list.items.len(),
            None => self.bytes.len() / usize::from(self.item.max(1)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What an item is.
    #[inline]
    pub fn kind(&self) -> Item {
        Item { code: self.typecode, size: usize::from(self.item) }
    }
}

class! {
    /// `array`
    pub static ARRAY: q!(array) for Array, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: print, unary: unary, binary: array_ops::binary, iter: array_iter::iter,
        subscr: array_subscr::get, set_subscr: array_subscr::set, buffer: buffer
    }
    attrs {
        q!(append) => f2(append),
        q!(extend) => f2(extend),
        q!(decode) => var(1, 3, decode),
    }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let a = v.downcast::<Array>()?;
    if a.objects.is_some() {
        return None;
    }
    let len = a.bytes.len();
    Some(Buffer { typecode: a.typecode, item: a.item as usize, start: 0, len, owner: v, writable: true })
}

impl Vm {
    /// A new, empty array of a typecode.
    ///
    /// # Errors
    /// `ValueError: bad typecode`; out of memory.
    pub fn new_array(&mut self, typecode: u8) -> Result<Ref<Array>, Raised> {
        let Some(kind) = Item::native(typecode).filter(|i| !matches!(i.code, b'?' | b'n' | b'N')) else {
            return Err(self.value_error("bad typecode"));
        };
        let objects = if typecode == b'O' { Some(self.new_list(&[])?) } else { None };
        self.new_object(Array { bytes: ByteBuf::new(), objects, typecode, item: kind.size as u8 })
    }

    /// The array, if `v` is one or inherits from it.
    pub(crate) fn array_self(&mut self, v: Value) -> Result<Ref<Array>, Raised> {
        match self.cast::<Array>(v) {
            Some(a) => Ok(a),
            None => Err(self.type_error(format_args!("array expected"))),
        }
    }
}

/// The item at `i`, if there is one.
///
/// # Errors
/// Out of memory.
#[inline]
pub fn item_at(vm: &mut Vm, a: Ref<Array>, i: usize) -> Result<Option<Value>, Raised> {
    if let Some(list) = a.objects {
        return Ok(list.items.get(i));
    }
    let kind = a.kind();
    let Some(from) = i.checked_mul(kind.size) else { return Ok(None) };
    let bits = match a.bytes.as_slice(vm.heap()).get(from..).filter(|b| b.len() >= kind.size) {
        Some(bytes) => kind.load(bytes, cfg!(target_endian = "big")),
        None => return Ok(None),
    };
    kind.value(vm, bits).map(Some)
}

/// Replaces the item at `i`; false if there is none.
///
/// # Errors
/// `TypeError` and `OverflowError` of [`Item::bits`].
pub fn set_item(vm: &mut Vm, a: Ref<Array>, i: usize, v: Value) -> Result<bool, Raised> {
    if let Some(list) = a.objects {
        return Ok(list.items.set(i, v));
    }
    let kind = a.kind();
    // May run Python, which may change the array: the place is looked up afterwards.
    let bits = kind.bits(vm, v, true)?;
    let from = i.saturating_mul(kind.size);
    let all = a.bytes_mut(|a| &a.bytes, vm.heap_mut());
    match all.get_mut(from..).filter(|b| b.len() >= kind.size) {
        Some(bytes) => {
            kind.store(bytes, bits, cfg!(target_endian = "big"));
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Appends an item.
///
/// # Errors
/// As [`set_item`]; out of memory.
pub fn push(vm: &mut Vm, a: Ref<Array>, v: Value) -> Result<(), Raised> {
    if let Some(list) = a.objects {
        return list.items.push(vm, v);
    }
    let kind = a.kind();
    let bits = kind.bits(vm, v, true)?;
    let at = a.bytes.len();
    a.bytes.open(vm, at, kind.size)?;
    if let Some(bytes) = a.bytes_mut(|a| &a.bytes, vm.heap_mut()).get_mut(at..) {
        kind.store(bytes, bits, cfg!(target_endian = "big"));
    }
    Ok(())
}

/// `array(typecode)`, `array(typecode, initial)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 2)?;
    let code = vm.need_str(args.get(0).unwrap_or(Value::NONE))?;
    let a = vm.new_array(code.as_bytes().first().copied().unwrap_or(0))?;
    let Some(initial) = args.get(1) else { return Ok(a.value()) };
    let raw = vm.cast::<Bytes>(initial).is_some() || vm.cast::<ByteArray>(initial).is_some();
    match vm.buffer_of(initial) {
        Some(bytes) if raw && a.objects.is_none() => array_ops::append_bytes(vm, a, &bytes)?,
        _ => {
            if let Some(n) = vm.len_maybe(initial)?
                && a.objects.is_none()
            {
                a.bytes.reserve_exact(vm, n.saturating_mul(a.kind().size))?;
            }
            vm.each(initial, |vm, v| push(vm, a, v))?;
        }
    }
    Ok(a.value())
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(a) = v.downcast::<Array>() else { return Ok(()) };
    out.fmt(vm, format_args!("array('{}'", char::from(a.typecode)))?;
    let mut i = 0;
    while let Some(item) = item_at(vm, a, i)? {
        out.write(vm, if i == 0 { ", [" } else { ", " })?;
        out.value(vm, item, PrintKind::Repr)?;
        i += 1;
        if i % 256 == 0 {
            vm.poll()?;
        }
    }
    out.write(vm, if i == 0 { ")" } else { "])" })
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> crate::Maybe {
    let Some(a) = v.downcast::<Array>() else { return Ok(None) };
    match op {
        UnaryOp::Bool => Ok(Some(Value::bool(!a.is_empty()))),
        UnaryOp::Len => vm.new_int(a.len()).map(Some),
        _ => Ok(None),
    }
}

fn append(vm: &mut Vm, this: Value, v: Value) -> Outcome {
    let a = vm.array_self(this)?;
    push(vm, a, v)?;
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm, this: Value, with: Value) -> Outcome {
    let a = vm.array_self(this)?;
    array_ops::extend(vm, a, with)?;
    Ok(Value::NONE)
}

/// `array.decode()`: its bytes as UTF-8 text.
fn decode(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let buffer = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    let mut text = StrBuf::new();
    vm.push_buffer(&mut text, &buffer)?;
    vm.finish_str(text)
}
