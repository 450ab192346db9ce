//! `range`: an arithmetic progression of machine integers.
//!
//! Invariant: no item is stored, and every operation but iteration is arithmetic on the three bounds. The number of
//! items may exceed what a signed word holds; then `len()` is an `OverflowError`, and iteration still works.

use core::cell::Cell;

use crate::obj::float::as_float;
use crate::obj::int::{BigInt, as_int};
use crate::obj::iterator::itself;
use crate::obj::slice;
use crate::{
    Args, BinaryOp, Float, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, UnaryOp, Value,
    Vm,
};

/// A range's body.
pub struct Range {
    /// The first item.
    pub start: isize,
    /// Where it ends; not an item.
    pub stop: isize,
    /// From item to item; not 0.
    pub step: isize,
}

impl Range {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// The number of items.
    pub fn len(&self) -> usize {
        let (from, to) = if self.step < 0 { (self.stop, self.start) } else { (self.start, self.stop) };
        if from < to { (to.wrapping_sub(from) as usize - 1) / self.step.unsigned_abs() + 1 } else { 0 }
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item `i`, for `i` below the length.
    pub fn item(&self, i: usize) -> isize {
        self.start.wrapping_add(self.step.wrapping_mul(i as isize))
    }

    /// The place of an item.
    pub fn position(&self, v: isize) -> Option<usize> {
        let inside = if self.step < 0 { v <= self.start && v > self.stop } else { v >= self.start && v < self.stop };
        if !inside {
            return None;
        }
        let (from, to) = if self.step < 0 { (v, self.start) } else { (self.start, v) };
        let (distance, step) = (to.wrapping_sub(from) as usize, self.step.unsigned_abs());
        distance.is_multiple_of(step).then_some(distance / step)
    }
}

/// A range iterator's body; the VM's loop reads it directly.
pub struct RangeIter {
    /// The next item.
    pub at: Cell<isize>,
    /// Items that are left.
    pub left: Cell<usize>,
    /// From item to item.
    pub step: isize,
}

impl RangeIter {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// The next item.
    #[inline(always)]
    pub fn advance(&self) -> Option<isize> {
        let left = self.left.get().checked_sub(1)?;
        let at = self.at.get();
        self.left.set(left);
        self.at.set(at.wrapping_add(self.step));
        Some(at)
    }
}

class! {
    /// `range`
    pub static RANGE: q!(range) for Range, flags(crate::TypeFlags::SLICES);
    slots { new: new, print: print, unary: unary, binary: binary, subscr: subscr, iter: iter, get_attr: get_attr }
    attrs { q!(count) => f2(count), q!(index) => f2(index) }
}

class! {
    /// The iterator of a range.
    pub static RANGE_ITERATOR: q!(iterator) for RangeIter;
    slots { iter: itself, next: next }
}

/// Start, number of items and step of a range, if it is one whose items are all small ints; for the VM's loop.
#[inline]
pub(crate) fn parts(v: Value) -> Option<(Value, Value, Value)> {
    let r = v.downcast::<Range>()?;
    let len = r.len();
    if len > 0 {
        // Between the first and the last lie all others.
        Value::try_small_int(r.item(len - 1))?;
    }
    let count = Value::try_small_int(isize::try_from(len).ok()?)?;
    Some((Value::try_small_int(r.start)?, count, Value::try_small_int(r.step)?))
}

impl Vm {
    /// A new range.
    ///
    /// # Errors
    /// `ValueError: zero step`; out of memory.
    pub fn new_range(&mut self, start: isize, stop: isize, step: isize) -> Result<Ref<Range>, Raised> {
        if step == 0 {
            return Err(self.value_error("zero step"));
        }
        self.new_object(Range { start, stop, step })
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 3)?;
    let mut parts = [0, 0, 1];
    match *args.pos {
        [stop] => parts[1] = vm.need_int(stop)?,
        _ => {
            for (part, v) in parts.iter_mut().zip(args.pos) {
                *part = vm.need_int(*v)?;
            }
        }
    }
    let [start, stop, step] = parts;
    Ok(vm.new_range(start, stop, step)?.value())
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(r) = vm.cast::<Range>(v) else { return Ok(()) };
    out.fmt(vm, format_args!("range({}, {}", r.start, r.stop))?;
    if r.step != 1 {
        out.fmt(vm, format_args!(", {}", r.step))?;
    }
    out.write(vm, ")")
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(r) = vm.cast::<Range>(v) else { return Ok(None) };
    let len = r.len();
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(len != 0)),
        UnaryOp::Len => match isize::try_from(len).ok().and_then(Value::try_small_int) {
            Some(n) => Some(n),
            None => return Err(vm.overflow_error("overflow converting long int to machine word")),
        },
        UnaryOp::Hash => {
            let step = if len > 1 { r.step } else { 0 };
            let start = if len > 0 { r.start } else { 0 };
            let h = len.wrapping_mul(1_000_003) ^ (start as usize);
            Some(Value::small_int((h.wrapping_mul(1_000_003) ^ (step as usize)) as isize))
        }
        _ => None,
    })
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = vm.cast::<Range>(a) else { return Ok(None) };
    match op {
        BinaryOp::Contains => position_of(vm, x, b).map(|p| Some(Value::bool(p.is_some()))),
        BinaryOp::Equal => {
            let Some(y) = vm.cast::<Range>(b) else { return Ok(None) };
            let (m, n) = (x.len(), y.len());
            let same = m == n && (m == 0 || x.start == y.start) && (m < 2 || x.step == y.step);
            Ok(Some(Value::bool(same)))
        }
        _ => Ok(None),
    }
}

