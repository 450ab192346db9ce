//! The two float types, seen as mantissa and exponent.

use core::fmt::LowerExp;
use core::str::FromStr;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`. Sealed: the buffers below are sized for these two.
pub trait Float: sealed::Sealed + Copy + LowerExp + FromStr + 'static {
    /// Room for every decimal digit of the longest exact value, and some to work in.
    type Digits: AsRef<[u8]> + AsMut<[u8]> + Copy;
    /// Room for the longest integer part, in words of 32 bits.
    type Whole: AsMut<[u32]>;
    /// Room for the longest fraction, in words of 32 bits.
    type Fraction: AsMut<[u32]>;

    #[doc(hidden)]
    const NO_DIGITS: Self::Digits;
    #[doc(hidden)]
    const NO_WHOLE: Self::Whole;
    #[doc(hidden)]
    const NO_FRACTION: Self::Fraction;
    #[doc(hidden)]
    const NAN: Self;
    #[doc(hidden)]
    const INFINITY: Self;

    /// The sign bit is set, also for zero and NaN.
    fn is_negative(self) -> bool;
    /// Not a number.
    fn is_nan(self) -> bool;
    /// Positive or negative infinity.
    fn is_infinite(self) -> bool;
    /// The value with its sign turned.
    #[must_use]
    fn negated(self) -> Self;
    /// A hundred times the value, rounded.
    #[must_use]
    fn percent(self) -> Self;
    /// For finite values: `|x| == mantissa * 2**exponent`.
    fn parts(self) -> (u64, i32);
}

macro_rules! float {
    ($float:ty, digits $digits:literal, whole $whole:literal, fraction $fraction:literal,
     mantissa $mantissa:literal, exponent $exponent:literal) => {
        impl Float for $float {
            type Digits = [u8; $digits];
            type Whole = [u32; $whole];
            type Fraction = [u32; $fraction];
            const NO_DIGITS: Self::Digits = [0; $digits];
            const NO_WHOLE: Self::Whole = [0; $whole];
            const NO_FRACTION: Self::Fraction = [0; $fraction];
            const NAN: Self = <$float>::NAN;
            const INFINITY: Self = <$float>::INFINITY;

            fn is_negative(self) -> bool {
                self.is_sign_negative()
            }
            fn is_nan(self) -> bool {
                <$float>::is_nan(self)
            }
            fn is_infinite(self) -> bool {
                <$float>::is_infinite(self)
            }
            fn negated(self) -> Self {
                -self
            }
            fn percent(self) -> Self {
                self * 100.0
            }
            fn parts(self) -> (u64, i32) {
                #[allow(clippy::unnecessary_cast, reason = "widens f32's bits only")]
                let bits = self.to_bits() as u64;
                let fraction = bits & ((1 << $mantissa) - 1);
                let field = (bits >> $mantissa & ((1 << $exponent) - 1)) as i32;
                let lowest = 2 - (1 << ($exponent - 1)) - $mantissa;
                match field {
                    0 => (fraction, lowest),
                    _ => (fraction | 1 << $mantissa, lowest + field - 1),
                }
            }
        }
    };
}

// The longest exact values have 112 and 767 significant digits; integer parts 128 and 1024 bits;
// fractions 149 and 1074 bits.
float!(f32, digits 136, whole 4, fraction 5, mantissa 23, exponent 8);
float!(f64, digits 792, whole 32, fraction 34, mantissa 52, exponent 11);
