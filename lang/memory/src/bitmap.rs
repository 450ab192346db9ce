//! Bit planes over the heap's granules, and the word-parallel searches on them.
//!
//! Two planes give the state of a granule, a third holds marks during a collection:
//!
//! | used | head | state |
//! |---|---|---|
//! | 0 | 0 | free |
//! | 1 | 0 | tail of a block |
//! | 1 | 1 | first granule of an object |
//! | 0 | 1 | first granule of a raw buffer |
//!
//! Invariant: the number of granules is a multiple of the word size, so no operation needs an edge mask.

use core::ptr::NonNull;

pub(crate) const BITS: usize = usize::BITS as usize;

/// The three planes, each `words` words long, inside the heap's own buffer.
pub(crate) struct Planes {
    used: NonNull<usize>,
    head: NonNull<usize>,
    mark: NonNull<usize>,
    words: usize,
}

impl Planes {
    /// # Safety
    /// `at` points to `3 * words` writable words that nobody else uses.
    pub(crate) unsafe fn new(at: NonNull<usize>, words: usize) -> Planes {
        // SAFETY: the caller gives 3 * words words.
        unsafe {
            at.write_bytes(0, 3 * words);
            Planes { used: at, head: at.add(words), mark: at.add(2 * words), words }
        }
    }

    #[inline(always)]
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    #[inline(always)]
    fn word(&self, plane: NonNull<usize>, word: usize) -> usize {
        debug_assert!(word < self.words);
        // SAFETY: in range, since every granule number comes from `Heap::granule_of` or a search in the planes.
        unsafe { *plane.add(word).as_ptr() }
    }

    #[inline(always)]
    fn at(&mut self, plane: NonNull<usize>, word: usize) -> &mut usize {
        debug_assert!(word < self.words);
        // SAFETY: in range, as above; planes are reached only through `self`, which is borrowed for as long.
        unsafe { plane.add(word).as_mut() }
    }

    #[inline(always)]
    pub(crate) fn used(&self, word: usize) -> usize {
        self.word(self.used, word)
    }

    #[inline(always)]
    pub(crate) fn heads(&self, word: usize) -> usize {
        self.word(self.head, word)
    }

    #[inline(always)]
    pub(crate) fn marks(&self, word: usize) -> usize {
        self.word(self.mark, word)
    }

    #[inline(always)]
    fn taken(&self, word: usize) -> usize {
        self.used(word) | self.heads(word)
    }

    #[inline(always)]
    pub(crate) fn is_head(&self, g: usize) -> bool {
        self.heads(g / BITS) >> (g % BITS) & 1 != 0
    }

    #[inline(always)]
    pub(crate) fn is_object_head(&self, g: usize) -> bool {
        (self.heads(g / BITS) & self.used(g / BITS)) >> (g % BITS) & 1 != 0
    }

    #[inline(always)]
    pub(crate) fn is_taken(&self, g: usize) -> bool {
        self.taken(g / BITS) >> (g % BITS) & 1 != 0
    }

    /// Turns a buffer's head into an object's.
    pub(crate) fn make_object(&mut self, g: usize) {
        *self.at(self.used, g / BITS) |= 1 << (g % BITS);
    }

