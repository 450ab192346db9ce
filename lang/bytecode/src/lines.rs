//! The line table: which source line an instruction came from.
//!
//! A sequence of steps "so many bytes of code, so many lines", starting at line 1. A step of one
//! byte is `0LLBBBBB`; one of two bytes is `1LLLBBBB LLLLLLLL`, the high bits of the line count
//! in the first byte. A step takes effect where its bytes end.

use crate::sink::Sink;

/// One step of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Bytes of code before the step takes effect.
    pub bytes: u16,
    /// Lines to advance by.
    pub lines: u16,
}

/// The steps of a line table; a truncated last step is dropped.
#[derive(Clone, Debug)]
pub struct Steps<'t>(core::slice::Iter<'t, u8>);

impl<'t> Steps<'t> {
    /// The steps of this table.
    pub fn new(table: &'t [u8]) -> Self {
        Steps(table.iter())
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let first = u16::from(*self.0.next()?);
        if first & 0x80 == 0 {
            return Some(Step { bytes: first & 0x1f, lines: first >> 5 });
        }
        let second = u16::from(*self.0.next()?);
        Some(Step { bytes: first & 15, lines: (first >> 4 & 7) << 8 | second })
    }
}

/// The source line, from 1, of the instruction at `offset` bytes from the first instruction.
pub fn line_of(table: &[u8], offset: usize) -> usize {
    let mut rest = offset;
    let mut line = 1usize;
    for step in Steps::new(table) {
        match rest.checked_sub(usize::from(step.bytes)) {
            Some(less) => rest = less,
            None => break,
        }
        line = line.saturating_add(usize::from(step.lines));
    }
    line
}

/// Appends steps that advance by `bytes` of code and then by `lines`, as mpy-cross splits them.
///
/// Either may be 0. Up to six lines go into one-byte steps, and so does every advance over more
/// code than a two-byte step holds: lines are not counted before the last byte is.
pub fn encode<S: Sink>(mut bytes: usize, mut lines: usize, out: &mut S) -> Result<(), S::Error> {
    while bytes > 0 || lines > 0 {
        if lines > 6 && bytes <= 15 {
            let step = lines.min(0x7ff);
            out.write(&[0x80 | (step >> 8 << 4) as u8 | bytes as u8, step as u8])?;
            bytes = 0;
            lines -= step;
        } else {
            let skip = bytes.min(31);
            bytes -= skip;
            let step = if bytes == 0 { lines.min(3) } else { 0 };
            lines -= step;
            out.write(&[(step << 5 | skip) as u8])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up() {
        for bytes in [0, 1, 15, 16, 31, 32, 100] {
            for lines in [0, 1, 3, 6, 7, 300, 2047, 2048, 5000] {
                let mut table = allocator_api2::vec::Vec::new();
                encode(bytes, lines, &mut table).unwrap();
                let (b, l) =
                    Steps::new(&table).fold((0, 0), |(b, l), s| (b + usize::from(s.bytes), l + usize::from(s.lines)));
                assert_eq!((b, l), (bytes, lines));
            }
        }
    }

    #[test]
    fn a_step_takes_effect_where_its_bytes_end() {
        let mut table = allocator_api2::vec::Vec::new();
        encode(0, 4, &mut table).unwrap();
        encode(10, 1, &mut table).unwrap();
        encode(5, 40, &mut table).unwrap();
        assert_eq!(line_of(&table, 0), 5);
        assert_eq!(line_of(&table, 9), 5);
        assert_eq!(line_of(&table, 10), 6);
        assert_eq!(line_of(&table, 15), 46);
        assert_eq!(line_of(&table, usize::MAX), 46);
        assert_eq!(line_of(&[], 3), 1);
        assert_eq!(line_of(&[0xff], 3), 1);
    }
}
