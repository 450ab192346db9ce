//! Results of krait-bignum as Python values: where they are computed, and what its errors become.
//!
//! Short results and scratch lie on the native stack (under 800 bytes), long ones in heap blocks of their own,
//! which nothing else can see until they are finished. A result's room is asked for before the work begins, so what
//! cannot fit the heap fails at once; while a long operation runs, Ctrl-C is looked for ([`watched`]).

use krait_bignum::{Error, Int, LIMB_BYTES, Limb, Made, Watch};

use super::exception;
use super::int::BigInt;
use crate::{Gc, Outcome, Raised, StrBuf, Value, Vm};

/// Limbs of results and of scratch that are kept on the stack.
const SHORT: usize = 20;
const SHORT_SCRATCH: usize = 44;

/// Limbs in a heap block.
pub(crate) struct Limbs(StrBuf<BigInt>);

impl Limbs {
    /// So many limbs, zero.
    pub(crate) fn new(vm: &mut Vm, n: usize) -> Result<Limbs, Raised> {
        let bytes = n.saturating_mul(LIMB_BYTES);
        if bytes > u32::MAX as usize {
            return Err(vm.out_of_memory(krait_memory::OutOfMemory(bytes)));
        }
        let mut buf = StrBuf::new();
        buf.push_repeat(vm, 0, bytes)?;
        Ok(Limbs(buf))
    }

    /// As [`Limbs::new`]; nothing if there is no room.
    fn wish(vm: &mut Vm, n: usize) -> Result<Option<Limbs>, Raised> {
        let made = Limbs::new(vm, n);
        vm.catch(&exception::MEMORY_ERROR, made)
    }

    pub(crate) fn get(&mut self) -> &mut [Limb] {
        bytemuck::try_cast_slice_mut(self.0.as_bytes_mut()).unwrap_or_default()
    }

    /// The int that these limbs have become.
    pub(crate) fn finish(mut self, vm: &mut Vm, made: Made) -> Outcome {
        if let Some(v) = made.of(self.get()).to_isize().and_then(Value::try_small_int) {
            self.discard(vm);
            return Ok(v);
        }
        let bytes = made.len * LIMB_BYTES;
        self.0.truncate(bytes);
        let bytes = self.0.len();
        Ok(self.0.finish(vm, BigInt::new(made.negative, bytes))?.value())
    }

    pub(crate) fn discard(self, vm: &mut Vm) {
        self.0.discard(vm);
    }
}

/// Work on limbs that [`make`] or [`with_scratch`] provide.
type Work<'f, T> = &'f mut dyn FnMut(&mut Vm, &mut [Limb]) -> Result<T, Raised>;

/// Runs `f` with a result of `len` limbs to fill.
pub(crate) fn make(vm: &mut Vm, len: usize, f: Work<'_, Made>) -> Outcome {
    if len <= SHORT {
        let mut out = [0; SHORT];
        let out = out.get_mut(..len).unwrap_or_default();
        let made = f(vm, out)?;
        return vm.new_bigint(made.of(out));
    }
    let mut out = Limbs::new(vm, len)?;
    match f(vm, out.get()) {
        Ok(made) => out.finish(vm, made),
        Err(r) => {
            out.discard(vm);
            Err(r)
        }
    }
}

/// Runs `f` with scratch: `wish` limbs if there is room, at least `least`.
pub(crate) fn with_scratch<T>(vm: &mut Vm, wish: usize, least: usize, f: Work<'_, T>) -> Result<T, Raised> {
    if wish <= SHORT_SCRATCH {
        let mut scratch = [0; SHORT_SCRATCH];
        return f(vm, scratch.get_mut(..wish).unwrap_or_default());
    }
    let mut scratch = match Limbs::wish(vm, wish)? {
        Some(s) => s,
        None if least <= SHORT_SCRATCH => return f(vm, &mut [0; SHORT_SCRATCH]),
        None => Limbs::new(vm, least)?,
    };
    let r = f(vm, scratch.get());
    scratch.discard(vm);
    r
}

