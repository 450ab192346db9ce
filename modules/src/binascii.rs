//! `binascii`: bytes as text, and back.

use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::bytes_codec::from_hex;
use krait_runtime::obj::int::Operand;
use krait_runtime::{Args, Outcome, Param, StrBuf, Value, Vm, module, q};

use crate::{base64, crc32};

module! {
    /// `binascii`
    pub static BINASCII: q!(binascii);
    q!(hexlify) => var(1, 2, hexlify),
    q!(unhexlify) => f1(unhexlify),
    q!(a2b_base64) => f1(a2b_base64),
    q!(b2a_base64) => kw(1, b2a_base64),
    q!(crc32) => var(1, 2, crc32_),
}

fn zeros(vm: &mut Vm, n: usize) -> Result<StrBuf<Bytes>, krait_runtime::Raised> {
    let mut buf = StrBuf::new();
    buf.push_repeat(vm, 0, n)?;
    Ok(buf)
}

/// `hexlify(data[, sep])`
fn hexlify(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let from = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    let sep = match args.get(1) {
        None => None,
        Some(v) => {
            let sep = vm.need_buffer(v, false)?;
            match sep.bytes(vm).first() {
                Some(b) => Some(*b),
                None => return Err(vm.value_error("sep must be one ASCII character")),
            }
        }
    };
    let each = if sep.is_some() { 3 } else { 2 };
    let total = from.bytes(vm).len().saturating_mul(each);
    let mut buf = zeros(vm, total)?;
    let digit = |n: u8| n + if n < 10 { b'0' } else { b'a' - 10 };
    match sep {
        None => {
            for (out, b) in buf.as_bytes_mut().as_chunks_mut::<2>().0.iter_mut().zip(from.bytes(vm)) {
                *out = [digit(b >> 4), digit(b & 15)];
            }
        }
        Some(sep) => {
            for (out, b) in buf.as_bytes_mut().as_chunks_mut::<3>().0.iter_mut().zip(from.bytes(vm)) {
                *out = [digit(b >> 4), digit(b & 15), sep];
            }
        }
    }
    buf.truncate(total.saturating_sub(each - 2));
    vm.finish_bytes(buf)
}

/// `unhexlify(data)`
fn unhexlify(vm: &mut Vm, data: Value) -> Outcome {
    let buf = from_hex(vm, data)?;
    vm.finish_bytes(buf)
}

/// `a2b_base64(data)`
fn a2b_base64(vm: &mut Vm, data: Value) -> Outcome {
    let from = vm.need_buffer(data, false)?;
    let room = from.bytes(vm).len().div_ceil(4).saturating_mul(3);
    let mut buf = zeros(vm, room)?;
    match base64::decode(from.bytes(vm), buf.as_bytes_mut()) {
        Ok(n) => {
            buf.truncate(n);
            vm.finish_bytes(buf)
        }
        Err(base64::BadPadding) => {
            buf.discard(vm);
            Err(vm.value_error("incorrect padding"))
        }
    }
}

/// `b2a_base64(data, newline=True)`
fn b2a_base64(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [data, newline] = args.bind(vm, &[Param::required(q!(data)), Param::optional(q!(newline), Value::TRUE)])?;
    let newline = vm.truth(newline)?;
    let from = vm.need_buffer(data, false)?;
    let len = base64::encoded_len(from.bytes(vm).len());
    let mut buf = zeros(vm, len)?;
    base64::encode(from.bytes(vm), buf.as_bytes_mut());
    if newline {
        buf.push_bytes(vm, b"\n")?;
    }
    vm.finish_bytes(buf)
}

/// `crc32(data[, value])`
fn crc32_(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let from = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    let start = match args.get(1) {
        None => 0,
        Some(v) => match Operand::of(v) {
            Some(n) => n.int().wrapping_u64() as u32,
            None => vm.need_int(v)? as u32,
        },
    };
    vm.new_int(crc32::crc32(start, from.bytes(vm)))
}
