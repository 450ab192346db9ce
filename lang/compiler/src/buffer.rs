//! Growth that can fail: the few ways in which the compiler lengthens a vector.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::error::{Fail, Result};

/// Appends that report a full heap instead of aborting.
pub(crate) trait Grow<T> {
    /// Appends one element.
    fn add(&mut self, item: T) -> Result<()>;
    /// Appends a copy of a slice.
    fn add_all(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy;
}

impl<T, A: Allocator> Grow<T> for Vec<T, A> {
    #[inline]
    fn add(&mut self, item: T) -> Result<()> {
        if self.len() == self.capacity() {
            self.try_reserve(1).map_err(|_| Fail::memory())?;
        }
        self.push(item);
        Ok(())
    }

    fn add_all(&mut self, items: &[T]) -> Result<()>
    where
        T: Copy,
    {
        self.try_reserve(items.len()).map_err(|_| Fail::memory())?;
        self.extend_from_slice(items);
        Ok(())
    }
}

/// A table position as the 32-bit number that other tables hold.
pub(crate) fn position(index: usize) -> Result<u32> {
    u32::try_from(index).map_err(|_| Fail::memory())
}
