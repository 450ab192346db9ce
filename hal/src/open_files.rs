//! Files that stay open, for machines whose system keeps them (a chip's file systems are Krait's own, elsewhere).

/// Why something with a file failed: an errno number of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileError(pub i32);

/// An open file: a number that [`OpenFiles`] gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(pub u32);

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenMode {
    /// It can be read.
    pub read: bool,
    /// It can be written.
    pub write: bool,
    /// Every write goes to its end.
    pub append: bool,
    /// It is made if there is none.
    pub create: bool,
    /// It must not be there yet.
    pub exclusive: bool,
    /// What it holds is dropped.
    pub truncate: bool,
}

/// A place in a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeekTo {
    /// From its start.
    Start(u64),
    /// From where the next read or write would be.
    Current(i64),
    /// From its end.
    End(i64),
}

/// Open files. Nothing is buffered: what one handle has written another can read.
pub trait OpenFiles {
    /// Opens a file.
    ///
    /// # Errors
    /// The platform's errno.
    fn open(&self, path: &str, mode: OpenMode) -> Result<Handle, FileError>;
    /// A second handle on what the system knows as number `number` (0 to 2: the console's streams).
    ///
    /// # Errors
    /// The platform's errno.
    fn adopt(&self, number: i32) -> Result<Handle, FileError>;
    /// Waits until a read finds something, or the end. At once for what never makes wait.
    ///
    /// # Errors
    /// The platform's errno; that of an interrupted call after an interrupt.
    fn wait(&self, h: Handle) -> Result<(), FileError> {
        let _ = h;
        Ok(())
    }
    /// Reads up to `to.len()` bytes; 0 at the end. It waits, but not beyond an interrupt.
    ///
    /// # Errors
    /// The platform's errno; `EINTR` (4) for an interrupt, `EAGAIN` (11) for a file that is not to be waited for.
    fn read(&self, h: Handle, to: &mut [u8]) -> Result<usize, FileError>;
    /// Writes some of the bytes, at least one; returns how many.
    ///
    /// # Errors
    /// The platform's errno.
    fn write(&self, h: Handle, from: &[u8]) -> Result<usize, FileError>;
    /// Moves to another place, which it returns, counted from the start.
    ///
    /// # Errors
    /// The platform's errno.
    fn seek(&self, h: Handle, to: SeekTo) -> Result<u64, FileError>;
    /// Makes sure that what was written survives a power failure.
    ///
    /// # Errors
    /// The platform's errno.
    fn sync(&self, h: Handle) -> Result<(), FileError>;
    /// Closes it; the handle may be given out again.
    fn close(&self, h: Handle);
    /// The number that the system knows it by; -1 without one.
    fn number(&self, h: Handle) -> i32;
    /// Whether reading and writing would be possible without waiting.
    fn ready(&self, h: Handle) -> (bool, bool) {
        let _ = h;
        (true, true)
    }
}
