//! Names: long ones in UTF-16, short ones of 8 and 3 bytes, and which of them are the same.
//!
//! Letters that differ in case only are the same letter, in the scripts of Europe; elsewhere names are compared as
//! they are.

use crate::Fault;

/// The most UTF-16 units of a name.
pub(crate) const LONG_MAX: usize = 255;
/// Units in one entry of a long name.
pub(crate) const UNITS: usize = 13;

/// A name that a path gave, without what the format drops: spaces and dots at its end.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a>(&'a str);

/// A short name, and whether it says all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) bytes: [u8; 11],
    /// It differs from the name by more than case: there must be a long name.
    pub(crate) lossy: bool,
    /// Its letters are small: bit 3 the first eight, bit 4 the last three. `None` if that cannot be said so.
    pub(crate) case: Option<u8>,
}

impl<'a> Name<'a> {
    /// Checks a part of a path.
    pub(crate) fn new(text: &'a str) -> Result<Name<'a>, Fault> {
        let text = text.trim_end_matches([' ', '.']).trim_start_matches(' ');
        let bad = |c: char| c < ' ' || matches!(c, '"' | '*' | ':' | '<' | '>' | '?' | '|' | '\\' | '/' | '\x7f');
        if text.is_empty() || text.contains(bad) || text.encode_utf16().count() > LONG_MAX {
            return Err(Fault::Invalid);
        }
        Ok(Name(text))
    }

    pub(crate) fn units(self) -> impl Iterator<Item = u16> + 'a {
        self.0.encode_utf16()
    }

    /// How many entries the long name takes.
    pub(crate) fn long_entries(self) -> usize {
        self.units().count().div_ceil(UNITS)
    }

    /// The units of entry number `n` of the long name, counted from 0: a zero after the end, then ones.
    pub(crate) fn chunk(self, n: usize) -> [u16; UNITS] {
        let mut out = [0xffff; UNITS];
        let mut rest = self.units().skip(n * UNITS);
        for place in &mut out {
            match rest.next() {
                Some(u) => *place = u,
                None => {
                    *place = 0;
                    break;
                }
            }
        }
        out
    }

    /// The short name that comes nearest.
    pub(crate) fn short(self) -> Short {
        let mut s = Short { bytes: [b' '; 11], lossy: false, case: Some(0) };
        let text = self.0.trim_start_matches('.');
        s.lossy = text.len() != self.0.len();
        let (base, ext) = match text.rsplit_once('.') {
            Some((base, ext)) => (base, ext),
            None => (text, ""),
        };
        let mut mixed = false;
        for (part, start, len, bit) in [(base, 0, 8, 8), (ext, 8, 3, 16)] {
            let (mut at, mut small, mut large) = (0, false, false);
            for c in part.chars() {
                let b = match c {
                    ' ' | '.' => {
                        s.lossy = true;
                        continue;
                    }
                    '+' | ',' | ';' | '=' | '[' | ']' => None,
                    c => u8::try_from(c).ok().filter(u8::is_ascii),
                };
                s.lossy |= b.is_none() || at == len;
                let b = b.unwrap_or(b'_');
                small |= b.is_ascii_lowercase();
                large |= b.is_ascii_uppercase();
                if at < len {
                    if let Some(place) = s.bytes.get_mut(start + at) {
                        *place = b.to_ascii_uppercase();
                    }
                    at += 1;
                }
            }
            mixed |= small && large;
            if small {
                s.case = s.case.map(|c| c | bit);
            }
        }
        if s.bytes.first() == Some(&b' ') {
            s.bytes[0] = b'_';
            s.lossy = true;
        }
        if mixed || s.lossy {
            s.case = None;
        }
        s
    }
}

impl Short {
    /// Try number `n` of a short name that nothing else has: `NAME~1`, and after a few with a number made of the long
    /// name, so that a folder of many similar names is not searched for each of them.
    pub(crate) fn variant(self, long: Name<'_>, n: u32) -> [u8; 11] {
        let mut out = self.bytes;
        let mut tail = [0; 7];
        let mut len = 0;
        let mut push = |b: u8| {
            if let Some(place) = tail.get_mut(len) {
                *place = b;
                len += 1;
            }
        };
        let digit = |n: u32| b"0123456789ABCDEF".get((n & 15) as usize).copied().unwrap_or(b'0');
        if n > 4 {
            let hash = long.units().fold(n, |h, u| h.rotate_left(5).wrapping_mul(31) ^ u32::from(upper(u)));
            let hash = hash ^ hash >> 16;
            for i in 0..4 {
                push(digit(hash >> (4 * i)));
            }
        }
        push(b'~');
        push(digit(if n > 4 { 1 } else { n }));
        let base = out.iter().take(8).take_while(|&&b| b != b' ').count().min(8 - len);
        for (place, b) in out.iter_mut().take(8).skip(base).zip(tail.iter().take(len)) {
            *place = *b;
        }
        for place in out.iter_mut().take(8).skip(base + len) {
            *place = b' ';
        }
        out
    }
}

