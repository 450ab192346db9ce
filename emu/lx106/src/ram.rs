//! [`Ram`]: bytes at an address, with the accessors that the fast half of a bus is made of.
//!
//! The surprising fact: each accessor has one comparison that answers both "in range?" and "aligned?", since the
//! interpreter pays for it at each load: the offset rotated right by the alignment is huge when misaligned.

use alloc::boxed::Box;
use alloc::vec;

/// Memory of whole words from `base` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ram {
    base: u32,
    words: Box<[u32]>,
}

impl Ram {
    /// Zeroed memory of `bytes` bytes (rounded up to a word) from `base` on, which is rounded down to a word.
    #[must_use]
    pub fn new(base: u32, bytes: u32) -> Self {
        Ram { base: base & !3, words: vec![0; bytes.div_ceil(4) as usize].into() }
    }

    /// The first address.
    #[must_use]
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The memory by words, the first at [`Ram::base`].
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The memory by words, to be changed; the machine must tell the core ([`crate::Cpu::invalidate`]) if it executes.
    pub fn words_mut(&mut self) -> &mut [u32] {
        &mut self.words
    }

    /// Whether `address` is inside.
    #[must_use]
    #[inline(always)]
    pub fn contains(&self, address: u32) -> bool {
        ((address.wrapping_sub(self.base) >> 2) as usize) < self.words.len()
    }

    /// The byte at `address`, if it is inside.
    #[must_use]
    #[inline(always)]
    pub fn load8(&self, address: u32) -> Option<u8> {
        let at = address.wrapping_sub(self.base);
        let word = *self.words.get((at >> 2) as usize)?;
        Some((word >> ((at & 3) * 8)) as u8)
    }

    /// The half-word at `address`, if it is inside and aligned.
    #[must_use]
    #[inline(always)]
    pub fn load16(&self, address: u32) -> Option<u16> {
        let at = address.wrapping_sub(self.base).rotate_right(1);
        let word = *self.words.get((at >> 1) as usize)?;
        Some((word >> ((at & 1) * 16)) as u16)
    }

    /// The word at `address`, if it is inside and aligned.
    #[must_use]
    #[inline(always)]
    pub fn load32(&self, address: u32) -> Option<u32> {
        let at = address.wrapping_sub(self.base).rotate_right(2);
        self.words.get(at as usize).copied()
    }

    /// Stores a byte; false if `address` is not inside.
    #[must_use]
    #[inline(always)]
    pub fn store8(&mut self, address: u32, value: u8) -> bool {
        let at = address.wrapping_sub(self.base);
        let Some(word) = self.words.get_mut((at >> 2) as usize) else { return false };
        let shift = (at & 3) * 8;
        *word = *word & !(0xFF << shift) | u32::from(value) << shift;
        true
    }

    /// Stores a half-word; false if `address` is not inside or not aligned.
    #[must_use]
    #[inline(always)]
    pub fn store16(&mut self, address: u32, value: u16) -> bool {
        let at = address.wrapping_sub(self.base).rotate_right(1);
        let Some(word) = self.words.get_mut((at >> 1) as usize) else { return false };
        let shift = (at & 1) * 16;
        *word = *word & !(0xFFFF << shift) | u32::from(value) << shift;
        true
    }

    /// Stores a word; false if `address` is not inside or not aligned.
    #[must_use]
    #[inline(always)]
    pub fn store32(&mut self, address: u32, value: u32) -> bool {
        let at = address.wrapping_sub(self.base).rotate_right(2);
        let Some(word) = self.words.get_mut(at as usize) else { return false };
        *word = value;
        true
    }

    /// Copies bytes in, as far as they fit from `address` on; says whether all did.
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        bytes.iter().zip(0u32..).all(|(byte, at)| self.store8(address.wrapping_add(at), *byte))
    }

    /// Copies bytes out; false if a part lies outside, in which case the rest of `out` is left as it was.
    pub fn read(&self, address: u32, out: &mut [u8]) -> bool {
        out.iter_mut().zip(0u32..).all(|(byte, at)| match self.load8(address.wrapping_add(at)) {
            Some(value) => {
                *byte = value;
                true
            }
            None => false,
        })
    }
}
