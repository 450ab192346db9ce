//! Why a text could not be compiled.
//!
//! An error carries no heap memory: its message is a fixed text, at most with a number base and a
//! few bytes of the offending token, so that it can be reported when the heap is full.

use core::fmt;

use krait_bytecode::OutOfMemory;

use crate::viper::Fault;

/// Result of any step of the compiler.
pub(crate) type Result<T> = core::result::Result<T, Fail>;

/// The Python exception that reports the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `NotImplementedError`
    NotImplemented,
    /// `RuntimeError`: a fixed limit of names, labels or nesting.
    Runtime,
    /// `MemoryError`: the allocator had no room.
    OutOfMemory,
    /// The source could not be read; whoever gave it knows why.
    Source,
    /// `ViperTypeError`
    Viper,
}

/// How many bytes of an offending number an error keeps.
const EXCERPT: usize = 40;

/// The text of an error; its [`fmt::Display`] is what the reference prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text without parameters.
    Plain(&'static str),
    /// A malformed integer literal: its base and its digits.
    BadInteger {
        /// 2, 8, 10 or 16; 0 for decimal digits after a leading zero.
        base: u8,
        /// The digits, cut to what fits.
        digits: Excerpt,
    },
    /// A text with places for a name (`%1`) and two types (`%2`, `%3`).
    Typed(&'static str, Fault),
}

/// The first bytes of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    bytes: [u8; EXCERPT],
    len: u8,
}

impl Excerpt {
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut bytes = [0; EXCERPT];
        let mut len = 0;
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = *from;
            len += 1;
        }
        Excerpt { bytes, len }
    }

    /// The bytes kept.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len as usize).unwrap_or(&[])
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_bytes() {
            fmt::Write::write_char(f, char::from(*byte))?;
        }
        Ok(())
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Plain(text) => f.write_str(text),
            Message::BadInteger { base, digits } => {
                write!(f, "invalid syntax for integer with base {base}: '{digits}'")
            }
            Message::Typed(text, fault) => {
                let mut parts = text.split('%');
                f.write_str(parts.next().unwrap_or_default())?;
                for part in parts {
                    match (part.as_bytes().first(), &fault.name) {
                        (Some(b'1'), Some(name)) => write!(f, "{name}")?,
                        (Some(b'2'), _) => f.write_str(fault.first.text())?,
                        (Some(b'3'), _) => f.write_str(fault.second.text())?,
                        _ => {}
                    }
                    f.write_str(part.get(1..).unwrap_or_default())?;
                }
                Ok(())
            }
        }
    }
}

/// The name of the block an error lies in, cut to what fits.
pub type BlockName = Excerpt;

/// Why and where compilation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The exception's type.
    pub kind: ErrorKind,
    /// The exception's text.
    pub message: Message,
    /// Source line, from 1; 0 if the reference names none.
    pub line: u32,
    /// The function, class or `<module>` around the place; absent for errors of the grammar.
    pub block: Option<BlockName>,
}

/// An error on its way out, kept small because every step may return one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fail {
    text: &'static str,
    pub(crate) line: u32,
    pub(crate) kind: ErrorKind,
    /// The base of the malformed integer that is the current token.
    base: Option<u8>,
}

impl Fail {
    pub(crate) const fn new(kind: ErrorKind, text: &'static str, line: u32) -> Self {
        Fail { text, line, kind, base: None }
    }

    pub(crate) const fn syntax(text: &'static str, line: u32) -> Self {
        Self::new(ErrorKind::Syntax, text, line)
    }

    pub(crate) const fn runtime(text: &'static str) -> Self {
        Self::new(ErrorKind::Runtime, text, 0)
    }

    pub(crate) const fn memory() -> Self {
        Self::new(ErrorKind::OutOfMemory, "memory allocation failed", 0)
    }

    /// The error of a construct nested beyond a fixed bound.
    pub(crate) const fn too_deep() -> Self {
        Self::runtime("maximum recursion depth exceeded")
    }

    pub(crate) const fn bad_integer(base: u8, line: u32) -> Self {
        Fail { base: Some(base), ..Self::syntax("", line) }
    }

    /// The error for the caller. `token` is the text of the current token, `block` the name of
    /// the scope, if the error is one of meaning, `fault` what a viper error is about.
    #[cold]
    pub(crate) fn report(self, token: &[u8], block: Option<&[u8]>, fault: &Fault) -> CompileError {
        let message = match self.base {
            None if self.kind == ErrorKind::Viper => Message::Typed(self.text, *fault),
            None => Message::Plain(self.text),
            Some(base) => {
                let prefix = if matches!(base, 0 | 10) { 0 } else { 2 };
                let digits = Excerpt::new(token.get(prefix..).unwrap_or(&[]));
                Message::BadInteger { base, digits }
            }
        };
        CompileError {
            kind: self.kind,
            message,
            line: self.line,
            block: block.filter(|_| self.kind == ErrorKind::Syntax).map(Excerpt::new),
        }
    }
}

impl From<OutOfMemory> for Fail {
    fn from(_: OutOfMemory) -> Self {
        Self::memory()
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ErrorKind::Syntax => "SyntaxError",
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::NotImplemented => "NotImplementedError",
            ErrorKind::Runtime => "RuntimeError",
            ErrorKind::OutOfMemory => "MemoryError",
            ErrorKind::Source => "OSError",
            ErrorKind::Viper => "ViperTypeError",
        };
        write!(f, "{kind}: {}", self.message)
    }
}

impl core::error::Error for CompileError {}
