//! `math`.
//!
//! A result that is not a number where the arguments were, or infinite where they were finite, is
//! `ValueError: math domain error`, overflow included, as in the reference. Infinities and NaN given are never an error.

use krait_runtime::memory::OutOfMemory;
use krait_runtime::obj::exception;
use krait_runtime::obj::float::{FloatBox, as_float};
use krait_runtime::obj::float_math as libm;
use krait_runtime::obj::float_ops::to_int;
use krait_runtime::obj::int::{Operand, is_int};
use krait_runtime::{Args, BinaryOp, Float, Gc, Obj, Outcome, Param, Raised, Value, Vm, module, q};

const PI: Float = core::f64::consts::PI as Float;
const E: Float = core::f64::consts::E as Float;

static INFINITY: Obj<FloatBox> = FloatBox::rom(Float::INFINITY);
static NAN: Obj<FloatBox> = FloatBox::rom(Float::NAN);

#[cold]
fn domain_error(vm: &mut Vm) -> Raised {
    vm.value_error("math domain error")
}

/// `f(v)`, checked.
fn apply(vm: &mut Vm, v: Value, f: fn(Float) -> Float) -> Outcome {
    let x = vm.need_float(v)?;
    let y = f(x);
    if (y.is_nan() && !x.is_nan()) || (y.is_infinite() && !x.is_infinite()) {
        return Err(domain_error(vm));
    }
    vm.new_float(y)
}

/// `f(v, w)`, checked.
fn apply2(vm: &mut Vm, v: Value, w: Value, f: fn(Float, Float) -> Float) -> Outcome {
    let (x, y) = (vm.need_float(v)?, vm.need_float(w)?);
    let z = f(x, y);
    if (z.is_nan() && !x.is_nan() && !y.is_nan()) || (z.is_infinite() && x.is_finite() && y.is_finite()) {
        return Err(domain_error(vm));
    }
    vm.new_float(z)
}

macro_rules! of_one {
    ($($name:ident)*) => { $(
        fn $name(vm: &mut Vm, v: Value) -> Outcome {
            apply(vm, v, libm::$name)
        }
    )* };
}
of_one! { sqrt exp expm1 cosh sinh tanh acosh asinh atanh cos sin tan acos asin atan erf erfc lgamma }

macro_rules! of_two {
    ($($name:ident)*) => { $(
        fn $name(vm: &mut Vm, v: Value, w: Value) -> Outcome {
            apply2(vm, v, w, libm::$name)
        }
    )* };
}
of_two! { pow atan2 fmod }

fn fabs(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, Float::abs)
}

fn copysign(vm: &mut Vm, v: Value, w: Value) -> Outcome {
    apply2(vm, v, w, Float::copysign)
}

fn gamma(vm: &mut Vm, v: Value) -> Outcome {
    // Poles at zero and the negative integers; libm may give infinities there or NaN.
    let pole = |x: Float| x == Float::NEG_INFINITY || (x <= 0.0 && libm::floor(x) == x);
    let x = vm.need_float(v)?;
    if pole(x) {
        return Err(domain_error(vm));
    }
    apply(vm, v, libm::gamma)
}

macro_rules! to_int_by {
    ($($name:ident)*) => { $(
        fn $name(vm: &mut Vm, v: Value) -> Outcome {
            if is_int(v) {
                return Ok(v);
            }
            let x = vm.need_float(v)?;
            to_int(vm, libm::$name(x))
        }
    )* };
}
to_int_by! { ceil floor trunc }

macro_rules! to_bool {
    ($($name:ident = $method:ident)*) => { $(
        fn $name(vm: &mut Vm, v: Value) -> Outcome {
            vm.need_float(v).map(|x| Value::bool(x.$method()))
        }
    )* };
}
to_bool! { isfinite = is_finite isinf = is_infinite isnan = is_nan }

/// A logarithm of any positive number: of ints beyond the largest float too, by their highest bits.
fn logarithm(vm: &mut Vm, v: Value, of: fn(Float) -> Float) -> Result<Float, Raised> {
    let mut dropped = 0;
    let mut v = v;
    if as_float(v).is_none()
        && let Some(x) = Operand::of(v)
        && let Some(drop) = x.int().bit_len().checked_sub(u64::from(Float::MAX_EXP as u32))
    {
        let count = vm.new_int(drop + 1)?;
        v = vm.binary(BinaryOp::Rshift, v, count)?;
        dropped = drop + 1;
    }
    let x = vm.need_float(v)?;
    if x <= 0.0 {
        return Err(domain_error(vm));
    }
    Ok(if dropped == 0 { of(x) } else { of(x) + of(2.0) * dropped as Float })
}

fn log2(vm: &mut Vm, v: Value) -> Outcome {
    let x = logarithm(vm, v, libm::log2)?;
    vm.new_float(x)
}

fn log10(vm: &mut Vm, v: Value) -> Outcome {
    let x = logarithm(vm, v, libm::log10)?;
    vm.new_float(x)
}

/// `log(x)`, `log(x, base)`
fn log(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let x = logarithm(vm, args.get(0).unwrap_or(Value::NONE), libm::log)?;
    let Some(base) = args.get(1) else { return vm.new_float(x) };
    let base = logarithm(vm, base, libm::log)?;
    if base == 0.0 {
        return Err(vm.raise_str(&exception::ZERO_DIVISION_ERROR, "divide by zero"));
    }
    vm.new_float(x / base)
}

