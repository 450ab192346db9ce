//! Between `str` and `bytes`: `encode`, `decode`; and hexadecimal: `hex`, `fromhex`.
//!
//! The surprising fact: every encoding is UTF-8, whatever its name, as in the reference.

use crate::obj::bytes::Bytes;
use crate::obj::exception;
use crate::obj::str_::StrBody;
use crate::obj::str_build::TextBuf;
use crate::obj::str_case::is_space;
use crate::{Args, Outcome, Param, Raised, StrBuf, Value, Vm};

/// `s.encode([encoding[, errors]])`
pub(super) fn encode(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    coding(vm, args)?;
    let s = vm.need_str(args.get(0).unwrap_or(Value::NONE))?;
    vm.new_bytes(s.as_bytes())
}

/// `b.decode([encoding[, errors]])`
pub(super) fn decode(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let errors = coding(vm, args)?;
    decode_value(vm, args.get(0).unwrap_or(Value::NONE), errors)
}

/// The argument `errors`; the encoding has only to be well-formed.
fn coding(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    if args.pos.len() < 2 && args.kw.is_empty() {
        return Ok(Value::SENTINEL);
    }
    let params = [Param::optional(q!(encoding), Value::SENTINEL), Param::optional(q!(errors), Value::SENTINEL)];
    let [_, errors] = args.skip_first().bind(vm, &params)?;
    Ok(errors)
}

/// The string of a buffer's bytes. `errors` is `"ignore"`, `"replace"`, or anything else for strict.
///
/// # Errors
/// `TypeError` if it is no buffer; `UnicodeError`.
pub(super) fn decode_value(vm: &mut Vm, v: Value, errors: Value) -> Outcome {
    if let Some(b) = v.downcast::<Bytes>()
        && let Ok(s) = core::str::from_utf8(b.tail())
    {
        return vm.new_str(s);
    }
    let from = vm.need_buffer(v, false)?;
    let mut buf: StrBuf<StrBody> = StrBuf::new();
    vm.push_buffer(&mut buf, &from)?;
    let errors = vm.as_str(errors);
    let marker = match errors.as_deref() {
        Some("ignore") => "",
        Some("replace") => "\u{fffd}",
        _ => return vm.finish_str(buf),
    };
    let mut text = TextBuf::new();
    for chunk in buf.as_bytes().utf8_chunks() {
        text.push(vm, chunk.valid())?;
        if !chunk.invalid().is_empty() {
            text.push(vm, marker)?;
        }
    }
    buf.discard(vm);
    text.finish(vm)
}

/// `b.hex([sep])`: also for other types with the buffer protocol.
pub fn hex(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let sep = match args.get(1) {
        None => None,
        Some(v) => {
            let sep = vm.need_buffer(v, false)?;
            match *sep.bytes(vm) {
                // As in the reference, what follows does not count.
                [b, ..] if b.is_ascii() => Some(b),
                _ => return Err(vm.value_error("sep must be one ASCII character")),
            }
        }
    };
    let from = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    let n = from.bytes(vm).len();
    let each = if sep.is_some() { 3 } else { 2 };
    let total = n.saturating_mul(each);
    vm.check_text_len(total)?;
    let mut buf: StrBuf<StrBody> = StrBuf::new();
    buf.push_repeat(vm, sep.unwrap_or(0), total)?;
    for (out, b) in buf.as_bytes_mut().chunks_exact_mut(each).zip(from.bytes(vm)) {
        if let [high, low, ..] = out {
            (*high, *low) = (digit(b >> 4), digit(b & 15));
        }
    }
    buf.truncate(total.saturating_sub(each - 2));
    vm.finish_str(buf)
}

fn digit(n: u8) -> u8 {
    if n < 10 { b'0' + n } else { b'a' + n - 10 }
}

/// `bytes.fromhex(text)`
pub(super) fn bytes_fromhex(vm: &mut Vm, _: Value, text: Value) -> Outcome {
    let buf = from_hex(vm, text)?;
    vm.finish_bytes(buf)
}

/// `bytearray.fromhex(text)`
pub(super) fn bytearray_fromhex(vm: &mut Vm, _: Value, text: Value) -> Outcome {
    let buf = from_hex(vm, text)?;
    let r = vm.new_bytearray(buf.as_bytes())?;
    buf.discard(vm);
    Ok(r)
}

/// The bytes of hexadecimal text; white space may stand between bytes.
///
/// # Errors
/// `ValueError: non-hex digit`
pub fn from_hex(vm: &mut Vm, text: Value) -> Result<StrBuf<Bytes>, Raised> {
    let from = vm.need_buffer(text, false)?;
    let mut buf: StrBuf<Bytes> = StrBuf::new();
    let room = from.bytes(vm).len() / 2;
    buf.push_repeat(vm, 0, room)?;
    match unhex(from.bytes(vm), buf.as_bytes_mut()) {
        Some(n) => {
            buf.truncate(n);
            Ok(buf)
        }
        None => Err(vm.raise_str(&exception::VALUE_ERROR, "non-hex digit")),
    }
}

/// Fills `out` and returns how much, or `None` for bad text.
fn unhex(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let nibble = |b: u8| (b as char).to_digit(16).map(|n| n as u8);
    let mut digits = text.iter().copied();
    let mut n = 0;
    while let Some(b) = digits.next() {
        if is_space(b) {
            continue;
        }
        let byte = nibble(b)? << 4 | nibble(digits.next()?)?;
        *out.get_mut(n)? = byte;
        n += 1;
    }
    Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_text_is_read() {
        let mut out = [0; 8];
        assert_eq!(unhex(b"00 ff\n7F ", &mut out), Some(3));
        assert_eq!(out[..3], [0, 0xff, 0x7f]);
        for bad in [&b"0"[..], b"0 0", b"0g", b"g0", b"\xff\xff"] {
            assert_eq!(unhex(bad, &mut out), None);
        }
    }
}
