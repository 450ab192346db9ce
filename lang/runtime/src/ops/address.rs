//! Memory by address, for `uctypes` and `machine.mem*`.
//!
//! Invariant: an address that lies in an object's bytes stands for that object and an offset, checked at each access
//! like an index; the object cannot vanish meanwhile, and bytes of anything else in the heap are out of reach. Other
//! addresses go to the machine's [`krait_hal::AddressSpace`], where there is one; else they are `OSError: EFAULT`.

use krait_memory::{BlockKind, Qstr};

use crate::obj::array::Array;
use crate::obj::array_item::{ITEM_MAX, Item};
use crate::obj::bytearray::ByteArray;
use crate::ops::buffer::Buffer;
use crate::{Gc, Raised, Value, Vm};

/// `EFAULT`: no memory there that a program may touch.
const EFAULT: i32 = 14;

/// A place in memory.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Inside an object's bytes.
    Object {
        /// A `bytes`, `str`, `bytearray` or `array`.
        owner: Value,
        /// Offset; may lie outside, then it cannot be accessed.
        at: usize,
    },
    /// An address of the machine.
    Raw(usize),
}

impl Place {
    /// The place `n` bytes on (wrapping, so that any `isize` works).
    pub fn offset(self, n: usize) -> Place {
        match self {
            Place::Object { owner, at } => Place::Object { owner, at: at.wrapping_add(n) },
            Place::Raw(address) => Place::Raw(address.wrapping_add(n)),
        }
    }

    /// What has to be traced.
    pub fn owner(self) -> Option<Value> {
        match self {
            Place::Object { owner, .. } => Some(owner),
            Place::Raw(_) => None,
        }
    }
}

impl Vm {
    /// The place that an address stands for. Looks through the heap.
    pub fn place_at(&self, address: usize) -> Place {
        let heap = self.heap();
        let owner = match heap.block_at(address) {
            Some(block) if block.kind == BlockKind::Object => heap.object_at(block.start),
            Some(block) => heap.find_object(|v| match (v.downcast::<ByteArray>(), v.downcast::<Array>()) {
                (Some(b), _) => b.bytes.as_ptr().addr() == block.start,
                (None, Some(a)) => a.bytes.as_ptr().addr() == block.start,
                (None, None) => false,
            }),
            None => None,
        };
        owner.and_then(|v| self.inside(v, address)).or_else(|| self.in_names(address)).unwrap_or(Place::Raw(address))
    }

    /// The place in an object's own bytes, if the address lies there.
    fn inside(&self, owner: Value, address: usize) -> Option<Place> {
        let whole = self.buffer_of(owner).filter(|b| b.owner == owner)?;
        let bytes = whole.bytes(self);
        let at = address.wrapping_sub(bytes.as_ptr().addr());
        (at < bytes.len()).then_some(Place::Object { owner, at })
    }

    /// The place in the text of an interned string; a machine whose memory can be read needs no such search.
    fn in_names(&self, address: usize) -> Option<Place> {
        if self.platform().address_space().is_some() {
            return None;
        }
        (1..self.qstrs().end()).find_map(|i| self.inside(Qstr::from_index(i).value(), address))
    }

    /// The place of a buffer's first byte.
    pub fn place_of(&self, b: &Buffer) -> Place {
        Place::Object { owner: b.owner, at: b.start }
    }

    /// The address of a place, as long as its object is not resized.
    pub fn place_address(&self, p: Place) -> usize {
        match p {
            Place::Object { owner, at } => {
                let base = self.buffer_of(owner).map_or(0, |b| b.bytes(self).as_ptr().addr());
                base.wrapping_add(at)
            }
            Place::Raw(address) => address,
        }
    }

    /// `len` bytes at a place as a buffer; `None` if they are not an object's.
    pub fn place_buffer(&self, p: Place, len: usize) -> Option<Buffer> {
        let Place::Object { owner, at } = p else { return None };
        let whole = self.buffer_of(owner).filter(|b| at.checked_add(len).is_some_and(|end| end <= b.len))?;
        Some(Buffer { typecode: b'B', item: 1, start: at, len, owner, writable: whole.writable })
    }

    #[cold]
    fn fault(&mut self) -> Raised {
        self.os_error(EFAULT)
    }

    /// Reads an item's bits.
    ///
    /// # Errors
    /// `OSError: EFAULT`.
    pub fn load_at(&mut self, p: Place, item: Item, big: bool) -> Result<u64, Raised> {
        let got = match p {
            Place::Object { .. } => self.place_buffer(p, item.size).map(|b| item.load(b.bytes(self), big)),
            Place::Raw(address) => self.load_raw(address, item.size, big),
        };
        match got {
            Some(bits) => Ok(bits),
            None => Err(self.fault()),
        }
    }

    /// Writes an item's bits.
    ///
    /// # Errors
    /// `OSError: EFAULT`, also for an object that cannot change.
    pub fn store_at(&mut self, p: Place, item: Item, bits: u64, big: bool) -> Result<(), Raised> {
        let done = match p {
            Place::Object { .. } => match self.place_buffer(p, item.size).filter(|b| b.writable) {
                Some(b) => {
                    item.store(b.bytes_mut(self), bits, big);
                    true
                }
                None => false,
            },
            Place::Raw(address) => self.store_raw(address, item.size, bits, big),
        };
        if done { Ok(()) } else { Err(self.fault()) }
    }

    fn load_raw(&self, address: usize, size: usize, big: bool) -> Option<u64> {
        let space = self.platform().address_space()?;
        let swap = big != cfg!(target_endian = "big");
        if size.is_power_of_two() && address.is_multiple_of(size) {
            let bits = space.load(address, size)?;
            return Some(if swap { bits.swap_bytes() >> (64 - 8 * size.clamp(1, ITEM_MAX)) } else { bits });
        }
        let mut bits = 0;
        for i in 0..size {
            let byte = space.load(address.wrapping_add(i), 1)? & 0xff;
            bits |= byte << (8 * if big { size - 1 - i } else { i });
        }
        Some(bits)
    }

    fn store_raw(&self, address: usize, size: usize, bits: u64, big: bool) -> bool {
        let Some(space) = self.platform().address_space() else { return false };
        let swap = big != cfg!(target_endian = "big");
        if size.is_power_of_two() && address.is_multiple_of(size) {
            let bits = if swap { bits.swap_bytes() >> (64 - 8 * size.clamp(1, ITEM_MAX)) } else { bits };
            return space.store(address, size, bits);
        }
        (0..size).all(|i| {
            let byte = bits >> (8 * if big { size - 1 - i } else { i }) & 0xff;
            space.store(address.wrapping_add(i), 1, byte)
        })
    }
}
