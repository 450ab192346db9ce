//! `bytes`: they follow the body, and never change.

use core::cell::Cell;

use crate::ops::buffer::Buffer;
use crate::{NewTailed, Outcome, Raised, Ref, StrBuf, Tailed, Tracer, Value, Vm, class, q, tailed};

/// A bytes object's body.
pub struct Bytes {
    len: u32,
    /// The hash, or 0 as long as nobody asked.
    hash: Cell<u32>,
}

tailed!(Bytes, u8, |b| b.len as usize);

impl Bytes {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

impl Vm {
    /// A new bytes object.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytes(&mut self, bytes: &[u8]) -> Outcome {
        self.check_text_len(bytes.len())?;
        Ok(self.new_tailed_from(Bytes { len: bytes.len() as u32, hash: Cell::new(0) }, bytes)?.value())
    }

    /// A new bytes object that copies a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytes_from(&mut self, from: &Buffer) -> Outcome {
        let mut buf = StrBuf::new();
        self.push_buffer(&mut buf, from)?;
        self.finish_bytes(buf)
    }

    /// Appends a copy of a buffer.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_buffer<T: Tailed<Elem = u8>>(&mut self, to: &mut StrBuf<T>, from: &Buffer) -> Result<(), Raised> {
        let at = to.len();
        let n = from.bytes(self).len();
        to.push_repeat(self, 0, n)?;
        let bytes = from.bytes(self);
        for (t, b) in to.as_bytes_mut().iter_mut().skip(at).zip(bytes) {
            *t = *b;
        }
        Ok(())
    }

    /// The bytes object that `buf` has become.
    ///
    /// # Errors
    /// Out of memory.
    pub fn finish_bytes(&mut self, buf: StrBuf<Bytes>) -> Outcome {
        let len = buf.len();
        self.check_text_len(len)?;
        Ok(buf.finish(self, Bytes { len: len as u32, hash: Cell::new(0) })?.value())
    }
}

class! {
    /// `bytes`
    pub static BYTES: q!(bytes) for Bytes;
    slots { buffer: buffer }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let b: Ref<Bytes> = v.downcast()?;
    Some(Buffer { typecode: b'B', item: 1, start: 0, len: b.tail_len(), owner: v, writable: false })
}
