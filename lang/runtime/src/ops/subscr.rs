//! Subscription.

use crate::{Outcome, Raised, Value, Vm};

impl Vm {
    /// `a[i]`
    ///
    /// # Errors
    /// `TypeError: 'X' object isn't subscriptable`; `IndexError`, `KeyError` and what the type raises.
    pub fn subscr(&mut self, a: Value, i: Value) -> Outcome {
        match self.type_of(a).slots.subscr {
            Some(f) => f(self, a, i),
            None => Err(self.not_subscriptable(a, "object isn't subscriptable")),
        }
    }

    /// `a[i] = v`
    ///
    /// # Errors
    /// As [`Vm::subscr`].
    pub fn set_subscr(&mut self, a: Value, i: Value, v: Value) -> Result<(), Raised> {
        match self.type_of(a).slots.set_subscr {
            Some(f) => f(self, a, i, Some(v)),
            None => Err(self.not_subscriptable(a, "object doesn't support item assignment")),
        }
    }

    /// `del a[i]`
    ///
    /// # Errors
    /// As [`Vm::subscr`].
    pub fn del_subscr(&mut self, a: Value, i: Value) -> Result<(), Raised> {
        match self.type_of(a).slots.set_subscr {
            Some(f) => f(self, a, i, None),
            None => Err(self.not_subscriptable(a, "object doesn't support item deletion")),
        }
    }

    /// The error for a type that lacks a kind of subscription.
    #[cold]
    #[inline(never)]
    pub fn not_subscriptable(&mut self, a: Value, what: &str) -> Raised {
        let name = self.qstr_text(self.type_of(a).name);
        self.type_error(format_args!("'{}' {what}", name.as_str()))
    }
}
