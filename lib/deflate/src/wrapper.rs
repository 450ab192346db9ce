//! What stands before and after a stream: the headers of zlib and gzip, read a byte at a time, and written.

use crate::Damaged;

/// What is around the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Nothing.
    Raw,
    /// zlib: two bytes before, Adler-32 after.
    Zlib,
    /// gzip: ten bytes or more before, CRC-32 and the length after.
    Gzip,
}

impl Wrapper {
    /// The header of a new stream with a window of `2^bits` bytes: bytes, and how many count.
    pub fn header(self, bits: u32) -> ([u8; 10], usize) {
        match self {
            Wrapper::Raw => ([0; 10], 0),
            Wrapper::Zlib => {
                // zlib knows no window below 512 bytes.
                let method = 8 | (bits.clamp(9, 15) as u8 - 8) << 4;
                let flags = 0x80u8;
                let check = 31 - ((u16::from(method) << 8 | u16::from(flags)) % 31) as u8;
                ([method, flags | check, 0, 0, 0, 0, 0, 0, 0, 0], 2)
            }
            // No time, the fastest algorithm, Unix.
            Wrapper::Gzip => ([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3], 10),
        }
    }

    /// Bytes after the data.
    pub fn trailer_len(self) -> usize {
        match self {
            Wrapper::Raw => 0,
            Wrapper::Zlib => 4,
            Wrapper::Gzip => 8,
        }
    }

    /// The trailer for a checksum and a length (modulo 2^32).
    pub fn trailer(self, sum: u32, len: u32) -> ([u8; 8], usize) {
        let mut bytes = [0; 8];
        let parts = match self {
            Wrapper::Zlib => [sum.to_be_bytes(), [0; 4]],
            _ => [sum.to_le_bytes(), len.to_le_bytes()],
        };
        bytes.iter_mut().zip(parts.iter().flatten()).for_each(|(to, b)| *to = *b);
        (bytes, self.trailer_len())
    }
}

/// A header being read.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Bytes so far; for gzip's fixed part, and then its parts of any length.
    at: u8,
    first: u8,
    flags: u8,
    /// Bytes of a part that are still to be skipped.
    skip: u16,
}

const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const CHECK: u8 = 2;

/// Places in a gzip header after the fixed ten bytes.
const EXTRA_LOW: u8 = 10;
const EXTRA_HIGH: u8 = 11;
const EXTRA_DATA: u8 = 12;
const NAME_TEXT: u8 = 13;
const COMMENT_TEXT: u8 = 14;
const CHECK_LOW: u8 = 15;
const CHECK_HIGH: u8 = 16;
const END: u8 = 17;

impl Default for Header {
    fn default() -> Self {
        Header::new()
    }
}

impl Header {
    /// Before the first byte.
    pub const fn new() -> Header {
        Header { at: 0, first: 0, flags: 0, skip: 0 }
    }

    /// The next byte; at the end of the header, what it says: the wrapper and the window's bits.
    ///
    /// # Errors
    /// Neither zlib nor gzip, or with a preset dictionary or a method that are unknown.
    pub fn byte(&mut self, b: u8) -> Result<Option<(Wrapper, u32)>, Damaged> {
        let at = self.at;
        self.at += 1;
        match (at, self.first) {
            (0, _) => self.first = b,
            (1, 0x1f) if b == 0x8b => {}
            (1, method) => {
                let whole = u16::from(method) << 8 | u16::from(b);
                let bits = u32::from(method >> 4) + 8;
                if !whole.is_multiple_of(31) || method & 15 != 8 || b & 0x20 != 0 || bits > 15 {
                    return Err(Damaged);
                }
                return Ok(Some((Wrapper::Zlib, bits)));
            }
            (2, _) if b != 8 => return Err(Damaged),
            (3, _) => {
                if b & 0xe0 != 0 {
                    return Err(Damaged);
                }
                self.flags = b;
            }
            (EXTRA_LOW, _) => self.skip = b.into(),
            (EXTRA_HIGH, _) => self.skip |= u16::from(b) << 8,
            (EXTRA_DATA, _) => {
                self.skip = self.skip.saturating_sub(1);
                if self.skip > 0 {
                    self.at = EXTRA_DATA;
                }
            }
            (NAME_TEXT | COMMENT_TEXT, _) if b != 0 => self.at = at,
            _ => {}
        }
        // Parts that are absent.
        loop {
            let absent = match self.at {
                EXTRA_LOW if self.flags & EXTRA == 0 => EXTRA_DATA + 1,
                EXTRA_DATA if self.skip == 0 => EXTRA_DATA + 1,
                NAME_TEXT if self.flags & NAME == 0 => NAME_TEXT + 1,
                COMMENT_TEXT if self.flags & COMMENT == 0 => COMMENT_TEXT + 1,
                CHECK_LOW if self.flags & CHECK == 0 => CHECK_HIGH + 1,
                _ => break,
            };
            self.at = absent;
        }
        Ok((self.at == END).then_some((Wrapper::Gzip, 15)))
    }
}
