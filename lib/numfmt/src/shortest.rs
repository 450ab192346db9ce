//! The shortest digits that read back as the same float, and Python's `repr` made of them.

use core::fmt::Write;

use crate::decimal::Decimal;
use crate::{Float, FloatStyle, FloatText};

/// Bytes that hold any float's `repr`.
pub const REPR_LEN: usize = 32;

/// A writer into a slice; what does not fit is an error.
pub(crate) struct Buffer<'b> {
    room: &'b mut [u8],
    len: usize,
}

impl<'b> Buffer<'b> {
    pub(crate) fn new(room: &'b mut [u8]) -> Self {
        Buffer { room, len: 0 }
    }

    pub(crate) fn into_str(self) -> &'b str {
        let room: &'b [u8] = self.room;
        room.get(..self.len)
            .and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or_default()
    }
}

impl Write for Buffer<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let room = self
            .room
            .get_mut(self.len..)
            .and_then(|room| room.get_mut(..s.len()))
            .ok_or(core::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

/// The shortest digits of a finite magnitude.
pub(crate) fn shortest<F: Float>(x: F) -> Decimal<F> {
    // Core writes "d.ddde-dd": at most 17 digits, a point, an `e`, a sign and three digits.
    let mut room = [0; REPR_LEN];
    let mut buffer = Buffer::new(&mut room);
    if write!(buffer, "{x:e}").is_err() {
        return Decimal::zero();
    }
    let text = buffer.into_str();
    let text = text.strip_prefix('-').unwrap_or(text);
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = digits.bytes().filter(u8::is_ascii_digit).map(|d| d - b'0');
    Decimal::from_digits(digits, exponent + 1)
}

/// Python's `repr` of a float: the shortest digits that read back as the same value of this width,
/// with an exponent below 1e-4 and from 1e16 on, and always a point or an exponent.
pub fn repr<F: Float>(buf: &mut [u8; REPR_LEN], x: F) -> &str {
    let mut buffer = Buffer::new(buf);
    // At most 24 bytes: the buffer cannot be short.
    let _ = FloatText::new(x, FloatStyle::REPR).write_signed(&mut buffer);
    buffer.into_str()
}
