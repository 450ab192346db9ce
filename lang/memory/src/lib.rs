//! Words and the heap: the only home of memory unsafety.
//!
//! This crate holds [`Value`] (one machine word), the heap it points into, the collector, interned strings
//! and the growable buffers that objects own. What is absent from it:
//! - Python. A type is known here only by its [`TypeCore`]: how to trace an object of it.
//! - I/O, clocks, threads, and any allocation outside the buffer that [`Heap::new`] was given.
//! - recursion: marking uses an explicit stack with an overflow rescan.
//!
//! Invariants that the rest of Krait stands on:
//! - **W**: every reference stored anywhere is a plain untransformed word (so a conservative scan finds it).
//! - **O**: a raw buffer has exactly one owner slot, in an object; it contains [`Value`]s or plain bytes.
//! - **N**: nothing moves. An address is good until the block is collected or freed by its owner.
#![no_std]

#[cfg(test)]
extern crate std;

mod bitmap;
mod buf;
mod collect;
mod figures;
mod float;
mod foreign;
mod heap;
mod index_buf;
mod lookup;
mod object;
mod qstr;
pub mod qstr_table;
mod roots;
mod tail;
mod tally;
mod text;
mod value;
mod verify;

pub use buf::{ByteBuf, ValueBuf};
pub use collect::{Roots, Tracer};
pub use figures::HeapStats;
pub use float::{FLOAT_DIGITS, Float};
pub use foreign::HeapAllocator;
pub use heap::{BlockKind, GRANULE, GranuleKind, Heap, HeapTooSmall, NewObject, Personality};
pub use index_buf::IndexBuf;
pub use lookup::Block;
pub use object::{Head, Obj, Object, Ref, TraceFn, TypeCore, TypePtr};
pub use qstr::{Qstr, QstrPool, hash_bytes, rom};
pub use roots::StackBounds;
pub use tail::{NewTailed, Tailed, tail_of};
pub use tally::Tally;
pub use text::{Str, StrBuf};
pub use value::{Imm, Unpacked, Value};

/// No block of the size asked for could be found, even after a collection. Holds the size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory(pub usize);

/// The owner of a heap: whoever can collect it.
///
/// Buffers and constructors allocate through this trait, so that a full heap leads to a collection with the
/// interpreter's roots, and a failure to the interpreter's own error.
pub trait Gc {
    /// The error that an allocation failure becomes.
    type Error;
    /// The heap, to change it.
    fn heap_mut(&mut self) -> &mut Heap;
    /// The heap, to look at it.
    fn heap(&self) -> &Heap;
    /// Collects now, scanning the native stack as well as the precise roots.
    fn reclaim(&mut self);
    /// Builds the error for a failed allocation.
    fn out_of_memory(&mut self, e: OutOfMemory) -> Self::Error;

    /// Allocates a block of at least `bytes` bytes, collecting if needed. The contents are unspecified.
    ///
    /// # Errors
    /// The owner's out-of-memory error.
    #[inline]
    fn alloc_block(&mut self, bytes: usize, kind: BlockKind) -> Result<core::ptr::NonNull<u8>, Self::Error> {
        match self.heap_mut().alloc(bytes, kind) {
            Some(p) => Ok(p),
            None => alloc_slow(self, bytes, kind),
        }
    }
}

#[cold]
#[inline(never)]
fn alloc_slow<G: Gc + ?Sized>(gc: &mut G, bytes: usize, kind: BlockKind) -> Result<core::ptr::NonNull<u8>, G::Error> {
    if gc.heap().may_collect() {
        gc.reclaim();
        if let Some(p) = gc.heap_mut().alloc_after_collection(bytes, kind) {
            return Ok(p);
        }
    } else if let Some(p) = gc.heap_mut().alloc_after_collection(bytes, kind) {
        return Ok(p);
    }
    Err(gc.out_of_memory(OutOfMemory(bytes)))
}
