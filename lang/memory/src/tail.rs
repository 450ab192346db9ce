//! Objects whose body is followed by elements in the same block: tuples, strings, big integers, closures.
//!
//! Invariant: the block holds at least as many elements as `tail_len()` says, all initialised.

use core::cell::Cell;
use core::ptr::NonNull;

use crate::Gc;
use crate::heap::{BlockKind, NewObject};
use crate::object::{Obj, Object, Ref};

/// A body that is followed by elements.
///
/// # Safety
/// `tail_len()` never exceeds the number of elements that the object was made with. `trace` reports the
/// elements that need it.
pub unsafe trait Tailed: Object {
    /// The element type.
    type Elem: Copy + 'static;
    /// The number of elements.
    fn tail_len(&self) -> usize;
}

const fn tail_offset<T: Tailed>() -> usize {
    let align = align_of::<T::Elem>();
    (size_of::<Obj<T>>() - slack::<T>()).div_ceil(align) * align
}

/// Padding at the end of `Obj<T>` that elements may use: the object is aligned to 8, its fields may end earlier.
const fn slack<T: Tailed>() -> usize {
    let fields = core::mem::offset_of!(Obj<T>, body) + size_of::<T>();
    size_of::<Obj<T>>() - fields
}

/// The elements that follow a body, for the body's own `trace`.
///
/// The body must stand in its object, as it always does when it is reached through a [`Ref`].
pub fn tail_of<T: Tailed>(body: &T) -> &[T::Elem] {
    let offset = tail_offset::<T>() - core::mem::offset_of!(Obj<T>, body);
    // SAFETY: bodies of tailed types exist only inside objects, since only those constructors take them.
    unsafe {
        let p = core::ptr::from_ref(body).cast::<u8>().add(offset).cast::<T::Elem>();
        core::slice::from_raw_parts(p, body.tail_len())
    }
}

impl<T: Tailed> Ref<T> {
    #[inline(always)]
    fn tail_ptr(self) -> *mut T::Elem {
        // SAFETY: the elements lie in the object's block.
        unsafe { self.as_ptr().cast::<u8>().add(tail_offset::<T>()).cast::<T::Elem>().as_ptr() }
    }

    /// The elements. For objects whose elements change, use [`Ref::tail_cells`].
    #[inline(always)]
    pub fn tail(&self) -> &[T::Elem] {
        // SAFETY: initialised and within the block (contract of Tailed).
        unsafe { core::slice::from_raw_parts(self.tail_ptr(), self.tail_len()) }
    }

    /// The elements, for as long as the heap is not changed.
    #[inline(always)]
    pub fn tail_in(self, _heap: &crate::Heap) -> &[T::Elem] {
        // SAFETY: as for `tail`; nothing is collected while the heap is borrowed.
        unsafe { core::slice::from_raw_parts(self.tail_ptr(), self.tail_len()) }
    }

    /// The elements as cells.
    #[inline(always)]
    pub fn tail_cells(&self) -> &[Cell<T::Elem>] {
        // SAFETY: as for `tail`; Cell has the layout of its content.
        unsafe { core::slice::from_raw_parts(self.tail_ptr().cast(), self.tail_len()) }
    }

    /// The address of the first element.
    #[inline(always)]
    pub fn tail_address(self) -> NonNull<T::Elem> {
        // SAFETY: not null.
        unsafe { NonNull::new_unchecked(self.tail_ptr()) }
    }
}

/// Bytes of an object with body `T` and `n` elements, or `None` if that overflows.
pub(crate) fn tailed_bytes<T: Tailed>(n: usize) -> Option<usize> {
    n.checked_mul(size_of::<T::Elem>())?.checked_add(tail_offset::<T>()).map(|b| b.max(size_of::<Obj<T>>()))
}

/// Where the elements of a `T` begin in its block.
pub(crate) const fn offset_of_tail<T: Tailed>() -> usize {
    tail_offset::<T>()
}

/// Allocation of objects with elements.
pub trait NewTailed: NewObject {
    /// A new object with `n` elements, all `fill`.
    ///
    /// # Errors
    /// Out of memory.
    fn new_tailed<T: Tailed>(&mut self, body: T, n: usize, fill: T::Elem) -> Result<Ref<T>, Self::Error> {
        let r = self.new_tailed_raw(body, n)?;
        for i in 0..n {
            // SAFETY: the block has n elements.
            unsafe { r.tail_ptr().add(i).write(fill) };
        }
        Ok(r)
    }

    /// A new object with a copy of `items` as its elements.
    ///
    /// # Errors
    /// Out of memory.
    fn new_tailed_from<T: Tailed>(&mut self, body: T, items: &[T::Elem]) -> Result<Ref<T>, Self::Error> {
        let r = self.new_tailed_raw(body, items.len())?;
        // SAFETY: the block has items.len() elements and is fresh.
        unsafe { r.tail_ptr().copy_from_nonoverlapping(items.as_ptr(), items.len()) };
        Ok(r)
    }

    #[doc(hidden)]
    fn new_tailed_raw<T: Tailed>(&mut self, body: T, n: usize) -> Result<Ref<T>, Self::Error> {
        const { assert!(align_of::<T::Elem>() <= crate::GRANULE) };
        let Some(bytes) = tailed_bytes::<T>(n) else {
            return Err(self.out_of_memory(crate::OutOfMemory(usize::MAX)));
        };
        let p = self.alloc_block(bytes, BlockKind::Object)?;
        // SAFETY: a fresh block; the caller writes the elements before anything can trace them.
        let r = unsafe { Ref::write_at(p, T::type_ptr(), body) };
        debug_assert!(r.tail_len() <= n);
        Ok(r)
    }
}

impl<G: Gc + ?Sized> NewTailed for G {}
