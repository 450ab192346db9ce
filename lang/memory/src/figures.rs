//! What can be known of a heap by walking it.

use core::ptr::NonNull;

use crate::heap::{GRANULE, GranuleKind, Heap};
use crate::object::Head;

/// Figures about a heap, in bytes unless the name says otherwise.
#[derive(Debug, Clone, Copy)]
pub struct HeapStats {
    /// Bytes that blocks can use (without the bit planes).
    pub total: usize,
    /// Bytes in use.
    pub used: usize,
    /// Bytes free.
    pub free: usize,
    /// The longest free run.
    pub largest_free: usize,
    /// Blocks of one granule, of two, and the number of granules of the largest block.
    pub blocks_1: usize,
    /// Blocks of two granules.
    pub blocks_2: usize,
    /// Granules of the largest block.
    pub block_max: usize,
    /// Collections so far.
    pub collections: usize,
}

impl Heap {
    /// Figures about the heap; walks all of it.
    pub fn stats(&self) -> HeapStats {
        let free = self.planes.count_free() * GRANULE;
        let mut s = HeapStats {
            total: self.granules() * GRANULE,
            used: self.granules() * GRANULE - free,
            free,
            largest_free: 0,
            blocks_1: 0,
            blocks_2: 0,
            block_max: 0,
            collections: self.collections,
        };
        let mut at = 0;
        while let Some(start) = self.planes.next_free(at) {
            at = self.planes.next_taken(start);
            s.largest_free = s.largest_free.max((at - start) * GRANULE);
        }
        at = 0;
        while let Some(head) = self.planes.next_head(at) {
            at = self.planes.block_end(head);
            match at - head {
                1 => s.blocks_1 += 1,
                2 => s.blocks_2 += 1,
                _ => {}
            }
            s.block_max = s.block_max.max(at - head);
        }
        s
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.planes.count_heads()
    }

    /// Bytes allocated since the start (without what its owner freed at once), bytes in use, and the most that was
    /// in use, as far as collections have seen it.
    pub fn traffic(&self) -> (usize, usize, usize) {
        let used = self.granules() - self.planes.count_free();
        (self.swept.wrapping_add(used).wrapping_mul(GRANULE), used * GRANULE, self.peak_used.max(used) * GRANULE)
    }

    /// Calls `f` with the kind of each granule in order: free, first of an object, first of a buffer, further.
    pub fn each_granule(&self, mut f: impl FnMut(GranuleKind)) {
        for g in 0..self.granules() {
            f(if self.planes.is_object_head(g) {
                GranuleKind::Object
            } else if self.planes.is_head(g) {
                GranuleKind::Buffer
            } else if !self.planes.is_taken(g) {
                GranuleKind::Free
            } else {
                GranuleKind::More
            });
        }
    }

    /// Calls `f` with each object.
    pub fn each_object(&self, mut f: impl FnMut(NonNull<Head>)) {
        let mut at = 0;
        while let Some(g) = self.planes.next_head(at) {
            at = self.planes.block_end(g);
            if self.planes.is_object_head(g) {
                f(self.address(g).cast());
            }
        }
    }
}
