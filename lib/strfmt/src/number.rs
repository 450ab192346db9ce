//! Integers and floats by a [`Spec`]: sign, prefix, grouping, zero padding.

use core::fmt::{self, Write};

use krait_numfmt::{Float, FloatStyle, FloatText, Notation};

use crate::{Align, Error, Padding, Sign, Spec, write_fill};

/// What an integer must be turned into before it can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntForm {
    /// Digits of the magnitude in this base, for [`write_int`].
    Digits {
        /// 2, 8, 10 or 16.
        base: u8,
        /// Capital letters above 9.
        upper: bool,
    },
    /// The character of this number, for [`write_char`](crate::write_char).
    Char,
    /// A float, for [`write_float`].
    Float,
}

impl Spec {
    /// How an integer with this spec is to be written.
    pub fn int_form(&self) -> Result<IntForm, Error> {
        let digits = |base, upper| Ok(IntForm::Digits { base, upper });
        match self.code {
            None | Some('d' | 'n') => digits(10, false),
            Some('b') => digits(2, false),
            Some('o') => digits(8, false),
            Some('x') => digits(16, false),
            Some('X') => digits(16, true),
            Some('c') => Ok(IntForm::Char),
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => Ok(IntForm::Float),
            Some('s') if self.sign != Sign::Minus => Err(Error::SignInText),
            Some(code) => Err(Error::UnknownCode(code)),
        }
    }

    fn prefix(&self) -> &'static str {
        match self.code {
            _ if !self.alternate => "",
            Some('b') => "0b",
            Some('o') => "0o",
            Some('x') => "0x",
            Some('X') => "0X",
            _ => "",
        }
    }

    fn sign_text(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, Sign::Minus) => "",
            (false, Sign::Plus) => "+",
            (false, Sign::Space) => " ",
        }
    }
}

/// A number in parts: sign, prefix, integer digits, and a rest that is only counted here.
struct Parts<'d> {
    sign: &'static str,
    prefix: &'static str,
    /// Integer digits that there are.
    len: usize,
    /// The digit at a place, ASCII.
    digit: &'d dyn Fn(usize) -> u8,
    /// Integer digits to write at least, with zeros in front.
    least: usize,
    rest: usize,
    /// Digits of a group.
    every: usize,
}

impl Parts<'_> {
    /// Characters of `n` digits with their separators.
    fn grouped(&self, spec: &Spec, n: usize) -> usize {
        match spec.separator {
            Some(_) => n.saturating_add(n.saturating_sub(1) / self.every),
            None => n,
        }
    }

    /// Writes all; `rest` writes what was counted as rest.
    fn write(
        &self,
        w: &mut dyn Write,
        spec: &Spec,
        rest: impl FnOnce(&mut dyn Write) -> fmt::Result,
    ) -> Result<(), Error> {
        let (align, fill) = (spec.numeric_align(), spec.fill_char());
        let around = self.sign.len() + self.prefix.len() + self.rest;
        let mut digits = self.len.max(self.least);
        if align == Align::AfterSign && fill == '0' && spec.separator.is_some() && self.len != 0 {
            // The padding is grouped like the digits; it may exceed the width rather than begin with a
            // separator.
            let room = (spec.width as usize).saturating_sub(around);
            digits = digits.max(room - room / (self.every + 1));
            while self.grouped(spec, digits) < room {
                digits += 1;
            }
        }
        let len = around.saturating_add(self.grouped(spec, digits));
        let pad = Padding::of(spec, len, align);
        if align != Align::AfterSign {
            write_fill(w, pad.before, fill)?;
        }
        w.write_str(self.sign)?;
        w.write_str(self.prefix)?;
        if align == Align::AfterSign {
            write_fill(w, pad.before, fill)?;
        }
        self.write_digits(w, spec, digits)?;
        rest(w)?;
        write_fill(w, pad.behind, fill)?;
        Ok(())
    }

    /// `total` digits, with zeros in front, and separators; in runs, for a call a byte is dear.
    fn write_digits(&self, w: &mut dyn Write, spec: &Spec, total: usize) -> fmt::Result {
        let zeros = total.saturating_sub(self.len);
        let mut run = [0u8; 32];
        let mut used = 0;
        for i in 0..total {
            if used + 2 > run.len() {
                flush(w, &run, used)?;
                used = 0;
            }
            if let Some(separator) = spec.separator
                && i > 0
                && (total - i).is_multiple_of(self.every)
            {
                put(&mut run, &mut used, separator as u8);
            }
            let digit = match i.checked_sub(zeros) {
                Some(i) => (self.digit)(i),
                None => b'0',
            };
            put(&mut run, &mut used, digit);
        }
        flush(w, &run, used)
    }
}

fn put(run: &mut [u8; 32], used: &mut usize, byte: u8) {
    if let Some(slot) = run.get_mut(*used) {
        *slot = byte;
        *used += 1;
    }
}

fn flush(w: &mut dyn Write, run: &[u8; 32], used: usize) -> fmt::Result {
    let text = run.get(..used).and_then(|run| core::str::from_utf8(run).ok());
    w.write_str(text.unwrap_or_default())
}

/// Writes an integer, given the digits of its magnitude in the base that [`Spec::int_form`] named, without
/// sign, prefix or separators.
pub fn write_int(w: &mut dyn Write, spec: &Spec, negative: bool, digits: &str) -> Result<(), Error> {
    let bytes = digits.as_bytes();
    let (sign, prefix) = (spec.sign_text(negative), spec.prefix());
    if spec.width == 0 && spec.separator.is_none() && spec.min_digits as usize <= bytes.len() {
        w.write_str(sign)?;
        w.write_str(prefix)?;
        return Ok(w.write_str(digits)?);
    }
    let parts = Parts {
        sign,
        prefix,
        len: bytes.len(),
        digit: &|i| bytes.get(i).copied().unwrap_or(b'0'),
        least: spec.min_digits as usize,
        rest: 0,
        every: match spec.code {
            Some('b' | 'o' | 'x' | 'X') => 4,
            _ => 3,
        },
    };
    parts.write(w, spec, |_| Ok(()))
}

/// Writes a float: exactly rounded, or the shortest digits if neither code nor precision is given.
pub fn write_float<F: Float>(w: &mut dyn Write, spec: &Spec, x: F) -> Result<(), Error> {
    let precision = spec.precision.map(|n| n as usize);
    let style = match spec.code {
        None => FloatStyle { notation: Notation::Repr, precision, alternate: spec.alternate, ..FloatStyle::REPR },
        Some('s') if spec.sign != Sign::Minus => return Err(Error::SignInText),
        Some('c') if spec.sign != Sign::Minus => return Err(Error::SignWithChar),
        Some(code) => FloatStyle::of_code(code as u8, precision, spec.alternate).ok_or(Error::UnknownCode(code))?,
    };
    let text = FloatText::new(x, style);
    let parts = Parts {
        sign: spec.sign_text(text.is_negative()),
        prefix: "",
        len: text.whole_len(),
        digit: &|i| b'0' + text.whole_digit(i),
        least: 0,
        rest: text.rest_len(),
        every: 3,
    };
    parts.write(w, spec, |w| text.write_rest(w))
}
