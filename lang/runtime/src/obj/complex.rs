//! `complex`: two floats.
//!
//! Arithmetic is CPython's: division scales by the larger part, small integral powers are products, and the text
//! shows the sign of a zero real part.

use core::fmt::Write;

use krait_bignum::Int;
use krait_numfmt::{REPR_LEN, parse_prefix, repr};

use super::exception;
use super::float::{as_float, int_to_float};
use super::float_compare::{hash, int_with_float};
use super::float_math as math;
use super::int::Operand;
use super::int_from::{is_blank, trim};
use super::int_ops::straight;
use crate::{
    Args, BinaryOp, Float, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, UnaryOp, Value,
    Vm,
};

/// Real and imaginary part.
pub type Parts = (Float, Float);

/// A complex number's body.
pub struct Complex {
    /// The real part.
    pub real: Float,
    /// The imaginary part.
    pub imag: Float,
}

impl Complex {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// `complex`
    pub static COMPLEX: q!(complex) for Complex;
    slots { new: construct, print: print, unary: unary, binary: binary, get_attr: get_attr }
}

/// A new complex number.
///
/// # Errors
/// Out of memory.
pub fn new(vm: &mut Vm, real: Float, imag: Float) -> Outcome {
    Ok(vm.new_object(Complex { real, imag })?.value())
}

impl Vm {
    /// The parts of a complex number or anything that has a float's value, or of an object with `__complex__`.
    ///
    /// # Errors
    /// `TypeError` if `__complex__` gives anything but a complex number; as [`Vm::float_maybe`].
    pub fn complex_maybe(&mut self, v: Value) -> Result<Option<Parts>, Raised> {
        if let Some(c) = self.cast::<Complex>(v) {
            return Ok(Some((c.real, c.imag)));
        }
        if self.as_instance(v).is_some()
            && let Some(f) = self.type_of(v).slots.unary
            && let Some(made) = f(self, UnaryOp::Complex, v)?
        {
            return Ok(self.cast::<Complex>(made).map(|c| (c.real, c.imag)));
        }
        Ok(self.float_maybe(v)?.map(|f| (f, 0.0)))
    }

    /// As [`Vm::complex_maybe`].
    ///
    /// # Errors
    /// `TypeError: can't convert X to complex`; as [`Vm::complex_maybe`].
    pub fn need_complex(&mut self, v: Value) -> Result<Parts, Raised> {
        match self.complex_maybe(v)? {
            Some(c) => Ok(c),
            None => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("can't convert {} to complex", name.as_str())))
            }
        }
    }
}

/// `complex(real, imag)`, `complex(text)`
fn construct(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let [real, imag] = args.bind(
        vm,
        &[crate::Param::optional(q!(real), Value::SENTINEL), crate::Param::optional(q!(imag), Value::SENTINEL)],
    )?;
    if imag == Value::SENTINEL {
        if real == Value::SENTINEL {
            return new(vm, 0.0, 0.0);
        }
        if real.downcast::<Complex>().is_some() {
            return Ok(real);
        }
        if let Some(text) = vm.as_str(real) {
            return match parse(text.as_bytes()) {
                Some((re, im)) => new(vm, re, im),
                None => Err(vm.value_error("invalid syntax for number")),
            };
        }
        let (re, im) = vm.need_complex(real)?;
        return new(vm, re, im);
    }
    // real + imag * 1j, where both may be complex; a part that is not there does not touch a zero's sign.
    let real = if real == Value::SENTINEL { Value::small_int(0) } else { real };
    let (mut re, im) = vm.need_complex(real)?;
    let (mut x, y) = vm.need_complex(imag)?;
    if imag.downcast::<Complex>().is_some() {
        re -= y;
    }
    if real.downcast::<Complex>().is_some() {
        x += im;
    }
    new(vm, re, x)
}

/// Reads `re`, `imj` or `re+imj`, with blanks around; `j` alone is `1j`.
fn parse(text: &[u8]) -> Option<Parts> {
    let text = trim(text);
    let (first, first_imaginary, rest) = component(text)?;
    if first_imaginary {
        return rest.is_empty().then_some((0.0, first));
    }
    let rest = trim(rest);
    if rest.is_empty() {
        return Some((first, 0.0));
    }
    if !matches!(rest, [b'+' | b'-', ..]) || rest.get(1).is_some_and(is_blank) {
        return None;
    }
    let (second, second_imaginary, rest) = component(rest)?;
    (second_imaginary && rest.is_empty()).then_some((first, second))
}

