//! Where source text comes from, and the three-character window through which the lexer sees it.
//!
//! The window turns every line ending into `\n`, ends the text with one, and can take text back:
//! what an f-string's fields hold is put in front of the rest and read again. Such text counts
//! lines once more when it has any, as in the reference, whose line numbers we share.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::error::{ErrorKind, Fail, Result};

/// The source could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFailed;

/// A supplier of source text, asked for it piece by piece.
pub trait Source {
    /// Fills the front of `into` and says how many bytes; 0 means the end of the text.
    fn read(&mut self, into: &mut [u8]) -> core::result::Result<usize, SourceFailed>;
}

impl Source for &[u8] {
    fn read(&mut self, into: &mut [u8]) -> core::result::Result<usize, SourceFailed> {
        let n = self.len().min(into.len());
        let (head, tail) = self.split_at(n);
        if let Some(front) = into.get_mut(..n) {
            front.copy_from_slice(head);
        }
        *self = tail;
        Ok(n)
    }
}

/// What stands in the window beyond the end of the text; a NUL in the text is another thing, see
/// [`Window::at_end`].
const END: u8 = 0;

const TAB: u32 = 8;
const CHUNK: usize = 64;

pub(crate) struct Window<'s, A: Allocator> {
    source: &'s mut dyn Source,
    chunk: [u8; CHUNK],
    at: u8,
    filled: u8,
    ended: bool,
    /// Text to be read before the source's, last byte first.
    taken_back: Vec<u8, A>,
    /// The current character and the two after it.
    pub(crate) c0: u8,
    pub(crate) c1: u8,
    pub(crate) c2: u8,
    /// How many of the three, from the last on, lie beyond the end.
    beyond: u8,
    /// Line of the current character, from 1.
    pub(crate) line: u32,
    /// Column of the current character, from 1; tabs advance to the next multiple of eight.
    pub(crate) column: u32,
}

impl<'s, A: Allocator> Window<'s, A> {
    /// A window before the text; [`Window::start`] moves it to the beginning.
    pub(crate) fn new(source: &'s mut dyn Source, allocator: A) -> Self {
        Window {
            source,
            chunk: [0; CHUNK],
            at: 0,
            filled: 0,
            ended: false,
            taken_back: Vec::new_in(allocator),
            c0: END,
            c1: END,
            c2: END,
            beyond: 3,
            line: 1,
            column: 0,
        }
    }

    pub(crate) fn start(&mut self) -> Result<()> {
        for _ in 0..3 {
            self.bump()?;
        }
        self.column = 1;
        Ok(())
    }

    /// Whether the text has ended.
    #[inline]
    pub(crate) fn at_end(&self) -> bool {
        self.beyond == 3
    }

    #[inline]
    fn fetch(&mut self) -> Result<u8> {
        if let Some(byte) = self.taken_back.pop() {
            self.beyond = 0;
            return Ok(byte);
        }
        if self.at == self.filled && !self.refill()? {
            self.beyond = (self.beyond + 1).min(3);
            return Ok(END);
        }
        let byte = self.chunk.get(self.at as usize).copied().unwrap_or(END);
        self.at += 1;
        self.beyond = 0;
        Ok(byte)
    }

    #[cold]
    fn refill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let n = self.source.read(&mut self.chunk).map_err(|SourceFailed| Fail::new(ErrorKind::Source, "", 0))?;
        self.at = 0;
        self.filled = n.min(CHUNK) as u8;
        self.ended = n == 0;
        Ok(n != 0)
    }

    /// Moves on by one character.
    #[inline]
    pub(crate) fn bump(&mut self) -> Result<()> {
        match self.c0 {
            b'\n' => {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            }
            b'\t' => self.column = (self.column.saturating_add(TAB - 1) / TAB) * TAB + 1,
            _ => self.column = self.column.saturating_add(1),
        }
        self.c0 = self.c1;
        self.c1 = self.c2;
        self.c2 = self.fetch()?;
        if self.c1 == b'\r' {
            self.c1 = b'\n';
            if self.c2 == b'\n' {
                self.c2 = self.fetch()?;
            }
        }
        if self.beyond == 1 && self.c1 != b'\n' {
            self.c2 = b'\n';
            self.beyond = 0;
        }
        Ok(())
    }

    /// Puts `text` (three bytes or more) in front of what is still to be read.
    pub(crate) fn take_back(&mut self, text: &[u8]) -> Result<()> {
        self.taken_back.try_reserve(text.len().saturating_add(3)).map_err(|_| Fail::memory())?;
        for c in [self.c2, self.c1, self.c0].iter().skip(usize::from(self.beyond)) {
            self.taken_back.push(*c);
        }
        self.taken_back.extend(text.iter().rev());
        self.c0 = self.fetch()?;
        self.c1 = self.fetch()?;
        self.c2 = self.fetch()?;
        Ok(())
    }
}
