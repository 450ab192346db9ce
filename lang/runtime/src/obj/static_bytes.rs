//! Bytes in the machine's memory that never change: a ROM file system, or flash that is mapped.
//!
//! They are seen through the buffer protocol (`memoryview`), and nothing is copied.

use crate::ops::buffer::Buffer;
use crate::{NewObject, Outcome, Tracer, Value, Vm};

/// The body.
pub struct StaticBytes(pub(crate) &'static [u8]);

impl StaticBytes {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// What a `memoryview` of such bytes looks at; Python never sees it.
    pub static STATIC_BYTES: q!(bytes) for StaticBytes;
    slots { buffer: buffer }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    v.downcast::<StaticBytes>().map(|b| StaticBytes::window(v, b.0.len()))
}

impl StaticBytes {
    fn window(owner: Value, len: usize) -> Buffer {
        Buffer { typecode: b'B', item: 1, start: 0, len, owner, writable: false }
    }
}

impl Vm {
    /// A `memoryview` of bytes that are there for ever.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_static_view(&mut self, bytes: &'static [u8]) -> Outcome {
        let owner = self.new_object(StaticBytes(bytes))?.value();
        self.new_memoryview(&StaticBytes::window(owner, bytes.len()))
    }
}
