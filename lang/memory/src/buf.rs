//! Growable storage that objects own: values and bytes.
//!
//! Invariant: a buffer's block belongs to exactly one of these structs, which lives in one object; the object's
//! `trace` calls the struct's `trace`. Elements are cells, so reading needs no permission; what may move or free
//! the block needs the heap exclusively, so no slice survives it.

use core::cell::Cell;
use core::ptr::{NonNull, null_mut};

use crate::collect::Tracer;
use crate::heap::{BlockKind, GRANULE, Heap};
use crate::value::Value;
use crate::{Gc, OutOfMemory};

/// A block of `T`s with a length and a capacity.
struct Raw<T> {
    ptr: Cell<*mut T>,
    len: Cell<u32>,
    cap: Cell<u32>,
}

impl<T: Copy> Raw<T> {
    const fn new() -> Self {
        Raw { ptr: Cell::new(null_mut()), len: Cell::new(0), cap: Cell::new(0) }
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.len.get() as usize
    }

    #[inline(always)]
    fn cells(&self) -> &[Cell<T>] {
        if self.ptr.get().is_null() {
            return &[];
        }
        // SAFETY: len elements are initialised; Cell has the layout of its content.
        unsafe { core::slice::from_raw_parts(self.ptr.get().cast(), self.len()) }
    }

    /// Capacity for `need` elements in all; at least half as much again as before if `spare`.
    fn set_capacity<G: Gc + ?Sized>(&self, gc: &mut G, need: usize, spare: bool) -> Result<(), G::Error> {
        let cap = self.cap.get() as usize;
        if need <= cap {
            return Ok(());
        }
        if gc.heap().lock_depth() > 0 {
            return Err(gc.out_of_memory(OutOfMemory(need.saturating_mul(size_of::<T>()))));
        }
        let want = if spare { need.max(cap + cap / 2).max(4) } else { need };
        let bytes = match want.checked_mul(size_of::<T>()) {
            Some(b) if want <= u32::MAX as usize => b,
            _ => return Err(gc.out_of_memory(OutOfMemory(need.saturating_mul(size_of::<T>())))),
        };
        let old = NonNull::new(self.ptr.get().cast::<u8>());
        if let Some(old) = old {
            // SAFETY: the block is live and ours.
            if unsafe { gc.heap_mut().resize_in_place(old, bytes) } {
                self.cap.set(room::<T>(bytes));
                return Ok(());
            }
        }
        if let Some(old) = old {
            let kept = self.len() * size_of::<T>();
            // SAFETY: the block is ours, and this struct is its owner.
            if let Some(moved) = unsafe { gc.heap_mut().grow_downwards(old, kept, bytes) } {
                self.ptr.set(moved.as_ptr().cast());
                self.cap.set(room::<T>(bytes));
                return Ok(());
            }
        }
        let fresh = match gc.heap_mut().alloc(bytes, BlockKind::Buffer) {
            Some(p) => p,
            // With little room left, no more than is needed.
            None if spare && need > 64 => return self.set_capacity(gc, need, false),
            None => gc.alloc_block(bytes, BlockKind::Buffer)?,
        };
        if let Some(old) = NonNull::new(self.ptr.get().cast::<u8>()) {
            // SAFETY: both blocks hold len elements; the old one is ours alone.
            unsafe {
                fresh.copy_from_nonoverlapping(old, self.len() * size_of::<T>());
                gc.heap_mut().free(old);
            }
        }
        self.ptr.set(fresh.as_ptr().cast());
        // Who asks for an exact size gets one: the first growth then decides about more.
        self.cap.set(if spare { room::<T>(bytes) } else { want as u32 });
        Ok(())
    }

    #[inline(always)]
    fn push<G: Gc + ?Sized>(&self, gc: &mut G, v: T) -> Result<(), G::Error> {
        let len = self.len.get();
        if len == self.cap.get() {
            self.set_capacity(gc, len as usize + 1, true)?;
        }
        // SAFETY: len < cap.
        unsafe { self.ptr.get().add(len as usize).write(v) };
        self.len.set(len + 1);
        Ok(())
    }

    /// Opens a gap of `n` elements at `at`, or fails without a change; the gap is filled with `fill`.
    fn open<G: Gc + ?Sized>(&self, gc: &mut G, at: usize, n: usize, fill: T) -> Result<(), G::Error> {
        let len = self.len();
        let Some(need) = len.checked_add(n) else {
            return Err(gc.out_of_memory(OutOfMemory(usize::MAX)));
        };
        self.set_capacity(gc, need, true)?;
        let at = at.min(len);
        // SAFETY: capacity for len + n elements.
        unsafe {
            let p = self.ptr.get().add(at);
            p.copy_to(p.add(n), len - at);
            for i in 0..n {
                p.add(i).write(fill);
            }
        }
        self.len.set(need as u32);
        Ok(())
    }

