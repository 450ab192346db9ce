//! Bytes of immutable text: the borrowing handle, and the builder that becomes an object without a copy.

use core::ops::Deref;
use core::ptr::NonNull;

use crate::heap::BlockKind;
use crate::object::Ref;
use crate::tail::{Tailed, offset_of_tail};
use crate::{Gc, OutOfMemory};

/// The text of a string: a copyable handle on bytes that never change.
///
/// It keeps its text alive while it is in a native's variables, as any reference does; never store it in an
/// object or a static.
#[derive(Clone, Copy)]
pub struct Str {
    ptr: NonNull<u8>,
    len: usize,
}

impl Str {
    /// A handle on static text.
    pub const fn from_static(s: &'static str) -> Str {
        Str { ptr: NonNull::from_ref(s).cast(), len: s.len() }
    }

    /// # Safety
    /// The bytes are UTF-8 and stay as they are while the object that they belong to is reachable.
    #[inline(always)]
    pub(crate) unsafe fn from_raw(ptr: NonNull<u8>, len: usize) -> Str {
        Str { ptr, len }
    }

    /// The text of an object whose elements are UTF-8.
    #[inline(always)]
    pub fn of_tail<T: Tailed<Elem = u8>>(r: Ref<T>) -> Str {
        Str { ptr: r.tail_address(), len: r.tail_len() }
    }

    /// The text, for as long as the heap is not changed.
    pub fn get(self, _heap: &crate::Heap) -> &str {
        // SAFETY: as for as_str; nothing is collected while the heap is borrowed.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr.as_ptr(), self.len)) }
    }

    /// The text.
    #[inline(always)]
    pub fn as_str(&self) -> &str {
        // SAFETY: see from_raw; string objects are made from checked text only.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr.as_ptr(), self.len)) }
    }
}

impl Deref for Str {
    type Target = str;
    #[inline(always)]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

/// A byte string under construction, which becomes the object `T` in place.
///
/// Memory that is not finished is left to the collector.
pub struct StrBuf<T: Tailed<Elem = u8>> {
    block: Option<NonNull<u8>>,
    len: usize,
    cap: usize,
    _t: core::marker::PhantomData<T>,
}

impl<T: Tailed<Elem = u8>> Default for StrBuf<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Tailed<Elem = u8>> StrBuf<T> {
    /// An empty builder; allocates nothing yet.
    pub const fn new() -> Self {
        StrBuf { block: None, len: 0, cap: 0, _t: core::marker::PhantomData }
    }

    /// The bytes so far.
    pub fn as_bytes(&self) -> &[u8] {
        match self.block {
            // SAFETY: len bytes after the header are initialised.
            Some(b) => unsafe { core::slice::from_raw_parts(b.as_ptr().add(offset_of_tail::<T>()), self.len) },
            None => &[],
        }
    }

