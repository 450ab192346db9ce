//! Powers of doubles, wrong by at most some 0.51 units in the last place: closer than libm's, and faster.
//!
//! `x ** y` is `exp(y * ln x)`. The logarithm is kept as a sum of two doubles, some 68 bits, since its error counts
//! up to a thousandfold in the result. Both functions look up a point near their argument in a table that the
//! compiler computes, and add a short series for the rest. Where the result might overflow or is below the normal
//! range, and for infinities, NaN and zeros, libm answers.

/// Bits behind the point of the fixed-point numbers that the tables are made of.
const POINT: u32 = 120;
const ONE: u128 = 1 << POINT;

/// `a * b` in fixed point, each below 64.
const fn times(a: u128, b: u128) -> u128 {
    let low = u64::MAX as u128;
    let (ah, al, bh, bl) = (a >> 64, a & low, b >> 64, b & low);
    let middle = ah * bl + al * bh + ((al * bl) >> 64);
    ((ah * bh) << (128 - POINT)) + (middle >> (POINT - 64))
}

/// `ln(n / d)` for `n >= d`, by the series of the inverse hyperbolic tangent.
const fn ln(mut n: u128, mut d: u128) -> u128 {
    while n.is_multiple_of(2) && d.is_multiple_of(2) {
        (n, d) = (n / 2, d / 2);
    }
    // Below 256, so that no bit is lost.
    assert!(n - d < 1 << (128 - POINT));
    let z = ((n - d) << POINT) / (n + d);
    let square = times(z, z);
    let (mut power, mut sum, mut k) = (z, 0, 1);
    while power > 0 {
        sum += power / k;
        power = times(power, square);
        k += 2;
    }
    2 * sum
}

/// `exp(x)` for `x` below 1.
const fn exp_fixed(x: u128) -> u128 {
    let (mut term, mut sum, mut k) = (ONE, 0, 1);
    while term > 0 {
        sum += term;
        term = times(term, x) / k;
        k += 1;
    }
    sum
}

/// A fixed-point number as a double that is a multiple of `2**-bits`, and what remains.
const fn split(x: u128, bits: u32) -> (f64, f64) {
    let high = ((x >> (POINT - bits - 1)) + 1) >> 1;
    let rest = x as i128 - (high << (POINT - bits)) as i128;
    (high as f64 / (1u128 << bits) as f64, rest as f64 / ONE as f64)
}

/// Bits of the multiples that logarithms are split at: a sum of such, below 1024, is exact.
const GRID: u32 = 42;

/// An interval of mantissas: a number of ten bits near the reciprocal, and minus its logarithm.
#[derive(Clone, Copy)]
struct Near {
    reciprocal: f64,
    ln: (f64, f64),
}

const INTERVALS: usize = 128;
static NEAR: [Near; INTERVALS] = {
    let mut table = [Near { reciprocal: 1.0, ln: (0.0, 0.0) }; INTERVALS];
    let mut i = 0;
    while i < INTERVALS {
        // At both ends the reciprocal is exact, so that nothing cancels for numbers near 1.
        let k = match i {
            0 => 512,
            127 => 256,
            _ => (512 * 256 + 128 + i as u128) / (257 + 2 * i as u128),
        };
        table[i] = Near { reciprocal: k as f64 / 512.0, ln: split(ln(512, k), GRID) };
        i += 1;
    }
    table
};

const LN2_FIXED: u128 = ln(2, 1);
const LN2: (f64, f64) = split(LN2_FIXED, GRID);

const STEPS: usize = 64;
/// `2 ** (i / 64)` as two doubles.
static ROOTS: [(f64, f64); STEPS] = {
    let mut table = [(1.0, 0.0); STEPS];
    let mut i = 0;
    while i < STEPS {
        table[i] = split(exp_fixed(LN2_FIXED / STEPS as u128 * i as u128), 52);
        i += 1;
    }
    table
};
/// `ln(2) / 64`, the high part with so few bits that its multiples are exact.
const STEP: (f64, f64) = split(LN2_FIXED / STEPS as u128, 36);

/// `a + b` as the nearest double and the error.
#[inline(always)]
fn sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let part = s - a;
    (s, (a - (s - part)) + (b - part))
}

/// The upper half of a double's bits, and the rest.
#[inline(always)]
fn halves(x: f64) -> (f64, f64) {
    let high = f64::from_bits(x.to_bits() & !0x7ff_ffff);
    (high, x - high)
}

