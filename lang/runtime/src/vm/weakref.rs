//! Weak references at the end of a collection: which have lost their object, and what is called then.
//!
//! Invariant: a reference to an object that was not reached is empty before anybody can look at it again, even if
//! the object lives on for its finaliser.

use super::State;
use super::weak_list::WeakList;
use crate::obj::weakref::{Finalize, WeakRef};
use crate::{Out, Raised, Ref, Tracer, Value, Vm};

/// Reports the finalizers that still have their object, and what waits to be called.
pub(super) fn trace(list: &WeakList, t: &mut Tracer<'_>) {
    list.trace(t);
    for v in (0..list.live()).filter_map(|i| list.get(i)) {
        if v.downcast::<Finalize>().is_some_and(|f| f.target.get().is_some()) {
            t.value(v);
        }
    }
}

/// After marking: empties references; whether any callback waits.
pub(super) fn gather(list: &WeakList, t: &mut Tracer<'_>) -> bool {
    for i in (0..list.live()).rev() {
        let Some(v) = list.get(i) else { continue };
        let (r, f) = (v.downcast::<WeakRef>(), v.downcast::<Finalize>());
        let target = match (&r, &f) {
            (Some(r), _) => &r.target,
            (None, Some(f)) => &f.target,
            (None, None) => continue,
        };
        if target.get().is_some_and(|object| t.is_marked(object)) && t.is_marked(v) {
            continue;
        }
        let lost = target.take().is_some();
        let calls = f.is_some() || r.is_some_and(|r| r.callback.is_some());
        if lost && calls && t.is_marked(v) {
            list.set_apart(i);
        } else {
            list.forget(i);
        }
    }
    list.waiting() > 0
}

fn list(st: &State) -> &WeakList {
    &st.weakrefs
}

impl Vm {
    /// A new weak reference, or finalizer, in the list of those that collections look at.
    pub(crate) fn new_weak<T: crate::Object>(&mut self, body: T) -> Result<Ref<T>, Raised> {
        self.new_listed(list, body)
    }

    /// Calls the callbacks of references that have lost their object; whether there was one.
    pub(super) fn run_weak_callbacks(&mut self) -> bool {
        let mut any = false;
        for _ in 0..self.st.weakrefs.waiting() {
            let Some(v) = self.st.weakrefs.take() else { break };
            any = true;
            self.guarded(|vm| {
                let called = match (v.downcast::<WeakRef>(), v.downcast::<Finalize>()) {
                    (Some(r), _) => r.callback.map_or(Ok(Value::NONE), |f| vm.call(f, &[v])),
                    (None, Some(f)) => f.fire(vm),
                    (None, None) => Ok(Value::NONE),
                };
                called.inspect_err(|_| {
                    let _ = Out::Error.write(vm, "Unhandled exception in weakref callback:\n");
                })
            });
        }
        any
    }

    /// Calls all finalizers that were not called yet, the newest first: the end of a program is the end of all objects.
    pub(super) fn fire_all(&mut self) {
        for i in (0..self.st.weakrefs.live()).rev() {
            let Some(v) = self.st.weakrefs.get(i) else { continue };
            if v.downcast::<Finalize>().is_some_and(|f| f.target.take().is_some()) {
                self.st.weakrefs.set_apart(i);
            }
        }
        self.run_weak_callbacks();
    }
}
