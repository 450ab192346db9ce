//! The history of lines entered.
//!
//! Invariant of [`Ring`]: its text is whole lines, oldest first, each ended by a
//! newline and free of control characters, which is also the format of a history
//! file (the reference's `.micropython.history`). Surprise: there is no table of
//! lines; recall scans back for newlines, so eight lines cost their text and no
//! more.

use crate::storage::{Storage, TextBuf};

/// Where the editor recalls lines from and puts them. A host may implement it
/// over anything.
pub trait History {
    /// The line entered `back` lines ago; 0 is the latest.
    fn get(&self, back: usize) -> Option<&str>;
    /// Takes note of a line. Empty lines and a repetition of the latest are to
    /// be left out.
    fn push(&mut self, line: &str);
}

/// No history at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

impl History for NoHistory {
    fn get(&self, _: usize) -> Option<&str> {
        None
    }
    fn push(&mut self, _: &str) {}
}

/// The latest lines, as many as the limit and the storage allow.
#[derive(Debug)]
pub struct Ring<S> {
    text: TextBuf<S>,
    lines: usize,
    limit: usize,
}

impl<S: Storage> Ring<S> {
    /// An empty history of at most `limit` lines (the reference: 8 on the chip,
    /// 50 on a host). Full storage drops the oldest lines sooner.
    pub const fn new(storage: S, limit: usize) -> Self {
        Ring { text: TextBuf::new(storage), lines: 0, limit }
    }

    /// The lines, oldest first, each with its newline: the text of a history
    /// file.
    pub fn text(&self) -> &str {
        core::str::from_utf8(self.text.as_bytes()).unwrap_or("")
    }

    /// Reads lines in the format of [`text`](Self::text), as if each had been
    /// entered. A line that is not UTF-8 or holds control characters is left
    /// out.
    pub fn load(&mut self, file: &[u8]) {
        for line in file.split(|&b| b == b'\n') {
            if let Ok(line) = core::str::from_utf8(line) {
                self.push(line.strip_suffix('\r').unwrap_or(line));
            }
        }
    }

    /// Drops the oldest line; false if there is none.
    fn forget_oldest(&mut self) -> bool {
        match self.text.as_bytes().iter().position(|&b| b == b'\n') {
            Some(end) => {
                self.text.remove(0..end + 1);
                self.lines = self.lines.saturating_sub(1);
                true
            }
            None => false,
        }
    }
}

impl<S: Storage> History for Ring<S> {
    fn get(&self, back: usize) -> Option<&str> {
        self.text().strip_suffix('\n')?.rsplit('\n').nth(back)
    }

    fn push(&mut self, line: &str) {
        if self.limit == 0 || line.is_empty() || line.chars().any(char::is_control) || self.get(0) == Some(line) {
            return;
        }
        while self.lines >= self.limit && self.forget_oldest() {}
        loop {
            let end = self.text.len();
            if self.text.push(line.as_bytes()).is_ok() {
                if self.text.push(b"\n").is_ok() {
                    self.lines += 1;
                    return;
                }
                self.text.remove(end..usize::MAX);
            }
            if !self.forget_oldest() {
                return; // longer than all the storage: not kept
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_latest() {
        let mut h = Ring::new([0u8; 64], 3);
        for line in ["a", "b", "b", "", "c", "d"] {
            h.push(line);
        }
        assert_eq!(h.text(), "b\nc\nd\n");
        assert_eq!(h.get(0), Some("d"));
        assert_eq!(h.get(2), Some("b"));
        assert_eq!(h.get(3), None);
    }

    #[test]
    fn storage_bounds_it_too() {
        let mut h = Ring::new([0u8; 10], 8);
        h.push("abc");
        h.push("def");
        h.push("ghi");
        assert_eq!(h.text(), "def\nghi\n");
        h.push("0123456789");
        assert_eq!(h.get(0), None);
        h.push("x");
        assert_eq!(h.text(), "x\n");
    }

    #[test]
    fn loads_a_file() {
        let mut h = Ring::new([0u8; 64], 8);
        h.load(b"one\r\ntwo\n\xff\xfe\n\x1b[2J\nthr\xc3\xa9e");
        assert_eq!(h.text(), "one\ntwo\nthrée\n");
    }
}
