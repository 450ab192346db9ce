//! Fields of f-strings: `f"{a}-{b:>{w}}"` reads as `"{}-{:>{}}".format((a), (b), (w),)`.
//!
//! The scan of a field knows nothing of Python but square and curly brackets. It ends at a `:`, a
//! `}` or a conversion `!r` or `!s` outside of these, even inside a nested string.

use allocator_api2::alloc::Allocator;

use super::{Lexer, is_space};
use crate::buffer::Grow;
use crate::error::Result;
use crate::token::Token;

impl<A: Allocator + Clone> Lexer<'_, A> {
    /// Reads `{{`, or a field up to what ends its expression.
    pub(super) fn format_brace(&mut self) -> Result<()> {
        self.window.bump()?;
        if self.window.c0 == b'{' {
            self.text.add_all(b"{{")?;
            return self.window.bump();
        }
        let start = self.field_expression()?;
        if self.call.last() == Some(&b'=') {
            // `{a=}` shows the expression before its value.
            let shown = self.call.get(start..).unwrap_or(&[]);
            self.text.add_all(shown)?;
            self.call.pop();
        }
        if self.call.len() <= start {
            self.token = Token::MalformedFormat;
        }
        self.call.add_all(b"),")?;
        self.text.add(b'{')
    }

    /// Copies a field's expression to the call, after a parenthesis; returns where it starts.
    pub(super) fn field_expression(&mut self) -> Result<usize> {
        self.call.add(b'(')?;
        let start = self.call.len();
        let mut open = 0i32;
        while !self.window.at_end() {
            let c = self.window.c0;
            if open == 0 {
                let converts =
                    c == b'!' && matches!(self.window.c1, b'r' | b's') && matches!(self.window.c2, b':' | b'}');
                if c == b':' || c == b'}' || converts {
                    break;
                }
            }
            match c {
                b'[' | b'{' => open = open.saturating_add(1),
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.call.add(c)?;
            self.window.bump()?;
        }
        Ok(start)
    }

    /// Drops blanks from the end of the call, but not before `start`.
    pub(super) fn trim_call(&mut self, start: usize) {
        while self.call.len() > start && self.call.last().is_some_and(|c| is_space(*c)) {
            self.call.pop();
        }
    }
}
