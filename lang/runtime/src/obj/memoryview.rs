//! `memoryview`: a window on another object's bytes.
//!
//! Invariant: it holds that object and offsets into it, never an address, and never another memoryview. If the
//! object becomes shorter, what is gone is out of range.

use super::array_item::Item;
use super::array_subscr::{assign_view, only_step_one};
use super::{array_iter, array_ops, slice};
use crate::ops::buffer::Buffer;
use crate::{Args, BinaryOp, Maybe, NewObject, Outcome, Qstr, Raised, Ref, StrBuf, Tracer, Type, UnaryOp, Value, Vm};

/// A memoryview's body.
pub struct MemoryView {
    owner: Value,
    /// In bytes.
    start: usize,
    /// In bytes: whole items.
    len: usize,
    typecode: u8,
    item: u8,
    writable: bool,
}

impl MemoryView {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.owner);
    }

    fn kind(&self) -> Item {
        Item { code: self.typecode, size: usize::from(self.item.max(1)) }
    }

    fn count(&self) -> usize {
        self.len / usize::from(self.item.max(1))
    }

    /// What it shows.
    pub fn buffer(&self) -> Buffer {
        Buffer {
            typecode: self.typecode,
            item: usize::from(self.item),
            start: self.start,
            len: self.len,
            owner: self.owner,
            writable: self.writable,
        }
    }

    /// The item at `i`, if it is there (still).
    pub(super) fn item_at(&self, vm: &mut Vm, i: usize) -> Result<Option<Value>, Raised> {
        let kind = self.kind();
        let Some(from) = i.checked_mul(kind.size) else { return Ok(None) };
        let bits = match self.buffer().bytes(vm).get(from..).filter(|b| b.len() >= kind.size) {
            Some(bytes) => kind.load(bytes, cfg!(target_endian = "big")),
            None => return Ok(None),
        };
        kind.value(vm, bits).map(Some)
    }
}

class! {
    /// `memoryview`
    pub static MEMORYVIEW: q!(memoryview) for MemoryView, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, unary: unary, binary: binary, get_attr: get_attr, iter: array_iter::iter,
        subscr: subscr, set_subscr: set_subscr, buffer: buffer
    }
    attrs { q!(hex) => var(1, 2, hex) }
}

impl Vm {
    /// A view of a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_memoryview(&mut self, b: &Buffer) -> Outcome {
        let item = b.item.clamp(1, usize::from(u8::MAX));
        let view = MemoryView {
            owner: b.owner,
            start: b.start,
            len: b.len / item * item,
            typecode: b.typecode,
            item: item as u8,
            writable: b.writable,
        };
        Ok(self.new_object(view)?.value())
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 1)?;
    let b = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    vm.new_memoryview(&b)
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    v.downcast::<MemoryView>().map(|m| m.buffer())
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(m) = v.downcast::<MemoryView>() else { return Ok(None) };
    match op {
        UnaryOp::Bool => Ok(Some(Value::bool(m.len != 0))),
        UnaryOp::Len => vm.new_int(m.count()).map(Some),
        _ => Ok(None),
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(m) = a.downcast::<MemoryView>() else { return Ok(None) };
    if op != BinaryOp::Contains {
        return array_ops::compare(vm, op, a, b);
    }
    let mut i = 0;
    while let Some(item) = m.item_at(vm, i)? {
        if vm.equal(item, b)? {
            return Ok(Some(Value::TRUE));
        }
        i += 1;
        if i % 4096 == 0 {
            vm.poll()?;
        }
    }
    Ok(Some(Value::FALSE))
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    match vm.cast::<MemoryView>(v) {
        Some(m) if name == q!(itemsize) => Ok(Some(Value::small_int(m.item as isize))),
        _ => Ok(None),
    }
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<MemoryView>, Raised> {
    match vm.cast::<MemoryView>(v) {
        Some(m) => Ok(m),
        None => Err(vm.type_error(format_args!("memoryview expected"))),
    }
}

/// The part of the view that a slice selects.
fn window(vm: &mut Vm, m: Ref<MemoryView>, index: Value) -> Result<Buffer, Raised> {
    let range = slice::resolve(vm, index, m.count())?;
    if range.step != 1 {
        return Err(only_step_one(vm));
    }
    let (from, to) = range.bounds();
    let size = m.kind().size;
    let all = m.buffer();
    Ok(Buffer {
        start: all.start.saturating_add(from.saturating_mul(size)),
        len: (to - from).saturating_mul(size),
        ..all
    })
}

fn subscr(vm: &mut Vm, v: Value, index: Value) -> Outcome {
    let m = need(vm, v)?;
    if slice::is_slice(index) {
        let part = window(vm, m, index)?;
        return vm.new_memoryview(&part);
    }
    let i = vm.need_index("memoryview", m.count(), index)?;
    match m.item_at(vm, i)? {
        Some(v) => Ok(v),
        None => Err(vm.index_error("memoryview index out of range")),
    }
}

fn set_subscr(vm: &mut Vm, v: Value, index: Value, to: Option<Value>) -> Result<(), Raised> {
    let m = need(vm, v)?;
    let Some(to) = to else {
        return Err(vm.not_subscriptable(v, "object doesn't support item deletion"));
    };
    if !m.writable {
        return Err(vm.not_subscriptable(v, "object doesn't support item assignment"));
    }
    if slice::is_slice(index) {
        let part = window(vm, m, index)?;
        return assign_view(vm, &part, to);
    }
    let i = vm.need_index("memoryview", m.count(), index)?;
    let kind = m.kind();
    let bits = kind.bits(vm, to, true)?;
    let from = i.saturating_mul(kind.size);
    match m.buffer().bytes_mut(vm).get_mut(from..).filter(|b| b.len() >= kind.size) {
        Some(bytes) => {
            kind.store(bytes, bits, cfg!(target_endian = "big"));
            Ok(())
        }
        None => Err(vm.index_error("memoryview index out of range")),
    }
}

/// `memoryview.hex()`, `memoryview.hex(separator)`
fn hex(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let m = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    let separator = match args.get(1) {
        Some(s) => {
            let b = vm.need_buffer(s, false)?;
            b.bytes(vm).first().copied()
        }
        None => None,
    };
    let all = m.buffer();
    let mut text = StrBuf::new();
    text.reserve(vm, all.len.saturating_mul(2 + usize::from(separator.is_some())))?;
    let mut i = 0;
    while let Some(b) = all.bytes(vm).get(i).copied() {
        if i > 0
            && let Some(s) = separator
        {
            text.push_bytes(vm, &[s])?;
        }
        let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
        text.push_bytes(vm, &[digit(b >> 4), digit(b & 15)])?;
        i += 1;
    }
    vm.finish_str(text)
}