/// A number at the start of the text, whether a `j` follows it, and what is behind.
fn component(text: &[u8]) -> Option<(Float, bool, &[u8])> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (value, rest) = match body {
        [b'+' | b'-', ..] => return None,
        [b'j' | b'J', ..] => (1.0, body),
        _ => {
            let (value, used) = parse_prefix::<Float>(body)?;
            (value, body.get(used..)?)
        }
    };
    let value = if negative { -value } else { value };
    match rest {
        [b'j' | b'J', rest @ ..] => Some((value, true, rest)),
        _ => Some((value, false, rest)),
    }
}

/// Writes a part without a needless fraction.
fn write_part(w: &mut dyn Write, f: Float, sign: bool) -> core::fmt::Result {
    let mut room = [0; REPR_LEN];
    let text = repr(&mut room, f);
    if sign && !text.starts_with('-') {
        w.write_char('+')?;
    }
    w.write_str(text.strip_suffix(".0").unwrap_or(text))
}

/// Writes the number as `repr` does.
///
/// # Errors
/// What the writer says.
pub fn write(w: &mut dyn Write, (real, imag): Parts) -> core::fmt::Result {
    if real == 0.0 && real.is_sign_positive() {
        write_part(w, imag, false)?;
        return w.write_char('j');
    }
    w.write_char('(')?;
    write_part(w, real, false)?;
    write_part(w, imag, true)?;
    w.write_str("j)")
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    struct Shown(Parts);
    impl core::fmt::Display for Shown {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            write(f, self.0)
        }
    }
    let Some(c) = v.downcast::<Complex>() else { return Ok(()) };
    out.fmt(vm, format_args!("{}", Shown((c.real, c.imag))))
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(c) = vm.cast::<Complex>(v) else { return Ok(None) };
    if name == q!(real) {
        vm.new_float(c.real).map(Some)
    } else if name == q!(imag) {
        vm.new_float(c.imag).map(Some)
    } else {
        Ok(None)
    }
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(c) = v.downcast::<Complex>() else { return Ok(None) };
    match op {
        UnaryOp::Positive | UnaryOp::Complex => Ok(Some(v)),
        UnaryOp::Negative => new(vm, -c.real, -c.imag).map(Some),
        UnaryOp::Abs => vm.new_float(math::hypot(c.real, c.imag)).map(Some),
        UnaryOp::Bool => Ok(Some(Value::bool(c.real != 0.0 || c.imag != 0.0))),
        UnaryOp::Hash => {
            let h = hash(c.real).wrapping_add(hash(c.imag).wrapping_mul(1_000_003));
            Ok(Some(Value::small_int(h)))
        }
        _ => Ok(None),
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let (op, a, b) = straight(op, a, b);
    let (Some(c), x) = (a.downcast::<Complex>(), Operand::of(b)) else { return Ok(None) };
    if let Some(x) = x {
        if op == BinaryOp::Equal || op == BinaryOp::NotEqual {
            return Ok(Some(equal_to_int(op, x.int(), &c)));
        }
        let x = int_to_float(vm, x.int())?;
        return complexes(vm, op, (c.real, c.imag), (x, 0.0));
    }
    if let Some(f) = as_float(b) {
        return complexes(vm, op, (c.real, c.imag), (f, 0.0));
    }
    match b.downcast::<Complex>() {
        Some(d) => complexes(vm, op, (c.real, c.imag), (d.real, d.imag)),
        None => Ok(None),
    }
}

fn equal_to_int(op: BinaryOp, x: Int<'_>, c: &Complex) -> Value {
    let equal = c.imag == 0.0 && int_with_float(x, c.real).is_some_and(core::cmp::Ordering::is_eq);
    Value::bool(equal == (op == BinaryOp::Equal))
}

/// `x op c` with an int on the left.
pub(super) fn with_int(vm: &mut Vm, op: BinaryOp, x: Int<'_>, c: &Complex) -> Maybe {
    if op == BinaryOp::Equal || op == BinaryOp::NotEqual {
        return Ok(Some(equal_to_int(op, x, c)));
    }
    let x = int_to_float(vm, x)?;
    complexes(vm, op, (x, 0.0), (c.real, c.imag))
}

