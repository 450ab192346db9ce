//! Interned strings: a number stands for a text, so that names compare by one word.
//!
//! Numbers below `rom::COUNT` are fixed at build time ([`rom`], generated); the others are made while running
//! and live as long as the interpreter. The first of the fixed ones have the numbers that the `.mpy` format
//! gives them.

use core::ptr::NonNull;

use crate::OutOfMemory;
use crate::heap::Heap;
use crate::text::Str;

pub use crate::qstr_table as rom;

/// The number of an interned string.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Qstr(u32);

impl Qstr {
    /// The interned string numbered `i`.
    #[inline(always)]
    pub const fn from_index(i: u32) -> Qstr {
        Qstr(i)
    }

    /// The number.
    #[inline(always)]
    pub const fn index(self) -> u32 {
        self.0
    }

    /// As a Python value.
    #[inline(always)]
    pub const fn value(self) -> crate::Value {
        crate::Value::qstr(self)
    }
}

/// The hash of a text or byte string: FNV-1a, folded so that no result is zero.
pub const fn hash_bytes(bytes: &[u8]) -> u32 {
    let mut h: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < bytes.len() {
        h = (h ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    // 30 bits: a small integer on the chip, too.
    h = (h ^ (h >> 15)) & 0x3fff_ffff;
    if h == 0 { 1 } else { h }
}

const ROM_SLOTS: usize = (rom::COUNT * 2).next_power_of_two();

static ROM_HASHES: [u32; rom::COUNT] = {
    let mut hashes = [0; rom::COUNT];
    let mut i = 0;
    while i < rom::COUNT {
        hashes[i] = hash_bytes(rom::TEXTS[i].as_bytes());
        i += 1;
    }
    hashes
};

static ROM_INDEX: [u16; ROM_SLOTS] = {
    let mut slots = [u16::MAX; ROM_SLOTS];
    // Number 0 is no name; the empty string is number 1.
    let mut i = 1;
    while i < rom::COUNT {
        let mut at = hash_bytes(rom::TEXTS[i].as_bytes()) as usize & (ROM_SLOTS - 1);
        while slots[at] != u16::MAX {
            at = (at + 1) & (ROM_SLOTS - 1);
        }
        slots[at] = i as u16;
        i += 1;
    }
    slots
};

#[derive(Clone, Copy)]
struct Entry {
    text: NonNull<u8>,
    len: u32,
    hash: u32,
}

/// Bytes of text that are allocated together, so that short names do not cost a block each.
const CHUNK: usize = 128 - 2 * size_of::<usize>();

/// The interned strings made while running.
pub struct QstrPool {
    entries: Option<NonNull<Entry>>,
    count: usize,
    cap: usize,
    /// Open-addressed: entry number plus one, or zero. Twice as many slots as entries, a power of two.
    index: Option<NonNull<u32>>,
    chunk: Option<NonNull<u8>>,
    chunk_left: usize,
    bytes: usize,
}

impl Default for QstrPool {
    fn default() -> Self {
        Self::new()
    }
}

impl QstrPool {
    /// A pool with only the fixed strings.
    pub const fn new() -> Self {
        QstrPool { entries: None, count: 0, cap: 0, index: None, chunk: None, chunk_left: 0, bytes: 0 }
    }

    #[inline(always)]
    fn entries(&self) -> &[Entry] {
        match self.entries {
            // SAFETY: count entries are initialised.
            Some(p) => unsafe { core::slice::from_raw_parts(p.as_ptr(), self.count) },
            None => &[],
        }
    }

    fn index(&self) -> &[u32] {
        match self.index {
            // SAFETY: the index always has 2 * cap slots.
            Some(p) => unsafe { core::slice::from_raw_parts(p.as_ptr(), 2 * self.cap) },
            None => &[],
        }
    }

    /// The text of `q`; empty for a number that was never given out.
    #[inline]
    pub fn text(&self, q: Qstr) -> Str {
        let i = q.0 as usize;
        if let Some(s) = rom::TEXTS.get(i) {
            return Str::from_static(s);
        }
        match self.entries().get(i - rom::COUNT) {
            // SAFETY: the text was UTF-8 when it was interned and is never changed or freed.
            Some(e) => unsafe { Str::from_raw(e.text, e.len as usize) },
            None => Str::from_static(""),
        }
    }

    /// The hash of the text of `q`, as [`hash_bytes`] gives it.
    #[inline]
    pub fn hash(&self, q: Qstr) -> u32 {
        let i = q.0 as usize;
        match ROM_HASHES.get(i) {
            Some(h) => *h,
            None => self.entries().get(i - rom::COUNT).map_or(0, |e| e.hash),
        }
    }

    /// The interned string of that text, if there is one.
    pub fn find(&self, text: &str) -> Option<Qstr> {
        self.find_hashed(text, hash_bytes(text.as_bytes()))
    }

    fn find_hashed(&self, text: &str, hash: u32) -> Option<Qstr> {
        let mut at = hash as usize & (ROM_SLOTS - 1);
        loop {
            match ROM_INDEX[at] {
                u16::MAX => break,
                i if rom::TEXTS[i as usize] == text => return Some(Qstr(i as u32)),
                _ => at = (at + 1) & (ROM_SLOTS - 1),
            }
        }
        let index = self.index();
        let mask = index.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = *index.get(at)? as usize;
            let e = self.entries().get(slot.checked_sub(1)?)?;
            if e.hash == hash && self.text(Qstr((rom::COUNT + slot - 1) as u32)).as_str() == text {
                return Some(Qstr((rom::COUNT + slot - 1) as u32));
            }
            at = (at + 1) & mask;
        }
    }

    /// The interned string of that text, made if there is none.
    ///
    /// # Errors
    /// Out of memory; the caller may collect and try again.
    pub fn intern(&mut self, heap: &mut Heap, text: &str) -> Result<Qstr, OutOfMemory> {
        self.intern_with(heap, text, |pool, heap| pool.place(heap, text))
    }

    /// As [`QstrPool::intern`], for a text that stays where it is.
    ///
    /// # Errors
    /// As [`QstrPool::intern`].
    pub fn intern_static(&mut self, heap: &mut Heap, text: &'static str) -> Result<Qstr, OutOfMemory> {
        self.intern_with(heap, text, |_, _| Ok(NonNull::from_ref(text).cast()))
    }

    fn intern_with(
        &mut self,
        heap: &mut Heap,
        text: &str,
        place: impl FnOnce(&mut QstrPool, &mut Heap) -> Result<NonNull<u8>, OutOfMemory>,
    ) -> Result<Qstr, OutOfMemory> {
        let hash = hash_bytes(text.as_bytes());
        if let Some(q) = self.find_hashed(text, hash) {
            return Ok(q);
        }
        if self.count == self.cap {
            self.grow(heap)?;
        }
        let place = place(self, heap)?;
        // SAFETY: count < cap entries; the index has more slots than entries.
        unsafe {
            if let Some(entries) = self.entries {
                entries.add(self.count).write(Entry { text: place, len: text.len() as u32, hash });
            }
            self.count += 1;
            self.link(hash, self.count);
        }
        self.bytes += text.len();
        Ok(Qstr((rom::COUNT + self.count - 1) as u32))
    }

    /// # Safety
    /// The index has a free slot.
    unsafe fn link(&self, hash: u32, slot: usize) {
        let Some(index) = self.index else { return };
        let mask = 2 * self.cap - 1;
        let mut at = hash as usize & mask;
        // SAFETY: at stays below 2 * cap; a free slot ends the loop.
        unsafe {
            while *index.add(at).as_ref() != 0 {
                at = (at + 1) & mask;
            }
            index.add(at).write(slot as u32);
        }
    }

    /// Copies the text to where it stays.
    fn place(&mut self, heap: &mut Heap, text: &str) -> Result<NonNull<u8>, OutOfMemory> {
        let n = text.len();
        if n > self.chunk_left {
            if n >= CHUNK / 2 {
                let p = heap.foreign_alloc(n).ok_or(OutOfMemory(n))?;
                // SAFETY: n fresh bytes.
                unsafe { p.copy_from_nonoverlapping(NonNull::from_ref(text).cast(), n) };
                return Ok(p);
            }
            self.chunk = Some(heap.foreign_alloc(CHUNK).ok_or(OutOfMemory(CHUNK))?);
            self.chunk_left = CHUNK;
        }
        let Some(chunk) = self.chunk else { return Ok(NonNull::dangling()) };
        // SAFETY: chunk_left bytes are left at the chunk's end, at least n.
        unsafe {
            let p = chunk.add(CHUNK - self.chunk_left);
            p.copy_from_nonoverlapping(NonNull::from_ref(text).cast(), n);
            self.chunk_left -= n;
            Ok(p)
        }
    }

    fn grow(&mut self, heap: &mut Heap) -> Result<(), OutOfMemory> {
        let cap = if self.cap == 0 { 16 } else { self.cap * 2 };
        let entry_bytes = cap * size_of::<Entry>();
        let index_bytes = 2 * cap * size_of::<u32>();
        let entries = heap.foreign_alloc(entry_bytes).ok_or(OutOfMemory(entry_bytes))?.cast::<Entry>();
        let Some(index) = heap.foreign_alloc(index_bytes) else {
            // SAFETY: just allocated.
            unsafe { heap.foreign_free(entries.cast()) };
            return Err(OutOfMemory(index_bytes));
        };
        // SAFETY: the new blocks hold cap entries and 2 * cap slots; the old ones are ours alone.
        unsafe {
            index.write_bytes(0, index_bytes);
            if let Some(old) = self.entries {
                entries.copy_from_nonoverlapping(old, self.count);
                heap.foreign_free(old.cast());
            }
            if let Some(old) = self.index {
                heap.foreign_free(old.cast());
            }
            self.entries = Some(entries);
            self.index = Some(index.cast());
            self.cap = cap;
            for i in 0..self.count {
                self.link(entries.add(i).as_ref().hash, i + 1);
            }
        }
        Ok(())
    }

    /// How many strings were interned while running, and how many bytes of text they hold.
    pub fn figures(&self) -> (usize, usize) {
        (self.count, self.bytes)
    }

    /// The next number that will be given out; all below exist.
    pub fn end(&self) -> u32 {
        (rom::COUNT + self.count) as u32
    }
}
