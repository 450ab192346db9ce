//! The variable-length numbers of bytecode and container.
//!
//! Counts and indexes are written in groups of seven bits, most significant group first, every
//! byte but the last with its high bit set (the format's own documentation says otherwise).
//! Labels are the exception: one or two bytes, least significant seven bits first.

/// Most bytes of an unsigned number that a reader accepts (32 bits).
pub const MAX_UINT_BYTES: usize = 5;
/// Most bytes of a signed number that a reader accepts (64 bits).
pub const MAX_INT_BYTES: usize = 10;

/// An encoded number, at most [`MAX_INT_BYTES`] long.
#[derive(Clone, Copy, Debug)]
pub struct Encoded {
    bytes: [u8; MAX_INT_BYTES],
    start: u8,
}

impl Encoded {
    const fn new() -> Self {
        Encoded { bytes: [0; MAX_INT_BYTES], start: MAX_INT_BYTES as u8 }
    }

    fn prepend(&mut self, byte: u8) {
        if let Some(start) = self.start.checked_sub(1) {
            self.start = start;
            self.bytes[start as usize] = byte;
        }
    }

    /// The bytes, in the order in which they are stored.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        self.bytes.get(self.start as usize..).unwrap_or(&[])
    }

    /// Number of bytes, never 0.
    #[inline]
    pub fn len(&self) -> usize {
        MAX_INT_BYTES - self.start as usize
    }

    /// Always false.
    #[inline]
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// Encodes an unsigned number.
pub fn uint(mut value: u32) -> Encoded {
    let mut out = Encoded::new();
    out.prepend((value & 0x7f) as u8);
    value >>= 7;
    while value != 0 {
        out.prepend((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out
}

/// Encodes a signed number: two's complement, with bit 6 of the first byte as its sign.
pub fn int(mut value: i64) -> Encoded {
    let mut out = Encoded::new();
    let mut more = 0;
    loop {
        let group = (value & 0x7f) as u8;
        out.prepend(group | more);
        more = 0x80;
        value >>= 7;
        let negative = group & 0x40 != 0;
        if (value == 0 && !negative) || (value == -1 && negative) {
            return out;
        }
    }
}

/// Why a number could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// The bytes end inside the number.
    Truncated,
    /// The number, or its spelling, is longer than the format's numbers are.
    TooBig,
}

/// Reads an unsigned number at `*pos` and moves `*pos` past it.
///
/// At most [`MAX_UINT_BYTES`] bytes are read; leading zero groups are allowed within them.
pub fn read_uint(bytes: &[u8], pos: &mut usize) -> Result<u32, NumberFault> {
    let mut value: u32 = 0;
    for i in 0..MAX_UINT_BYTES {
        let at = pos.checked_add(i).ok_or(NumberFault::Truncated)?;
        let byte = *bytes.get(at).ok_or(NumberFault::Truncated)?;
        if value > u32::MAX >> 7 {
            return Err(NumberFault::TooBig);
        }
        value = value << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            *pos = at + 1;
            return Ok(value);
        }
    }
    Err(NumberFault::TooBig)
}

/// Reads a signed number at `*pos` and moves `*pos` past it.
pub fn read_int(bytes: &[u8], pos: &mut usize) -> Result<i64, NumberFault> {
    let first = *bytes.get(*pos).ok_or(NumberFault::Truncated)?;
    let mut value: i64 = if first & 0x40 != 0 { -1 } else { 0 };
    for i in 0..MAX_INT_BYTES {
        let at = pos.checked_add(i).ok_or(NumberFault::Truncated)?;
        let byte = *bytes.get(at).ok_or(NumberFault::Truncated)?;
        if (value << 7) >> 7 != value {
            return Err(NumberFault::TooBig);
        }
        value = value << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            *pos = at + 1;
            return Ok(value);
        }
    }
    Err(NumberFault::TooBig)
}

/// A jump too long for the two bytes of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelOutOfRange;

const SHORT_BIAS: i64 = 0x40;
const LONG_BIAS: i64 = 0x4000;

/// Distance from the byte after a label of `size` bytes at `at`, to `target`.
fn distance(at: usize, size: usize, target: usize) -> i64 {
    target as i64 - (at as i64 + size as i64)
}

