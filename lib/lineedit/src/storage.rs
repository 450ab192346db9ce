//! Text storage: bytes lent by the caller, which may or may not grow.
//!
//! Invariant of [`TextBuf`]: `len <= storage.bytes().len()`; a refused growth
//! leaves the text as it was.

use core::ops::Range;

/// Memory that may refuse to grow. All of `bytes()` is usable.
pub trait Storage {
    /// The bytes held at present.
    fn bytes(&self) -> &[u8];
    /// The same, to write to.
    fn bytes_mut(&mut self) -> &mut [u8];
    /// Makes `bytes()` at least `need` bytes long, keeping its contents. Returns
    /// false, with nothing changed, if that cannot be had.
    fn grow(&mut self, need: usize) -> bool;
}

impl<const N: usize> Storage for [u8; N] {
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    fn grow(&mut self, need: usize) -> bool {
        need <= N
    }
}

impl Storage for &mut [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    fn grow(&mut self, need: usize) -> bool {
        need <= self.len()
    }
}

/// Grows by doubling, fallibly. The caller who wants a ceiling wraps it.
#[cfg(feature = "alloc")]
impl Storage for alloc::vec::Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    fn grow(&mut self, need: usize) -> bool {
        let have = self.len();
        if need <= have {
            return true;
        }
        let want = need.max(have.saturating_mul(2)).max(64);
        for size in [want, need] {
            if self.try_reserve_exact(size - have).is_ok() {
                self.resize(size, 0);
                return true;
            }
        }
        false
    }
}

/// The storage refused to grow; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Bytes with a length, over a [`Storage`]. Offsets past the end are taken as
/// the end.
#[derive(Debug)]
pub struct TextBuf<S> {
    storage: S,
    len: usize,
}

impl<S: Storage> TextBuf<S> {
    /// An empty text over `storage`.
    pub const fn new(storage: S) -> Self {
        TextBuf { storage, len: 0 }
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.storage.bytes().get(..self.len).unwrap_or(&[])
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets the text; the storage is kept.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Puts `new` in place of the bytes of `range`.
    pub fn splice(&mut self, range: Range<usize>, new: &[u8]) -> Result<(), Full> {
        let start = range.start.min(self.len);
        let end = range.end.clamp(start, self.len);
        let after = start.checked_add(new.len()).ok_or(Full)?;
        let total = after.checked_add(self.len - end).ok_or(Full)?;
        if total > self.storage.bytes().len() && !self.storage.grow(total) {
            return Err(Full);
        }
        let bytes = self.storage.bytes_mut();
        if total > bytes.len() {
            return Err(Full); // a Storage that promised more than it gave
        }
        bytes.copy_within(end..self.len, after);
        if let Some(hole) = bytes.get_mut(start..after) {
            hole.copy_from_slice(new);
        }
        self.len = total;
        Ok(())
    }

    /// Adds `new` at the end.
    pub fn push(&mut self, new: &[u8]) -> Result<(), Full> {
        self.splice(self.len..self.len, new)
    }

    /// Takes the bytes of `range` away.
    pub fn remove(&mut self, range: Range<usize>) {
        // Shrinking never asks the storage for more.
        let _ = self.splice(range, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splices_and_refuses() {
        let mut t = TextBuf::new([0u8; 8]);
        assert_eq!(t.push(b"hello"), Ok(()));
        assert_eq!(t.splice(1..3, b"EL"), Ok(()));
        assert_eq!(t.as_bytes(), b"hELlo");
        assert_eq!(t.splice(0..0, b"1234"), Err(Full));
        assert_eq!(t.as_bytes(), b"hELlo");
        assert_eq!(t.splice(5..99, b"xyz"), Ok(()));
        assert_eq!(t.as_bytes(), b"hELloxyz");
        t.remove(0..5);
        assert_eq!(t.as_bytes(), b"xyz");
        t.remove(7..9);
        assert_eq!(t.as_bytes(), b"xyz");
    }

    #[cfg(feature = "alloc")]
    #[test]
    fn vec_grows() {
        let mut t = TextBuf::new(alloc::vec::Vec::new());
        for _ in 0..1000 {
            assert_eq!(t.push(b"abc"), Ok(()));
        }
        assert_eq!(t.len(), 3000);
    }
}
