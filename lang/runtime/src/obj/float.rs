//! `float`: most are in the word; those of rare exponents are boxed.
//!
//! A [`Float`] is double precision on a 64-bit target and single on a 32-bit one.

use krait_bignum::Int;
use krait_numfmt::{REPR_LEN, repr};

use super::int::{Operand, small_or_bool};
use super::int_from::{text_of, trim};
use super::{float_ops, int_big};
use crate::{Args, Float, NewObject, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm};

/// A boxed float's body.
pub struct FloatBox {
    f: Float,
}

impl FloatBox {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// A boxed float in ROM, for constants that the word cannot hold: infinities and NaN.
    pub const fn rom(f: Float) -> crate::Obj<FloatBox> {
        crate::rom_object(FloatBox { f })
    }
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

    /// The value of a float, int or bool, or of an object with `__float__`; `None` for anything else.
    ///
    /// # Errors
    /// `OverflowError` for an int beyond the largest float; what `__float__` raises.
    pub fn float_maybe(&mut self, v: Value) -> Result<Option<Float>, Raised> {
        if let Some(f) = as_float(v) {
            return Ok(Some(f));
        }
        if let Some(i) = small_or_bool(v) {
            return Ok(Some(i as Float));
        }
        if let Some(x) = Operand::of(v) {
            return int_to_float(self, x.int()).map(Some);
        }
        if self.as_instance(v).is_none() {
            return Ok(None);
        }
        if let Some(f) = self.type_of(v).slots.unary
            && let Some(made) = f(self, UnaryOp::Float, v)?
        {
            return Ok(as_float(self.native_part(made)));
        }
        match self.native_part(v) {
            native if native != v && self.as_instance(native).is_none() => self.float_maybe(native),
            _ => Ok(None),
        }
    }

    /// As [`Vm::float_maybe`].
    ///
    /// # Errors
    /// `TypeError: can't convert X to float`; as [`Vm::float_maybe`].
    pub fn need_float(&mut self, v: Value) -> Result<Float, Raised> {
        match self.float_maybe(v)? {
            Some(f) => Ok(f),
            None => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("can't convert {} to float", name.as_str())))
            }
        }
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

/// The float nearest to an integer.
///
/// # Errors
/// `OverflowError` beyond the largest float.
pub fn int_to_float(vm: &mut Vm, x: Int<'_>) -> Result<Float, Raised> {
    #[cfg(target_pointer_width = "64")]
    let made = krait_bignum::to_f64(x);
    #[cfg(target_pointer_width = "32")]
    let made = krait_bignum::to_f32(x);
    made.map_err(|e| match e {
        krait_bignum::Error::Overflow => vm.overflow_error("int too large to convert to float"),
        e => int_big::error(vm, e),
    })
}

class! {
    /// `float`
    pub static FLOAT: q!(float) for FloatBox;
    slots { new: new, print: print, unary: float_ops::unary, binary: float_ops::binary }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let Some(v) = args.get(0) else { return vm.new_float(0.0) };
    if as_float(v).is_some() {
        return Ok(v);
    }
    if vm.as_instance(v).is_none()
        && let Some(text) = text_of(vm, v)?
    {
        return match krait_numfmt::parse::<Float>(trim(text.bytes())) {
            Some(f) => vm.new_float(f),
            None => Err(vm.value_error("invalid syntax for number")),
        };
    }
    let f = vm.need_float(v)?;
    vm.new_float(f)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(f) = as_float(v) else { return Ok(()) };
    let mut room = [0; REPR_LEN];
    out.write(vm, repr(&mut room, f))
}
