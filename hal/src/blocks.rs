//! Storage in blocks: flash memory, a card, a partition of either.

use crate::FileError;

/// A block device. A block is what is erased at once; reading and writing may begin and end inside one.
///
/// Errors are errno numbers: 5 (`EIO`) where nothing better fits, 22 (`EINVAL`) beyond the end.
pub trait Blocks: Sync {
    /// Bytes of a block.
    fn block_size(&self) -> usize;
    /// Number of blocks.
    fn block_count(&self) -> usize;
    /// Reads from the byte `offset` of a block on; may go on into the next blocks.
    ///
    /// # Errors
    /// See the trait.
    fn read(&self, block: usize, offset: usize, to: &mut [u8]) -> Result<(), FileError>;
    /// Writes from the byte `offset` of a block on, where the medium is erased (or needs no erasing).
    ///
    /// # Errors
    /// See the trait.
    fn write(&self, block: usize, offset: usize, from: &[u8]) -> Result<(), FileError>;
    /// Erases a block; a medium that needs no erasing does nothing.
    ///
    /// # Errors
    /// See the trait.
    fn erase(&self, block: usize) -> Result<(), FileError>;
    /// Makes sure that what was written survives a power failure.
    ///
    /// # Errors
    /// See the trait.
    fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }
    /// The contents as memory, where the machine can show them so.
    fn mapped(&self) -> Option<&'static [u8]> {
        None
    }
}