    /// Marks the head `g`; true if it was not marked before.
    #[inline(always)]
    pub(crate) fn set_mark(&mut self, g: usize) -> bool {
        let bit = 1 << (g % BITS);
        let word = self.at(self.mark, g / BITS);
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    pub(crate) fn is_marked(&self, g: usize) -> bool {
        self.marks(g / BITS) >> (g % BITS) & 1 != 0
    }

    pub(crate) fn clear_marks(&mut self) {
        // SAFETY: the plane has `words` words.
        unsafe { self.mark.write_bytes(0, self.words) };
    }

    /// Marks granules `start..start + n` as a block.
    #[inline(always)]
    pub(crate) fn set_block(&mut self, start: usize, n: usize, object: bool) {
        let (word, off) = (start / BITS, start % BITS);
        *self.at(self.head, word) |= 1 << off;
        if off + n <= BITS {
            let mask = (usize::MAX >> (BITS - n)) << off;
            *self.at(self.used, word) |= if object { mask } else { mask & !(1 << off) };
        } else {
            let first = if object { start } else { start + 1 };
            self.fill_used(first, start + n, true);
        }
    }

    /// Sets or clears the used bits of `from..to`.
    pub(crate) fn fill_used(&mut self, from: usize, to: usize, on: bool) {
        let mut g = from;
        while g < to {
            let (word, off) = (g / BITS, g % BITS);
            let n = (BITS - off).min(to - g);
            let mask = (usize::MAX >> (BITS - n)) << off;
            let w = self.at(self.used, word);
            *w = if on { *w | mask } else { *w & !mask };
            g += n;
        }
    }

    pub(crate) fn clear_head(&mut self, g: usize) {
        *self.at(self.head, g / BITS) &= !(1 << (g % BITS));
        *self.at(self.used, g / BITS) &= !(1 << (g % BITS));
    }

    /// The first granule at or after `g` that is free, if any.
    pub(crate) fn next_free(&self, g: usize) -> Option<usize> {
        self.next_where(g, |w| !self.taken(w))
    }

    /// The first granule at or after `g` that is taken, or the end.
    pub(crate) fn next_taken(&self, g: usize) -> usize {
        self.next_where(g, |w| self.taken(w)).unwrap_or(self.words * BITS)
    }

    /// The first granule of `from..to` that is taken, or `to`: as [`Planes::next_taken`], but looks no further.
    #[inline]
    pub(crate) fn next_taken_before(&self, from: usize, to: usize) -> usize {
        let mut g = from;
        while g < to {
            let bits = self.taken(g / BITS) >> (g % BITS);
            if bits != 0 {
                return (g + bits.trailing_zeros() as usize).min(to);
            }
            g = (g / BITS + 1) * BITS;
        }
        to
    }

    /// The last granule of `from..to` that is taken, if any.
    pub(crate) fn last_taken_between(&self, from: usize, to: usize) -> Option<usize> {
        let mut end = to;
        while end > from {
            let last = end - 1;
            let bits = self.taken(last / BITS) & (usize::MAX >> (BITS - 1 - last % BITS));
            let first = last / BITS * BITS;
            if bits != 0 {
                let g = first + BITS - 1 - bits.leading_zeros() as usize;
                return (g >= from).then_some(g);
            }
            end = first;
        }
        None
    }

    /// Whether all of `from..to` is free.
    #[inline]
    pub(crate) fn all_free(&self, from: usize, to: usize) -> bool {
        self.next_taken_before(from, to) == to
    }

    /// The end of the block whose head is `g`: the first granule after it that is not a tail.
    pub(crate) fn block_end(&self, g: usize) -> usize {
        self.next_where(g + 1, |w| !self.used(w) | self.heads(w)).unwrap_or(self.words * BITS)
    }

    /// The next head after or at `g`.
    pub(crate) fn next_head(&self, g: usize) -> Option<usize> {
        self.next_where(g, |w| self.heads(w))
    }

    #[inline(always)]
    fn next_where(&self, g: usize, f: impl Fn(usize) -> usize) -> Option<usize> {
        let mut word = g / BITS;
        if word >= self.words {
            return None;
        }
        let mut bits = f(word) & (usize::MAX << (g % BITS));
        loop {
            if bits != 0 {
                return Some(word * BITS + bits.trailing_zeros() as usize);
            }
            word += 1;
            if word == self.words {
                return None;
            }
            bits = f(word);
        }
    }

    #[inline(always)]
    fn prev_where(&self, end: usize, f: impl Fn(usize) -> usize) -> Option<usize> {
        if end == 0 {
            return None;
        }
        let last = end - 1;
        let mut word = last / BITS;
        let mut bits = f(word) & (usize::MAX >> (BITS - 1 - last % BITS));
        loop {
            if bits != 0 {
                return Some(word * BITS + BITS - 1 - bits.leading_zeros() as usize);
            }
            if word == 0 {
                return None;
            }
            word -= 1;
            bits = f(word);
        }
    }

    /// The last free granule before `end`, if any.
    pub(crate) fn prev_free(&self, end: usize) -> Option<usize> {
        self.prev_where(end, |w| !self.taken(w))
    }

    /// The head of the block that holds granule `g`, if `g` is in a block.
    pub(crate) fn head_of(&self, g: usize) -> Option<usize> {
        if !self.is_taken(g) {
            return None;
        }
        self.prev_where(g + 1, |w| self.heads(w))
    }

    /// Frees every unmarked block and clears all marks; returns the number of free granules after it.
    /// `freed(first, bits)` is told which granules of a word became free.
    pub(crate) fn sweep(&mut self, mut freed: impl FnMut(usize, usize)) -> usize {
        // Whether the block that reaches into the next word from below is being freed.
        let mut carry = 0;
        let mut free = 0;
        for word in 0..self.words {
            let heads = self.heads(word);
            let tails = self.used(word) & !heads;
            let dead = heads & !self.marks(word);
            // A run of tails right after a dead head dies with it: adding the run's first bit to the tails
            // carries through exactly that run.
            let starts = ((dead << 1) | carry) & tails;
            let (sum, over) = tails.overflowing_add(starts);
            let dead_tails = tails & !sum;
            // Dead granules may go on in the next word if the last granule here is dead.
            let gone = dead | dead_tails;
            carry = gone >> (BITS - 1);
            debug_assert!(!over || carry == 1);
            *self.at(self.head, word) = heads & !dead;
            *self.at(self.used, word) &= !gone;
            *self.at(self.mark, word) = 0;
            if gone != 0 {
                freed(word * BITS, gone);
            }
            free += self.taken(word).count_zeros() as usize;
        }
        free
    }

    pub(crate) fn count_heads(&self) -> usize {
        (0..self.words).map(|w| self.heads(w).count_ones() as usize).sum()
    }

    pub(crate) fn count_free(&self) -> usize {
        (0..self.words).map(|w| self.taken(w).count_zeros() as usize).sum()
    }
}
