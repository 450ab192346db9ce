//! Ints as text, in any base.

use krait_bignum::{Int, Small, text_len, to_text, to_text_scratch_least, to_text_scratch_len};
use krait_numfmt::{INT_TEXT_LEN, IntStyle, signed_text};

use super::int::Operand;
use super::int_big::{error, make, watched, with_scratch};
use super::str_::StrBody;
use crate::{Out, Outcome, PrintKind, Raised, StrBuf, Value, Vm};

/// The `print` slot of `int`.
pub(crate) fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    if let Some(i) = v.as_small_int() {
        let mut buf = [0; INT_TEXT_LEN];
        return out.write(vm, signed_text(&mut buf, i as i64, IntStyle::DECIMAL));
    }
    let Some(x) = Operand::of(v) else { return Ok(()) };
    let text = big_text(vm, x.int(), 10, false)?;
    let r = out.write_bytes(vm, text.as_bytes());
    text.discard(vm);
    r
}

/// The text of an int in a base from 2 to 36, with a `-` if it is negative, without prefix.
///
/// # Errors
/// `ValueError` for another base; out of memory.
pub(crate) fn big_text(vm: &mut Vm, x: Int<'_>, base: u32, upper: bool) -> Result<StrBuf<StrBody>, Raised> {
    let len = text_len(x, base, None).map_err(|e| error(vm, e))?;
    let mut text = StrBuf::new();
    text.push_repeat(vm, b'0', len)?;
    let (wish, least) = (to_text_scratch_len(x, base), to_text_scratch_least(x, base));
    let written = with_scratch(vm, wish, least, &mut |vm, scratch| {
        watched(vm, |watch| to_text(text.as_bytes_mut(), x, base, upper, None, scratch, watch))
    })?;
    text.truncate(written);
    Ok(text)
}

/// The digits of an int's magnitude, for formatting.
pub struct IntDigits {
    /// Whether the int is below zero.
    pub negative: bool,
    text: StrBuf<StrBody>,
}

impl IntDigits {
    /// The digits, in ASCII.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.text.as_bytes()).unwrap_or_default()
    }

    /// Gives the memory back at once.
    pub fn discard(self, vm: &mut Vm) {
        self.text.discard(vm);
    }
}

impl Vm {
    /// The digits of an `int` or `bool` in a base from 2 to 36, without sign or prefix; `None` for another type.
    ///
    /// # Errors
    /// `ValueError` for another base; out of memory.
    pub fn int_digits(&mut self, v: Value, base: u32, upper: bool) -> Result<Option<IntDigits>, Raised> {
        let Some(x) = Operand::of(self.native_part(v)) else { return Ok(None) };
        let x = x.int();
        let text = big_text(self, x.abs(), base, upper)?;
        Ok(Some(IntDigits { negative: x.is_negative(), text }))
    }
}

/// `bin()`, `oct()`, `hex()`: sign, prefix, digits.
///
/// # Errors
/// `TypeError` for what is no integer; out of memory.
pub(crate) fn prefixed(vm: &mut Vm, v: Value, base: u32, prefix: &str) -> Outcome {
    let v = vm.native_part(v);
    let v = if Operand::of(v).is_some() { v } else { vm.unary(crate::UnaryOp::Int, v)? };
    let Some(digits) = vm.int_digits(v, base, false)? else {
        return Err(not_int(vm, v));
    };
    let mut text = StrBuf::new();
    text.reserve(vm, digits.text.len().saturating_add(prefix.len() + 1))?;
    if digits.negative {
        text.push_bytes(vm, b"-")?;
    }
    text.push_bytes(vm, prefix.as_bytes())?;
    text.push_bytes(vm, digits.text.as_bytes())?;
    digits.discard(vm);
    vm.finish_str(text)
}

/// `TypeError: can't convert X to int`
#[cold]
pub(crate) fn not_int(vm: &mut Vm, v: Value) -> Raised {
    let name = vm.qstr_text(vm.type_of(v).name);
    vm.type_error(format_args!("can't convert {} to int", name.as_str()))
}

/// See [`Vm::int_from_digits`].
pub(super) fn from_digits(vm: &mut Vm, negative: bool, digits: &[u8], base: u32) -> Outcome {
    if let Some(i) = small_from_digits(digits, base) {
        return vm.new_int(if negative { -i } else { i });
    }
    let len = krait_bignum::from_text_len(digits.len(), base).map_err(|e| error(vm, e))?;
    make(vm, len, &mut |vm, out| {
        let wish = krait_bignum::from_text_scratch_len(digits.len(), base);
        let len = with_scratch(vm, wish, 0, &mut |vm, scratch| {
            watched(vm, |watch| krait_bignum::from_text(out, digits, base, scratch, watch))
        })?;
        Ok(krait_bignum::Made { negative: negative && len != 0, len })
    })
}

/// The value of digits that fit a machine word.
fn small_from_digits(digits: &[u8], base: u32) -> Option<isize> {
    let mut value: isize = 0;
    let mut any = false;
    for c in digits.iter().filter(|c| **c != b'_') {
        let digit = char::from(*c).to_digit(base.clamp(2, 36))?;
        value = value.checked_mul(base as isize)?.checked_add(digit as isize)?;
        any = true;
    }
    (any && (2..=36).contains(&base)).then_some(value)
}

impl Vm {
    /// The decimal text of a machine integer as a string.
    ///
    /// # Errors
    /// Out of memory.
    pub fn int_str(&mut self, i: isize) -> Outcome {
        let x = Small::from(i);
        let text = big_text(self, x.int(), 10, false)?;
        self.finish_str(text)
    }
}
