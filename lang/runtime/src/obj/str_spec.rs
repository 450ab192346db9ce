//! One value formatted by a [`Spec`]: what `str.format` and `%` have in common.
//!
//! Whatever is written goes to a string buffer through [`Sheet`], so a width of a billion ends in `MemoryError`.

use core::fmt;

use krait_numfmt::{INT_TEXT_LEN, IntStyle, int_text};
use krait_strfmt::{Class, Error, IntForm, Spec, write_char, write_float, write_int, write_text};

use crate::obj::bytes::Bytes;
use crate::obj::exception;
use crate::obj::float::as_float;
use crate::obj::int::{is_int, small_or_bool};
use crate::obj::str_::StrBody;
use crate::{Float, Raised, StrBuf, UnaryOp, Value, Vm};

/// The text under construction. UTF-8, unless the template is of bytes.
pub(super) type Buf = StrBuf<StrBody>;

/// A writer to a buffer that remembers why it failed.
struct Sheet<'a> {
    vm: &'a mut Vm,
    buf: &'a mut Buf,
    raised: Option<Raised>,
}

impl fmt::Write for Sheet<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.buf.push_bytes(self.vm, s.as_bytes()).map_err(|r| {
            self.raised = Some(r);
            fmt::Error
        })
    }
}

/// Lets `f` write to the buffer; `v` is the value that is formatted, for messages.
pub(super) fn write_to(
    vm: &mut Vm,
    buf: &mut Buf,
    v: Value,
    f: impl FnOnce(&mut dyn fmt::Write) -> Result<(), Error>,
) -> Result<(), Raised> {
    let mut sheet = Sheet { vm, buf, raised: None };
    match (f(&mut sheet), sheet.raised) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(r)) => Err(r),
        (Err(e), None) => Err(raise(vm, e, v)),
    }
}

/// The exception for an error; `v` is the value that was formatted.
#[cold]
#[inline(never)]
pub(super) fn raise(vm: &mut Vm, e: Error, v: Value) -> Raised {
    struct Message<'a>(Error, &'a str);
    impl fmt::Display for Message<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.message(f, self.1)
        }
    }
    let ty = match e.class() {
        Class::Value => &exception::VALUE_ERROR,
        Class::Type => &exception::TYPE_ERROR,
        Class::Index => &exception::INDEX_ERROR,
        Class::NotImplemented => &exception::NOT_IMPLEMENTED_ERROR,
        Class::Sink => &exception::RUNTIME_ERROR,
    };
    let name = vm.qstr_text(vm.type_of(v).name);
    vm.raise_fmt(ty, format_args!("{}", Message(e, &name)))
}

/// Writes a value as its type wants it: numbers as numbers, text as text, all else is an error.
pub(super) fn write_value(vm: &mut Vm, buf: &mut Buf, spec: &Spec, v: Value) -> Result<(), Raised> {
    let native = vm.native_part(v);
    if is_integer(native) {
        return write_integer(vm, buf, spec, native);
    }
    if let Some(x) = as_float(native) {
        reserve(vm, buf, spec, true)?;
        return write_to(vm, buf, v, |w| write_float(w, spec, x));
    }
    if let Some(s) = vm.as_str(native) {
        reserve(vm, buf, spec, false)?;
        return write_to(vm, buf, v, |w| write_text(w, spec, &s));
    }
    // The errors that text would have come first.
    if let Some(b) = native.downcast::<Bytes>()
        && let Ok(s) = core::str::from_utf8(b.tail())
    {
        return write_to(vm, buf, v, |w| write_text(w, spec, s));
    }
    struct Nowhere;
    impl fmt::Write for Nowhere {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }
    match write_text(&mut Nowhere, &Spec { width: 0, ..*spec }, "") {
        Ok(()) => Err(vm.bad_conversion(v)),
        Err(e) => Err(raise(vm, e, v)),
    }
}

/// Makes room for a field at once, so that a huge one fails before it is half written.
fn reserve(vm: &mut Vm, buf: &mut Buf, spec: &Spec, digits: bool) -> Result<(), Raised> {
    let precision = if digits { spec.precision.unwrap_or(0) } else { 0 };
    let room = spec.width.max(precision).max(spec.min_digits) as usize;
    if room > 0 { buf.reserve(vm, room) } else { Ok(()) }
}

/// Whether it is an `int` or `bool`.
pub(super) fn is_integer(v: Value) -> bool {
    is_int(v) || v.as_bool().is_some()
}

/// Writes an `int` or `bool`.
pub(super) fn write_integer(vm: &mut Vm, buf: &mut Buf, spec: &Spec, v: Value) -> Result<(), Raised> {
    let form = match spec.int_form() {
        Ok(form) => form,
        Err(e) => return Err(raise(vm, e, v)),
    };
    reserve(vm, buf, spec, form == IntForm::Float)?;
    let small = small_or_bool(v);
    match (form, small) {
        (IntForm::Digits { base, upper }, Some(i)) => {
            let mut digits = [0; INT_TEXT_LEN];
            let digits = int_text(&mut digits, i.unsigned_abs() as u64, IntStyle { base, upper, separator: None });
            write_to(vm, buf, v, |w| write_int(w, spec, i < 0, digits))
        }
        (IntForm::Digits { base, upper }, None) => {
            let Some(digits) = vm.int_digits(v, base.into(), upper)? else { return Ok(()) };
            buf.reserve(vm, digits.as_str().len())?;
            let r = write_to(vm, buf, v, |w| write_int(w, spec, digits.negative, digits.as_str()));
            digits.discard(vm);
            r
        }
        (IntForm::Char, _) => {
            let i = vm.need_int(v)?;
            let c = character(vm, i)?;
            write_to(vm, buf, v, |w| write_char(w, spec, c))
        }
        (IntForm::Float, _) => {
            let x = to_float(vm, v)?;
            write_to(vm, buf, v, |w| write_float(w, spec, x))
        }
    }
}

/// The character of a number, for `c`.
pub(super) fn character(vm: &mut Vm, i: isize) -> Result<char, Raised> {
    match u32::try_from(i).ok().and_then(char::from_u32) {
        Some(c) => Ok(c),
        None => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// The value as a float.
///
/// # Errors
/// `TypeError`; what `__float__` raises.
pub(super) fn to_float(vm: &mut Vm, v: Value) -> Result<Float, Raised> {
    if let Some(x) = as_float(v) {
        return Ok(x);
    }
    if let Some(i) = v.as_small_int() {
        return Ok(i as Float);
    }
    let converted = vm.unary(UnaryOp::Float, v)?;
    match as_float(converted) {
        Some(x) => Ok(x),
        None => {
            let name = vm.qstr_text(vm.type_of(v).name);
            Err(vm.type_error(format_args!("can't convert {} to float", name.as_str())))
        }
    }
}

/// The string or bytes object that the buffer has become.
pub(super) fn finish(vm: &mut Vm, buf: Buf, bytes: bool) -> crate::Outcome {
    if bytes {
        let r = vm.new_bytes(buf.as_bytes())?;
        buf.discard(vm);
        return Ok(r);
    }
    vm.finish_str(buf)
}
