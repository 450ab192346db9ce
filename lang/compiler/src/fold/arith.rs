//! Arithmetic on literal numbers, with Python's rules.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bignum as bignum;
use krait_bignum::{BitOp, Int, Limb, Made, Small, Watch};

use crate::token::Token;

/// Results longer than this many limbs are left to run time: 16 KiB.
const LONGEST: usize = (16 << 10) / size_of::<Limb>();

/// A number being computed.
pub(super) enum Number<A: Allocator> {
    Small(i64),
    Big(bool, Vec<Limb, A>),
    Float(f64),
}

/// Zeroed limbs, if there is memory for them.
fn limbs<A: Allocator>(len: usize, allocator: A) -> Option<Vec<Limb, A>> {
    if len > LONGEST * 8 {
        return None;
    }
    let mut limbs = Vec::new_in(allocator);
    limbs.try_reserve_exact(len).ok()?;
    limbs.resize(len, 0);
    Some(limbs)
}

impl<A: Allocator + Clone> Number<A> {
    pub(super) fn copy_of(int: Int, allocator: &A) -> Option<Self> {
        if let Some(value) = int.to_i64() {
            return Some(Number::Small(value));
        }
        let mut copy = Vec::new_in(allocator.clone());
        copy.try_reserve_exact(int.limbs().len()).ok()?;
        copy.extend_from_slice(int.limbs());
        Some(Number::Big(int.is_negative(), copy))
    }

    fn to_float(&self) -> f64 {
        match self {
            Number::Small(value) => *value as f64,
            Number::Float(value) => *value,
            Number::Big(negative, limbs) => {
                let infinity = if *negative { f64::NEG_INFINITY } else { f64::INFINITY };
                bignum::to_f64(Int::new(*negative, limbs)).unwrap_or(infinity)
            }
        }
    }

    fn with_int<R>(&self, f: impl FnOnce(Int) -> R) -> Option<R> {
        match self {
            Number::Small(value) => Some(f(Small::from(*value).int())),
            Number::Big(negative, limbs) => Some(f(Int::new(*negative, limbs))),
            Number::Float(_) => None,
        }
    }

    fn made(made: Made, mut out: Vec<Limb, A>) -> Option<Self> {
        if made.len > LONGEST {
            return None;
        }
        if let Some(value) = made.of(&out).to_i64() {
            return Some(Number::Small(value));
        }
        out.truncate(made.len);
        Some(Number::Big(made.negative, out))
    }
}

/// `value` with the sign or `~`; `None` if the operator does not apply.
pub(super) fn unary<A: Allocator + Clone>(token: Token, value: Number<A>, allocator: &A) -> Option<Number<A>> {
    Some(match (token, value) {
        (Token::Plus, value) => value,
        (Token::Minus, Number::Float(x)) => Number::Float(-x),
        (Token::Minus, Number::Small(x)) => match x.checked_neg() {
            Some(x) => Number::Small(x),
            None => return big(token, &Number::Small(0), &Number::Small(x), allocator),
        },
        (Token::Minus, Number::Big(negative, limbs)) => {
            let int = Int::new(!negative, &limbs);
            match int.to_i64() {
                Some(x) => Number::Small(x),
                None => Number::Big(!negative, limbs),
            }
        }
        (Token::Tilde, Number::Small(x)) => Number::Small(!x),
        (Token::Tilde, Number::Big(negative, value)) => {
            let int = Int::new(negative, &value);
            let mut out = limbs(bignum::not_len(int), allocator.clone())?;
            let made = bignum::not(&mut out, int).ok()?;
            return Number::made(made, out);
        }
        _ => return None,
    })
}

/// `a operator b`; `None` if it raises, is no number, or is too large.
pub(super) fn binary<A: Allocator + Clone>(
    token: Token,
    a: &Number<A>,
    b: &Number<A>,
    allocator: &A,
) -> Option<Number<A>> {
    match (a, b) {
        (Number::Float(_), _) | (_, Number::Float(_)) => float(token, a.to_float(), b.to_float()).map(Number::Float),
        (Number::Small(x), Number::Small(y)) => small(token, *x, *y).or_else(|| big(token, a, b, allocator)),
        _ => big(token, a, b, allocator),
    }
}

/// The result if it is easily had in machine integers.
fn small<A: Allocator>(token: Token, x: i64, y: i64) -> Option<Number<A>> {
    let value = match token {
        Token::Pipe => x | y,
        Token::Caret => x ^ y,
        Token::Ampersand => x & y,
        Token::Plus => x.checked_add(y)?,
        Token::Minus => x.checked_sub(y)?,
        Token::Star => x.checked_mul(y)?,
        Token::SlashSlash => {
            let quotient = x.checked_div(y)?;
            if x % y != 0 && (x < 0) != (y < 0) { quotient - 1 } else { quotient }
        }
        Token::Percent => {
            let rest = x.checked_rem(y)?;
            if rest != 0 && (rest < 0) != (y < 0) { rest + y } else { rest }
        }
        Token::ShiftLeft => {
            let bits = u32::try_from(y).ok()?;
            let shifted = x.checked_shl(bits)?;
            if shifted >> bits != x {
                return None;
            }
            shifted
        }
        Token::ShiftRight if y >= 0 => x >> y.min(63),
        Token::StarStar => x.checked_pow(u32::try_from(y).ok()?)?,
        _ => return None,
    };
    Some(Number::Small(value))
}

