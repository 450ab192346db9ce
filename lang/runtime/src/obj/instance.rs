//! Objects of classes made by Python.

use core::cell::Cell;

use crate::obj::table::Table;
use crate::{Tracer, Value};

/// An instance's body.
pub struct Instance {
    /// Its attributes.
    pub attrs: Table<2>,
    /// If its class inherits from a native type: an object of that type. [`Value::SENTINEL`] until the native
    /// `__init__` or `__new__` has made it.
    pub native: Cell<Option<Value>>,
}

impl Instance {
    /// An instance without attributes.
    pub(crate) fn new(native: Option<Value>) -> Instance {
        Instance { attrs: Table::new(), native: Cell::new(native) }
    }

    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        self.attrs.trace(t);
        t.opt(self.native.get());
    }
}