/// The place of `v`, which need not be an int: floats and instances may equal one.
fn position_of(vm: &mut Vm, r: Ref<Range>, v: Value) -> Result<Option<usize>, Raised> {
    if let Some(i) = v.as_small_int() {
        return Ok(r.position(i));
    }
    if let Some(b) = v.as_bool() {
        return Ok(r.position(isize::from(b)));
    }
    if let Some(big) = v.downcast::<BigInt>() {
        return Ok(as_int(&big).to_isize().and_then(|i| r.position(i)));
    }
    if let Some(f) = as_float(v) {
        let i = f as isize;
        return Ok(if i as Float == f { r.position(i) } else { None });
    }
    if !vm.type_of(v).is_class() {
        return Ok(None);
    }
    for n in 0..r.len() {
        vm.poll()?;
        let item = vm.new_int(r.item(n))?;
        if vm.equal(item, v)? {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let Some(r) = vm.cast::<Range>(v) else {
        return Err(vm.not_subscriptable(v, "object isn't subscriptable"));
    };
    let len = r.len();
    if slice::is_slice(i) {
        let s = slice::resolve(vm, i, len)?;
        let at = |i: isize| i.checked_mul(r.step).and_then(|d| d.checked_add(r.start));
        return match (at(s.start), at(s.stop), s.step.checked_mul(r.step)) {
            (Some(start), Some(stop), Some(step)) => Ok(vm.new_range(start, stop, step)?.value()),
            _ => Err(vm.overflow_error("overflow converting long int to machine word")),
        };
    }
    let at = vm.need_index("range", len, i)?;
    vm.new_int(r.item(at))
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let Some(r) = vm.cast::<Range>(v) else { return Ok(v) };
    Ok(vm.new_object(RangeIter { at: Cell::new(r.start), left: Cell::new(r.len()), step: r.step })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<RangeIter>() else { return Ok(None) };
    match it.advance() {
        Some(i) => match Value::try_small_int(i) {
            Some(v) => Ok(Some(v)),
            None => vm.new_int(i).map(Some),
        },
        None => Ok(None),
    }
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(r) = vm.cast::<Range>(v) else { return Ok(None) };
    let part = if name == q!(start) {
        r.start
    } else if name == q!(stop) {
        r.stop
    } else if name == q!(step) {
        r.step
    } else {
        return Ok(None);
    };
    vm.new_int(part).map(Some)
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<Range>, Raised> {
    match vm.cast::<Range>(v) {
        Some(r) => Ok(r),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

fn count(vm: &mut Vm, r: Value, v: Value) -> Outcome {
    let r = this(vm, r)?;
    Ok(Value::small_int(isize::from(position_of(vm, r, v)?.is_some())))
}

fn index(vm: &mut Vm, r: Value, v: Value) -> Outcome {
    let r = this(vm, r)?;
    match position_of(vm, r, v)? {
        Some(n) => vm.new_int(n as isize),
        None => Err(vm.value_error("object not in sequence")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_items_agree() {
        for step in [-5, -2, -1, 1, 2, 5] {
            for start in -6..6 {
                for stop in -6..6 {
                    let r = Range { start, stop, step };
                    let it = RangeIter { at: Cell::new(start), left: Cell::new(r.len()), step };
                    let mut n = 0;
                    while let Some(i) = it.advance() {
                        assert!(if step < 0 { i > stop } else { i < stop });
                        assert_eq!((r.item(n), r.position(i)), (i, Some(n)));
                        n += 1;
                    }
                    assert_eq!(n, r.len());
                    assert_eq!((-20..20).filter(|v| r.position(*v).is_some()).count(), n);
                }
            }
        }
    }

    #[test]
    fn the_widest_ranges() {
        let r = Range { start: isize::MIN, stop: isize::MAX, step: 1 };
        assert_eq!(r.len(), usize::MAX);
        assert_eq!(r.position(isize::MAX - 1), Some(usize::MAX - 1));
        let r = Range { start: isize::MAX, stop: isize::MIN, step: isize::MIN };
        assert_eq!((r.len(), r.item(1)), (2, -1));
    }
}
