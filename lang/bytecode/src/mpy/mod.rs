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
pub(crate) mod object {
    pub(crate) const NONE: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    pub(crate) const ELLIPSIS: u8 = 4;
    pub(crate) const STR: u8 = 5;
    pub(crate) const BYTES: u8 = 6;
    pub(crate) const INT: u8 = 7;
    pub(crate) const FLOAT: u8 = 8;
    pub(crate) const COMPLEX: u8 = 9;
    pub(crate) const TUPLE: u8 = 10;
}

#[cfg(test)]
pub(crate) mod fixture;
