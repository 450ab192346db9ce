//! Iterators over arrays and memoryviews.

use core::cell::Cell;

use super::array::{Array, item_at};
use super::iterator::itself;
use super::memoryview::MemoryView;
use crate::{Maybe, NewObject, Outcome, Tracer, Value, Vm};

/// An iterator's body.
pub struct ArrayIter {
    of: Value,
    at: Cell<usize>,
}

impl ArrayIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.of);
    }
}

class! {
    /// `iterator`
    pub static ARRAY_ITERATOR: q!(iterator) for ArrayIter;
    slots { iter: itself, next: next }
}

/// `iter()` of an array or memoryview.
pub(super) fn iter(vm: &mut Vm, v: Value) -> Outcome {
    Ok(vm.new_object(ArrayIter { of: v, at: Cell::new(0) })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<ArrayIter>() else { return Ok(None) };
    let at = it.at.get();
    let item = if let Some(a) = it.of.downcast::<Array>() {
        item_at(vm, a, at)?
    } else if let Some(m) = it.of.downcast::<MemoryView>() {
        m.item_at(vm, at)?
    } else {
        None
    };
    if item.is_some() {
        it.at.set(at.saturating_add(1));
    }
    Ok(item)
}
