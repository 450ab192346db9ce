//! `round()` of floats and ints: exact decimal rounding, halves to even.

use core::fmt::Write;

use krait_numfmt::{FloatStyle, FloatText, Notation};

use super::float_math as math;
use super::float_ops::to_int;
use super::int::Operand;
use super::int_big;
use super::int_ops;
use crate::{Args, BinaryOp, Float, Outcome, Value, Vm};

/// Significant digits that tell any two floats apart.
const DIGITS: i64 = krait_memory::FLOAT_DIGITS as i64;
/// Digits of a float that are looked at to see which side of a half it lies: many more than tell floats apart.
const EXACT: usize = 30;

/// `round(x)` and `round(x, places)`.
pub fn round(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (v, places) = match *args.pos {
        [v] => (v, Value::NONE),
        [v, places] => (v, places),
        _ => return Err(vm.wrong_count(1, 2, args.pos.len())),
    };
    let native = vm.native_part(v);
    let places = if places.is_none() { None } else { Some(vm.need_int(places)?) };
    if let Some(x) = Operand::of(native) {
        return match places {
            // round(True) is the int 1.
            None | Some(0..) => vm.unary(crate::UnaryOp::Positive, native),
            Some(places) => round_int(vm, x, places.unsigned_abs()),
        };
    }
    let f = vm.need_float(v)?;
    match places {
        None => to_int(vm, math::round_even(f)),
        Some(places) => {
            let f = round_float(f, places);
            vm.new_float(f)
        }
    }
}

/// To a multiple of `10 ** zeros`.
fn round_int(vm: &mut Vm, x: Operand, zeros: usize) -> Outcome {
    // 2**3 < 10: such a unit exceeds twice the number.
    if x.int().bit_len() + 2 < zeros as u64 * 3 {
        return Ok(Value::small_int(0));
    }
    let ten = krait_bignum::Small::from(10i64);
    let unit = int_big::pow(vm, ten.int(), zeros as u64)?;
    let Some(unit) = Operand::of(unit) else { return Ok(Value::NONE) };
    let (quotient, rest) = int_big::div_mod(vm, x.int(), unit.int())?;
    let (Some(quotient), Some(rest)) = (Operand::of(quotient), Operand::of(rest)) else { return Ok(Value::NONE) };
    let twice = int_big::shift(vm, true, rest.int(), 1)?;
    let order = Operand::of(twice).map_or(core::cmp::Ordering::Less, |t| t.int().cmp(&unit.int()));
    let up = order.is_gt() || order.is_eq() && quotient.int().is_odd();
    let down = int_ops::big(vm, BinaryOp::Subtract, x.int(), rest.int())?.unwrap_or(Value::NONE);
    match (up, Operand::of(down)) {
        (true, Some(down)) => Ok(int_ops::big(vm, BinaryOp::Add, down.int(), unit.int())?.unwrap_or(Value::NONE)),
        _ => Ok(down),
    }
}

/// To so many decimal places, by way of the exact decimal digits: right however a product with a power of ten
/// would round.
fn round_float(f: Float, places: isize) -> Float {
    if !f.is_finite() || f == 0.0 {
        return f;
    }
    let zero = Float::copysign(0.0, f);
    let text = Scientific::new(f, EXACT);
    // Digits that stay, counted from the first.
    let keep = (places as i64).saturating_add(text.exponent()).saturating_add(1);
    if keep >= DIGITS {
        return f;
    }
    match usize::try_from(keep) {
        Ok(0) if text.above_half() => {
            let mut unit = Scientific { text: [0; ROOM], len: 0 };
            let _ = write!(unit, "1e{}", text.exponent() + 1);
            Float::copysign(unit.value().unwrap_or(0.0), f)
        }
        Ok(0) | Err(_) => zero,
        Ok(keep) => Scientific::new(f, keep - 1).value().unwrap_or(f),
    }
}

/// Bytes of a float in scientific notation with [`EXACT`] digits.
const ROOM: usize = 48;

/// A float's text: `-d.ddde-ddd`.
struct Scientific {
    text: [u8; ROOM],
    len: usize,
}

impl Scientific {
    /// Rounded to so many digits after the point.
    fn new(f: Float, precision: usize) -> Scientific {
        let style = FloatStyle { notation: Notation::Exponent, precision: Some(precision), ..FloatStyle::REPR };
        let mut text = Scientific { text: [0; ROOM], len: 0 };
        // It always fits.
        let _ = FloatText::new(f, style).write_signed(&mut text);
        text
    }

    fn as_str(&self) -> &str {
        self.text.get(..self.len).and_then(|t| core::str::from_utf8(t).ok()).unwrap_or_default()
    }

    fn value(&self) -> Option<Float> {
        krait_numfmt::parse(self.as_str().as_bytes())
    }

    fn exponent(&self) -> i64 {
        self.as_str().rsplit_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0)
    }

    /// Whether the digits, as a fraction of ten, are above a half.
    fn above_half(&self) -> bool {
        let digits = self.as_str().trim_start_matches('-').split('e').next().unwrap_or_default();
        let mut digits = digits.bytes().filter(u8::is_ascii_digit);
        match digits.next() {
            Some(b'5') => digits.any(|d| d != b'0'),
            first => first > Some(b'5'),
        }
    }
}

impl Write for Scientific {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let end = self.len + s.len();
        self.text.get_mut(self.len..end).ok_or(core::fmt::Error)?.copy_from_slice(s.as_bytes());
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_exact_value_says() {
        for (f, places, to) in [
            (1.25, 1, 1.2),
            (0.05, 1, 0.1),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (-2.5, 0, -2.0),
            (1234.56, -2, 1200.0),
            (6.0, -1, 10.0),
            (5.0, -1, 0.0),
            (4.0, -2, 0.0),
            (1.47, 1, 1.5),
            (0.000123, 400, 0.000123),
        ] {
            assert_eq!(round_float(f, places), to, "{f} {places}");
        }
        assert!(round_float(-0.1, 0).is_sign_negative());
        assert_eq!(round_float(1.5, isize::MIN), 0.0);
        assert_eq!(round_float(1.5, isize::MAX), 1.5);
    }
}
