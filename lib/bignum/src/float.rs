//! Between integers and IEEE floats: exact one way, rounded to nearest even the other.
//!
//! Single precision has its own path: going through double would round twice.

use crate::limb::wide;
use crate::{Error, Int, LIMB_BITS, Limb, Made, Small, mag};

/// Limbs that [`from_f64`] and [`from_f32`] may need: 1024 bits and room to shift.
pub const FLOAT_LIMBS: usize = (1024 / LIMB_BITS) as usize + 1;

/// The number rounded to `digits` bits, half to even: mantissa, exponent of two, or `None` for zero.
fn rounded(a: Int, digits: u32) -> Option<(u64, u64)> {
    let bits = a.bit_len();
    if bits == 0 {
        return None;
    }
    if bits <= 64 {
        return Some(round_word(a.abs().wrapping_u64(), 0, false, digits));
    }
    let cut = bits - 64;
    let (limbs, shift) = mag::split_bits(cut)?;
    let (low, high) = a.limbs().split_at_checked(limbs)?;
    // The top 64 bits lie within the limbs above the cut.
    let mut top: u64 = 0;
    for (i, &limb) in high.iter().enumerate() {
        let at = i as u32 * LIMB_BITS;
        let limb = wide(limb);
        if at >= shift {
            top |= limb.checked_shl(at - shift).unwrap_or(0);
        } else {
            top |= limb >> (shift - at);
        }
    }
    let mask = (1 << shift) - 1;
    let sticky = low.iter().any(|&x| x != 0) || high.first().is_some_and(|x| x & mask != 0);
    Some(round_word(top, cut, sticky, digits))
}

fn round_word(word: u64, exponent: u64, sticky: bool, digits: u32) -> (u64, u64) {
    let bits = 64 - word.leading_zeros();
    let Some(drop) = bits.checked_sub(digits).filter(|&drop| drop > 0) else {
        return (word, exponent);
    };
    let kept = word >> drop;
    let lost = word & ((1 << drop) - 1);
    let half = 1 << (drop - 1);
    let up = lost > half || lost == half && (sticky || kept & 1 == 1);
    (kept + u64::from(up), exponent + u64::from(drop))
}

/// The nearest double, ties to even; [`Error::Overflow`] beyond the largest finite one.
pub fn to_f64(a: Int) -> Result<f64, Error> {
    let Some((mantissa, exponent)) = rounded(a, f64::MANTISSA_DIGITS) else {
        return Ok(0.0);
    };
    // The mantissa is exact in a double, and so is each power of two below 2**1024.
    let scale = power_of_two(exponent, 1023).ok_or(Error::Overflow)?;
    let value = mantissa as f64 * f64::from_bits(scale << 52);
    finish(value, a.is_negative(), value.is_finite())
}

/// The nearest single, ties to even; [`Error::Overflow`] beyond the largest finite one.
pub fn to_f32(a: Int) -> Result<f32, Error> {
    let Some((mantissa, exponent)) = rounded(a, f32::MANTISSA_DIGITS) else {
        return Ok(0.0);
    };
    let scale = power_of_two(exponent, 127).ok_or(Error::Overflow)?;
    let value = mantissa as f32 * f32::from_bits((scale as u32) << 23);
    finish(value, a.is_negative(), value.is_finite())
}

/// The exponent field of `2**exponent`, if finite.
fn power_of_two(exponent: u64, bias: u64) -> Option<u64> {
    (exponent <= bias).then_some(exponent + bias)
}

fn finish<F: core::ops::Neg<Output = F>>(x: F, negative: bool, finite: bool) -> Result<F, Error> {
    match (finite, negative) {
        (false, _) => Err(Error::Overflow),
        (true, true) => Ok(-x),
        (true, false) => Ok(x),
    }
}

/// `out =` the integer part of `mantissa * 2**exponent`.
fn scaled(out: &mut [Limb], negative: bool, mantissa: u64, exponent: i32) -> Result<Made, Error> {
    let shift = u64::from(exponent.unsigned_abs());
    let len = if exponent >= 0 {
        mag::shl(out, Small::from(mantissa).int().limbs(), shift)?
    } else {
        let whole = u32::try_from(shift).ok().and_then(|shift| mantissa.checked_shr(shift)).unwrap_or(0);
        mag::shl(out, Small::from(whole).int().limbs(), 0)?
    };
    Ok(Made::new(negative, len))
}

/// `out = int(x)`, truncated towards zero. [`FLOAT_LIMBS`] limbs hold any result.
/// [`Error::NotFinite`] for infinities and NaN.
pub fn from_f64(out: &mut [Limb], x: f64) -> Result<Made, Error> {
    if !x.is_finite() {
        return Err(Error::NotFinite);
    }
    let bits = x.to_bits();
    let field = (bits >> 52 & 0x7ff) as i32;
    if field < 1023 {
        return Ok(Made::default());
    }
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    scaled(out, x < 0.0, mantissa, field - 1075)
}

/// `out = int(x)`, truncated towards zero. [`FLOAT_LIMBS`] limbs hold any result.
/// [`Error::NotFinite`] for infinities and NaN.
pub fn from_f32(out: &mut [Limb], x: f32) -> Result<Made, Error> {
    if !x.is_finite() {
        return Err(Error::NotFinite);
    }
    let bits = x.to_bits();
    let field = (bits >> 23 & 0xff) as i32;
    if field < 127 {
        return Ok(Made::default());
    }
    let mantissa = bits & ((1 << 23) - 1) | 1 << 23;
    scaled(out, x < 0.0, u64::from(mantissa), field - 150)
}
