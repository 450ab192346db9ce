//! Files as `import` sees them: whole, read-only.

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing.
    None,
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// Why a file could not be read: an errno number of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileError(pub i32);

/// Whole-file access.
pub trait Files {
    /// What `path` names.
    fn kind(&self, path: &str) -> PathKind;
    /// Reads the file in pieces of any size, in order; `sink` returns false to stop.
    ///
    /// # Errors
    /// The platform's errno.
    fn read(&self, path: &str, sink: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError>;
    /// The size of a file in bytes, if it is known.
    fn size(&self, path: &str) -> Option<u64>;
}
