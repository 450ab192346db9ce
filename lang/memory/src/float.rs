//! The float coding: a float of a common exponent *is* its word; others are boxed by the runtime.
//!
//! Invariant: `unpack(pack(f))` has the very bits of `f`; no bit is lost, unlike the reference's 30-bit floats.
//! Adding one unit to the third exponent bit turns the exponent range around 1.0 (top bits 011 and 100) into
//! 10x; rotating left by three then leaves sign, 1, 0 in the low three bits: tags 010 and 110. (Float
//! self-tagging: Melançon, Serrano, Feeley, arXiv 2411.16544.) Covered without a box: magnitudes from about
//! 2^-31 to 2^32 in single, 2^-255 to 2^256 in double precision, and both zeros as immediates.

/// Python's float: IEEE double on a 64-bit target, IEEE single on a 32-bit one.
#[cfg(target_pointer_width = "64")]
pub type Float = f64;
/// Python's float: IEEE double on a 64-bit target, IEEE single on a 32-bit one.
#[cfg(target_pointer_width = "32")]
pub type Float = f32;

/// Significant decimal digits after which every [`Float`] is exact (17 for double, 9 for single).
#[cfg(target_pointer_width = "64")]
pub const FLOAT_DIGITS: usize = 17;
/// Significant decimal digits after which every [`Float`] is exact (17 for double, 9 for single).
#[cfg(target_pointer_width = "32")]
pub const FLOAT_DIGITS: usize = 9;

const BIAS: usize = 1 << (usize::BITS - 4);

/// The word of `f`, or `None` if it needs a box (or is a zero, which has its own immediate).
#[inline(always)]
pub(crate) const fn pack(f: Float) -> Option<usize> {
    // The bits of a Float are exactly as wide as usize on both targets.
    let word = (f.to_bits() as usize).wrapping_add(BIAS).rotate_left(3);
    if word & 3 == 2 { Some(word) } else { None }
}

/// The float of a word whose low two bits are 10.
#[inline(always)]
pub(crate) const fn unpack(word: usize) -> Float {
    Float::from_bits(word.rotate_right(3).wrapping_sub(BIAS) as _)
}
