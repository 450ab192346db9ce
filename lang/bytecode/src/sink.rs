//! Where encoders put their bytes.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::unit::OutOfMemory;

/// Something that takes bytes in order: a buffer, a file, a hash, a counter.
pub trait Sink {
    /// Why it would not take them.
    type Error;

    /// Takes all of `bytes` or fails.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

impl<A: Allocator> Sink for Vec<u8, A> {
    type Error = OutOfMemory;

    fn write(&mut self, bytes: &[u8]) -> Result<(), OutOfMemory> {
        self.try_reserve(bytes.len()).map_err(|_| OutOfMemory)?;
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// Counts bytes and drops them, to learn a size before encoding for good.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter(pub usize);

impl Sink for Counter {
    type Error = core::convert::Infallible;

    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0 += bytes.len();
        Ok(())
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    type Error = S::Error;

    fn write(&mut self, bytes: &[u8]) -> Result<(), S::Error> {
        (**self).write(bytes)
    }
}
