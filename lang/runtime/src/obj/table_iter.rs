//! The iterators of dicts, their views, and sets.
//!
//! Invariant: a table that grew or shrank since the iterator was made is an error at the next step, as in CPython;
//! places may have moved then.

use core::cell::Cell;

use crate::obj::dict::DictRef;
use crate::obj::iterator::itself;
use crate::obj::set::SetRef;
use crate::{Maybe, NewObject, Outcome, Tracer, Value, Vm};

/// What is iterated.
#[derive(Clone, Copy)]
enum Source {
    Keys(DictRef),
    Values(DictRef),
    Items(DictRef),
    Set(SetRef),
}

/// An iterator's body.
pub struct TableIter {
    source: Source,
    /// The place where the search for the next entry begins; `usize::MAX` after the end.
    at: Cell<usize>,
    /// Entries when it was made.
    live: usize,
}

impl TableIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        match self.source {
            Source::Keys(d) | Source::Values(d) | Source::Items(d) => d.trace(t),
            Source::Set(s) => s.trace(t),
        }
    }

    fn make(vm: &mut Vm, source: Source, live: usize) -> Outcome {
        Ok(vm.new_object(TableIter { source, at: Cell::new(0), live })?.value())
    }

    /// Over the keys of a dict.
    ///
    /// # Errors
    /// Out of memory.
    pub fn keys(vm: &mut Vm, d: DictRef) -> Outcome {
        Self::make(vm, Source::Keys(d), d.len())
    }

    /// Over the values of a dict.
    ///
    /// # Errors
    /// Out of memory.
    pub fn values(vm: &mut Vm, d: DictRef) -> Outcome {
        Self::make(vm, Source::Values(d), d.len())
    }

    /// Over tuples of key and value.
    ///
    /// # Errors
    /// Out of memory.
    pub fn items(vm: &mut Vm, d: DictRef) -> Outcome {
        Self::make(vm, Source::Items(d), d.len())
    }

    /// Over the items of a set.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set(vm: &mut Vm, s: SetRef) -> Outcome {
        Self::make(vm, Source::Set(s), s.len())
    }
}

class! {
    /// The iterator of a dict or set.
    pub static TABLE_ITERATOR: q!(iterator) for TableIter;
    slots { iter: itself, next: next }
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<TableIter>() else { return Ok(None) };
    let at = it.at.get();
    if at == usize::MAX {
        return Ok(None);
    }
    let (len, entry, what) = match it.source {
        Source::Keys(d) | Source::Values(d) | Source::Items(d) => (d.len(), d.next_entry(at), "dictionary"),
        Source::Set(s) => (s.len(), s.next_entry(at), "set"),
    };
    if len != it.live {
        it.at.set(usize::MAX);
        return Err(
            vm.raise_fmt(&crate::obj::exception::RUNTIME_ERROR, format_args!("{what} changed size during iteration"))
        );
    }
    let Some((next, k, v)) = entry else {
        it.at.set(usize::MAX);
        return Ok(None);
    };
    it.at.set(next);
    Ok(Some(match it.source {
        Source::Keys(_) | Source::Set(_) => k,
        Source::Values(_) => v,
        Source::Items(_) => vm.new_tuple(&[k, v])?.value(),
    }))
}