/// `ln(x)` of a normal positive number, as two doubles.
#[inline(always)]
fn ln_of(x: f64) -> (f64, f64) {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) as i32 - 1023) as f64;
    let m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let near = NEAR[(bits >> 45) as usize % INTERVALS];
    // r = m * reciprocal - 1, exact: each half of m makes a short product.
    let (high, low) = halves(m);
    let (r, r_rest) = sum(high * near.reciprocal - 1.0, low * near.reciprocal);
    let base = exponent * LN2.0 + near.ln.0;
    let base_rest = exponent * LN2.1 + near.ln.1;
    // ln(1 + r) = r - r*r/2 + r*r*r * series(r); of the square, the upper part is exact.
    let (upper, lower) = halves(r);
    let square = 0.5 * upper * upper;
    let square_rest = 0.5 * lower * (r + upper) + r * r_rest;
    let even = 1.0 / 3.0 + r * r * (1.0 / 5.0 + r * r * (1.0 / 7.0 + r * r * (1.0 / 9.0)));
    let odd = 1.0 / 4.0 + r * r * (1.0 / 6.0 + r * r * (1.0 / 8.0 + r * r * (1.0 / 10.0)));
    let series = r * r * r * (even - r * odd);
    let (s, e1) = sum(base, r);
    let (s, e2) = sum(s, -square);
    sum(s, base_rest + (r_rest + (e1 + e2 - square_rest + series)))
}

/// `x ** y`, with the results of C's `pow` for every special argument.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    let size = x.abs();
    if !(size.is_normal() && y.abs() < 1e18) {
        return libm::pow(x, y);
    }
    let sign = if x < 0.0 {
        let whole = y as i64;
        if whole as f64 != y {
            return f64::NAN;
        }
        if whole & 1 == 0 { 1.0 } else { -1.0 }
    } else {
        1.0
    };
    let (l, l_rest) = ln_of(size);
    let e = y * l;
    if e.abs() > 700.0 {
        return libm::pow(x, y);
    }
    let ((yh, yl), (lh, ll)) = (halves(y), halves(l));
    let e_rest = ((yh * lh - e) + yh * ll + yl * lh) + yl * ll + y * l_rest;
    // exp(e) = 2 ** (k / 64) * exp(z)
    let k = (e * (STEPS as f64 / core::f64::consts::LN_2) + 1.5 * (1u64 << 52) as f64) - 1.5 * (1u64 << 52) as f64;
    let z = (e - k * STEP.0) + (e_rest - k * STEP.1);
    let k = k as i64;
    let series = z + z * z * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z * (1.0 / 720.0)))));
    let root = ROOTS[k as usize % STEPS];
    let scale = f64::from_bits(((k.div_euclid(STEPS as i64) + 1023) as u64) << 52);
    sign * scale * (root.0 + (root.1 + root.0 * series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_systems_own() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut tried, mut other) = (0, 0);
        for round in 0..400_000 {
            let wide = [1.0, 0.01, 40.0, 300.0][round % 4];
            let x = libm::exp2((next() - 0.5) * wide);
            let y = (next() - 0.5) * 1000.0 / wide;
            let (got, want) = (pow(x, y), x.powf(y));
            tried += 1;
            if got != want {
                other += 1;
                let apart = (got.to_bits() as i64 - want.to_bits() as i64).abs();
                assert!(apart <= 1, "{x:e} ** {y:e}: {got:e}, {want:e}");
            }
        }
        // The system's is itself not always the nearest.
        assert!(other * 50 < tried, "{other} of {tried} differ");
    }

    #[test]
    fn special_arguments() {
        let odd = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1e300, -1e-300, 5e-324, f64::MAX, 1e17 + 1.0];
        let all = odd.iter().copied().chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e18, 1e19, 0.1]);
        for x in all.clone() {
            for y in all.clone() {
                let (got, want) = (pow(x, y), x.powf(y));
                let near = want.is_normal() && (got - want).abs() <= want.abs() * f64::EPSILON;
                assert!(got == want || near || (got.is_nan() && want.is_nan()), "{x:e} ** {y:e}: {got:e}, {want:e}");
                assert!(got != 0.0 || got.is_sign_negative() == want.is_sign_negative(), "{x:e} ** {y:e}");
            }
        }
        for n in -300..300i32 {
            assert_eq!(pow(2.0, f64::from(n)), libm::ldexp(1.0, n));
        }
        for n in 0..=22 {
            assert_eq!(
                pow(10.0, f64::from(n)),
                10u64.pow(n.min(19) as u32) as f64 * [1.0, 10.0, 100.0, 1000.0][(n - n.min(19)) as usize]
            );
        }
    }
}
