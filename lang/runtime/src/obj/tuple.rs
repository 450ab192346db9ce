//! `tuple`: its items follow the body, and never change.

use crate::{NewTailed, Raised, Ref, Tracer, Value, Vm, class, q, tailed};

/// A tuple's body.
pub struct Tuple {
    len: usize,
}

tailed!(Tuple, Value, |b| b.len);

impl Tuple {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Vm {
    /// A new tuple of `items`; the empty tuple is one object.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_tuple(&mut self, items: &[Value]) -> Result<Ref<Tuple>, Raised> {
        self.new_tailed_from(Tuple { len: items.len() }, items)
    }

    /// A new tuple of `n` items, all `None`; fill it by [`Ref::tail_cells`] before anyone else sees it.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_tuple_of(&mut self, n: usize) -> Result<Ref<Tuple>, Raised> {
        self.new_tailed(Tuple { len: n }, n, Value::NONE)
    }
}

/// The items of `v` if it is a tuple (or inherits from it).
pub fn items(vm: &Vm, v: Value) -> Option<Ref<Tuple>> {
    vm.cast::<Tuple>(v)
}

class! {
    /// `tuple`
    pub static TUPLE: q!(tuple) for Tuple;
    slots { }
}
