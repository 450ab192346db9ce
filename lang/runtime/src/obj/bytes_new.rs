//! What `bytes` and `bytearray` are made of: the arguments of their constructors, and picking by a slice.

use crate::obj::int::{BigInt, as_int, is_int};
use crate::obj::slice::SliceRange;
use crate::{Args, Param, Raised, Value, Vm};

/// What a constructor was given.
pub(super) enum Source {
    /// So many zero bytes.
    Zeros(usize),
    /// A buffer, a string with an encoding, or an iterable of numbers.
    Value(Value),
}

/// Reads the arguments of `bytes(...)` and `bytearray(...)`.
///
/// # Errors
/// `TypeError`; `ValueError` for a negative length.
pub(super) fn source(vm: &mut Vm, args: &Args<'_>) -> Result<Source, Raised> {
    if args.pos.len() > 3 {
        return Err(vm.wrong_count(0, 3, args.pos.len()));
    }
    let params = [
        Param::optional(q!(source), Value::SENTINEL),
        Param::optional(q!(encoding), Value::SENTINEL),
        Param::optional(q!(errors), Value::SENTINEL),
    ];
    let [v, encoding, _] = args.bind(vm, &params)?;
    if v == Value::SENTINEL {
        return Ok(Source::Zeros(0));
    }
    if vm.as_str(v).is_some() {
        if encoding == Value::SENTINEL {
            return Err(vm.type_error(format_args!("string argument without an encoding")));
        }
        return Ok(Source::Value(v));
    }
    if encoding != Value::SENTINEL && vm.buffer_of(v).is_none() {
        return Err(vm.type_error(format_args!("wrong number of arguments")));
    }
    let native = vm.native_part(v);
    if is_int(native) || native.as_bool().is_some() {
        return match usize::try_from(vm.need_int(native)?) {
            Ok(n) => Ok(Source::Zeros(n)),
            Err(_) => Err(vm.value_error("negative count")),
        };
    }
    Ok(Source::Value(native))
}

/// The low byte of a number, as storing into a bytearray takes it.
///
/// # Errors
/// `TypeError` if it is no number.
pub(super) fn low_byte(vm: &mut Vm, v: Value) -> Result<u8, Raised> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as u8);
    }
    if let Some(big) = v.downcast::<BigInt>() {
        return Ok(as_int(&big).wrapping_u64() as u8);
    }
    Ok(vm.need_int(v)? as u8)
}

/// Fills `out` with what a slice selects of `bytes`.
pub(super) fn pick(out: &mut [u8], bytes: &[u8], r: SliceRange) {
    for (to, at) in out.iter_mut().zip(r.indexes()) {
        *to = bytes.get(at).copied().unwrap_or(0);
    }
}