fn big<A: Allocator + Clone>(token: Token, a: &Number<A>, b: &Number<A>, allocator: &A) -> Option<Number<A>> {
    // Division and negative powers leave the integers.
    let zero = b.with_int(|b| b.is_zero())?;
    let negative = b.with_int(|b| b.is_negative())?;
    match token {
        Token::Slash => {
            return (!zero).then(|| Number::Float(a.to_float() / b.to_float()));
        }
        Token::StarStar if negative => {
            return float(token, a.to_float(), b.to_float()).map(Number::Float);
        }
        Token::SlashSlash | Token::Percent if zero => return None,
        _ => {}
    }
    let watch = &mut Watch::never();
    let (out, made) = a.with_int(|a| b.with_int(|b| integers(token, a, b, allocator, watch)))???;
    Number::made(made, out)
}

fn integers<A: Allocator + Clone>(
    token: Token,
    a: Int,
    b: Int,
    allocator: &A,
    watch: &mut Watch,
) -> Option<(Vec<Limb, A>, Made)> {
    let room = |len| limbs(len, allocator.clone());
    let bits = |op| {
        let mut out = room(bignum::bitwise_len(a, b))?;
        let made = bignum::bitwise(&mut out, op, a, b).ok()?;
        Some((out, made))
    };
    let mut out;
    let made = match token {
        Token::Pipe => return bits(BitOp::Or),
        Token::Caret => return bits(BitOp::Xor),
        Token::Ampersand => return bits(BitOp::And),
        Token::Plus => {
            out = room(bignum::add_len(a, b))?;
            bignum::add(&mut out, a, b)
        }
        Token::Minus => {
            out = room(bignum::add_len(a, b))?;
            bignum::sub(&mut out, a, b)
        }
        Token::Star => {
            out = room(bignum::mul_len(a, b))?;
            let mut scratch = room(bignum::mul_scratch_len(a, b))?;
            bignum::mul(&mut out, a, b, &mut scratch, watch)
        }
        Token::SlashSlash => {
            out = room(bignum::quot_len(a, b))?;
            let mut scratch = room(bignum::div_scratch_len(a, b))?;
            bignum::floor_div(&mut out, a, b, &mut scratch, watch)
        }
        Token::Percent => {
            out = room(bignum::rem_len(a, b))?;
            let mut scratch = room(bignum::div_scratch_len(a, b))?;
            bignum::floor_mod(&mut out, a, b, &mut scratch, watch)
        }
        Token::ShiftLeft => {
            let count = b.to_u64()?;
            out = room(bignum::shl_len(a, count)?)?;
            bignum::shl(&mut out, a, count)
        }
        Token::ShiftRight => {
            let count = b.to_u64()?;
            out = room(bignum::shr_len(a, count))?;
            bignum::shr(&mut out, a, count)
        }
        Token::StarStar => {
            let exponent = b.to_u64()?;
            out = room(bignum::pow_len(a, exponent)?)?;
            let mut scratch = room(bignum::pow_scratch_len(a, exponent)?)?;
            bignum::pow(&mut out, a, exponent, &mut scratch, watch)
        }
        _ => return None,
    };
    Some((out, made.ok()?))
}

fn float(token: Token, a: f64, b: f64) -> Option<f64> {
    Some(match token {
        Token::Plus => a + b,
        Token::Minus => a - b,
        Token::Star => a * b,
        Token::Slash if b != 0.0 => a / b,
        Token::SlashSlash if b != 0.0 => floor_divide(a, b).0,
        Token::Percent if b != 0.0 => floor_divide(a, b).1,
        Token::StarStar => {
            let raises = a == 0.0 && b < 0.0 && b.is_finite();
            let complex = a < 0.0 && !b.is_nan() && b != libm::floor(b);
            if raises || complex {
                return None;
            }
            libm::pow(a, b)
        }
        _ => return None,
    })
}

/// Quotient rounded down and remainder with the divisor's sign, as Python defines them.
fn floor_divide(a: f64, b: f64) -> (f64, f64) {
    let mut rest = libm::fmod(a, b);
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = libm::copysign(0.0, b);
    } else if (rest < 0.0) != (b < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        quotient = libm::copysign(0.0, a / b);
    } else {
        let floor = libm::floor(quotient);
        quotient = if quotient - floor > 0.5 { floor + 1.0 } else { floor };
    }
    (quotient, rest)
}
