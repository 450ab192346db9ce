//! `cmath`: functions of complex numbers.

use krait_runtime::obj::complex::{Parts, new};
use krait_runtime::obj::float_math as libm;
use krait_runtime::{Float, Outcome, Value, Vm, module};

/// A complex function by its parts.
fn apply(vm: &mut Vm, v: Value, f: fn(Parts) -> Parts) -> Outcome {
    let z = vm.need_complex(v)?;
    let (real, imag) = f(z);
    new(vm, real, imag)
}

fn angle((real, imag): Parts) -> Float {
    libm::atan2(imag, real)
}

fn phase(vm: &mut Vm, v: Value) -> Outcome {
    let z = vm.need_complex(v)?;
    vm.new_float(angle(z))
}

fn polar(vm: &mut Vm, v: Value) -> Outcome {
    let z = vm.need_complex(v)?;
    let (length, angle) = (vm.new_float(libm::hypot(z.0, z.1))?, vm.new_float(angle(z))?);
    Ok(vm.new_tuple(&[length, angle])?.value())
}

fn rect(vm: &mut Vm, length: Value, angle: Value) -> Outcome {
    let (length, angle) = (vm.need_float(length)?, vm.need_float(angle)?);
    new(vm, length * libm::cos(angle), length * libm::sin(angle))
}

fn exp(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, |(real, imag)| {
        let length = libm::exp(real);
        (length * libm::cos(imag), length * libm::sin(imag))
    })
}

fn log(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, |z| (libm::log(libm::hypot(z.0, z.1)), angle(z)))
}

fn log10(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, |z| {
        let scale = core::f64::consts::LOG10_E as Float;
        (libm::log10(libm::hypot(z.0, z.1)), scale * angle(z))
    })
}

/// The root with a real part that is not negative. The larger part comes from a sum, so that nothing cancels.
fn square_root((real, imag): Parts) -> Parts {
    if real == 0.0 && imag == 0.0 {
        return (0.0, imag);
    }
    if imag.is_infinite() {
        return (Float::INFINITY, imag);
    }
    // Halved first: the sum of two large parts stays finite.
    let large = libm::sqrt(real.abs() / 2.0 + libm::hypot(real / 2.0, imag / 2.0));
    let small = imag.abs() / (2.0 * large);
    if real >= 0.0 { (large, small.copysign(imag)) } else { (small, large.copysign(imag)) }
}

fn sqrt(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, square_root)
}

fn cos(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, |(x, y)| (libm::cos(x) * libm::cosh(y), -libm::sin(x) * libm::sinh(y)))
}

fn sin(vm: &mut Vm, v: Value) -> Outcome {
    apply(vm, v, |(x, y)| (libm::sin(x) * libm::cosh(y), libm::cos(x) * libm::sinh(y)))
}

module! {
    /// `cmath`
    pub static CMATH: q!(cmath);
    q!(e) => float(core::f64::consts::E as Float),
    q!(pi) => float(core::f64::consts::PI as Float),
    q!(phase) => f1(phase),
    q!(polar) => f1(polar),
    q!(rect) => f2(rect),
    q!(exp) => f1(exp),
    q!(log) => f1(log),
    q!(log10) => f1(log10),
    q!(sqrt) => f1(sqrt),
    q!(cos) => f1(cos),
    q!(sin) => f1(sin)
}
