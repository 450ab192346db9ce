//! Powers of ints.

use krait_bignum::{Int, Small};

use super::float::int_to_float;
use super::int::Operand;
use super::int_big::{self, Division};
use super::int_ops;
use super::{exception, float_ops, int_divide};
use crate::{BinaryOp, Outcome, Raised, Value, Vm};

/// `x ** y` of machine words.
pub(super) fn small(vm: &mut Vm, x: isize, y: isize) -> Outcome {
    if let Ok(exp) = u32::try_from(y)
        && let Some(r) = x.checked_pow(exp)
    {
        return vm.new_int(r);
    }
    // One division of exact numbers, where there is one, rounds better than a power of floats.
    if let Some(exp) = y.checked_neg().and_then(|y| u32::try_from(y).ok())
        && let Some(r) = x.checked_pow(exp)
    {
        return int_divide::small(vm, 1, r);
    }
    let (a, b) = (Small::from(x), Small::from(y));
    big(vm, a.int(), b.int())
}

/// `a ** b` of any integers; a float if `b` is negative.
pub(super) fn big(vm: &mut Vm, a: Int<'_>, b: Int<'_>) -> Outcome {
    if b.is_negative() {
        let (x, y) = (int_to_float(vm, a)?, int_to_float(vm, b)?);
        return match float_ops::floats(vm, BinaryOp::Power, x, y)? {
            Some(v) => Ok(v),
            None => Ok(Value::NONE),
        };
    }
    if a.abs().bit_len() <= 1 {
        // 0, 1 and -1 to any power.
        let odd_sign = a.is_negative() && b.is_odd();
        let magnitude = isize::from(!a.is_zero() || b.is_zero());
        return Ok(Value::small_int(if odd_sign { -magnitude } else { magnitude }));
    }
    match b.to_u64() {
        Some(exp) => int_big::pow(vm, a, exp),
        None => Err(int_big::too_big(vm)),
    }
}

/// `pow(base, exp, modulus)`: a negative exponent takes the inverse of the base.
///
/// # Errors
/// `TypeError` unless all are ints; `ValueError` for a modulus of zero or a base without inverse.
pub(super) fn pow3(vm: &mut Vm, base: Value, exp: Value, modulus: Value) -> Outcome {
    let [Some(a), Some(b), Some(m)] = [base, exp, modulus].map(|v| Operand::of(vm.native_part(v))) else {
        return Err(vm.type_error(format_args!("pow() with 3 arguments requires integers")));
    };
    if m.int().is_zero() {
        return Err(vm.value_error("divide by zero"));
    }
    if !b.int().is_negative() {
        return int_big::pow_mod(vm, a.int(), b.int(), m.int());
    }
    let inverse = inverse(vm, a, m)?;
    let Some(inverse) = Operand::of(inverse) else { return Ok(Value::NONE) };
    int_big::pow_mod(vm, inverse.int(), b.int().negated(), m.int())
}

/// The number by which `a` must be multiplied to give 1 modulo `m`: Euclid's algorithm, with the factors of `a`
/// kept at each step. Every step at least halves the remainder's product, so it ends soon.
fn inverse(vm: &mut Vm, a: Operand, m: Operand) -> Outcome {
    let m_abs = vm.new_bigint(m.int().abs())?;
    let mut old = (m_abs, Value::small_int(0));
    let start = divide(vm, Division::Remainder, a, of(m_abs))?;
    let mut now = (start, Value::small_int(1));
    while now.0 != Value::small_int(0) {
        vm.poll()?;
        let quotient = divide(vm, Division::Quotient, of(old.0), of(now.0))?;
        let rest = step(vm, old.0, quotient, now.0)?;
        let factor = step(vm, old.1, quotient, now.1)?;
        (old, now) = (now, (rest, factor));
    }
    if old.0 != Value::small_int(1) {
        return Err(vm.value_error("base is not invertible for the given modulus"));
    }
    Ok(old.1)
}

fn of(v: Value) -> Operand {
    Operand::of(v).unwrap_or(Operand::Small(Small::from(0i64)))
}

fn divide(vm: &mut Vm, what: Division, a: Operand, b: Operand) -> Outcome {
    int_big::divide(vm, what, a.int(), b.int())
}

/// `a - q * b`
fn step(vm: &mut Vm, a: Value, q: Value, b: Value) -> Outcome {
    let product = int_big::mul(vm, of(q).int(), of(b).int())?;
    match int_ops::big(vm, BinaryOp::Subtract, of(a).int(), of(product).int())? {
        Some(v) => Ok(v),
        None => Err(unreachable_operator(vm)),
    }
}

#[cold]
fn unreachable_operator(vm: &mut Vm) -> Raised {
    vm.raise_args(&exception::NOT_IMPLEMENTED_ERROR, &[])
}
