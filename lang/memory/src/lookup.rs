//! From an address back to what lies there.
//!
//! Invariant: what is found is a whole object, reachable or not yet swept; its body is intact until the next
//! collection, and the value that is returned keeps it from then on. So a number never becomes a wild pointer.

use crate::Value;
use crate::heap::{BlockKind, Heap};
use crate::object::Head;

/// A block of the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The address of its first byte.
    pub start: usize,
    /// What it holds.
    pub kind: BlockKind,
}

impl Heap {
    /// The block that the byte at an address lies in; `None` for a free byte, or one outside the heap.
    pub fn block_at(&self, address: usize) -> Option<Block> {
        let head = self.planes.head_of(self.granule_of(address)?)?;
        let kind = if self.planes.is_object_head(head) { BlockKind::Object } else { BlockKind::Buffer };
        Some(Block { start: self.address(head).addr().get(), kind })
    }

    /// The object whose block begins at an address.
    pub fn object_at(&self, address: usize) -> Option<Value> {
        let granule = self.granule_of(address)?;
        let start = self.address(granule);
        (start.addr().get() == address && self.planes.is_object_head(granule))
            .then(|| Value::from_head(start.cast::<Head>()))
    }

    /// The first object for which `wanted` is true; looks at all of them.
    pub fn find_object(&self, mut wanted: impl FnMut(Value) -> bool) -> Option<Value> {
        let mut at = 0;
        while let Some(head) = self.planes.next_head(at) {
            if self.planes.is_object_head(head) {
                let v = Value::from_head(self.address(head).cast::<Head>());
                if wanted(v) {
                    return Some(v);
                }
            }
            at = head + 1;
        }
        None
    }
}
