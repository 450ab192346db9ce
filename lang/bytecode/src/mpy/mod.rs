//! The `.mpy` container: header, names, constants, and the tree of codes.
//!
//! A file holds one unit: four header bytes, two table sizes, the names, the constants, then the
//! module's own code followed by its children, depth first. See [`read`] and [`write`](mod@write).

pub mod read;
pub mod write;

/// First byte of a file.
pub const MAGIC: u8 = b'M';
/// Second byte of a file.
pub const VERSION: u8 = 6;
/// Native code must also match this; bytecode need not.
pub const SUB_VERSION: u8 = 3;
/// Bytes before the table sizes: magic, version, features, small-int bits.
pub const HEADER_LEN: usize = 4;

/// Type bytes of constant objects.
pub mod object {
    /// `None`.
    pub const NONE: u8 = 1;
    /// `False`.
    pub const FALSE: u8 = 2;
    /// `True`.
    pub const TRUE: u8 = 3;
    /// `...`.
    pub const ELLIPSIS: u8 = 4;
    /// A `str`.
    pub const STR: u8 = 5;
    /// A `bytes`.
    pub const BYTES: u8 = 6;
    /// An integer, as decimal text.
    pub const INT: u8 = 7;
    /// A float, as text.
    pub const FLOAT: u8 = 8;
    /// A complex number, as text.
    pub const COMPLEX: u8 = 9;
    /// A tuple.
    pub const TUPLE: u8 = 10;
}

#[cfg(test)]
pub(crate) mod fixture;
