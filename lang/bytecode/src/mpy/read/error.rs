//! Why a `.mpy` file is refused.

use crate::unit::OutOfMemory;

/// Why a file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Not a `.mpy` file, another version, or made for wider small integers.
    IncompatibleFile,
    /// Native code of another architecture.
    IncompatibleArch,
    /// Native code, which this build does not run.
    NativeUnsupported,
    /// The structure is broken at this offset of the file.
    Malformed(Malformed, usize),
    /// No memory for the result.
    OutOfMemory,
}

/// What is broken about a file's structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The file ends too early, or a length reaches beyond its end.
    Truncated,
    /// A number is too big or spelled too long.
    Number,
    /// A static name's number is not in the list.
    StaticName,
    /// A name or a string is not UTF-8.
    Text,
    /// A name, string or bytes object lacks its terminating NUL.
    Terminator,
    /// A constant's type is unknown.
    ConstType,
    /// A number constant is not written as one.
    ConstNumber,
    /// Tuples or codes nest too deep.
    Depth,
}

impl ReadError {
    /// The text of the exception: a `ValueError`, but for [`ReadError::OutOfMemory`].
    pub const fn message(self) -> &'static str {
        match self {
            ReadError::IncompatibleFile => "incompatible .mpy file",
            ReadError::IncompatibleArch => "incompatible .mpy arch",
            ReadError::NativeUnsupported => "native code in .mpy unsupported",
            ReadError::Malformed(..) => "malformed .mpy file",
            ReadError::OutOfMemory => "memory allocation failed",
        }
    }
}

impl From<OutOfMemory> for ReadError {
    fn from(_: OutOfMemory) -> Self {
        ReadError::OutOfMemory
    }
}
