//! T-strings: `t"hi {name!r:>5}"` reads as
//! `__template__(("hi ", "",), (name), "name", "r", ">5",)`.
//!
//! The literal parts go into the rewritten text still escaped, and are decoded when it is read.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::Lexer;
use super::escape::Quotes;
use crate::buffer::Grow;
use crate::error::Result;
use crate::token::Token;

/// Appends a byte of text that stands between double quotes in the rewritten source.
fn quoted<A: Allocator>(out: &mut Vec<u8, A>, byte: u8) -> Result<()> {
    match byte {
        b'\n' => out.add_all(b"\\n"),
        b'"' => out.add_all(b"\\\""),
        b'\\' => out.add_all(b"\\\\"),
        _ => out.add(byte),
    }
}

impl<A: Allocator + Clone> Lexer<'_, A> {
    /// Reads a t-string whose opening quotes have been passed.
    pub(super) fn template(&mut self, raw: bool, quotes: Quotes) -> Result<()> {
        self.text.add_all(b"((\"")?;
        let mut whole = true;
        let mut closing = 0;
        while closing < quotes.count {
            let c = self.window.c0;
            if self.window.at_end() || (c == b'\n' && quotes.count == 1) {
                whole = false;
                self.token = Token::Invalid;
                break;
            }
            if c == quotes.mark {
                closing += 1;
                self.window.bump()?;
                continue;
            }
            for _ in 0..core::mem::take(&mut closing) {
                quoted(&mut self.text, quotes.mark)?;
            }
            whole = match c {
                b'{' if self.window.c1 != b'{' => self.interpolation(raw, &quotes)?,
                b'{' | b'}' => {
                    self.window.bump()?;
                    self.text.add(c)?;
                    let doubled = self.window.c0 == c;
                    self.window.bump()?;
                    doubled
                }
                b'\\' => {
                    let empty = self.empty();
                    let mut text = core::mem::replace(&mut self.text, empty);
                    self.template_escape(&mut text, raw)?;
                    self.text = text;
                    true
                }
                _ => {
                    quoted(&mut self.text, c)?;
                    self.window.bump()?;
                    true
                }
            };
            if !whole {
                self.token = Token::MalformedFormat;
                break;
            }
        }
        if whole {
            self.text.add_all(b"\",),")?;
            self.text.add_all(&self.call)?;
            self.text.add(b')')?;
            self.window.take_back(&self.text)?;
            self.text.clear();
            self.text.add_all(b"__template__")?;
            self.token = Token::Name;
        }
        self.call.clear();
        Ok(())
    }

    fn empty(&self) -> Vec<u8, A> {
        Vec::new_in(self.text.allocator().clone())
    }

    /// Passes a backslash and what it escapes on to `out`, for the second reading.
    fn template_escape(&mut self, out: &mut Vec<u8, A>, raw: bool) -> Result<()> {
        self.window.bump()?;
        let c = self.window.c0;
        if !raw {
            if !self.window.at_end() {
                out.add_all(&[b'\\', c])?;
                self.window.bump()?;
            }
        } else {
            out.add_all(b"\\\\")?;
            // A raw string keeps the backslash, but what follows it does not end the string.
            if matches!(c, b'"' | b'\'' | b'\\') {
                quoted(out, c)?;
                self.window.bump()?;
            }
        }
        Ok(())
    }

    /// Reads one field, from its brace to the closing one; false if it is malformed.
    fn interpolation(&mut self, raw: bool, quotes: &Quotes) -> Result<bool> {
        self.window.bump()?;
        let start = self.field_expression()?;
        let shown = self.call.last() == Some(&b'=');
        if shown {
            for byte in self.call.get(start..).unwrap_or(&[]) {
                quoted(&mut self.text, *byte)?;
            }
            self.call.pop();
        }
        self.trim_call(start);
        let end = self.call.len();
        if end <= start || self.window.at_end() {
            return Ok(false);
        }
        self.call.add_all(b"),\"")?;
        for at in start..end {
            let byte = self.call.get(at).copied().unwrap_or(0);
            quoted(&mut self.call, byte)?;
        }
        self.call.add_all(b"\",")?;
        self.text.add_all(b"\",\"")?;
        if self.window.c0 == b'!' {
            self.window.bump()?;
            self.call.add_all(&[b'"', self.window.c0, b'"', b','])?;
            self.window.bump()?;
        } else if shown && self.window.c0 != b':' {
            self.call.add_all(b"\"r\",")?;
        } else {
            self.call.add_all(b"None,")?;
        }
        if self.window.c0 == b':' {
            self.window.bump()?;
        }
        self.format_spec(raw, quotes)
    }

    /// Reads a format specifier with its closing brace. Fields within make it an f-string.
    fn format_spec(&mut self, raw: bool, quotes: &Quotes) -> Result<bool> {
        let mut spec = self.empty();
        let mut open = 1u32;
        let mut nested = false;
        loop {
            let c = self.window.c0;
            match c {
                _ if self.window.at_end() => return Ok(false),
                b'\n' if quotes.count == 1 => return Ok(false),
                _ if c == quotes.mark && quotes.count == 1 => return Ok(false),
                _ if c == quotes.mark && self.window.c1 == c && self.window.c2 == c => {
                    return Ok(false);
                }
                b'\\' => {
                    self.template_escape(&mut spec, raw)?;
                    continue;
                }
                b'{' => {
                    nested = true;
                    open = open.saturating_add(1);
                }
                b'}' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                _ => {}
            }
            quoted(&mut spec, c)?;
            self.window.bump()?;
        }
        self.window.bump()?;
        if nested {
            self.call.add(b'f')?;
        }
        self.call.add(b'"')?;
        self.call.add_all(&spec)?;
        self.call.add_all(b"\",")?;
        Ok(true)
    }
}
