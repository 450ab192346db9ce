//! Arbitrary-precision integers with Python's rules, over limbs that the caller owns.
//!
//! A number is an [`Int`]: a sign and a little-endian slice of [`Limb`]s without high zeros.
//! No function allocates. Each `xxx` has an `xxx_len` that says how many limbs the result may
//! need and, where there is one, an `xxx_scratch_len` for working room; a result that does not
//! fit is [`Error::Space`], never a panic. The answer comes back as a [`Made`]: the sign and the
//! number of limbs of the output that hold the result.
//!
//! The surprising fact: scratch is a wish. With less than was asked for (often with none at all)
//! multiplication, division and reading text still give the right answer, by slower algorithms, so that
//! a chip with little memory left can still compute. Each function states its least.
//!
//! Absent from here: allocation, small-integer fast paths (the runtime's), signs and prefixes in
//! text (the lexer's and the formatter's), `gcd`, roots.
#![no_std]
#![forbid(unsafe_code)]

mod arith;
mod bits;
mod bytes;
mod div;
mod divide_conquer;
mod error;
mod float;
mod from_text;
mod int;
mod karatsuba;
mod limb;
pub mod mag;
mod mul;
mod pow;
mod pow_mod;
mod radix;
mod to_text;
mod watch;

pub use arith::{
    add, add_len, div_mod, div_scratch_len, floor_div, floor_mod, mul, mul_len, mul_scratch_len, quot_len, rem_len, sub,
};
pub use bits::{BitOp, bitwise, bitwise_len, not, not_len, shl, shl_len, shr, shr_len};
pub use bytes::{Endian, bytes_len, from_bytes, from_bytes_len, to_bytes};
pub use error::Error;
pub use float::{FLOAT_LIMBS, from_f32, from_f64, to_f32, to_f64};
pub use from_text::{from_text, from_text_len, from_text_scratch_len};
pub use int::{Int, Made, SMALL_LIMBS, Small};
pub use limb::{LIMB_BITS, LIMB_BYTES, Limb};
pub use pow::{pow, pow_len, pow_scratch_len};
pub use pow_mod::{pow_mod, pow_mod_len, pow_mod_scratch_len};
pub use to_text::{Group, text_len, to_text, to_text_scratch_least, to_text_scratch_len};
pub use watch::Watch;
