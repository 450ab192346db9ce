//! Text to tokens: one token at a time, with its text and its line.
//!
//! Blocks come as [`Token::Indent`] and [`Token::Dedent`]; newlines inside brackets are no tokens.
//! Adjacent string literals are one token. The surprising fact: an f-string is a [`Token::Str`]
//! followed by the tokens of a call of its `format` method, and a t-string a call of
//! `__template__`; the lexer rewrites the text and reads it again.

mod escape;
mod format;
mod template;
#[cfg(test)]
mod tests;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::buffer::Grow;
use crate::error::Result;
use crate::source::{Source, Window};
use crate::token::{self, Token};

pub(crate) struct Lexer<'s, A: Allocator> {
    window: Window<'s, A>,
    /// The current token.
    pub(crate) token: Token,
    /// The line on which the current token begins.
    pub(crate) line: u32,
    text: Vec<u8, A>,
    /// The call that follows an f-string or t-string, as text.
    call: Vec<u8, A>,
    /// Columns of the open blocks, without the outermost.
    indents: Vec<u32, A>,
    /// Blocks to open (1) or to close (negative) before the next token proper.
    dents: i32,
    brackets: i32,
    debug: bool,
}

fn is_letter(c: u8) -> bool {
    c.is_ascii_alphabetic()
}

/// Any byte of a multi-byte character may be part of a name.
fn begins_name(c: u8) -> bool {
    is_letter(c) || c == b'_' || c >= 0x80
}

fn continues_name(c: u8) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

fn is_quote(c: u8) -> bool {
    c == b'"' || c == b'\''
}

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}

impl<'s, A: Allocator + Clone> Lexer<'s, A> {
    /// A lexer before the first token; `debug` is the value of `__debug__`.
    pub(crate) fn new(source: &'s mut dyn Source, debug: bool, allocator: A) -> Self {
        Lexer {
            window: Window::new(source, allocator.clone()),
            token: Token::End,
            line: 1,
            text: Vec::new_in(allocator.clone()),
            call: Vec::new_in(allocator.clone()),
            indents: Vec::new_in(allocator),
            dents: 0,
            brackets: 0,
            debug,
        }
    }

    /// Moves to the first token, which must not be indented.
    pub(crate) fn start(&mut self) -> Result<()> {
        self.window.start()?;
        let column = self.advance()?;
        if column != 1 && self.token != Token::Newline {
            self.token = Token::Indent;
        }
        Ok(())
    }

    /// Text of the current name, number or string; numbers come without underscores.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Moves to the next token and returns the column it begins in.
    pub(crate) fn advance(&mut self) -> Result<u32> {
        self.text.clear();
        let newline = self.skip_space(true)?;
        self.line = self.window.line;
        let column = self.window.column;
        let c = self.window.c0;
        if self.dents < 0 {
            self.dents += 1;
            self.token = Token::Dedent;
        } else if self.dents > 0 {
            self.dents -= 1;
            self.token = Token::Indent;
        } else if newline {
            self.skip_space(false)?;
            self.token = self.new_line()?;
        } else if self.window.at_end() {
            self.token = Token::End;
        } else if self.string_ahead().is_some() {
            self.strings()?;
        } else if begins_name(c) {
            self.name()?;
        } else if c.is_ascii_digit() || (c == b'.' && self.window.c1.is_ascii_digit()) {
            self.number()?;
        } else {
            self.operator()?;
        }
        Ok(column)
    }

    /// Skips blanks, comments and joined lines; true if it stopped at a line's end.
    fn skip_space(&mut self, stop_at_newline: bool) -> Result<bool> {
        loop {
            match self.window.c0 {
                b'\n' => {
                    if stop_at_newline && self.brackets == 0 {
                        return Ok(true);
                    }
                    self.window.bump()?;
                }
                b'#' => {
                    while !self.window.at_end() && self.window.c0 != b'\n' {
                        self.window.bump()?;
                    }
                }
                b'\\' if self.window.c1 == b'\n' => {
                    self.window.bump()?;
                    self.window.bump()?;
                }
                c if is_space(c) => self.window.bump()?,
                _ => return Ok(false),
            }
        }
    }

    /// Compares the indentation of the line now reached with that of the open blocks.
    fn new_line(&mut self) -> Result<Token> {
        let column = self.window.column;
        let current = self.indents.last().copied().unwrap_or(1);
        if column > current {
            self.indents.add(column)?;
            self.dents = 1;
        } else {
            while self.indents.last().is_some_and(|c| *c > column) {
                self.indents.pop();
                self.dents -= 1;
            }
            if self.indents.last().copied().unwrap_or(1) != column {
                return Ok(Token::BadDedent);
            }
        }
        Ok(Token::Newline)
    }

    fn name(&mut self) -> Result<()> {
        while continues_name(self.window.c0) {
            self.text.add(self.window.c0)?;
            self.window.bump()?;
        }
        self.token = token::keyword(&self.text, self.debug).unwrap_or(Token::Name);
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let w = &self.window;
        self.token = if w.c0 == b'.' { Token::Float } else { Token::Integer };
        let based = w.c0 == b'0' && matches!(w.c1 | 0x20, b'b' | b'o' | b'x');
        self.text.add(w.c0)?;
        self.window.bump()?;
        loop {
            let c = self.window.c0;
            if !based && (c == b'e' || c == b'E') {
                self.token = Token::Float;
                self.text.add(b'e')?;
                self.window.bump()?;
                if matches!(self.window.c0, b'+' | b'-') {
                    self.text.add(self.window.c0)?;
                    self.window.bump()?;
                }
            } else if is_letter(c) || c.is_ascii_digit() || c == b'.' {
                if matches!(c, b'.' | b'j' | b'J') {
                    self.token = Token::Float;
                }
                self.text.add(c)?;
                self.window.bump()?;
            } else if c == b'_' {
                self.window.bump()?;
            } else {
                return Ok(());
            }
        }
    }

    fn operator(&mut self) -> Result<()> {
        let (token, len) = token::operator(self.window.c0, self.window.c1, self.window.c2);
        for _ in 0..len {
            self.window.bump()?;
        }
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => {
                self.brackets = self.brackets.saturating_add(1);
            }
            Token::ParenClose | Token::BracketClose | Token::BraceClose => {
                self.brackets = self.brackets.saturating_sub(1);
            }
            _ => {}
        }
        self.token = token;
        Ok(())
    }
}
