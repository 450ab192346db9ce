//! The console: standard input, output and error.

/// Which output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error; the same as output where there is only one.
    Err,
}

/// A byte console.
pub trait Console {
    /// Writes all bytes, as they are.
    fn write(&self, to: Stream, bytes: &[u8]);
    /// Reads up to `buf.len()` bytes, waiting for at least one. 0: end of input, or interrupted.
    fn read(&self, buf: &mut [u8]) -> usize;
    /// Bytes that `read` would give without waiting, as far as known (0 or 1 is enough).
    fn readable(&self) -> bool;
    /// Writes out what `write` has buffered.
    fn flush(&self);
}
