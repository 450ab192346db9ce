//! `int(x)` and `int(text, base)`.
//!
//! Text may have blanks around it, a sign, and a prefix that fits the base; underscores are skipped.

use super::bytes::Bytes;
use super::float::as_float;
use super::int::Operand;
use super::int_text::not_int;
use super::{exception, float_ops};
use crate::{Args, Outcome, Raised, Ref, Str, StrBuf, Type, UnaryOp, Value, Vm};

/// The `new` slot of `int`.
pub(super) fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 2)?;
    match *args.pos {
        [] => Ok(Value::small_int(0)),
        [v] => from_value(vm, v),
        [text, base] => {
            let base = vm.need_int(base)?;
            if base != 0 && !(2..=36).contains(&base) {
                return Err(vm.value_error("int() arg 2 must be >= 2 and <= 36"));
            }
            match text_of(vm, text)? {
                Some(text) => parse(vm, text.bytes(), base as u32),
                None => Err(vm.type_error(format_args!("int() can't convert non-string with explicit base"))),
            }
        }
        _ => Err(vm.wrong_count(0, 2, args.pos.len())),
    }
}

/// `int(v)`
///
/// # Errors
/// `TypeError` for what is neither number nor text; `ValueError` and `OverflowError` for text and floats that stand for
/// no integer; what `__int__` raises.
pub(crate) fn from_value(vm: &mut Vm, v: Value) -> Outcome {
    if v.is_small_int() {
        return Ok(v);
    }
    if let Some(b) = v.as_bool() {
        return Ok(Value::small_int(isize::from(b)));
    }
    if Operand::of(v).is_some() {
        return Ok(v);
    }
    if vm.as_instance(v).is_some()
        && let Some(f) = vm.type_of(v).slots.unary
        && let Some(i) = f(vm, UnaryOp::Int, v)?
    {
        let i = vm.native_part(i);
        return if Operand::of(i).is_some() { from_value(vm, i) } else { Err(not_int(vm, v)) };
    }
    let native = vm.native_part(v);
    if Operand::of(native).is_some() {
        return Ok(native);
    }
    if let Some(f) = as_float(native) {
        return float_ops::to_int(vm, f);
    }
    // What is a number of its own, though it has bytes.
    if let Some(f) = vm.type_of(native).slots.unary
        && let Some(i) = f(vm, UnaryOp::Int, native)?
    {
        return Ok(i);
    }
    match text_of(vm, native)? {
        Some(text) => parse(vm, text.bytes(), 10),
        None => Err(not_int(vm, v)),
    }
}

/// Text that no one can change while it is read.
pub(crate) enum Text {
    /// Of a string.
    Str(Str),
    /// Of a bytes object, or a copy of what can change.
    Bytes(Ref<Bytes>),
}

impl Text {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Text::Str(s) => s.as_bytes(),
            Text::Bytes(b) => b.tail(),
        }
    }
}

/// The text in a string or in anything with bytes.
pub(crate) fn text_of(vm: &mut Vm, v: Value) -> Result<Option<Text>, Raised> {
    if let Some(s) = vm.as_str(v) {
        return Ok(Some(Text::Str(s)));
    }
    if let Some(b) = vm.cast::<Bytes>(v) {
        return Ok(Some(Text::Bytes(b)));
    }
    match vm.buffer_of(v) {
        Some(buffer) => {
            let copy = vm.new_bytes_from(&buffer)?;
            Ok(copy.downcast::<Bytes>().map(Text::Bytes))
        }
        None => Ok(None),
    }
}

/// A blank in a number's text.
pub(crate) fn is_blank(c: &u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Without the blanks around.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let from = text.iter().position(|c| !is_blank(c)).unwrap_or(text.len());
    let text = text.get(from..).unwrap_or_default();
    let to = text.iter().rposition(|c| !is_blank(c)).map_or(0, |last| last + 1);
    text.get(..to).unwrap_or_default()
}

/// Reads a whole text; base 0 looks at the prefix.
fn parse(vm: &mut Vm, text: &[u8], base: u32) -> Outcome {
    let (negative, body) = match trim(text) {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (digits, base) = match *body {
        [b'0', b'x' | b'X', ref rest @ ..] if base == 0 || base == 16 => (rest, 16),
        [b'0', b'o' | b'O', ref rest @ ..] if base == 0 || base == 8 => (rest, 8),
        [b'0', b'b' | b'B', ref rest @ ..] if base == 0 || base == 2 => (rest, 2),
        // As in source text: zeros may stand alone, but not in front of other digits.
        [b'0', _, ..] if base == 0 && body.iter().any(|c| !matches!(c, b'0' | b'_')) => {
            return Err(invalid(vm, body, 0));
        }
        _ => (body, if base == 0 { 10 } else { base }),
    };
    match vm.int_from_digits(negative, digits, base) {
        Err(_) if vm.raised_is(&exception::VALUE_ERROR) => Err(invalid(vm, digits, base)),
        outcome => outcome,
    }
}

/// Longest piece of bad text that a message repeats.
const QUOTED: usize = 100;

#[cold]
fn invalid(vm: &mut Vm, text: &[u8], base: u32) -> Raised {
    let mut shown = StrBuf::<crate::obj::str_::StrBody>::new();
    let quoted = text.get(..QUOTED).unwrap_or(text).escape_ascii();
    let push = |shown: &mut StrBuf<_>, vm: &mut Vm| -> Result<(), Raised> {
        for c in quoted {
            shown.push_bytes(vm, &[c])?;
        }
        Ok(())
    };
    if let Err(r) = push(&mut shown, vm) {
        return r;
    }
    let shown_text = core::str::from_utf8(shown.as_bytes()).unwrap_or_default();
    vm.raise_fmt(&exception::VALUE_ERROR, format_args!("invalid syntax for integer with base {base}: '{shown_text}'"))
}
