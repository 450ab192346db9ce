//! Integers as indexes.

use crate::{Raised, UnaryOp, Value, Vm};

impl Vm {
    /// The machine integer of an int or bool.
    ///
    /// # Errors
    /// `TypeError` for another type; `OverflowError` beyond a machine word.
    pub fn need_int(&mut self, v: Value) -> Result<isize, Raised> {
        match self.int_maybe(v)? {
            Some(i) => Ok(i),
            None => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("can't convert {} to int", name.as_str())))
            }
        }
    }

    /// As [`Vm::need_int`]; `None` for a type that is no integer.
    ///
    /// # Errors
    /// `OverflowError` beyond a machine word; what `__int__` raises.
    pub fn int_maybe(&mut self, v: Value) -> Result<Option<isize>, Raised> {
        if let Some(i) = v.as_small_int() {
            return Ok(Some(i));
        }
        if let Some(b) = v.as_bool() {
            return Ok(Some(isize::from(b)));
        }
        if let Some(big) = v.downcast::<crate::obj::int::BigInt>() {
            return match crate::obj::int::as_int(&big).to_isize() {
                Some(i) => Ok(Some(i)),
                None => Err(self.overflow_error("overflow converting long int to machine word")),
            };
        }
        if let Some(inst) = self.as_instance(v) {
            if let Some(n) = inst.native.get().filter(|n| *n != Value::SENTINEL) {
                return self.int_maybe(n);
            }
            if let Some(f) = self.type_of(v).slots.unary
                && let Some(i) = f(self, UnaryOp::Int, v)?
                && !self.type_of(i).is_class()
            {
                return self.int_maybe(i);
            }
        }
        Ok(None)
    }

    /// An integer as an index: beyond a machine word it is clamped, as slices want it.
    ///
    /// # Errors
    /// `TypeError` for another type.
    pub fn clamped_int(&mut self, v: Value) -> Result<isize, Raised> {
        if let Some(big) = v.downcast::<crate::obj::int::BigInt>() {
            let i = crate::obj::int::as_int(&big);
            return Ok(i.to_isize().unwrap_or(if i.is_negative() { isize::MIN } else { isize::MAX }));
        }
        self.need_int(v)
    }

    /// The index `i` into `len` items, negative ones counted from the end.
    ///
    /// # Errors
    /// `TypeError`; `IndexError` out of range. `what` is the type for the message.
    pub fn need_index(&mut self, what: &str, len: usize, i: Value) -> Result<usize, Raised> {
        let n = match self.int_maybe(i)? {
            Some(n) => n,
            None => {
                let name = self.qstr_text(self.type_of(i).name);
                return Err(self.type_error(format_args!("{what} indices must be integers, not {}", name.as_str())));
            }
        };
        let at = if n < 0 { n + len as isize } else { n };
        if at < 0 || at as usize >= len {
            return Err(self.raise_fmt(&crate::obj::exception::INDEX_ERROR, format_args!("{what} index out of range")));
        }
        Ok(at as usize)
    }
}
