//! `bytearray`.

use crate::ops::buffer::Buffer;
use crate::{ByteBuf, NewObject, Outcome, Tracer, Value, Vm, class, q};

/// A bytearray's body.
pub struct ByteArray {
    /// The bytes.
    pub bytes: ByteBuf,
}

impl ByteArray {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.bytes.trace(t);
    }
}

impl Vm {
    /// A new bytearray.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bytearray(&mut self, bytes: &[u8]) -> Outcome {
        let b = self.new_object(ByteArray { bytes: ByteBuf::new() })?;
        b.bytes.reserve_exact(self, bytes.len())?;
        b.bytes.extend_from(self, bytes)?;
        Ok(b.value())
    }
}

class! {
    /// `bytearray`
    pub static BYTEARRAY: q!(bytearray) for ByteArray;
    slots { buffer: buffer }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let b = v.downcast::<ByteArray>()?;
    Some(Buffer { typecode: b'B', item: 1, start: 0, len: b.bytes.len(), owner: v, writable: true })
}
