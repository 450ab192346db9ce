//! Checks that a heap is consistent, for tests.

use crate::heap::Heap;

impl Heap {
    /// Walks all blocks; an error names the first granule that is in no block and yet in use.
    ///
    /// # Errors
    /// The number of the granule.
    pub fn check(&self) -> Result<(), usize> {
        let mut g = 0;
        while g < self.granules() {
            if self.planes.is_head(g) {
                g = self.planes.block_end(g);
            } else if self.planes.is_taken(g) {
                return Err(g);
            } else {
                g += 1;
            }
        }
        Ok(())
    }
}
