//! String and bytes literals: prefixes, quotes, escapes, and the joining of adjacent literals.

use allocator_api2::alloc::Allocator;

use super::{Lexer, is_quote};
use crate::buffer::Grow;
use crate::error::{ErrorKind, Fail, Result};
use crate::token::Token;

/// What the letters before a quote say.
#[derive(Clone, Copy, Default)]
pub(super) struct Prefix {
    /// Number of letters.
    len: u8,
    pub(super) raw: bool,
    pub(super) bytes: bool,
    pub(super) format: bool,
    pub(super) template: bool,
}

/// The quotes around a literal: one or three of a kind.
pub(super) struct Quotes {
    pub(super) mark: u8,
    pub(super) count: u8,
}

impl<A: Allocator + Clone> Lexer<'_, A> {
    /// The prefix of the string literal that begins here, if one does.
    pub(super) fn string_ahead(&self) -> Option<Prefix> {
        let (c0, c1, c2) = (self.window.c0, self.window.c1, self.window.c2);
        let len = if is_quote(c0) {
            0
        } else if is_quote(c1) {
            1
        } else if is_quote(c2) {
            2
        } else {
            return None;
        };
        let none = Prefix { len, ..Prefix::default() };
        let raw = Prefix { raw: true, ..none };
        Some(match (len, c0, c1) {
            (0, ..) | (1, b'u', _) => none,
            (1, b'r', _) => raw,
            (1, b'b', _) => Prefix { bytes: true, ..none },
            (1, b'f', _) => Prefix { format: true, ..none },
            (1, b't', _) => Prefix { template: true, ..none },
            (2, b'r', b'b') | (2, b'b', b'r') => Prefix { bytes: true, ..raw },
            (2, b'r', b'f') | (2, b'f', b'r') => Prefix { format: true, ..raw },
            (2, b'r', b't') | (2, b't', b'r') => Prefix { template: true, ..raw },
            _ => return None,
        })
    }

    /// Reads one or more adjacent literals into one token.
    pub(super) fn strings(&mut self) -> Result<()> {
        let mut first: Option<Prefix> = None;
        while let Some(prefix) = self.string_ahead() {
            let joins = first.is_none_or(|f| f.bytes == prefix.bytes && !prefix.template);
            if !joins {
                break;
            }
            if first.is_none() {
                self.token = if prefix.bytes { Token::Bytes } else { Token::Str };
            }
            first = Some(prefix);
            for _ in 0..prefix.len {
                self.window.bump()?;
            }
            let quotes = self.open_quotes()?;
            if prefix.template {
                return self.template(prefix.raw, quotes);
            }
            self.literal(prefix, quotes)?;
            self.skip_space(true)?;
        }
        if !self.call.is_empty() {
            self.call.add(b')')?;
            self.window.take_back(&self.call)?;
            self.call.clear();
        }
        Ok(())
    }

    fn open_quotes(&mut self) -> Result<Quotes> {
        let mark = self.window.c0;
        self.window.bump()?;
        let mut count = 1;
        if self.window.c0 == mark && self.window.c1 == mark {
            self.window.bump()?;
            self.window.bump()?;
            count = 3;
        }
        Ok(Quotes { mark, count })
    }

    /// Reads a literal's text and closing quotes, appending to the token's text.
    fn literal(&mut self, prefix: Prefix, quotes: Quotes) -> Result<()> {
        if prefix.format && self.call.is_empty() {
            self.call.add_all(b".format(")?;
        }
        let mut closing = 0;
        while closing < quotes.count {
            let c = self.window.c0;
            if self.window.at_end() || (c == b'\n' && quotes.count == 1) {
                self.token = Token::Invalid;
                break;
            }
            if c == quotes.mark {
                closing += 1;
                self.text.add(c)?;
                self.window.bump()?;
                continue;
            }
            closing = 0;
            match c {
                b'{' if prefix.format => self.format_brace()?,
                b'\\' => {
                    self.window.bump()?;
                    if prefix.raw {
                        self.text.add(b'\\')?;
                        self.character(u32::from(self.window.c0), prefix.bytes)?;
                    } else {
                        self.escape(prefix.bytes)?;
                    }
                    self.window.bump()?;
                }
                _ => {
                    self.text.add(c)?;
                    self.window.bump()?;
                }
            }
        }
        let end = self.text.len().saturating_sub(usize::from(closing));
        self.text.truncate(end);
        Ok(())
    }

    /// Appends what the escape stands for, whose backslash has just been passed; stays at its
    /// last character.
    fn escape(&mut self, bytes: bool) -> Result<()> {
        let c = self.window.c0;
        let code = match c {
            b'\n' => return Ok(()),
            b'\\' | b'\'' | b'"' => u32::from(c),
            b'a' => 7,
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'v' => 11,
            b'f' => 12,
            b'r' => 13,
            b'u' | b'U' if bytes => {
                self.text.add(b'\\')?;
                u32::from(c)
            }
            b'x' => self.hex(2)?,
            b'u' => self.hex(4)?,
            b'U' => self.hex(8)?,
            b'N' => {
                let text = "unicode name escapes";
                return Err(Fail::new(ErrorKind::NotImplemented, text, 0));
            }
            b'0'..=b'7' => self.octal(c)?,
            _ => {
                self.text.add(b'\\')?;
                u32::from(c)
            }
        };
        self.character(code, bytes)
    }

    fn hex(&mut self, digits: u8) -> Result<u32> {
        let mut value = 0;
        for _ in 0..digits {
            self.window.bump()?;
            match char::from(self.window.c0).to_digit(16) {
                Some(digit) => value = value << 4 | digit,
                None => {
                    self.token = Token::Invalid;
                    break;
                }
            }
        }
        Ok(value)
    }

    /// An octal escape has one to three digits.
    fn octal(&mut self, first: u8) -> Result<u32> {
        let mut value = u32::from(first - b'0');
        for _ in 0..2 {
            if !matches!(self.window.c1, b'0'..=b'7') {
                break;
            }
            self.window.bump()?;
            value = value * 8 + u32::from(self.window.c0 - b'0');
        }
        Ok(value)
    }

    /// Appends a character, encoded, or a byte. Surrogates are encoded like any other character.
    fn character(&mut self, code: u32, bytes: bool) -> Result<()> {
        let tail = |shift: u32| 0x80 | (code >> shift) as u8 & 0x3f;
        match code {
            _ if bytes && code >= 0x100 => self.token = Token::Invalid,
            _ if bytes => self.text.add(code as u8)?,
            0..0x80 => self.text.add(code as u8)?,
            0x80..0x800 => self.text.add_all(&[0xc0 | (code >> 6) as u8, tail(0)])?,
            0x800..0x1_0000 => {
                self.text.add_all(&[0xe0 | (code >> 12) as u8, tail(6), tail(0)])?;
            }
            0x1_0000..0x11_0000 => {
                let head = 0xf0 | (code >> 18) as u8;
                self.text.add_all(&[head, tail(12), tail(6), tail(0)])?;
            }
            _ => self.token = Token::Invalid,
        }
        Ok(())
    }
}
