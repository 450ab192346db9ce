//! `slice`: three values, and what they select of a sequence.
//!
//! Invariant of a [`SliceRange`]: every index that it yields lies in the sequence it was resolved for. The bounds
//! follow CPython: for a negative step `stop` may be -1.
//!
//! The surprising fact: a slice has a hash, so that it can be a key of an `OrderedDict`; a plain dict refuses to
//! store one, since `d[:] = x` is always a mistake.

use core::cell::Cell;

use crate::{
    BinaryOp, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, TypeFlags, UnaryOp, Value, Vm,
};

/// A slice's body. Each part is any value; `None` if it was left out.
pub struct Slice {
    /// Where it starts.
    start: Cell<Value>,
    /// Where it stops.
    stop: Cell<Value>,
    /// The step.
    step: Cell<Value>,
}

impl Slice {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.start.get());
        t.value(self.stop.get());
        t.value(self.step.get());
    }
}

/// What a slice selects of a sequence of a known length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceRange {
    /// The first index; between 0 and the length (for a negative step: -1 and the last index).
    pub start: isize,
    /// The index before which (in the step's direction) it ends; same bounds.
    pub stop: isize,
    /// The step: not 0, and its negative fits too.
    pub step: isize,
}

impl SliceRange {
    /// Fits bounds to a length, as CPython does. `None` bounds are the ends in the step's direction.
    pub fn fit(start: Option<isize>, stop: Option<isize>, step: isize, len: usize) -> SliceRange {
        let len = isize::try_from(len).unwrap_or(isize::MAX);
        let step = step.max(-isize::MAX);
        let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let clamp = |i: isize| if i < 0 { i.saturating_add(len).max(low) } else { i.min(high) };
        let (first, last) = if step < 0 { (high, low) } else { (low, high) };
        SliceRange { start: start.map_or(first, clamp), stop: stop.map_or(last, clamp), step }
    }

    /// How many indexes there are.
    pub fn len(&self) -> usize {
        let (from, to) = if self.step < 0 { (self.stop, self.start) } else { (self.start, self.stop) };
        if from < to { (to - from - 1) as usize / self.step.unsigned_abs() + 1 } else { 0 }
    }

    /// Whether it selects nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `n`th index, for `n` below [`SliceRange::len`].
    #[inline]
    pub fn index(&self, n: usize) -> usize {
        (self.start).wrapping_add(self.step.wrapping_mul(n as isize)) as usize
    }

    /// The indexes, in the slice's order.
    #[inline]
    pub fn indexes(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.len()).map(move |n| self.index(n))
    }

    /// For step 1: first index and end, with the end not before the first.
    pub fn bounds(&self) -> (usize, usize) {
        let start = self.start.max(0) as usize;
        (start, start + self.len())
    }
}

/// What the slice `slice` selects of `len` items.
///
/// # Errors
/// `TypeError` if it is no slice or a part is no integer; `ValueError: slice step can't be zero`.
pub fn resolve(vm: &mut Vm, slice: Value, len: usize) -> Result<SliceRange, Raised> {
    let Some(s) = slice.downcast::<Slice>() else {
        return Err(vm.type_error(format_args!("slice expected")));
    };
    let part = |vm: &mut Vm, v: Value| -> Result<Option<isize>, Raised> {
        if v.is_none() { Ok(None) } else { vm.clamped_int(v).map(Some) }
    };
    let start = part(vm, s.start.get())?;
    let stop = part(vm, s.stop.get())?;
    let step = part(vm, s.step.get())?.unwrap_or(1);
    if step == 0 {
        return Err(vm.value_error("slice step can't be zero"));
    }
    Ok(SliceRange::fit(start, stop, step, len))
}

/// Whether `v` is a slice.
#[inline(always)]
pub fn is_slice(v: Value) -> bool {
    v.downcast::<Slice>().is_some()
}

/// A new slice.
///
/// # Errors
/// Out of memory.
pub fn new_slice(vm: &mut Vm, start: Value, stop: Value, step: Value) -> Outcome {
    let [start, stop, step] = [start, stop, step].map(Cell::new);
    Ok(vm.new_object(Slice { start, stop, step })?.value())
}

impl Vm {
    /// A slice for one use: by `a[i:j]` with a type that keeps none. It costs no memory, so that it works while the
    /// heap is locked. `None` if another one must be made.
    pub(crate) fn lend_slice(&mut self, a: Value, start: Value, stop: Value, step: Value) -> Option<Ref<Slice>> {
        let plain = |v: Value| v.is_small_int() || v.is_none();
        if !(self.type_of(a).has(TypeFlags::SLICES) && plain(start) && plain(stop) && plain(step)) {
            return None;
        }
        let s = self.st.spare_slice.take()?;
        s.start.set(start);
        s.stop.set(stop);
        s.step.set(step);
        Some(s)
    }

    /// Takes a lent slice back.
    pub(crate) fn return_slice(&mut self, s: Ref<Slice>) {
        self.st.spare_slice = Some(s);
    }

