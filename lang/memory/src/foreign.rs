//! Blocks for code that knows no values: the compiler, crates, the interned-string pool.
//!
//! Invariant: every such block is in one doubly linked list, through two words in front of it, and the
//! collector marks the list; it is freed only by its owner.

use core::alloc::Layout;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator};

use crate::heap::{BlockKind, GRANULE, Heap};

/// The two words in front of a foreign block; one granule.
#[repr(C)]
pub(crate) struct Link {
    prev: Cell<Option<NonNull<Link>>>,
    next: Cell<Option<NonNull<Link>>>,
}

impl Link {
    pub(crate) fn next(&self) -> Option<NonNull<Link>> {
        self.next.get()
    }
}

const _: () = assert!(size_of::<Link>() == GRANULE);

pub(crate) struct ForeignList(Option<NonNull<Link>>);

impl ForeignList {
    pub(crate) const fn new() -> ForeignList {
        ForeignList(None)
    }

    pub(crate) fn first(&self) -> Option<NonNull<Link>> {
        self.0
    }
}

impl Heap {
    /// Allocates `bytes` bytes that no collection frees, aligned to a granule.
    pub(crate) fn foreign_alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let total = bytes.checked_add(GRANULE)?;
        let block =
            self.alloc(total, BlockKind::Buffer).or_else(|| self.alloc_after_collection(total, BlockKind::Buffer))?;
        let link = block.cast::<Link>();
        // SAFETY: a fresh block with room for the link; the old first link is live.
        unsafe {
            link.write(Link { prev: Cell::new(None), next: Cell::new(self.foreign.0) });
            if let Some(first) = self.foreign.0 {
                first.as_ref().prev.set(Some(link));
            }
            self.foreign.0 = Some(link);
            Some(block.add(GRANULE))
        }
    }

    /// Frees a block of [`Heap::foreign_alloc`].
    ///
    /// # Safety
    /// `p` came from there and is not used again.
    pub(crate) unsafe fn foreign_free(&mut self, p: NonNull<u8>) {
        // SAFETY: the link is in front of every foreign block, and its neighbours are live.
        unsafe {
            let block = p.sub(GRANULE);
            let link = block.cast::<Link>().as_ref();
            match link.prev.get() {
                Some(prev) => prev.as_ref().next.set(link.next.get()),
                None => self.foreign.0 = link.next.get(),
            }
            if let Some(next) = link.next.get() {
                next.as_ref().prev.set(link.prev.get());
            }
            self.free(block);
        }
    }

    /// Tries to resize a foreign block where it stands.
    ///
    /// # Safety
    /// As for [`Heap::foreign_free`].
    pub(crate) unsafe fn foreign_resize(&mut self, p: NonNull<u8>, bytes: usize) -> bool {
        let Some(total) = bytes.checked_add(GRANULE) else { return false };
        // SAFETY: the block begins one granule before p.
        unsafe { self.resize_in_place(p.sub(GRANULE), total) }
    }

    /// An allocator over this heap, for containers of other crates. While it lives nothing is collected, so
    /// collect first if space is short.
    pub fn allocator(&mut self) -> HeapAllocator<'_> {
        HeapAllocator { heap: NonNull::from_mut(self), _heap: PhantomData }
    }
}

/// See [`Heap::allocator`].
#[derive(Clone, Copy)]
pub struct HeapAllocator<'h> {
    heap: NonNull<Heap>,
    _heap: PhantomData<&'h mut Heap>,
}

// SAFETY: blocks stay where they are until freed, and copies of the allocator share the one heap.
unsafe impl Allocator for HeapAllocator<'_> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.align() > GRANULE {
            return Err(AllocError);
        }
        if layout.size() == 0 {
            return Ok(NonNull::slice_from_raw_parts(layout.dangling_ptr_compat(), 0));
        }
        // SAFETY: the heap is borrowed exclusively for 'h, and no other reference to it is live in this call.
        let p = unsafe { &mut *self.heap.as_ptr() }.foreign_alloc(layout.size()).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(p, layout.size()))
    }

    unsafe fn deallocate(&self, p: NonNull<u8>, layout: Layout) {
        if layout.size() > 0 {
            // SAFETY: p came from allocate.
            unsafe { (*self.heap.as_ptr()).foreign_free(p) };
        }
    }

    unsafe fn grow(&self, p: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: p came from allocate with the layout `old`.
        unsafe {
            if old.size() > 0 && (*self.heap.as_ptr()).foreign_resize(p, new.size()) {
                return Ok(NonNull::slice_from_raw_parts(p, new.size()));
            }
            let to = self.allocate(new)?;
            to.cast::<u8>().copy_from_nonoverlapping(p, old.size());
            self.deallocate(p, old);
            Ok(to)
        }
    }

    unsafe fn shrink(&self, p: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            // SAFETY: p came from allocate.
            unsafe { self.deallocate(p, old) };
            return Ok(NonNull::slice_from_raw_parts(new.dangling_ptr_compat(), 0));
        }
        // SAFETY: a block can always shrink in place.
        unsafe { (*self.heap.as_ptr()).foreign_resize(p, new.size()) };
        Ok(NonNull::slice_from_raw_parts(p, new.size()))
    }
}

trait DanglingCompat {
    fn dangling_ptr_compat(&self) -> NonNull<u8>;
}

impl DanglingCompat for Layout {
    fn dangling_ptr_compat(&self) -> NonNull<u8> {
        // Alignments are never zero.
        NonNull::without_provenance(core::num::NonZeroUsize::new(self.align()).unwrap_or(core::num::NonZeroUsize::MIN))
    }
}
