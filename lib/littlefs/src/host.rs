//! What the file system stands on: a device, buffers, and a table of open files.

use crate::mdir::Mdir;
use crate::{cache::Cache, tag::Pair};

/// Why an operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error<E> {
    /// The file system's own reason.
    Fs(Fault),
    /// The device's.
    Device(E),
}

/// The file system's reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What is on the disk makes no sense, or a block does not keep what was written.
    Corrupt,
    /// No such file or folder.
    NoEntry,
    /// It exists already.
    Exists,
    /// A folder was expected.
    NotDir,
    /// A file was expected.
    IsDir,
    /// The folder is not empty.
    NotEmpty,
    /// Not an open file, or not open for that.
    BadFile,
    /// The file would be too large.
    TooBig,
    /// An argument that makes no sense.
    Invalid,
    /// No free block.
    NoSpace,
    /// The name is too long.
    NameTooLong,
}

impl Fault {
    /// The number of the error as littlefs's own interface and Linux have it.
    pub fn errno(self) -> i32 {
        match self {
            Fault::Corrupt => 84,
            Fault::NoEntry => 2,
            Fault::Exists => 17,
            Fault::NotDir => 20,
            Fault::IsDir => 21,
            Fault::NotEmpty => 39,
            Fault::BadFile => 9,
            Fault::TooBig => 27,
            Fault::Invalid => 22,
            Fault::NoSpace => 28,
            Fault::NameTooLong => 36,
        }
    }
}

impl<E> From<Fault> for Error<E> {
    fn from(f: Fault) -> Self {
        Error::Fs(f)
    }
}

/// What an operation over `H` returns.
pub type Res<T, H> = Result<T, Error<<H as Host>::Error>>;

/// One of the host's buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buf {
    /// For reading; of [`Config::cache_size`](crate::Config) bytes.
    Read,
    /// For writing; as large.
    Prog,
    /// A bit for each block of a window; of [`Config::lookahead`](crate::Config) bytes.
    Look,
    /// An open file's, by its place in the table; of the cache's size.
    File(usize),
}

/// What the file system stands on.
///
/// A buffer that is shorter than agreed makes operations fail with [`Fault::Invalid`], nothing worse.
pub trait Host {
    /// A failure of the device that the file system cannot do anything about. A block that has gone bad is
    /// [`Fault::Corrupt`] instead: the file system then uses another one.
    type Error;

    /// Reads `len` bytes at `off` of a block to the start of a buffer.
    ///
    /// # Errors
    /// The device's.
    fn read(&mut self, block: u32, off: u32, to: Buf, len: u32) -> Result<(), Error<Self::Error>>;
    /// Writes `len` bytes from the start of a buffer to `off` of a block that was erased before.
    ///
    /// # Errors
    /// The device's.
    fn prog(&mut self, block: u32, off: u32, from: Buf, len: u32) -> Result<(), Error<Self::Error>>;
    /// Erases a block; what it then reads as does not matter.
    ///
    /// # Errors
    /// The device's.
    fn erase(&mut self, block: u32) -> Result<(), Error<Self::Error>>;
    /// Returns when everything written is safe from a power cut.
    ///
    /// # Errors
    /// The device's.
    fn sync(&mut self) -> Result<(), Error<Self::Error>>;

    /// A buffer.
    fn bytes(&self, buf: Buf) -> &[u8];
    /// A buffer, to change it.
    fn bytes_mut(&mut self, buf: Buf) -> &mut [u8];

    /// How many places the table of open files has.
    fn handles(&self) -> usize;
    /// What is open at a place.
    fn handle(&self, place: usize) -> Option<Handle>;
    /// Changes what is open at a place.
    fn set_handle(&mut self, place: usize, handle: Handle);
}

/// An open file or folder: where it is, and how far reading or writing it has come. The host keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Handle {
    /// The log that the entry is in; its pair is null once the entry was removed.
    pub(crate) m: Mdir,
    /// The file's number in the log; for a folder, the next to be listed.
    pub(crate) id: u16,
    pub(crate) is_dir: bool,
    pub(crate) flags: u16,
    /// Of a folder that is listed: its first pair.
    pub(crate) start: Pair,
    /// The file as it is on the disk: the last block of its list, and its size.
    pub(crate) head: u32,
    pub(crate) size: u32,
    /// Where the program is.
    pub(crate) pos: u32,
    /// Where reading or writing is.
    pub(crate) block: u32,
    pub(crate) off: u32,
    pub(crate) cache: Cache,
    /// What will be the time of modification.
    pub(crate) stamp: Option<u64>,
}

/// A part of a slice, or the error that says that the host broke its promise.
pub(crate) fn part<E>(s: &[u8], at: u32, len: u32) -> Result<&[u8], Error<E>> {
    (s.get(at as usize..).and_then(|s| s.get(..len as usize))).ok_or(Error::Fs(Fault::Invalid))
}

pub(crate) fn part_mut<E>(s: &mut [u8], at: u32, len: u32) -> Result<&mut [u8], Error<E>> {
    (s.get_mut(at as usize..).and_then(|s| s.get_mut(..len as usize))).ok_or(Error::Fs(Fault::Invalid))
}

/// What a device says of a block that has gone bad.
pub(crate) fn is_corrupt<T, E>(r: &Result<T, Error<E>>) -> bool {
    matches!(r, Err(Error::Fs(Fault::Corrupt)))
}

pub(crate) fn is_full<T, E>(r: &Result<T, Error<E>>) -> bool {
    matches!(r, Err(Error::Fs(Fault::NoSpace)))
}
