//! Escapes, and sets of characters.

use super::{Build, Compiler, Escape};
use crate::error::What;
use crate::program::{HEADER, IGNORE_CASE, op};
use crate::set::{self, Set};

impl<B: Build> Compiler<'_, '_, B> {
    /// An escape, from its backslash.
    pub(super) fn escape(&mut self, in_set: bool) -> Result<Escape, What> {
        self.at += 1;
        let Some(c) = self.char() else { return Err(What::LoneBackslash) };
        let Ok(b) = u8::try_from(c) else { return Ok(Escape::Char(c)) };
        Ok(match b {
            b'd' | b'D' | b's' | b'S' | b'w' | b'W' => Escape::Class(b),
            b'n' => Escape::Char(10),
            b'r' => Escape::Char(13),
            b't' => Escape::Char(9),
            b'f' => Escape::Char(12),
            b'v' => Escape::Char(11),
            b'a' => Escape::Char(7),
            b'0' => Escape::Char(0),
            b'x' => Escape::Char(self.hex(2)?),
            b'u' if self.utf8 => Escape::Char(self.hex(4)?),
            b'b' if in_set => Escape::Char(8),
            b'b' => Escape::Assert(op::WORD),
            b'B' if !in_set => Escape::Assert(op::NOT_WORD),
            b'A' if !in_set => Escape::Assert(op::BOT),
            b'Z' if !in_set => Escape::Assert(op::EOT),
            b'1'..=b'9' if !in_set => return Err(What::NotSupported),
            _ => Escape::Char(c),
        })
    }

    pub(super) fn hex(&mut self, digits: usize) -> Result<u32, What> {
        let mut n = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16)).ok_or(What::BadEscape)?;
            n = n << 4 | digit;
            self.at += 1;
        }
        Ok(n)
    }

    /// A set, from its bracket.
    pub(super) fn set(&mut self) -> Result<(), What> {
        let opened = self.at;
        self.at += 1;
        let negated = self.eat(b"^");
        let mut set = Set::new();
        let mut first = true;
        loop {
            let Some(b) = self.peek() else {
                self.at = opened;
                return Err(What::OpenSet);
            };
            if b == b']' && !first {
                self.at += 1;
                break;
            }
            first = false;
            let Some(lo) = self.set_char(&mut set)? else { continue };
            let range = self.peek() == Some(b'-') && !matches!(self.pattern.get(self.at + 1), None | Some(b']'));
            let mut hi = lo;
            if range {
                let dash = self.at;
                self.at += 1;
                match self.set_char(&mut set)? {
                    Some(c) if c < lo => {
                        self.at = dash;
                        return Err(What::BadRange);
                    }
                    Some(c) => hi = c,
                    // A class after the dash: the dash is a character.
                    None => set.add_ascii(b'-'),
                }
            }
            if !set.add(lo, hi) {
                return Err(What::TooComplex);
            }
        }
        if self.flags & IGNORE_CASE != 0 {
            set.ignore_case();
        }
        if negated {
            set.invert();
        }
        self.add_set(&set)
    }

    /// A character in a set; `None` for a class, which is added.
    pub(super) fn set_char(&mut self, set: &mut Set) -> Result<Option<u32>, What> {
        if self.peek() != Some(b'\\') {
            return match self.char() {
                Some(c) => Ok(Some(c)),
                None => Err(What::OpenSet),
            };
        }
        if self.pattern.len() == self.at + 1 {
            return Err(What::OpenSet);
        }
        match self.escape(true)? {
            Escape::Class(name) => match set.add_class(name) {
                true => Ok(None),
                false => Err(What::TooComplex),
            },
            Escape::Char(c) => Ok(Some(c)),
            Escape::Assert(_) => Err(What::BadEscape),
        }
    }

    /// An op that takes a character of the set, which is put before the code unless it is there already.
    pub(super) fn add_set(&mut self, set: &Set) -> Result<(), What> {
        let mut bytes = [0; 17 + 6 * set::RANGES_MAX];
        let bytes = bytes.get_mut(..set.len()).unwrap_or_default();
        set.write(bytes);
        let mut place = HEADER;
        while place < self.base {
            let there = self.out.bytes().get(place..self.base).unwrap_or_default();
            if there.starts_with(bytes) {
                break;
            }
            place += set::len_of(there);
        }
        if place >= self.base {
            place = self.base;
            self.insert(0, bytes)?;
            self.base += bytes.len();
        }
        let [low, high] = (place as u16).to_le_bytes();
        self.single(&[op::SET, low, high])
    }
}
