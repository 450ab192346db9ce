//! Iterators of the built-in sequences, and the one over `__getitem__`.

use core::cell::Cell;

use crate::obj::exception;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::{Maybe, NewObject, Outcome, Tracer, Value, Vm};

/// An iterator's body: what is iterated, and the next index.
pub struct SeqIter {
    /// The sequence.
    pub seq: Value,
    /// The next index.
    pub at: Cell<usize>,
}

impl SeqIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.seq);
    }
}

class! {
    /// `iterator`
    pub static ITERATOR: q!(iterator) for SeqIter;
    slots { iter: itself, next: next }
}

/// `iter()` of an iterator.
pub fn itself(_: &mut Vm, v: Value) -> Outcome {
    Ok(v)
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<SeqIter>() else { return Ok(None) };
    let at = it.at.get();
    if let Some(list) = it.seq.downcast::<List>() {
        let item = list.items.get(at);
        if item.is_some() {
            it.at.set(at + 1);
        }
        return Ok(item);
    }
    if let Some(t) = it.seq.downcast::<Tuple>() {
        it.at.set(at + 1);
        return Ok(t.tail().get(at).copied());
    }
    // Anything else with indexes, `__getitem__` included: the end is an IndexError or StopIteration.
    let item = vm.subscr(it.seq, Value::small_int(at as isize));
    let item = vm.catch(&exception::INDEX_ERROR, item);
    let item = vm.catch(&exception::STOP_ITERATION, item)?.flatten();
    if item.is_some() {
        it.at.set(at + 1);
    }
    Ok(item)
}

impl Vm {
    /// An iterator over the indexes of `seq`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_seq_iter(&mut self, seq: Value) -> Outcome {
        Ok(self.new_object(SeqIter { seq, at: Cell::new(0) })?.value())
    }
}