/// The sum by which entries of a long name belong to a short one.
pub(crate) fn checksum(short: &[u8]) -> u8 {
    short.iter().take(11).fold(0, |sum: u8, &b| sum.rotate_right(1).wrapping_add(b))
}

/// A large letter for a small one.
pub(crate) fn upper(u: u16) -> u16 {
    match u {
        0x61..=0x7a | 0xe0..=0xf6 | 0xf8..=0xfe | 0x3b1..=0x3c1 | 0x3c3..=0x3cb | 0x430..=0x44f => u - 32,
        0xff => 0x178,
        0x450..=0x45f => u - 80,
        0x100..=0x137 | 0x14a..=0x177 | 0x1de..=0x1ef | 0x460..=0x481 | 0x48a..=0x4bf | 0x4d0..=0x52f => u & !1,
        0x139..=0x148 | 0x179..=0x17e if u & 1 == 0 => u - 1,
        _ => u,
    }
}

/// The characters of code page 437 above 0x7f, in which other systems write short names.
const CP437: [u16; 128] = [
    0xc7, 0xfc, 0xe9, 0xe2, 0xe4, 0xe0, 0xe5, 0xe7, 0xea, 0xeb, 0xe8, 0xef, 0xee, 0xec, 0xc4, 0xc5, 0xc9, 0xe6, 0xc6,
    0xf4, 0xf6, 0xf2, 0xfb, 0xf9, 0xff, 0xd6, 0xdc, 0xa2, 0xa3, 0xa5, 0x20a7, 0x192, 0xe1, 0xed, 0xf3, 0xfa, 0xf1,
    0xd1, 0xaa, 0xba, 0xbf, 0x2310, 0xac, 0xbd, 0xbc, 0xa1, 0xab, 0xbb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561,
    0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c,
    0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564,
    0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x3b1, 0xdf, 0x393, 0x3c0, 0x3a3, 0x3c3, 0xb5, 0x3c4, 0x3a6, 0x398, 0x3a9, 0x3b4, 0x221e, 0x3c6, 0x3b5, 0x2229,
    0x2261, 0xb1, 0x2265, 0x2264, 0x2320, 0x2321, 0xf7, 0x2248, 0xb0, 0x2219, 0xb7, 0x221a, 0x207f, 0xb2, 0x25a0, 0xa0,
];

/// The units of a short name as it is shown, with its dot; `case` as in [`Short`].
pub(crate) fn shown(short: &[u8], case: u8) -> impl Iterator<Item = u16> + '_ {
    let part = |from: usize, len: usize, small: bool| {
        let bytes = short.iter().skip(from).take(len);
        let used = bytes.clone().rev().skip_while(|&&b| b == b' ').count();
        short.iter().skip(from).take(used).enumerate().map(move |(i, &b)| match b {
            0x05 if i == 0 && from == 0 => CP437.get(0x65).copied().unwrap_or(0),
            0x80.. => CP437.get(usize::from(b) - 0x80).copied().unwrap_or(0),
            b if small => u16::from(b.to_ascii_lowercase()),
            b => u16::from(b),
        })
    };
    let dot = short.iter().skip(8).take(3).any(|&b| b != b' ');
    part(0, 8, case & 8 != 0).chain(dot.then_some(0x2e)).chain(part(8, 3, case & 16 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(name: &str) -> (std::string::String, bool, Option<u8>) {
        let s = Name::new(name).unwrap().short();
        (std::string::String::from_utf8(s.bytes.to_vec()).unwrap(), s.lossy, s.case)
    }

    #[test]
    fn short_names() {
        assert_eq!(short("README.TXT"), ("README  TXT".into(), false, Some(0)));
        assert_eq!(short("readme.txt"), ("README  TXT".into(), false, Some(24)));
        assert_eq!(short("Readme.txt"), ("README  TXT".into(), false, None));
        assert_eq!(short("a long name.text"), ("ALONGNAMTEX".into(), true, None));
        assert_eq!(short(".profile"), ("PROFILE    ".into(), true, None));
        assert_eq!(short("a.b.c"), ("AB      C  ".into(), true, None));
        assert!(Name::new("...").is_err() && Name::new("a?").is_err() && Name::new("").is_err());
    }

    #[test]
    fn variants_differ() {
        let n = Name::new("a long name.text").unwrap();
        let all: std::collections::BTreeSet<_> = (1..100).map(|i| n.short().variant(n, i)).collect();
        assert!(all.len() > 95);
        assert!(all.contains(b"ALONGN~1TEX"));
    }

    #[test]
    fn shown_as_stored() {
        let text = |s: &[u8], c| std::string::String::from_utf16(&shown(s, c).collect::<std::vec::Vec<_>>()).unwrap();
        assert_eq!(text(b"README  TXT", 24), "readme.txt");
        assert_eq!(text(b"README  TXT", 8), "readme.TXT");
        assert_eq!(text(b"DIR        ", 0), "DIR");
        assert_eq!(text(b"\x05BC     \x81  ", 0), "\u{3c3}BC.\u{fc}");
    }
}