/// Runs an operation that asks now and then whether to stop.
pub(crate) fn watched<T>(vm: &mut Vm, f: impl FnOnce(&mut Watch<'_>) -> Result<T, Error>) -> Result<T, Raised> {
    let mut raised = None;
    let result = {
        let vm = &mut *vm;
        let mut stop = || match vm.poll() {
            Ok(()) => false,
            Err(r) => {
                raised = Some(r);
                true
            }
        };
        f(&mut Watch::new(&mut stop))
    };
    match (result, raised) {
        (Ok(v), _) => Ok(v),
        (Err(_), Some(r)) => Err(r),
        (Err(e), None) => Err(error(vm, e)),
    }
}

/// The Python exception for an error of krait-bignum.
#[cold]
pub(crate) fn error(vm: &mut Vm, e: Error) -> Raised {
    match e {
        Error::DivideByZero => divide_by_zero(vm),
        Error::Overflow => vm.overflow_error("int too large to convert"),
        Error::Digit | Error::Base => vm.value_error("invalid syntax for integer"),
        Error::NotFinite => vm.value_error("can't convert NaN to int"),
        Error::Space | Error::Interrupted => vm.out_of_memory(krait_memory::OutOfMemory(usize::MAX)),
    }
}

/// `ZeroDivisionError: divide by zero`
#[cold]
pub(crate) fn divide_by_zero(vm: &mut Vm) -> Raised {
    vm.raise_str(&exception::ZERO_DIVISION_ERROR, "divide by zero")
}

/// The error for a result that no memory could hold.
#[cold]
pub(crate) fn too_big(vm: &mut Vm) -> Raised {
    vm.out_of_memory(krait_memory::OutOfMemory(usize::MAX))
}

/// `a * b`
pub(crate) fn mul(vm: &mut Vm, a: Int<'_>, b: Int<'_>) -> Outcome {
    make(vm, krait_bignum::mul_len(a, b), &mut |vm, out| {
        with_scratch(vm, krait_bignum::mul_scratch_len(a, b), 0, &mut |vm, scratch| {
            watched(vm, |watch| krait_bignum::mul(out, a, b, scratch, watch))
        })
    })
}

/// What a division is to give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Division {
    Quotient,
    Remainder,
}

/// `a // b` or `a % b`
pub(crate) fn divide(vm: &mut Vm, what: Division, a: Int<'_>, b: Int<'_>) -> Outcome {
    let len = match what {
        Division::Quotient => krait_bignum::quot_len(a, b),
        Division::Remainder => krait_bignum::rem_len(a, b),
    };
    make(vm, len, &mut |vm, out| {
        with_scratch(vm, krait_bignum::div_scratch_len(a, b), division_least(a, b), &mut |vm, scratch| {
            watched(vm, |watch| match what {
                Division::Quotient => krait_bignum::floor_div(out, a, b, scratch, watch),
                Division::Remainder => krait_bignum::floor_mod(out, a, b, scratch, watch),
            })
        })
    })
}

/// `divmod(a, b)`
pub(crate) fn div_mod(vm: &mut Vm, a: Int<'_>, b: Int<'_>) -> Result<(Value, Value), Raised> {
    let mut quot = Value::NONE;
    let rem = make(vm, krait_bignum::rem_len(a, b), &mut |vm, rem| {
        let mut made = Made::default();
        quot = make(vm, krait_bignum::quot_len(a, b), &mut |vm, quot| {
            let wish = krait_bignum::div_scratch_len(a, b);
            let (q, r) = with_scratch(vm, wish, division_least(a, b), &mut |vm, scratch| {
                watched(vm, |watch| krait_bignum::div_mod(quot, rem, a, b, scratch, watch))
            })?;
            made = r;
            Ok(q)
        })?;
        Ok(made)
    })?;
    Ok((quot, rem))
}

/// The least scratch of a division.
fn division_least(a: Int<'_>, b: Int<'_>) -> usize {
    a.limbs().len().saturating_add(b.limbs().len()).saturating_add(1)
}

/// `base ** exp`
pub(crate) fn pow(vm: &mut Vm, base: Int<'_>, exp: u64) -> Outcome {
    let (Some(len), Some(wish)) = (krait_bignum::pow_len(base, exp), krait_bignum::pow_scratch_len(base, exp)) else {
        return Err(too_big(vm));
    };
    make(vm, len, &mut |vm, out| {
        let least = out.len().saturating_add(base.limbs().len());
        with_scratch(vm, wish, least.min(wish), &mut |vm, scratch| {
            watched(vm, |watch| krait_bignum::pow(out, base, exp, scratch, watch))
        })
    })
}

/// `pow(base, exp, modulus)` for an exponent that is not negative.
pub(crate) fn pow_mod(vm: &mut Vm, base: Int<'_>, exp: Int<'_>, modulus: Int<'_>) -> Outcome {
    let n = modulus.limbs().len();
    let least = base.limbs().len().max(n.saturating_mul(2)).saturating_add(n.saturating_mul(2)).saturating_add(1);
    make(vm, krait_bignum::pow_mod_len(modulus), &mut |vm, out| {
        let wish = krait_bignum::pow_mod_scratch_len(base, modulus);
        with_scratch(vm, wish, least, &mut |vm, scratch| {
            watched(vm, |watch| krait_bignum::pow_mod(out, base, exp, modulus, scratch, watch))
        })
    })
}

/// `a << bits`, or `a >> bits`.
pub(crate) fn shift(vm: &mut Vm, left: bool, a: Int<'_>, bits: u64) -> Outcome {
    if left {
        let Some(len) = krait_bignum::shl_len(a, bits) else { return Err(too_big(vm)) };
        make(vm, len, &mut |vm, out| krait_bignum::shl(out, a, bits).map_err(|e| error(vm, e)))
    } else {
        let len = krait_bignum::shr_len(a, bits);
        make(vm, len, &mut |vm, out| krait_bignum::shr(out, a, bits).map_err(|e| error(vm, e)))
    }
}
