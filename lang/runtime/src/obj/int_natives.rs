//! The builtins that work on numbers: `abs`, `bin`, `oct`, `hex`, `divmod`, `pow`; `round` is beside the floats.

use super::int_pow::pow3;
use super::int_text::prefixed;
use crate::{Args, BinaryOp, Outcome, UnaryOp, Value, Vm};

pub use super::float_round::round;

/// `abs(x)`
pub fn abs(vm: &mut Vm, v: Value) -> Outcome {
    vm.unary(UnaryOp::Abs, v)
}

/// `bin(x)`
pub fn bin(vm: &mut Vm, v: Value) -> Outcome {
    prefixed(vm, v, 2, "0b")
}

/// `oct(x)`
pub fn oct(vm: &mut Vm, v: Value) -> Outcome {
    prefixed(vm, v, 8, "0o")
}

/// `hex(x)`
pub fn hex(vm: &mut Vm, v: Value) -> Outcome {
    prefixed(vm, v, 16, "0x")
}

/// `divmod(a, b)`
pub fn divmod(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    vm.binary(BinaryOp::Divmod, a, b)
}

/// `pow(base, exp)` and `pow(base, exp, modulus)`
pub fn pow(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    match *args.pos {
        [base, exp] => vm.binary(BinaryOp::Power, base, exp),
        [base, exp, modulus] if modulus.is_none() => vm.binary(BinaryOp::Power, base, exp),
        [base, exp, modulus] => pow3(vm, base, exp, modulus),
        _ => Err(vm.wrong_count(2, 3, args.pos.len())),
    }
}
