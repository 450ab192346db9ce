//! Sets of characters: a bit for each ASCII character, and ranges of others.
//!
//! In a program: 16 bytes of bits, a byte with the number of ranges and [`INVERTED`], and for each range its first
//! and last character in three bytes each.

/// In the byte of the ranges: the characters beyond ASCII are those that are in none of them.
pub(crate) const INVERTED: u8 = 0x80;
/// Ranges that a set can have.
pub(crate) const RANGES_MAX: usize = 24;

/// A set under construction.
pub(crate) struct Set {
    pub(crate) ascii: [u8; 16],
    ranges: [(u32, u32); RANGES_MAX],
    count: usize,
    inverted: bool,
}

impl Set {
    pub(crate) fn new() -> Set {
        Set { ascii: [0; 16], ranges: [(0, 0); RANGES_MAX], count: 0, inverted: false }
    }

    pub(crate) fn add_ascii(&mut self, b: u8) {
        if let Some(byte) = self.ascii.get_mut(usize::from(b >> 3)) {
            *byte |= 1 << (b & 7);
        }
    }

    /// Adds the characters from `lo` to `hi`; false if there is no room.
    pub(crate) fn add(&mut self, lo: u32, hi: u32) -> bool {
        for b in lo..=hi.min(0x7f) {
            self.add_ascii(b as u8);
        }
        if hi < 0x80 {
            return true;
        }
        match self.ranges.get_mut(self.count) {
            Some(place) => {
                *place = (lo.max(0x80), hi);
                self.count += 1;
                true
            }
            None => false,
        }
    }

    /// Adds a named class: the letter after the backslash.
    pub(crate) fn add_class(&mut self, name: u8) -> bool {
        let negated = name.is_ascii_uppercase();
        for b in 0..0x80u8 {
            let is = match name.to_ascii_lowercase() {
                b'd' => b.is_ascii_digit(),
                b's' => matches!(b, b' ' | 9..=13),
                _ => b.is_ascii_alphanumeric() || b == b'_',
            };
            if is != negated {
                self.add_ascii(b);
            }
        }
        !negated || self.add(0x80, 0x10_ffff)
    }

    /// Puts in every letter whose other case is in.
    pub(crate) fn ignore_case(&mut self) {
        for b in b'a'..=b'z' {
            if self.has_ascii(b) || self.has_ascii(b.to_ascii_uppercase()) {
                self.add_ascii(b);
                self.add_ascii(b.to_ascii_uppercase());
            }
        }
    }

    fn has_ascii(&self, b: u8) -> bool {
        self.ascii.get(usize::from(b >> 3)).is_some_and(|byte| byte >> (b & 7) & 1 != 0)
    }

    pub(crate) fn invert(&mut self) {
        self.ascii.iter_mut().for_each(|b| *b = !*b);
        self.inverted = true;
    }

    /// Its length in a program.
    pub(crate) fn len(&self) -> usize {
        17 + 6 * self.count
    }

    /// Writes it.
    pub(crate) fn write(&self, to: &mut [u8]) {
        let three = |n: u32| {
            let [a, b, c, _] = n.to_le_bytes();
            [a, b, c]
        };
        let head = self.ascii.iter().copied().chain([self.count as u8 | if self.inverted { INVERTED } else { 0 }]);
        let tail = self.ranges.iter().take(self.count).flat_map(|(lo, hi)| three(*lo).into_iter().chain(three(*hi)));
        to.iter_mut().zip(head.chain(tail)).for_each(|(t, b)| *t = b);
    }
}

/// Whether an ASCII character is in the set of a program.
#[inline(always)]
pub(crate) fn has_ascii(set: &[u8], b: u8) -> bool {
    set.get(usize::from(b >> 3)).is_some_and(|byte| byte >> (b & 7) & 1 != 0)
}

/// Whether any character is.
#[inline(always)]
pub(crate) fn has(set: &[u8], c: u32) -> bool {
    if c < 0x80 { has_ascii(set, c as u8) } else { has_wide(set, c) }
}

#[inline(never)]
fn has_wide(set: &[u8], c: u32) -> bool {
    let Some((info, ranges)) = set.get(16..).and_then(<[u8]>::split_first) else { return false };
    let three = |b: &[u8], at: usize| b.iter().skip(at).take(3).rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
    let count = usize::from(info & !INVERTED);
    let found = ranges.chunks_exact(6).take(count).any(|r| (three(r, 0)..=three(r, 3)).contains(&c));
    found != (info & INVERTED != 0)
}

/// Whether a set has characters beyond ASCII.
pub(crate) fn reaches_beyond(set: &[u8]) -> bool {
    set.get(16).is_some_and(|info| *info != 0)
}

/// The length of a set in a program.
pub(crate) fn len_of(set: &[u8]) -> usize {
    17 + 6 * set.get(16).map_or(0, |info| usize::from(info & !INVERTED))
}
