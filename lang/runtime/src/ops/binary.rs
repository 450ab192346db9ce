//! Operators on two values: dispatch to the types, in-place and reflected forms, and the errors.

use crate::obj::exception;
use crate::obj::tuple::Tuple;
use crate::{BinaryOp, Outcome, Raised, Ref, Value, Vm};

impl Vm {
    /// `a op b`
    ///
    /// # Errors
    /// `TypeError` if the types do not support it; what they raise.
    pub fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Outcome {
        match op {
            BinaryOp::Is => return Ok(Value::bool(a == b)),
            BinaryOp::IsNot => return Ok(Value::bool(a != b)),
            BinaryOp::ExceptionMatch => return self.exception_match(a, b).map(Value::bool),
            BinaryOp::In => return self.contains(b, a).map(Value::bool),
            BinaryOp::NotIn => return self.contains(b, a).map(|r| Value::bool(!r)),
            BinaryOp::Equal => return self.equal_value(a, b, false),
            BinaryOp::NotEqual => return self.equal_value(a, b, true),
            _ => {}
        }
        if let Some(r) = self.try_binary(op, a, b)? {
            return Ok(r);
        }
        if op.is_inplace() {
            return self.binary(op.plain(), a, b);
        }
        let reflected = match op {
            BinaryOp::Less => Some(BinaryOp::More),
            BinaryOp::More => Some(BinaryOp::Less),
            BinaryOp::LessEqual => Some(BinaryOp::MoreEqual),
            BinaryOp::MoreEqual => Some(BinaryOp::LessEqual),
            _ => op.reverse(),
        };
        if let Some(back) = reflected
            && let Some(r) = self.try_binary(back, b, a)?
        {
            return Ok(r);
        }
        let (x, y) = (self.qstr_text(self.type_of(a).name), self.qstr_text(self.type_of(b).name));
        Err(self.type_error(format_args!("unsupported types for {}: '{}', '{}'", op.method(), x.as_str(), y.as_str())))
    }

    /// What the type of `a` makes of `a op b`.
    #[inline]
    fn try_binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Result<Option<Value>, Raised> {
        match self.type_of(a).slots.binary {
            Some(f) => Ok(f(self, op, a, b)?.filter(|r| *r != Value::NOT_IMPLEMENTED)),
            None => Ok(None),
        }
    }

    /// `a == b` or `a != b` as a value: `__eq__` may return anything, and `__ne__` may exist by itself.
    fn equal_value(&mut self, a: Value, b: Value, not: bool) -> Outcome {
        if self.type_of(a).is_class() || self.type_of(b).is_class() {
            let op = if not { BinaryOp::NotEqual } else { BinaryOp::Equal };
            if let Some(r) = self.try_binary(op, a, b)? {
                return Ok(r);
            }
            if let Some(r) = self.try_binary(op, b, a)? {
                return Ok(r);
            }
        }
        self.equal(a, b).map(|r| Value::bool(r != not))
    }

    /// `item in container`
    ///
    /// # Errors
    /// `TypeError` if it is no container.
    pub fn contains(&mut self, container: Value, item: Value) -> Result<bool, Raised> {
        if let Some(f) = self.type_of(container).slots.binary
            && let Some(r) = f(self, BinaryOp::Contains, container, item)?
        {
            return self.truth(r);
        }
        let it = self.get_iter(container)?;
        while let Some(v) = self.iter_next(it)? {
            if self.equal(v, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the exception `exc` is caught by `except what:`; `what` is a type or a tuple of types.
    ///
    /// # Errors
    /// `TypeError` for anything else.
    pub fn exception_match(&mut self, exc: Value, what: Value) -> Result<bool, Raised> {
        // `exc` may be the type itself, where a class was raised or thrown.
        let ty = self.as_type(exc).unwrap_or_else(|| self.type_of(exc));
        let base = Ref::of_static(&exception::BASE_EXCEPTION);
        if let Some(t) = self.as_type(what) {
            if self.is_subclass(t, base) {
                return Ok(self.is_subclass(ty, t));
            }
        } else if let Some(types) = self.cast::<Tuple>(what) {
            for t in types.tail() {
                match self.as_type(*t) {
                    Some(t) if self.is_subclass(t, base) => {
                        if self.is_subclass(ty, t) {
                            return Ok(true);
                        }
                    }
                    _ => return Err(self.not_an_exception(what)),
                }
            }
            return Ok(false);
        }
        Err(self.not_an_exception(what))
    }

    fn not_an_exception(&mut self, v: Value) -> Raised {
        let x = self.qstr_text(self.type_of(v).name);
        self.type_error(format_args!("unsupported types for except: '', '{}'", x.as_str()))
    }
}
