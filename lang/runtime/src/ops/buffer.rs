//! The buffer protocol: bytes inside an object, found anew at each use.
//!
//! Invariant: a [`Buffer`] holds the object, never its address, so a bytearray that is resized meanwhile can
//! shorten what is seen but not lead anywhere else.

use crate::obj::array::Array;
use crate::obj::array_item::Item;
use crate::obj::bytearray::ByteArray;
use crate::obj::bytes::Bytes;
use crate::obj::static_bytes::StaticBytes;
use crate::{ByteBuf, Gc, Raised, Ref, Value, Vm};

/// Bytes inside an object.
#[derive(Clone, Copy)]
pub struct Buffer {
    /// The array typecode (`b'B'` for plain bytes).
    pub typecode: u8,
    /// Bytes of an item.
    pub item: usize,
    /// First byte, counted from the start of the owner's bytes.
    pub start: usize,
    /// Number of bytes.
    pub len: usize,
    /// The object that holds the bytes: a `bytes`, `str`, `bytearray` or `array`.
    pub owner: Value,
    /// Whether they may be changed.
    pub writable: bool,
}

/// An owner whose bytes can change.
enum Growable {
    ByteArray(Ref<ByteArray>),
    Array(Ref<Array>),
}

impl Growable {
    fn of(owner: Value) -> Option<Growable> {
        match owner.downcast::<ByteArray>() {
            Some(b) => Some(Growable::ByteArray(b)),
            None => owner.downcast::<Array>().map(Growable::Array),
        }
    }

    fn bytes(&self) -> &ByteBuf {
        match self {
            Growable::ByteArray(b) => &b.bytes,
            Growable::Array(a) => &a.bytes,
        }
    }
}

impl Buffer {
    /// What an item is.
    pub fn kind(&self) -> Item {
        Item { code: self.typecode, size: self.item.max(1) }
    }

    /// The bytes, while nothing can change or move them.
    pub fn bytes<'a>(&self, vm: &'a Vm) -> &'a [u8] {
        let heap = vm.heap();
        let all: &[u8] = if let Some(b) = self.owner.downcast::<ByteArray>() {
            b.get(heap).bytes.as_slice(heap)
        } else if let Some(a) = self.owner.downcast::<Array>() {
            a.get(heap).bytes.as_slice(heap)
        } else if let Some(b) = self.owner.downcast::<Bytes>() {
            b.tail_in(heap)
        } else if let Some(b) = self.owner.downcast::<StaticBytes>() {
            b.0
        } else if let Some(s) = vm.as_str(self.owner) {
            s.get(heap).as_bytes()
        } else {
            &[]
        };
        let end = self.start.saturating_add(self.len).min(all.len());
        all.get(self.start.min(end)..end).unwrap_or(&[])
    }

    /// The bytes, to change them; empty if they may not be.
    pub fn bytes_mut<'a>(&self, vm: &'a mut Vm) -> &'a mut [u8] {
        if !self.writable {
            return &mut [];
        }
        let (start, len) = (self.start, self.len);
        let heap = vm.heap_mut();
        let all = if let Some(b) = self.owner.downcast::<ByteArray>() {
            b.bytes_mut(|b| &b.bytes, heap)
        } else if let Some(a) = self.owner.downcast::<Array>() {
            a.bytes_mut(|a| &a.bytes, heap)
        } else {
            return &mut [];
        };
        let end = start.saturating_add(len).min(all.len());
        all.get_mut(start.min(end)..end).unwrap_or(&mut [])
    }
}

impl Vm {
    /// Copies bytes from one buffer to another, as many as both have. They may overlap.
    pub fn copy_buffer(&mut self, to: &Buffer, from: &Buffer) {
        let n = to.len.min(from.len);
        match (Growable::of(to.owner), Growable::of(from.owner)) {
            (Some(target), Some(source)) if to.writable => {
                target.bytes().copy_from(to.start, source.bytes(), from.start, n, self.heap_mut());
            }
            _ => {
                // What cannot change cannot overlap either.
                if let Some(source) = from.owner.downcast::<Bytes>() {
                    fill(to.bytes_mut(self), source.tail().get(from.start..), n);
                } else if let Some(source) = from.owner.downcast::<StaticBytes>() {
                    fill(to.bytes_mut(self), source.0.get(from.start..), n);
                } else if let Some(text) = self.as_str(from.owner) {
                    fill(to.bytes_mut(self), text.as_bytes().get(from.start..), n);
                }
            }
        }
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// `TypeError: object with buffer protocol required`, also if they are to be changed and may not be.
    pub fn need_buffer(&mut self, v: Value, writable: bool) -> Result<Buffer, Raised> {
        match self.buffer_of(v) {
            Some(b) if b.writable || !writable => Ok(b),
            _ => Err(self.type_error(format_args!("object with buffer protocol required"))),
        }
    }

    /// The bytes of an object, if it has any.
    pub fn buffer_of(&self, v: Value) -> Option<Buffer> {
        let v = self.native_part(v);
        if let Some(s) = self.as_str(v) {
            return Some(Buffer { typecode: b'B', item: 1, start: 0, len: s.len(), owner: v, writable: false });
        }
        self.type_of(v).slots.buffer.and_then(|f| f(self, v))
    }
}

fn fill(to: &mut [u8], from: Option<&[u8]>, n: usize) {
    to.iter_mut().zip(from.unwrap_or_default()).take(n).for_each(|(t, b)| *t = *b);
}