    /// Removes `n` elements at `at`.
    fn close(&self, at: usize, n: usize) {
        let len = self.len();
        if at >= len || n == 0 {
            return;
        }
        let n = n.min(len - at);
        // SAFETY: at + n <= len.
        unsafe {
            let p = self.ptr.get().add(at);
            p.copy_from(p.add(n), len - at - n);
        }
        self.len.set((len - n) as u32);
    }

    /// Gives back what is not used, keeping the block where it is.
    fn shrink(&self, heap: &mut Heap) {
        let Some(p) = NonNull::new(self.ptr.get().cast::<u8>()) else { return };
        if self.len() == 0 {
            // SAFETY: ours alone.
            unsafe { heap.free(p) };
            self.ptr.set(null_mut());
            self.cap.set(0);
        } else {
            // SAFETY: ours; shrinking always works in place.
            unsafe { heap.resize_in_place(p, self.len() * size_of::<T>()) };
            self.cap.set((heap.block_size(p) / size_of::<T>()) as u32);
        }
    }

    fn swap(&self, other: &Self) {
        self.ptr.swap(&other.ptr);
        self.len.swap(&other.len);
        self.cap.swap(&other.cap);
    }
}

/// How many elements a block of `bytes` bytes holds: blocks are whole granules.
#[inline(always)]
fn room<T>(bytes: usize) -> u32 {
    (bytes.next_multiple_of(GRANULE) / size_of::<T>()).min(u32::MAX as usize) as u32
}

/// A growable array of values.
pub struct ValueBuf(Raw<Value>);

impl Default for ValueBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl ValueBuf {
    /// An empty array without a block.
    pub const fn new() -> Self {
        ValueBuf(Raw::new())
    }

    /// Elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.0.cells().get(i).map(Cell::get)
    }

    /// Replaces the element at `i`; false if there is none.
    #[inline(always)]
    pub fn set(&self, i: usize, v: Value) -> bool {
        match self.0.cells().get(i) {
            Some(c) => {
                c.set(v);
                true
            }
            None => false,
        }
    }

    /// The elements, while nothing can move them.
    #[inline(always)]
    pub fn cells<'a>(&'a self, _heap: &'a Heap) -> &'a [Cell<Value>] {
        self.0.cells()
    }

    /// The address of the first element (null without a block) for the VM's fast paths.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut Value {
        self.0.ptr.get()
    }

    /// Appends.
    ///
    /// # Errors
    /// Out of memory.
    #[inline(always)]
    pub fn push<G: Gc + ?Sized>(&self, gc: &mut G, v: Value) -> Result<(), G::Error> {
        self.0.push(gc, v)
    }

    /// Appends if there is room without growing; whether there was.
    pub fn push_within(&self, v: Value) -> bool {
        if self.0.len.get() == self.0.cap.get() {
            return false;
        }
        // SAFETY: len < cap.
        unsafe { self.0.ptr.get().add(self.len()).write(v) };
        self.0.len.set(self.0.len.get() + 1);
        true
    }

    /// Removes and returns the last element.
    #[inline]
    pub fn pop(&self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let v = self.get(last);
        self.0.len.set(last as u32);
        v
    }

    /// Inserts before `at` (clamped).
    ///
    /// # Errors
    /// Out of memory.
    pub fn insert<G: Gc + ?Sized>(&self, gc: &mut G, at: usize, v: Value) -> Result<(), G::Error> {
        self.0.open(gc, at, 1, v)
    }

    /// Opens a gap of `n` elements before `at` (clamped), filled with `fill`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn open<G: Gc + ?Sized>(&self, gc: &mut G, at: usize, n: usize, fill: Value) -> Result<(), G::Error> {
        self.0.open(gc, at, n, fill)
    }

    /// Appends `n` times `fill`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn extend_fill<G: Gc + ?Sized>(&self, gc: &mut G, n: usize, fill: Value) -> Result<(), G::Error> {
        self.0.open(gc, self.len(), n, fill)
    }

    /// Overwrites the elements from `at` with `n` of another buffer (or this one) from `from`; no more than both have.
    pub fn copy_from(&self, at: usize, source: &ValueBuf, from: usize, n: usize) {
        let n = n.min(self.len().saturating_sub(at)).min(source.len().saturating_sub(from));
        if n > 0 {
            // SAFETY: n elements exist on both sides; copy allows overlap.
            unsafe { source.as_ptr().add(from).copy_to(self.as_ptr().add(at), n) };
        }
    }

    /// Removes and returns the element at `at`.
    pub fn remove(&self, at: usize) -> Option<Value> {
        let v = self.get(at)?;
        self.0.close(at, 1);
        Some(v)
    }

    /// Removes `n` elements from `at`.
    pub fn remove_range(&self, at: usize, n: usize) {
        self.0.close(at, n);
    }

    /// Shortens to `n` elements.
    pub fn truncate(&self, n: usize) {
        if n < self.len() {
            self.0.len.set(n as u32);
        }
    }

    /// Room for exactly `n` elements in all, if there is less.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve_exact<G: Gc + ?Sized>(&self, gc: &mut G, n: usize) -> Result<(), G::Error> {
        self.0.set_capacity(gc, n, false)
    }

    /// Gives unused room back.
    pub fn shrink(&self, heap: &mut Heap) {
        self.0.shrink(heap);
    }

    /// Exchanges the contents of two buffers.
    pub fn swap(&self, other: &ValueBuf) {
        self.0.swap(&other.0);
    }

    /// Frees everything.
    pub fn clear(&self, heap: &mut Heap) {
        self.0.len.set(0);
        self.0.shrink(heap);
    }

    /// Reports the block, but not the values: they are weak, and the owner drops those that die.
    pub fn trace_block(&self, t: &mut Tracer<'_>) {
        t.block(self.0.ptr.get().cast_const().cast());
    }

    /// Reports the block and the values.
    pub fn trace(&self, t: &mut Tracer<'_>) {
        if t.block(self.0.ptr.get().cast_const().cast()) {
            for c in self.0.cells() {
                t.value(c.get());
            }
        }
    }
}

