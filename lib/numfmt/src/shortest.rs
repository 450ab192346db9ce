//! The shortest digits that read back as the same float, and Python's `repr` made of them.

use core::fmt::Write;

use crate::Float;

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
        room.get(..self.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

impl Buffer<'_> {
    /// Writes digits given as values.
    fn digits(&mut self, digits: &[u8]) -> core::fmt::Result {
        let room =
            self.room.get_mut(self.len..).and_then(|room| room.get_mut(..digits.len())).ok_or(core::fmt::Error)?;
        for (slot, digit) in room.iter_mut().zip(digits) {
            *slot = b'0' + digit;
        }
        self.len += digits.len();
        Ok(())
    }
}

impl Write for Buffer<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let room = self.room.get_mut(self.len..).and_then(|room| room.get_mut(..s.len())).ok_or(core::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

/// The shortest digits of a finite magnitude, as values, and the place of the point before them:
/// `0.d1 d2 ... * 10**point`.
pub(crate) fn shortest<F: Float>(room: &mut [u8; REPR_LEN], x: F) -> (&[u8], i32) {
    // Core writes "d.ddde-dd": at most 17 digits, a point, an `e`, a sign and three digits.
    let mut buffer = Buffer::new(room);
    if write!(buffer, "{x:e}").is_err() {
        return (&[], 1);
    }
    let end = buffer.len;
    let (mut len, mut at, mut exponent, mut below) = (0, 0, 0i32, false);
    let mut in_exponent = false;
    while at < end {
        match room.get(at) {
            Some(&digit @ b'0'..=b'9') if in_exponent => {
                exponent = exponent * 10 + i32::from(digit - b'0');
            }
            Some(&digit @ b'0'..=b'9') => {
                if let Some(slot) = room.get_mut(len) {
                    *slot = digit - b'0';
                    len += 1;
                }
            }
            Some(b'e') => in_exponent = true,
            Some(b'-') => below = in_exponent,
            _ => {}
        }
        at += 1;
    }
    if below {
        exponent = -exponent;
    }
    (room.get(..len).unwrap_or_default(), exponent + 1)
}

/// Python's `repr` of a float: the shortest digits that read back as the same value of this width,
/// with an exponent below 1e-4 and from 1e16 on, and always a point or an exponent.
pub fn repr<F: Float>(buf: &mut [u8; REPR_LEN], x: F) -> &str {
    let mut buffer = Buffer::new(buf);
    // At most 24 bytes: the buffer cannot be short.
    let _ = write_repr(&mut buffer, x);
    buffer.into_str()
}

/// The layout of [`Notation::Repr`](crate::Notation) without the general one's room for long digits.
fn write_repr<F: Float>(buffer: &mut Buffer, x: F) -> core::fmt::Result {
    if x.is_nan() {
        return buffer.write_str("nan");
    }
    if x.is_negative() {
        buffer.write_str("-")?;
    }
    if x.is_infinite() {
        return buffer.write_str("inf");
    }
    let mut room = [0; REPR_LEN];
    let (digits, point) = shortest(&mut room, x);
    if !(-3..=16).contains(&point) {
        let (first, rest) = digits.split_at(1.min(digits.len()));
        buffer.digits(first)?;
        if !rest.is_empty() {
            buffer.write_str(".")?;
            buffer.digits(rest)?;
        }
        let sign = if point < 1 { '-' } else { '+' };
        return write!(buffer, "e{sign}{:02}", (point - 1).unsigned_abs());
    }
    const ZEROS: [u8; 16] = [0; 16];
    let zeros = |n: usize| ZEROS.get(..n).unwrap_or_default();
    match usize::try_from(point) {
        Ok(whole @ 1..) => {
            let (before, after) = digits.split_at(whole.min(digits.len()));
            buffer.digits(before)?;
            buffer.digits(zeros(whole - before.len()))?;
            buffer.write_str(".")?;
            buffer.digits(if after.is_empty() { zeros(1) } else { after })
        }
        _ => {
            buffer.write_str("0.")?;
            buffer.digits(zeros(point.unsigned_abs() as usize))?;
            buffer.digits(digits)
        }
    }
}
