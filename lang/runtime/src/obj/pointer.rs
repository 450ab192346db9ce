//! A pointer of viper code: a place in memory that a number was, or a buffer is.
//!
//! Invariant: only viper code sees it, which knows how wide what it points to is; Python is given its address.

use super::array_item::Item;
use crate::ops::address::Place;
use crate::{NewObject, Outcome, Raised, Tracer, Value, Vm};

/// A pointer's body.
pub struct Pointer(Place);

impl Pointer {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.0.owner());
    }
}

class! {
    /// The type of viper's pointers.
    pub static POINTER: q!(ptr) for Pointer;
}

/// Unsigned items of 1, 2 and 4 bytes, by the binary logarithm of their size.
const ITEMS: [Item; 3] = [Item { code: b'B', size: 1 }, Item { code: b'H', size: 2 }, Item { code: b'I', size: 4 }];

impl Vm {
    /// The pointer that a pointer, a buffer or an address stands for.
    pub(crate) fn pointer_of(&mut self, v: Value) -> Outcome {
        if v.downcast::<Pointer>().is_some() {
            return Ok(v);
        }
        let place = match self.buffer_of(v) {
            Some(b) => self.place_of(&b),
            None => {
                let address = self.word_of(v)?;
                self.place_at(address)
            }
        };
        Ok(self.new_object(Pointer(place))?.value())
    }

    /// The lowest bits of an integer, as many as a word has.
    ///
    /// # Errors
    /// `TypeError`: it is none.
    pub(crate) fn word_of(&mut self, v: Value) -> Result<usize, Raised> {
        match v.as_small_int() {
            Some(n) => Ok(n as usize),
            None => Ok(Item { code: b'Q', size: 8 }.bits(self, v, false)? as usize),
        }
    }

    /// The address that a pointer is; a number stays one.
    pub(crate) fn pointer_address(&mut self, v: Value) -> Outcome {
        match v.downcast::<Pointer>() {
            Some(p) => {
                let address = self.place_address(p.0);
                self.new_int(address)
            }
            None => Ok(v),
        }
    }

    fn pointed(&mut self, pointer: Value, index: Value, width: usize) -> Result<(Place, Item), Raised> {
        let (Some(p), Some(item)) = (pointer.downcast::<Pointer>(), ITEMS.get(width)) else {
            return Err(self.type_error(format_args!("not a pointer")));
        };
        let index = self.word_of(index)?;
        Ok((p.0.offset(index.wrapping_mul(item.size)), *item))
    }

    /// What a pointer points to, so many items on.
    pub(crate) fn load_pointed(&mut self, pointer: Value, index: Value, width: usize) -> Outcome {
        let (place, item) = self.pointed(pointer, index, width)?;
        let bits = self.load_at(place, item, cfg!(target_endian = "big"))?;
        // As a register holds it: on a 32-bit machine a word may be negative.
        self.new_int(bits as isize)
    }

    /// Stores a number's lowest bits where a pointer points, so many items on.
    pub(crate) fn store_pointed(&mut self, pointer: Value, index: Value, width: usize, v: Value) -> Result<(), Raised> {
        let (place, item) = self.pointed(pointer, index, width)?;
        let bits = self.word_of(v)?;
        self.store_at(place, item, bits as u64, cfg!(target_endian = "big"))
    }
}
