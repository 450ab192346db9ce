//! Waiting for streams of the system's: files, sockets, the console.

use crate::FileError;

/// Data can be read.
pub const READABLE: u16 = 1;
/// Data can be written.
pub const WRITABLE: u16 = 4;
/// An error is pending.
pub const FAILED: u16 = 8;
/// The other side has hung up.
pub const HUNG_UP: u16 = 16;
/// The number names nothing.
pub const INVALID: u16 = 32;

/// The streams to wait for.
pub trait Watched {
    /// The first stream at or after `place`: the place after it, the number the system knows it by, and for what is
    /// waited (bits as [`READABLE`]).
    fn next(&self, place: usize) -> Option<(usize, i32, u16)>;
    /// Says what the stream with that number, whose [`Watched::next`] returned `place`, is ready for.
    fn set(&self, place: usize, number: i32, ready: u16);
}

/// Calls its argument while other threads may run, which may change what is watched.
pub type Unlocked<'a> = &'a mut dyn FnMut(&mut dyn FnMut());

/// A system whose streams can be waited for.
pub trait Readiness {
    /// Waits, inside `unlocked`, until one of the streams is ready, `us` microseconds are over (`None`: no limit), or
    /// something is pending. Reports every stream, and returns how many are ready.
    ///
    /// # Errors
    /// The platform's errno.
    fn wait(&self, streams: &dyn Watched, us: Option<u64>, unlocked: Unlocked<'_>) -> Result<usize, FileError>;
}
