//! A list of objects that does not keep them alive, until they are set apart.
//!
//! Invariant: the first `live` places are weak, in the order in which they were added; the rest are set apart, wait
//! for somebody to take them, and are kept. Nothing here allocates but [`Vm::weak_add`], so that a collection can
//! set objects apart.

use core::cell::Cell;

use super::State;
use crate::{Gc, NewObject, Object, Raised, Ref, Tracer, Value, ValueBuf, Vm};

pub(super) struct WeakList {
    objects: ValueBuf,
    live: Cell<usize>,
}

impl WeakList {
    pub(super) const fn new() -> WeakList {
        WeakList { objects: ValueBuf::new(), live: Cell::new(0) }
    }

    /// How many are set apart.
    pub(super) fn waiting(&self) -> usize {
        self.objects.len() - self.live.get()
    }

    /// Takes the object that was set apart first.
    pub(super) fn take(&self) -> Option<Value> {
        if self.waiting() > 0 { self.objects.pop() } else { None }
    }

    /// How many places are weak.
    pub(super) fn live(&self) -> usize {
        self.live.get()
    }

    /// The object at a weak place.
    pub(super) fn get(&self, i: usize) -> Option<Value> {
        if i < self.live() { self.objects.get(i) } else { None }
    }

    /// Sets all apart, so that the newest is taken first.
    pub(super) fn set_all_apart(&self) {
        self.live.set(0);
    }

    /// Sets the object at the weak place `i` apart: it is taken after those that already wait.
    pub(super) fn set_apart(&self, i: usize) {
        let (Some(v), Some(last)) = (self.get(i), self.live().checked_sub(1)) else { return };
        self.objects.copy_from(i, &self.objects, i + 1, last - i);
        self.objects.set(last, v);
        self.live.set(last);
    }

    /// Drops the weak place `i`.
    pub(super) fn forget(&self, i: usize) {
        if self.get(i).is_some() {
            self.objects.remove(i);
            self.live.set(self.live() - 1);
        }
    }

    /// Reports what is set apart.
    pub(super) fn trace(&self, t: &mut Tracer<'_>) {
        self.objects.trace_block(t);
        for i in self.live()..self.objects.len() {
            t.opt(self.objects.get(i));
        }
    }
}

impl Vm {
    /// A new object that is in the list from birth.
    pub(super) fn new_listed<T: Object>(&mut self, list: fn(&State) -> &WeakList, body: T) -> Result<Ref<T>, Raised> {
        // The place is made first. A collection takes it for one that waits, and finds no object in it.
        while !list(&self.st).objects.push_within(Value::NONE) {
            // The list stays where a collection finds it until there is a larger one.
            let larger = ValueBuf::new();
            let len = list(&self.st).objects.len();
            larger.extend_fill(self, len + len / 2 + 1, Value::NONE)?;
            let old = &list(&self.st).objects;
            larger.truncate(old.len());
            larger.copy_from(0, old, 0, old.len());
            larger.swap(old);
            larger.clear(self.heap_mut());
        }
        let made = self.new_object(body);
        let list = list(&self.st);
        let Ok(object) = made else {
            list.objects.pop();
            return made;
        };
        let live = list.live();
        list.objects.copy_from(live + 1, &list.objects, live, list.waiting() - 1);
        list.objects.set(live, object.value());
        list.live.set(live + 1);
        Ok(object)
    }
}
