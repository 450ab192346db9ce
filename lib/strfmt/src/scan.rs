//! A cursor over a template's bytes.

use crate::Error;

/// The largest width, precision or index that a template may name.
const LARGEST: u32 = i32::MAX as u32;

#[derive(Clone)]
pub(crate) struct Scan<'a> {
    text: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Scan { text, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Takes the next byte.
    pub(crate) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Takes the next byte if it is this one.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes bytes up to one that `stop` says, or the end.
    pub(crate) fn until(&mut self, stop: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let n = rest.iter().position(|&c| stop(c)).unwrap_or(rest.len());
        self.at += n;
        rest.get(..n).unwrap_or_default()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What lies between two places.
    pub(crate) fn between(&self, from: usize, to: usize) -> &'a [u8] {
        self.text.get(from..to).unwrap_or_default()
    }

    /// Goes to the end.
    pub(crate) fn finish(&mut self) {
        self.at = self.text.len();
    }

    /// Takes the next character whole, as for error messages. Bytes that are no UTF-8 stand for themselves.
    pub(crate) fn next_char(&mut self) -> Option<char> {
        let rest = self.rest();
        let head = rest.get(..rest.len().min(4)).unwrap_or_default();
        let valid = match core::str::from_utf8(head) {
            Ok(text) => text,
            Err(bad) => {
                head.get(..bad.valid_up_to()).and_then(|good| core::str::from_utf8(good).ok()).unwrap_or_default()
            }
        };
        let c = match valid.chars().next() {
            Some(c) => c,
            None => char::from(*rest.first()?),
        };
        self.at += if valid.is_empty() { 1 } else { c.len_utf8() };
        Some(c)
    }

    /// Takes decimal digits; `None` if there are none.
    pub(crate) fn number(&mut self) -> Result<Option<u32>, Error> {
        let digits = self.until(|c| !c.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        let mut value: u32 = 0;
        for digit in digits {
            value = value
                .checked_mul(10)
                .and_then(|x| x.checked_add(u32::from(digit - b'0')))
                .filter(|&x| x <= LARGEST)
                .ok_or(Error::TooManyDigits)?;
        }
        Ok(Some(value))
    }
}