fn ldexp(vm: &mut Vm, v: Value, exponent: Value) -> Outcome {
    let x = vm.need_float(v)?;
    let exponent = vm.clamped_int(exponent)?;
    let exponent = exponent.clamp(-(1 << 20), 1 << 20) as i32;
    vm.new_float(libm::ldexp(x, exponent))
}

fn pair(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    Ok(vm.new_tuple(&[a, b])?.value())
}

fn frexp(vm: &mut Vm, v: Value) -> Outcome {
    let x = vm.need_float(v)?;
    let (mantissa, exponent) = if x.is_finite() { libm::frexp(x) } else { (x, 0) };
    let mantissa = vm.new_float(mantissa)?;
    pair(vm, mantissa, Value::small_int(exponent as isize))
}

fn modf(vm: &mut Vm, v: Value) -> Outcome {
    let x = vm.need_float(v)?;
    let whole = if x.is_finite() { libm::trunc(x) } else { x };
    let fraction = if x.is_infinite() { 0.0 } else { x - whole };
    let (fraction, whole) = (vm.new_float(fraction.copysign(x))?, vm.new_float(whole)?);
    pair(vm, fraction, whole)
}

fn radians(vm: &mut Vm, v: Value) -> Outcome {
    let x = vm.need_float(v)?;
    vm.new_float(x * (PI / 180.0))
}

fn degrees(vm: &mut Vm, v: Value) -> Outcome {
    let x = vm.need_float(v)?;
    vm.new_float(x * (180.0 / PI))
}

/// `isclose(a, b, *, rel_tol=1e-9, abs_tol=0)`
fn isclose(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [a, b, relative, absolute] = args.bind(
        vm,
        &[
            Param::required(q!(a)),
            Param::required(q!(b)),
            Param::kw(q!(rel_tol), Value::SENTINEL),
            Param::kw(q!(abs_tol), Value::small_int(0)),
        ],
    )?;
    let (a, b) = (vm.need_float(a)?, vm.need_float(b)?);
    let relative = if relative == Value::SENTINEL { 1e-9 } else { vm.need_float(relative)? };
    let absolute = vm.need_float(absolute)?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(domain_error(vm));
    }
    let difference = (a - b).abs();
    let close = a == b
        || difference.is_finite()
            && (difference <= absolute || difference <= (relative * a).abs() || difference <= (relative * b).abs());
    Ok(Value::bool(close))
}

/// `factorial(n)`: the product of a range is that of its halves, so that factors are equally long.
fn factorial(vm: &mut Vm, v: Value) -> Outcome {
    let n = vm.need_int(v)?;
    let Ok(n) = usize::try_from(n) else {
        return Err(vm.value_error("negative factorial"));
    };
    // What cannot fit fails before the work begins.
    let bytes = libm::lgamma(n as Float + 1.0) / core::f64::consts::LN_2 as Float / 8.0;
    if n > 1000 && bytes > vm.heap().stats().total as Float {
        return Err(vm.out_of_memory(OutOfMemory(bytes as usize)));
    }
    product(vm, 1, n.max(1))
}

/// `from * (from + 1) * ... * to`; the depth of recursion is the logarithm of the count.
fn product(vm: &mut Vm, from: usize, to: usize) -> Outcome {
    if to - from < 8 {
        let mut r = vm.new_int(from)?;
        for n in from + 1..=to {
            let n = vm.new_int(n)?;
            r = vm.binary(BinaryOp::Multiply, r, n)?;
        }
        return Ok(r);
    }
    vm.poll()?;
    let middle = from + (to - from) / 2;
    let low = product(vm, from, middle)?;
    let high = product(vm, middle + 1, to)?;
    vm.binary(BinaryOp::Multiply, low, high)
}

module! {
    /// `math`
    pub static MATH: q!(math);
    q!(e) => float(E),
    q!(pi) => float(PI),
    q!(tau) => float(2.0 * PI),
    q!(inf) => obj(&INFINITY),
    q!(nan) => obj(&NAN),
    q!(sqrt) => f1(sqrt),
    q!(pow) => f2(pow),
    q!(exp) => f1(exp),
    q!(expm1) => f1(expm1),
    q!(log) => var(1, 2, log),
    q!(log2) => f1(log2),
    q!(log10) => f1(log10),
    q!(cosh) => f1(cosh),
    q!(sinh) => f1(sinh),
    q!(tanh) => f1(tanh),
    q!(acosh) => f1(acosh),
    q!(asinh) => f1(asinh),
    q!(atanh) => f1(atanh),
    q!(cos) => f1(cos),
    q!(sin) => f1(sin),
    q!(tan) => f1(tan),
    q!(acos) => f1(acos),
    q!(asin) => f1(asin),
    q!(atan) => f1(atan),
    q!(atan2) => f2(atan2),
    q!(ceil) => f1(ceil),
    q!(copysign) => f2(copysign),
    q!(fabs) => f1(fabs),
    q!(floor) => f1(floor),
    q!(fmod) => f2(fmod),
    q!(frexp) => f1(frexp),
    q!(ldexp) => f2(ldexp),
    q!(modf) => f1(modf),
    q!(isfinite) => f1(isfinite),
    q!(isinf) => f1(isinf),
    q!(isnan) => f1(isnan),
    q!(isclose) => kw(2, isclose),
    q!(trunc) => f1(trunc),
    q!(radians) => f1(radians),
    q!(degrees) => f1(degrees),
    q!(factorial) => f1(factorial),
    q!(erf) => f1(erf),
    q!(erfc) => f1(erfc),
    q!(gamma) => f1(gamma),
    q!(lgamma) => f1(lgamma)
}
