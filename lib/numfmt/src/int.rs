//! Machine integers to text in a small buffer.

/// Bytes that hold any 64-bit integer in any style.
pub const INT_TEXT_LEN: usize = 64 + 15 + 3;

/// How an integer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntStyle {
    /// 2, 8, 10 or 16; others in 2..=36 work too, and any other is taken as 10.
    pub base: u8,
    /// Capital letters for digits above 9.
    pub upper: bool,
    /// `,` or `_` after every three digits in base 10 and every four in other bases.
    pub separator: Option<u8>,
}

impl IntStyle {
    /// Base 10, bare.
    pub const DECIMAL: IntStyle = IntStyle { base: 10, upper: false, separator: None };

    /// Digits between separators.
    pub fn group(self) -> usize {
        if self.base == 10 { 3 } else { 4 }
    }
}

/// The digits of `x`, no sign, no prefix.
pub fn int_text(buf: &mut [u8; INT_TEXT_LEN], x: u64, style: IntStyle) -> &str {
    let at = fill(buf, x, style);
    finish(buf, at)
}

/// The digits of `x` with a `-` in front if negative.
pub fn signed_text(buf: &mut [u8; INT_TEXT_LEN], x: i64, style: IntStyle) -> &str {
    let mut at = fill(buf, x.unsigned_abs(), style);
    if x < 0 {
        at = put(buf, at, b'-');
    }
    finish(buf, at)
}

fn finish(buf: &[u8; INT_TEXT_LEN], at: usize) -> &str {
    buf.get(at..).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
}

/// Puts a byte in front of those at `at`; returns its place.
fn put(buf: &mut [u8; INT_TEXT_LEN], at: usize, byte: u8) -> usize {
    let at = at.saturating_sub(1);
    if let Some(slot) = buf.get_mut(at) {
        *slot = byte;
    }
    at
}

/// Writes the digits at the end of the buffer; returns the place of the first.
fn fill(buf: &mut [u8; INT_TEXT_LEN], mut x: u64, style: IntStyle) -> usize {
    let base = match style.base {
        base @ 2..=36 => u64::from(base),
        _ => 10,
    };
    let letters = if style.upper { b'A' } else { b'a' };
    let separator = style.separator.filter(u8::is_ascii);
    let mut at = buf.len();
    let mut count = 0;
    loop {
        if let Some(separator) = separator
            && count == style.group()
        {
            at = put(buf, at, separator);
            count = 0;
        }
        let digit;
        if let Ok(small) = u32::try_from(x) {
            // Narrow division while it will do: wide division is a library call on the chip.
            digit = (small % base as u32) as u8;
            x = u64::from(small / base as u32);
        } else {
            digit = (x % base) as u8;
            x /= base;
        }
        let byte = if digit < 10 { b'0' + digit } else { letters + digit - 10 };
        at = put(buf, at, byte);
        count += 1;
        if x == 0 {
            return at;
        }
    }
}
