//! Equality.

use crate::obj::float::as_float;
use crate::obj::str_::StrBody;
use crate::{BinaryOp, Raised, Value, Vm};

impl Vm {
    /// `a == b`
    ///
    /// # Errors
    /// What `__eq__` raises; too deep a nesting.
    #[inline]
    pub fn equal(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        if a == b && !a.is_obj() {
            return Ok(true);
        }
        if Value::both_small_int(a, b) || (a.is_qstr() && b.is_qstr()) {
            return Ok(false);
        }
        self.equal_slow(a, b)
    }

    #[inline(never)]
    fn equal_slow(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        if let (Some(x), Some(y)) = (plain_str(self, a), plain_str(self, b)) {
            return Ok(x.as_str() == y.as_str());
        }
        self.check_stack()?;
        if let Some(r) = self.equal_by_type(a, b)? {
            return Ok(r);
        }
        if let Some(r) = self.equal_by_type(b, a)? {
            return Ok(r);
        }
        Ok(a == b && as_float(a).is_none())
    }

    fn equal_by_type(&mut self, a: Value, b: Value) -> Result<Option<bool>, Raised> {
        match self.type_of(a).slots.binary {
            Some(f) => match f(self, BinaryOp::Equal, a, b)? {
                Some(r) if r == Value::NOT_IMPLEMENTED => Ok(None),
                Some(r) => self.truth(r).map(Some),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// Whether two different words are equal keys of a hash table.
    ///
    /// # Errors
    /// As [`Vm::equal`].
    #[inline]
    pub(crate) fn keys_equal(&mut self, a: Value, b: Value) -> Result<bool, Raised> {
        // Ints, bools and floats may equal one another; other different words are different values.
        let same_kind = a.is_small_int() == b.is_small_int() && a.is_qstr() == b.is_qstr();
        if same_kind && !a.is_obj() && !b.is_obj() && a.as_imm_float().is_none() && b.as_imm_float().is_none() {
            return Ok(false);
        }
        self.equal_slow(a, b)
    }
}

/// The text of a string that is exactly a `str`.
fn plain_str(vm: &Vm, v: Value) -> Option<crate::Str> {
    match v.as_qstr() {
        Some(q) => Some(vm.qstr_text(q)),
        None => v.downcast::<StrBody>().map(crate::Str::of_tail),
    }
}