/// Whether a label stored at offset `at` reaches `target` with one byte.
///
/// Signed labels of one byte span -64 to 63 bytes, unsigned ones 0 to 127, counted from the
/// byte after the label.
pub fn label_is_short(signed: bool, at: usize, target: usize) -> bool {
    let d = distance(at, 1, target);
    if signed { (-SHORT_BIAS..SHORT_BIAS).contains(&d) } else { (0..0x80).contains(&d) }
}

/// Encodes the label stored at offset `at`, reaching `target`, in one byte or (`short` false) two.
///
/// Two-byte labels span -16384 to 16383 or 0 to 32767 bytes.
pub fn label(signed: bool, short: bool, at: usize, target: usize) -> Result<Encoded, LabelOutOfRange> {
    let mut out = Encoded::new();
    if short {
        let raw = distance(at, 1, target) + if signed { SHORT_BIAS } else { 0 };
        if !(0..0x80).contains(&raw) {
            return Err(LabelOutOfRange);
        }
        out.prepend(raw as u8);
    } else {
        let raw = distance(at, 2, target) + if signed { LONG_BIAS } else { 0 };
        if !(0..0x8000).contains(&raw) {
            return Err(LabelOutOfRange);
        }
        out.prepend((raw >> 7) as u8);
        out.prepend(raw as u8 | 0x80);
    }
    Ok(out)
}

/// Reads the label at `*pos`, moves `*pos` past it, and returns the offset it reaches.
///
/// The result may lie anywhere, also before the start of the code: hence the sign.
pub fn read_label(signed: bool, bytes: &[u8], pos: &mut usize) -> Result<i64, NumberFault> {
    let first = *bytes.get(*pos).ok_or(NumberFault::Truncated)?;
    let mut raw = i64::from(first & 0x7f);
    let mut bias = SHORT_BIAS;
    let mut end = *pos + 1;
    if first & 0x80 != 0 {
        raw |= i64::from(*bytes.get(end).ok_or(NumberFault::Truncated)?) << 7;
        bias = LONG_BIAS;
        end += 1;
    }
    if signed {
        raw -= bias;
    }
    *pos = end;
    Ok(end as i64 + raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers_come_back() {
        for v in [0, 1, 127, 128, 300, 16383, 16384, 0x0fff_ffff, 0x1000_0000, u32::MAX] {
            let e = uint(v);
            let mut pos = 0;
            assert_eq!(read_uint(e.as_slice(), &mut pos), Ok(v));
            assert_eq!(pos, e.len());
        }
        assert_eq!(uint(300).as_slice(), [0x82, 0x2c]);
        assert_eq!(read_uint(&[0x90, 0x80, 0x80, 0x80, 0], &mut 0), Err(NumberFault::TooBig));
        assert_eq!(read_uint(&[0x80; 9], &mut 0), Err(NumberFault::TooBig));
        assert_eq!(read_uint(&[0x80], &mut 0), Err(NumberFault::Truncated));
    }

    #[test]
    fn signed_numbers_come_back() {
        for v in [0, 63, 64, -1, -64, -65, 8191, 8192, -8192, -8193, i64::MAX, i64::MIN] {
            let e = int(v);
            let mut pos = 0;
            assert_eq!(read_int(e.as_slice(), &mut pos), Ok(v), "{v}");
            assert_eq!(pos, e.len());
        }
        assert_eq!(int(64).as_slice(), [0x80, 0x40]);
        assert_eq!(int(-17).as_slice(), [0x6f]);
        assert_eq!(read_int(&[0xff; 20], &mut 0), Err(NumberFault::TooBig));
    }

    #[test]
    fn labels_come_back() {
        for (signed, short, at, target) in [
            (true, true, 100, 101 - 64),
            (true, true, 100, 101 + 63),
            (true, false, 20000, 20002 - 16384),
            (true, false, 20000, 20002 + 16383),
            (false, true, 7, 8),
            (false, true, 7, 8 + 127),
            (false, false, 7, 9 + 32767),
        ] {
            let e = label(signed, short, at, target).unwrap();
            assert_eq!(e.len(), if short { 1 } else { 2 });
            let mut code = std::vec![0; at];
            code.extend_from_slice(e.as_slice());
            let mut pos = at;
            assert_eq!(read_label(signed, &code, &mut pos), Ok(target as i64));
            assert!(!short || label_is_short(signed, at, target));
        }
        assert!(label(false, false, 7, 8).is_err());
        assert!(label(true, false, 0, 2 + 16384).is_err());
        assert!(!label_is_short(true, 0, 65));
    }
}
