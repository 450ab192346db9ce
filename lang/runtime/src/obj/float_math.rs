//! The functions of libm at the width of [`Float`], under one name for both widths.

use crate::Float;

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = $double:ident, $single:ident ($($arg:ident),*);)*) => { $(
        $(#[$doc])*
        #[inline]
        #[must_use]
        pub fn $name($($arg: Float),*) -> Float {
            #[cfg(target_pointer_width = "64")]
            return libm::$double($($arg),*);
            #[cfg(target_pointer_width = "32")]
            return libm::$single($($arg),*);
        }
    )* };
}

functions! {
    /// Square root.
    sqrt = sqrt, sqrtf(x);
    /// `e` to the power of `x`.
    exp = exp, expf(x);
    /// `exp(x) - 1`
    expm1 = expm1, expm1f(x);
    /// Natural logarithm.
    log = log, logf(x);
    /// Logarithm to base 2.
    log2 = log2, log2f(x);
    /// Logarithm to base 10.
    log10 = log10, log10f(x);
    /// Hyperbolic cosine.
    cosh = cosh, coshf(x);
    /// Hyperbolic sine.
    sinh = sinh, sinhf(x);
    /// Hyperbolic tangent.
    tanh = tanh, tanhf(x);
    /// Inverse hyperbolic cosine.
    acosh = acosh, acoshf(x);
    /// Inverse hyperbolic sine.
    asinh = asinh, asinhf(x);
    /// Inverse hyperbolic tangent.
    atanh = atanh, atanhf(x);
    /// Cosine of radians.
    cos = cos, cosf(x);
    /// Sine of radians.
    sin = sin, sinf(x);
    /// Tangent of radians.
    tan = tan, tanf(x);
    /// Inverse cosine, in radians.
    acos = acos, acosf(x);
    /// Inverse sine, in radians.
    asin = asin, asinf(x);
    /// Inverse tangent, in radians.
    atan = atan, atanf(x);
    /// The angle of the point (`x`, `y`), in radians.
    atan2 = atan2, atan2f(y, x);
    /// The length of the vector (`x`, `y`).
    hypot = hypot, hypotf(x, y);
    /// The least integral value not below `x`.
    ceil = ceil, ceilf(x);
    /// The greatest integral value not above `x`.
    floor = floor, floorf(x);
    /// `x` without its fraction.
    trunc = trunc, truncf(x);
    /// The nearest integral value, halves to even.
    round_even = rint, rintf(x);
    /// The remainder of truncated division, exact.
    fmod = fmod, fmodf(x, y);
    /// Error function.
    erf = erf, erff(x);
    /// `1 - erf(x)`
    erfc = erfc, erfcf(x);
    /// Gamma function.
    gamma = tgamma, tgammaf(x);
    /// Logarithm of the absolute value of the gamma function.
    lgamma = lgamma, lgammaf(x);
}

/// `x` to the power of `y`.
#[inline]
#[must_use]
pub fn pow(x: Float, y: Float) -> Float {
    #[cfg(target_pointer_width = "64")]
    return super::float_pow::pow(x, y);
    #[cfg(target_pointer_width = "32")]
    return libm::powf(x, y);
}

/// `x * 2**exponent`
#[inline]
#[must_use]
pub fn ldexp(x: Float, exponent: i32) -> Float {
    #[cfg(target_pointer_width = "64")]
    return libm::ldexp(x, exponent);
    #[cfg(target_pointer_width = "32")]
    return libm::ldexpf(x, exponent);
}

/// A mantissa in 0.5..1 and an exponent of two that make up `x`.
#[inline]
#[must_use]
pub fn frexp(x: Float) -> (Float, i32) {
    #[cfg(target_pointer_width = "64")]
    return libm::frexp(x);
    #[cfg(target_pointer_width = "32")]
    return libm::frexpf(x);
}
