//! A compilation unit: everything compiled from one source text, or read from one `.mpy` file.
//!
//! Shared by the compiler (builds it), the `.mpy` writer and the runtime's loader. Names and
//! constants belong to the unit, not to a function; functions ("codes") form a tree. Names and
//! the text of constants lie in one arena of bytes. Name 0 is the source file's name.
//! The bytes of each code are a buffer of their own, so that a loader can take it without a copy
//! and so that the module's own code can be freed when it has run.

mod codes;
mod consts;
mod names;
mod renumber;
mod walk;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::index::Index;
use names::{Name, STATIC};

pub use codes::{Code, CodeKind, MAX_DEPTH, TreeFault};
pub use consts::{Const, MAX_TUPLE_DEPTH, Mark};
pub use walk::{TooDeep, Visit, Walk};

/// The allocator had no room. Everything built before remains valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// A range of some table of the unit: `start..start + len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Number of entries.
    #[inline]
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    fn of<T>(self, table: &[T]) -> &[T] {
        let start = self.start as usize;
        start.checked_add(self.len as usize).and_then(|end| table.get(start..end)).unwrap_or(&[])
    }
}

/// Everything compiled from one source text.
///
/// `A` is the allocator of all its tables; on the chip that is Krait's own heap.
pub struct Unit<A: Allocator + Clone> {
    text: Vec<u8, A>,
    names: Vec<Name, A>,
    name_index: Index<A>,
    consts: Vec<Const, A>,
    const_index: Index<A>,
    items: Vec<Const, A>,
    codes: Vec<Code<A>, A>,
    children: Vec<u32, A>,
    root: u32,
    small_int_bits: u8,
}

/// Small-int width that a unit declares if nothing else is asked for: that of a 32-bit target.
pub const DEFAULT_SMALL_INT_BITS: u8 = 31;

impl<A: Allocator + Clone> Unit<A> {
    /// A unit without names, constants or codes.
    pub fn new_in(allocator: A) -> Self {
        Unit {
            text: Vec::new_in(allocator.clone()),
            names: Vec::new_in(allocator.clone()),
            name_index: Index::new_in(allocator.clone()),
            consts: Vec::new_in(allocator.clone()),
            const_index: Index::new_in(allocator.clone()),
            items: Vec::new_in(allocator.clone()),
            codes: Vec::new_in(allocator.clone()),
            children: Vec::new_in(allocator),
            root: 0,
            small_int_bits: DEFAULT_SMALL_INT_BITS,
        }
    }

    /// The allocator given to [`Unit::new_in`].
    pub fn allocator(&self) -> &A {
        self.text.allocator()
    }

    /// Bits of the largest small integer that the code loads by itself, sign included.
    pub fn small_int_bits(&self) -> u8 {
        self.small_int_bits
    }

    /// Declares the small-int width the code was compiled for.
    pub fn set_small_int_bits(&mut self, bits: u8) {
        self.small_int_bits = bits;
    }

    fn push_text(&mut self, bytes: &[u8]) -> Result<Span, OutOfMemory> {
        let start = u32::try_from(self.text.len()).map_err(|_| OutOfMemory)?;
        let len = u32::try_from(bytes.len()).map_err(|_| OutOfMemory)?;
        // Offsets must stay below `STATIC`.
        start.checked_add(len).filter(|end| *end < STATIC).ok_or(OutOfMemory)?;
        self.text.try_reserve(bytes.len()).map_err(|_| OutOfMemory)?;
        self.text.extend_from_slice(bytes);
        Ok(Span { start, len })
    }
}

#[cfg(test)]
mod tests;