/// `a op b` for a plain operator.
pub(super) fn complexes(vm: &mut Vm, op: BinaryOp, a: Parts, b: Parts) -> Maybe {
    let (real, imag) = match op {
        BinaryOp::Add => (a.0 + b.0, a.1 + b.1),
        BinaryOp::Subtract => (a.0 - b.0, a.1 - b.1),
        BinaryOp::Multiply => product(a, b),
        BinaryOp::TrueDivide => match quotient(a, b) {
            Some(c) => c,
            None => return Err(zero_division(vm, "complex divide by zero")),
        },
        BinaryOp::Power => return power(vm, a, b).map(Some),
        BinaryOp::FloorDivide => return Err(vm.type_error(format_args!("can't truncate-divide a complex number"))),
        BinaryOp::Equal => return Ok(Some(Value::bool(a == b))),
        BinaryOp::NotEqual => return Ok(Some(Value::bool(a != b))),
        _ => return Ok(None),
    };
    new(vm, real, imag).map(Some)
}

#[cold]
fn zero_division(vm: &mut Vm, message: &str) -> Raised {
    vm.raise_str(&exception::ZERO_DIVISION_ERROR, message)
}

fn product(a: Parts, b: Parts) -> Parts {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// `None`: division by zero.
fn quotient(a: Parts, b: Parts) -> Option<Parts> {
    if b.0 == 0.0 && b.1 == 0.0 {
        return None;
    }
    // Scaled by the larger part, so that the squares cannot overflow (Smith's method).
    if b.0.abs() >= b.1.abs() {
        let ratio = b.1 / b.0;
        let scale = b.0 + b.1 * ratio;
        Some(((a.0 + a.1 * ratio) / scale, (a.1 - a.0 * ratio) / scale))
    } else {
        let ratio = b.0 / b.1;
        let scale = b.0 * ratio + b.1;
        Some(((a.0 * ratio + a.1) / scale, (a.1 * ratio - a.0) / scale))
    }
}

/// `a ** b`
///
/// # Errors
/// `ZeroDivisionError: 0.0 to a complex power`
pub(super) fn power(vm: &mut Vm, a: Parts, b: Parts) -> Outcome {
    if b == (0.0, 0.0) {
        return new(vm, 1.0, 0.0);
    }
    if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(zero_division(vm, "0.0 to a complex power"));
        }
        return new(vm, 0.0, 0.0);
    }
    // Products are exact where polar coordinates are not.
    if b.1 == 0.0 && b.0.abs() <= 100.0 && math::trunc(b.0) == b.0 {
        let (mut r, mut square, mut n) = ((1.0, 0.0), a, b.0.abs() as u32);
        while n > 0 {
            if n & 1 != 0 {
                r = product(r, square);
            }
            n >>= 1;
            if n > 0 {
                square = product(square, square);
            }
        }
        let r = if b.0 < 0.0 { quotient((1.0, 0.0), r) } else { Some(r) };
        return match r {
            Some((real, imag)) => new(vm, real, imag),
            None => Err(zero_division(vm, "complex divide by zero")),
        };
    }
    let (length, angle) = (math::hypot(a.0, a.1), math::atan2(a.1, a.0));
    let (mut scale, mut phase) = (math::pow(length, b.0), angle * b.0);
    if b.1 != 0.0 {
        scale *= math::exp(-angle * b.1);
        phase += b.1 * math::log(length);
    }
    new(vm, scale * math::cos(phase), scale * math::sin(phase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn text_both_ways() {
        for (text, parts, shown) in [
            ("j", (0.0, 1.0), "1j"),
            ("1", (1.0, 0.0), "(1+0j)"),
            (" -1-2j ", (-1.0, -2.0), "(-1-2j)"),
            ("1+j", (1.0, 1.0), "(1+1j)"),
            ("1.5e3J", (0.0, 1500.0), "1500j"),
            ("inf-infj", (Float::INFINITY, Float::NEG_INFINITY), "(inf-infj)"),
            ("-0+1j", (-0.0, 1.0), "(-0+1j)"),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(parts), "{text}");
            let mut s = String::new();
            write(&mut s, parts).expect("a string takes anything");
            assert_eq!(s, shown);
        }
        for bad in ["", "1+2", "1j+2", "1+2j+3", "1+2+3j", "1 + 2j", "1 2j", "+-1", "1++2j", "jj", "x"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
