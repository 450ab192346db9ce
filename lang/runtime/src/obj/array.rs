//! `array.array`.

use crate::ops::buffer::Buffer;
use crate::{ByteBuf, Tracer, Value, Vm, class, q};

/// An array's body.
pub struct Array {
    /// The items, packed.
    pub bytes: ByteBuf,
    /// The typecode.
    pub typecode: u8,
    /// Bytes of an item.
    pub item: u8,
}

impl Array {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.bytes.trace(t);
    }
}

class! {
    /// `array`
    pub static ARRAY: q!(array) for Array;
    slots { buffer: buffer }
}

fn buffer(_: &Vm, v: Value) -> Option<Buffer> {
    let a = v.downcast::<Array>()?;
    let len = a.bytes.len();
    Some(Buffer { typecode: a.typecode, item: a.item as usize, start: 0, len, owner: v, writable: true })
}
