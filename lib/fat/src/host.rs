//! What the file system stands on: a device of sectors, a buffer, a clock, and a table of open files.

use crate::File;

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
    /// What is on the disk makes no sense.
    Corrupt,
    /// There is no FAT volume on the device.
    NoVolume,
    /// The device is too small or too large for the format.
    BadSize,
    /// No such file or folder.
    NoEntry,
    /// It exists already.
    Exists,
    /// A folder was expected.
    NotDir,
    /// A file was expected.
    IsDir,
    /// The folder is not empty, the entry is read-only, or the root's table is full.
    Denied,
    /// Not an open file, or not open for that.
    BadFile,
    /// The file would be too large.
    TooBig,
    /// A name or an argument that makes no sense.
    Invalid,
    /// No free cluster.
    NoSpace,
}

impl Fault {
    /// The number of the error, as the reference has it.
    pub fn errno(self) -> i32 {
        match self {
            Fault::Corrupt | Fault::BadSize => 5,
            Fault::NoVolume => 19,
            Fault::NoEntry => 2,
            Fault::Exists => 17,
            Fault::NotDir => 20,
            Fault::IsDir => 21,
            Fault::Denied => 13,
            Fault::BadFile => 9,
            Fault::TooBig => 27,
            Fault::Invalid => 22,
            Fault::NoSpace => 28,
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

/// What the file system stands on.
pub trait Host {
    /// A failure of the device.
    type Error;

    /// Reads a sector to the buffer.
    ///
    /// # Errors
    /// The device's.
    fn read(&mut self, sector: u32) -> Result<(), Self::Error>;
    /// Writes the buffer to a sector.
    ///
    /// # Errors
    /// The device's.
    fn write(&mut self, sector: u32) -> Result<(), Self::Error>;
    /// Returns when everything written is safe.
    ///
    /// # Errors
    /// The device's.
    fn sync(&mut self) -> Result<(), Self::Error>;
    /// The buffer, of one sector.
    fn bytes(&self) -> &[u8];
    /// The buffer, to change it.
    fn bytes_mut(&mut self) -> &mut [u8];
    /// The time now, as the format has it: date (year since 1980, month, day in 7, 4 and 5 bits) above, and time
    /// (hours, minutes, half seconds in 5, 6 and 5 bits) below.
    fn now(&self) -> u32;

    /// How many places the table of open files has.
    fn files(&self) -> usize;
    /// What is open at a place.
    fn file(&self, place: usize) -> Option<File>;
    /// Changes what is open at a place.
    fn set_file(&mut self, place: usize, file: File);
}

pub(crate) fn word16(b: &[u8], at: usize) -> u32 {
    b.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from(u16::from_le_bytes(*b)))
}

pub(crate) fn word32(b: &[u8], at: usize) -> u32 {
    b.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

pub(crate) fn put(b: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in b.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}
