//! `float`: most are in the word; those of rare exponents are boxed.

use crate::{Float, NewObject, Outcome, Tracer, Value, Vm, class, q};

/// A boxed float's body.
pub struct FloatBox {
    f: Float,
}

impl FloatBox {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Vm {
    /// The float `f`.
    ///
    /// # Errors
    /// Out of memory, if it needs a box.
    #[inline(always)]
    pub fn new_float(&mut self, f: Float) -> Outcome {
        match Value::try_float(f) {
            Some(v) => Ok(v),
            None => self.box_float(f),
        }
    }

    #[cold]
    #[inline(never)]
    fn box_float(&mut self, f: Float) -> Outcome {
        Ok(self.new_object(FloatBox { f })?.value())
    }
}

/// The float, if `v` is exactly a float.
#[inline(always)]
pub fn as_float(v: Value) -> Option<Float> {
    match v.as_imm_float() {
        Some(f) => Some(f),
        None => v.downcast::<FloatBox>().map(|b| b.f),
    }
}

class! {
    /// `float`
    pub static FLOAT: q!(float) for FloatBox;
    slots { }
}