    /// The bytes so far, to change them.
    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        match self.block {
            // SAFETY: as above, and borrowed exclusively.
            Some(b) => unsafe { core::slice::from_raw_parts_mut(b.as_ptr().add(offset_of_tail::<T>()), self.len) },
            None => &mut [],
        }
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes room for `more` bytes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve<G: Gc + ?Sized>(&mut self, gc: &mut G, more: usize) -> Result<(), G::Error> {
        let Some(need) = self.len.checked_add(more) else {
            return Err(gc.out_of_memory(OutOfMemory(usize::MAX)));
        };
        if need <= self.cap {
            return Ok(());
        }
        let header = offset_of_tail::<T>();
        let want = if self.cap == 0 { need } else { need.max(self.cap + self.cap / 2) };
        let Some(bytes) = want.checked_add(header) else {
            return Err(gc.out_of_memory(OutOfMemory(usize::MAX)));
        };
        if let Some(block) = self.block {
            // SAFETY: the block is live and ours.
            if unsafe { gc.heap_mut().resize_in_place(block, bytes) } {
                self.cap = gc.heap().block_size(block) - header;
                return Ok(());
            }
        }
        let bytes = bytes.max(size_of::<crate::Obj<T>>());
        let fresh = gc.alloc_block(bytes, BlockKind::Buffer)?;
        if let Some(old) = self.block {
            // SAFETY: both blocks hold header + len bytes; the old one is ours alone.
            unsafe {
                fresh.add(header).copy_from_nonoverlapping(old.add(header), self.len);
                gc.heap_mut().free(old);
            }
        }
        self.cap = gc.heap().block_size(fresh) - header;
        self.block = Some(fresh);
        Ok(())
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn push_bytes<G: Gc + ?Sized>(&mut self, gc: &mut G, bytes: &[u8]) -> Result<(), G::Error> {
        self.reserve(gc, bytes.len())?;
        if let Some(b) = self.block {
            // SAFETY: reserve made the room; the source cannot overlap fresh room.
            unsafe {
                let to = b.as_ptr().add(offset_of_tail::<T>() + self.len);
                to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            }
            self.len += bytes.len();
        }
        Ok(())
    }

    /// Appends `n` times the byte `b`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_repeat<G: Gc + ?Sized>(&mut self, gc: &mut G, b: u8, n: usize) -> Result<(), G::Error> {
        self.reserve(gc, n)?;
        if let Some(block) = self.block {
            // SAFETY: reserve made the room.
            unsafe { block.as_ptr().add(offset_of_tail::<T>() + self.len).write_bytes(b, n) };
            self.len += n;
        }
        Ok(())
    }

    /// Shortens to `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The finished object; `body` must say `tail_len() == self.len()`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn finish<G: Gc + ?Sized>(mut self, gc: &mut G, body: T) -> Result<Ref<T>, G::Error> {
        if self.block.is_none() {
            self.reserve(gc, 1)?;
        }
        assert!(body.tail_len() <= self.len);
        let Some(block) = self.block else { return Err(gc.out_of_memory(OutOfMemory(1))) };
        let bytes = (offset_of_tail::<T>() + self.len).max(size_of::<crate::Obj<T>>());
        let heap = gc.heap_mut();
        // SAFETY: the block is ours, has room for the object, and its tail is initialised; the body is written
        // below the tail or over its slack only before the tail begins.
        unsafe {
            heap.resize_in_place(block, bytes);
            Ok(heap.make_object(block, body))
        }
    }

    /// As [`StrBuf::finish`], without allocating: what the object does not need is the next builder's.
    ///
    /// # Errors
    /// This builder, if nothing was written, or `body` wants more than that.
    pub fn finish_part(self, heap: &mut crate::Heap, body: T) -> Result<(Ref<T>, StrBuf<T>), Self> {
        let Some(block) = self.block.filter(|_| self.len > 0 && body.tail_len() <= self.len) else { return Err(self) };
        let header = offset_of_tail::<T>();
        let bytes = (header + self.len).max(size_of::<crate::Obj<T>>());
        // SAFETY: as in `finish`; the builder is consumed, so the rest is nobody else's.
        unsafe {
            let rest = heap.split(block, bytes);
            let cap = rest.map_or(0, |r| heap.block_size(r).saturating_sub(header));
            let object = heap.make_object(block, body);
            Ok((object, StrBuf { block: rest, len: 0, cap, _t: core::marker::PhantomData }))
        }
    }

    /// Room for so many bytes in all before it must grow.
    pub fn capacity(&self) -> usize {
        self.cap
    }

    /// Reports the block, for a builder that is kept in a traced structure.
    pub fn trace(&self, t: &mut crate::Tracer<'_>) {
        if let Some(b) = self.block {
            t.block(b.as_ptr().cast_const());
        }
    }

    /// Gives the memory back at once, for a builder that is not wanted any more.
    pub fn discard<G: Gc + ?Sized>(self, gc: &mut G) {
        if let Some(b) = self.block {
            // SAFETY: ours alone.
            unsafe { gc.heap_mut().free(b) };
        }
    }
}