/// A growable array of bytes.
pub struct ByteBuf(Raw<u8>);

impl Default for ByteBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl ByteBuf {
    /// An empty array without a block.
    pub const fn new() -> Self {
        ByteBuf(Raw::new())
    }

    /// Bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, while nothing can change or move them.
    #[inline(always)]
    pub fn as_slice<'a>(&'a self, _heap: &'a Heap) -> &'a [u8] {
        let cells = self.0.cells();
        // SAFETY: changing a byte needs the heap exclusively (as_mut_slice) or goes through `set`, which is not
        // callable while the slice is used: natives are single-threaded and hold no slice across a call.
        unsafe { core::slice::from_raw_parts(cells.as_ptr().cast(), cells.len()) }
    }

    /// The bytes, to change them.
    #[inline(always)]
    pub fn as_mut_slice<'a>(&'a self, _heap: &'a mut Heap) -> &'a mut [u8] {
        if self.0.ptr.get().is_null() {
            return &mut [];
        }
        // SAFETY: the heap is borrowed exclusively, so no other slice of any buffer is live.
        unsafe { core::slice::from_raw_parts_mut(self.0.ptr.get(), self.0.len()) }
    }

    /// The byte at `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<u8> {
        self.0.cells().get(i).map(Cell::get)
    }

    /// Appends a byte.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push<G: Gc + ?Sized>(&self, gc: &mut G, b: u8) -> Result<(), G::Error> {
        self.0.push(gc, b)
    }

    /// Opens a gap of `n` zero bytes before `at` (clamped).
    ///
    /// # Errors
    /// Out of memory.
    pub fn open<G: Gc + ?Sized>(&self, gc: &mut G, at: usize, n: usize) -> Result<(), G::Error> {
        self.0.open(gc, at, n, 0)
    }

    /// Removes `n` bytes from `at`.
    pub fn remove_range(&self, at: usize, n: usize) {
        self.0.close(at, n);
    }

    /// Shortens to `n` bytes.
    pub fn truncate(&self, n: usize) {
        if n < self.len() {
            self.0.len.set(n as u32);
        }
    }

    /// Room for exactly `n` bytes in all, if there is less.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve_exact<G: Gc + ?Sized>(&self, gc: &mut G, n: usize) -> Result<(), G::Error> {
        self.0.set_capacity(gc, n, false)
    }

    /// Appends bytes that do not lie in the heap's mutable buffers.
    ///
    /// # Errors
    /// Out of memory.
    pub fn extend_from<G: Gc + ?Sized>(&self, gc: &mut G, bytes: &[u8]) -> Result<(), G::Error> {
        let at = self.len();
        self.0.open(gc, at, bytes.len(), 0)?;
        if let Some(to) = self.as_mut_slice(gc.heap_mut()).get_mut(at..) {
            to.copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Copies `n` bytes from `from` of `source` (which may be the same buffer) to `at`; clamped to both ends.
    pub fn copy_from(&self, at: usize, source: &ByteBuf, from: usize, n: usize, _heap: &mut Heap) {
        let n = n.min(source.len().saturating_sub(from)).min(self.len().saturating_sub(at));
        if n > 0 {
            // SAFETY: both ranges are inside their buffers; copy allows overlap.
            unsafe { self.0.ptr.get().add(at).copy_from(source.0.ptr.get().add(from), n) };
        }
    }

    /// Exchanges the contents of two buffers.
    pub fn swap(&self, other: &ByteBuf) {
        self.0.swap(&other.0);
    }

    /// Gives unused room back.
    pub fn shrink(&self, heap: &mut Heap) {
        self.0.shrink(heap);
    }

    /// The address of the first byte (null without a block), for `uctypes.addressof` and the like.
    pub fn as_ptr(&self) -> *mut u8 {
        self.0.ptr.get()
    }

    /// Reports the block.
    pub fn trace(&self, t: &mut Tracer<'_>) {
        t.block(self.0.ptr.get());
    }
}