    /// The slice that is lent.
    pub(crate) fn make_spare_slice(&mut self) -> Result<(), Raised> {
        self.st.spare_slice = new_slice(self, Value::NONE, Value::NONE, Value::NONE)?.downcast::<Slice>();
        Ok(())
    }
}

class! {
    /// `slice`
    pub static SLICE: q!(slice) for Slice, flags(TypeFlags::FINAL);
    slots { new: new, print: print, unary: unary, binary: binary, get_attr: get_attr }
    attrs { q!(indices) => f2(indices) }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &crate::Args<'_>) -> Outcome {
    vm.check_args(args, 1, 3)?;
    match *args.pos {
        [stop] => new_slice(vm, Value::NONE, stop, Value::NONE),
        [start, stop] => new_slice(vm, start, stop, Value::NONE),
        [start, stop, step] => new_slice(vm, start, stop, step),
        _ => Err(vm.wrong_count(1, 3, args.pos.len())),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(s) = v.downcast::<Slice>() else { return Ok(()) };
    out.write(vm, "slice(")?;
    out.value(vm, s.start.get(), PrintKind::Repr)?;
    out.write(vm, ", ")?;
    out.value(vm, s.stop.get(), PrintKind::Repr)?;
    out.write(vm, ", ")?;
    out.value(vm, s.step.get(), PrintKind::Repr)?;
    out.write(vm, ")")
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let (UnaryOp::Hash, Some(s)) = (op, v.downcast::<Slice>()) else { return Ok(None) };
    vm.check_stack()?;
    let mut h = 3usize;
    for part in [s.start.get(), s.stop.get(), s.step.get()] {
        h = h.wrapping_mul(1_000_003) ^ vm.hash(part)?;
    }
    Ok(Some(Value::small_int(h as isize)))
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let (BinaryOp::Equal, Some(x), Some(y)) = (op, a.downcast::<Slice>(), b.downcast::<Slice>()) else {
        return Ok(None);
    };
    let same = vm.equal(x.start.get(), y.start.get())?
        && vm.equal(x.stop.get(), y.stop.get())?
        && vm.equal(x.step.get(), y.step.get())?;
    Ok(Some(Value::bool(same)))
}

fn get_attr(_: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(s) = v.downcast::<Slice>() else { return Ok(None) };
    Ok(if name == q!(start) {
        Some(s.start.get())
    } else if name == q!(stop) {
        Some(s.stop.get())
    } else if name == q!(step) {
        Some(s.step.get())
    } else {
        None
    })
}

/// `slice.indices(len)`: the bounds as three ints.
fn indices(vm: &mut Vm, this: Value, len: Value) -> Outcome {
    let len = vm.need_int(len)?;
    let Ok(len) = usize::try_from(len) else {
        return Err(vm.value_error("length should not be negative"));
    };
    let r = resolve(vm, this, len)?;
    let [start, stop, step] = [vm.new_int(r.start)?, vm.new_int(r.stop)?, vm.new_int(r.step)?];
    Ok(vm.new_tuple(&[start, stop, step])?.value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The indexes by the definition: walk from `start` while before `stop`.
    fn by_definition(start: Option<isize>, stop: Option<isize>, step: isize, len: isize) -> Vec<usize> {
        let wrap = |i: isize| if i < 0 { i + len } else { i };
        let mut at = start.map_or(if step < 0 { len - 1 } else { 0 }, wrap);
        let end = stop.map(wrap);
        // Enter the sequence at the side the walk comes from.
        at = if step < 0 { at.min(len - 1) } else { at.max(0) };
        let mut out = Vec::new();
        while at >= 0 && at < len && end.is_none_or(|e| if step < 0 { at > e } else { at < e }) {
            out.push(at as usize);
            at += step;
        }
        out
    }

    #[test]
    fn selects_what_the_definition_selects() {
        let bounds: Vec<Option<isize>> = core::iter::once(None).chain((-8..=8).map(Some)).collect();
        for len in 0..6isize {
            for &start in &bounds {
                for &stop in &bounds {
                    for step in [-7, -3, -2, -1, 1, 2, 3, 7] {
                        let r = SliceRange::fit(start, stop, step, len as usize);
                        let got: Vec<usize> = r.indexes().collect();
                        assert_eq!(got, by_definition(start, stop, step, len), "{start:?}:{stop:?}:{step} of {len}");
                        assert_eq!(r.len(), got.len());
                    }
                }
            }
        }
    }

    #[test]
    fn huge_bounds_do_not_overflow() {
        for step in [isize::MIN, isize::MAX, 1, -1] {
            for bound in [Some(isize::MIN), Some(isize::MAX), None] {
                for len in [0, 1, 5, isize::MAX as usize] {
                    let r = SliceRange::fit(bound, bound, step, len);
                    assert!(r.len() <= len);
                    let r = SliceRange::fit(None, bound, step, len);
                    assert!(r.len() <= len);
                }
            }
        }
    }
}
