//! The index of a hash table: `2^k` slots of 1, 2 or 4 bytes, behind three counts in the same block.
//!
//! Invariant: as for [`ValueBuf`](crate::ValueBuf), the block belongs to exactly one of these structs. The width of
//! a slot is not stored: it follows from the number of slots, since at most half of them are filled.

use core::cell::Cell;
use core::ptr::{NonNull, null_mut};

use crate::collect::Tracer;
use crate::heap::{BlockKind, Heap};
use crate::{Gc, OutOfMemory};

/// The index of a hash table. A slot holds an entry's number plus one, or zero.
pub struct IndexBuf {
    ptr: Cell<*mut IndexHead>,
}

/// What stands before the slots.
#[repr(C)]
struct IndexHead {
    slots: u32,
    filled: u32,
    /// Kept for the owner: entries before this one are deleted.
    first: u32,
}

impl Default for IndexBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl IndexBuf {
    /// No index.
    pub const fn new() -> Self {
        IndexBuf { ptr: Cell::new(null_mut()) }
    }

    /// Whether there is one.
    #[inline(always)]
    pub fn exists(&self) -> bool {
        !self.ptr.get().is_null()
    }

    /// The number of slots; 0 without an index.
    #[inline(always)]
    pub fn slots(&self) -> usize {
        if !self.exists() {
            return 0;
        }
        // SAFETY: the block begins with its head.
        unsafe { (*self.ptr.get()).slots as usize }
    }

    /// How many slots were filled since the index was made.
    #[inline(always)]
    pub fn filled(&self) -> usize {
        if !self.exists() {
            return 0;
        }
        // SAFETY: as above.
        unsafe { (*self.ptr.get()).filled as usize }
    }

    /// The number of the first entry that may not be deleted; 0 without an index.
    #[inline(always)]
    pub fn first(&self) -> usize {
        if !self.exists() {
            return 0;
        }
        // SAFETY: as above.
        unsafe { (*self.ptr.get()).first as usize }
    }

    /// Notes that the entries before `first` are deleted.
    pub fn set_first(&self, first: usize) {
        if self.exists() {
            // SAFETY: as above.
            unsafe { (*self.ptr.get()).first = first.min(u32::MAX as usize) as u32 };
        }
    }

    /// Makes an empty index of `slots` slots (a power of two) in place of the old one.
    ///
    /// # Errors
    /// Out of memory; the old index is gone then.
    pub fn make<G: Gc + ?Sized>(&self, gc: &mut G, slots: usize) -> Result<(), G::Error> {
        self.drop_block(gc.heap_mut());
        let width = if slots <= 1 << 8 {
            1
        } else if slots <= 1 << 16 {
            2
        } else {
            4
        };
        let bytes = match slots.checked_mul(width).and_then(|b| b.checked_add(size_of::<IndexHead>())) {
            Some(b) if slots <= u32::MAX as usize => b,
            _ => return Err(gc.out_of_memory(OutOfMemory(usize::MAX))),
        };
        let p = gc.alloc_block(bytes, BlockKind::Buffer)?.cast::<IndexHead>();
        // SAFETY: a fresh block of that size.
        unsafe {
            p.cast::<u8>().write_bytes(0, bytes);
            p.write(IndexHead { slots: slots as u32, filled: 0, first: 0 });
        }
        self.ptr.set(p.as_ptr());
        Ok(())
    }

    /// Frees the index.
    pub fn drop_block(&self, heap: &mut Heap) {
        if let Some(p) = NonNull::new(self.ptr.replace(null_mut())) {
            // SAFETY: ours alone.
            unsafe { heap.free(p.cast()) };
        }
    }

    #[inline(always)]
    fn base(&self) -> *mut u8 {
        // SAFETY: one past the head is inside or at the end of the block.
        unsafe { self.ptr.get().add(1).cast() }
    }

    /// The slot `i`; 0 if there is none.
    #[inline(always)]
    pub fn get(&self, i: usize) -> usize {
        let slots = self.slots();
        if i >= slots {
            return 0;
        }
        let p = self.base();
        // SAFETY: i < slots.
        unsafe {
            if slots <= 1 << 8 {
                *p.add(i) as usize
            } else if slots <= 1 << 16 {
                *p.cast::<u16>().add(i) as usize
            } else {
                *p.cast::<u32>().add(i) as usize
            }
        }
    }

    /// Fills the empty slot `i`.
    #[inline(always)]
    pub fn fill(&self, i: usize, v: usize) {
        let slots = self.slots();
        if i >= slots {
            return;
        }
        let p = self.base();
        // SAFETY: i < slots. The owner keeps at least half of the slots empty, so a number of an entry fits the
        // width.
        unsafe {
            (*self.ptr.get()).filled += 1;
            if slots <= 1 << 8 {
                *p.add(i) = v as u8;
            } else if slots <= 1 << 16 {
                *p.cast::<u16>().add(i) = v as u16;
            } else {
                *p.cast::<u32>().add(i) = v as u32;
            }
        }
    }

    /// Exchanges two indexes.
    pub fn swap(&self, other: &IndexBuf) {
        self.ptr.swap(&other.ptr);
    }

    /// Reports the block.
    pub fn trace(&self, t: &mut Tracer<'_>) {
        t.block(self.ptr.get().cast_const().cast());
    }
}
