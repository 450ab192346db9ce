//! Operators on one value, truth and length.

use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::{Outcome, Raised, Tailed, UnaryOp, Value, Vm};

impl Vm {
    /// `op v`
    ///
    /// # Errors
    /// `TypeError` if the type does not support it.
    pub fn unary(&mut self, op: UnaryOp, v: Value) -> Outcome {
        if op == UnaryOp::Not {
            return Ok(Value::bool(!self.truth(v)?));
        }
        if let Some(f) = self.type_of(v).slots.unary
            && let Some(r) = f(self, op, v)?
        {
            return Ok(r);
        }
        match op {
            UnaryOp::Hash => self.hash(v).map(|h| Value::small_int(((h as isize) << 2) >> 2)),
            UnaryOp::Int => self.cannot_convert(v, "int"),
            UnaryOp::Float => self.cannot_convert(v, "float"),
            UnaryOp::Complex => self.cannot_convert(v, "complex"),
            _ => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("unsupported type for {}: '{}'", op.method(), name.as_str())))
            }
        }
    }

    fn cannot_convert(&mut self, v: Value, to: &str) -> Outcome {
        let name = self.qstr_text(self.type_of(v).name);
        Err(self.type_error(format_args!("can't convert {} to {to}", name.as_str())))
    }

    /// Whether `v` is true.
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raises.
    #[inline(always)]
    pub fn truth(&mut self, v: Value) -> Result<bool, Raised> {
        if v == Value::TRUE {
            Ok(true)
        } else if v == Value::FALSE || v == Value::NONE {
            Ok(false)
        } else if let Some(i) = v.as_small_int() {
            Ok(i != 0)
        } else {
            self.truth_slow(v)
        }
    }

    #[inline(never)]
    fn truth_slow(&mut self, v: Value) -> Result<bool, Raised> {
        if let Some(f) = v.as_imm_float() {
            return Ok(f != 0.0);
        }
        if let Some(qs) = v.as_qstr() {
            return Ok(qs != q!(empty_));
        }
        if let Some(f) = self.type_of(v).slots.unary {
            if let Some(r) = f(self, UnaryOp::Bool, v)? {
                return Ok(r == Value::TRUE);
            }
            if let Some(n) = f(self, UnaryOp::Len, v)? {
                return Ok(n != Value::small_int(0));
            }
        }
        Ok(true)
    }

    /// `len(v)`, if it has one.
    ///
    /// # Errors
    /// What `__len__` raises.
    pub fn len_maybe(&mut self, v: Value) -> Result<Option<usize>, Raised> {
        if let Some(l) = v.downcast::<List>() {
            return Ok(Some(l.items.len()));
        }
        if let Some(t) = v.downcast::<Tuple>() {
            return Ok(Some(t.tail_len()));
        }
        if let Some(f) = self.type_of(v).slots.unary
            && let Some(r) = f(self, UnaryOp::Len, v)?
        {
            return match r.as_small_int() {
                Some(n) if n >= 0 => Ok(Some(n as usize)),
                _ => Err(self.value_error("__len__() should return >= 0")),
            };
        }
        Ok(None)
    }

    /// `len(v)`
    ///
    /// # Errors
    /// `TypeError`.
    pub fn len(&mut self, v: Value) -> Result<usize, Raised> {
        match self.len_maybe(v)? {
            Some(n) => Ok(n),
            None => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("object of type '{}' has no len()", name.as_str())))
            }
        }
    }
}
