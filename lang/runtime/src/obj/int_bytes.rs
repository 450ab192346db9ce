//! Ints as bytes: `to_bytes`, `from_bytes`, `bit_length`.

use krait_bignum::Endian;

use super::bytes::Bytes;
use super::int::Operand;
use super::int_big::{error, make};
use super::int_text::not_int;
use crate::ops::buffer::Buffer;
use crate::{Args, Outcome, Param, Raised, StrBuf, Value, Vm};

fn endian(vm: &mut Vm, v: Value) -> Result<Endian, Raised> {
    let name = vm.need_str(v)?;
    match name.as_str() {
        "little" => Ok(Endian::Little),
        "big" => Ok(Endian::Big),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// `int.to_bytes(length=1, byteorder='big', *, signed)`. Without `signed` a negative number is taken as signed,
/// any other as unsigned.
pub(super) fn to_bytes(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    let [length, order, signed] = args.skip_first().bind(
        vm,
        &[
            Param::optional(q!(length), Value::small_int(1)),
            Param::optional(q!(byteorder), Value::qstr(q!(big))),
            Param::kw(q!(signed), Value::NONE),
        ],
    )?;
    let length = vm.need_int(length)?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let endian = endian(vm, order)?;
    let signed = if signed.is_none() { None } else { Some(vm.truth(signed)?) };
    let Some(x) = Operand::of(vm.native_part(this)) else { return Err(not_int(vm, this)) };
    let x = x.int();
    if signed == Some(false) && x.is_negative() {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    let mut out: StrBuf<Bytes> = StrBuf::new();
    out.push_repeat(vm, 0, length)?;
    if krait_bignum::to_bytes(out.as_bytes_mut(), x, endian, signed.unwrap_or(x.is_negative())).is_err() {
        out.discard(vm);
        return Err(vm.overflow_error("buffer too small"));
    }
    vm.finish_bytes(out)
}

/// `int.from_bytes(bytes, byteorder='big', *, signed=False)`
pub(super) fn from_bytes(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [bytes, order, signed] = args.skip_first().bind(
        vm,
        &[
            Param::required(q!(bytes)),
            Param::optional(q!(byteorder), Value::qstr(q!(big))),
            Param::kw(q!(signed), Value::FALSE),
        ],
    )?;
    let endian = endian(vm, order)?;
    let signed = vm.truth(signed)?;
    let buffer = vm.need_buffer(bytes, false)?;
    from_buffer(vm, &buffer, endian == Endian::Little, signed)
}

/// See [`Vm::int_from_buffer`].
pub(super) fn from_buffer(vm: &mut Vm, from: &Buffer, little: bool, signed: bool) -> Outcome {
    let endian = if little { Endian::Little } else { Endian::Big };
    let len = from.bytes(vm).len();
    make(vm, krait_bignum::from_bytes_len(len), &mut |vm, out| {
        let made = krait_bignum::from_bytes(out, from.bytes(vm), endian, signed);
        made.map_err(|e| error(vm, e))
    })
}

/// `int.bit_length()`
pub(super) fn bit_length(vm: &mut Vm, this: Value) -> Outcome {
    match Operand::of(vm.native_part(this)) {
        Some(x) => vm.new_int(x.int().bit_len()),
        None => Err(not_int(vm, this)),
    }
}
