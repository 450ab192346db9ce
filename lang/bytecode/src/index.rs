//! An open-addressing index from hash to position in some other table.
//!
//! It stores positions only: the owner supplies hash and equality, so that entries live once, in
//! the owner's table. Short tables are searched without it; see [`Index::THRESHOLD`].

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::unit::OutOfMemory;

/// A free place. Positions therefore stay below `u32::MAX`.
const FREE: u32 = u32::MAX;

pub(crate) struct Index<A: Allocator> {
    places: Vec<u32, A>,
}

/// A byte-wise multiplicative hash; `seed` continues an earlier one.
pub(crate) fn hash_bytes(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed ^ 0x811c_9dc5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

impl<A: Allocator> Index<A> {
    /// Tables up to this length are searched from front to back instead.
    pub(crate) const THRESHOLD: usize = 8;

    pub(crate) const fn new_in(allocator: A) -> Self {
        Index { places: Vec::new_in(allocator) }
    }

    /// The position whose entry `is` accepts, among those stored under `hash`.
    pub(crate) fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        self.places_of(hash).take_while(|p| *p != FREE).find(|p| is(*p))
    }

    fn places_of(&self, hash: u32) -> impl Iterator<Item = u32> + '_ {
        let n = self.places.len();
        (0..n).filter_map(move |step| self.places.get((spread(hash) as usize).wrapping_add(step) & (n - 1)).copied())
    }

    /// Makes the index cover positions `0..len + 1` of a table about to grow from `len`.
    ///
    /// `hash_of` is asked for the hash of every position already in the table when the index is
    /// rebuilt, which happens each time the table doubles.
    pub(crate) fn reserve(&mut self, len: usize, mut hash_of: impl FnMut(u32) -> u32) -> Result<(), OutOfMemory> {
        let wanted = if len < Self::THRESHOLD {
            return Ok(());
        } else {
            ((len + 1).checked_mul(4).ok_or(OutOfMemory)? / 3 + 1).checked_next_power_of_two().ok_or(OutOfMemory)?
        };
        if wanted <= self.places.len() || len >= FREE as usize {
            return if len >= FREE as usize { Err(OutOfMemory) } else { Ok(()) };
        }
        let grow = wanted - self.places.len();
        self.places.try_reserve_exact(grow).map_err(|_| OutOfMemory)?;
        self.places.clear();
        self.places.resize(wanted, FREE);
        for position in 0..len as u32 {
            self.place(hash_of(position), position);
        }
        Ok(())
    }

    /// Records `position` under `hash`; needs a preceding [`Index::reserve`].
    pub(crate) fn insert(&mut self, hash: u32, position: u32) {
        if !self.places.is_empty() {
            self.place(hash, position);
        }
    }

    fn place(&mut self, hash: u32, position: u32) {
        let n = self.places.len();
        for step in 0..n {
            let at = (spread(hash) as usize).wrapping_add(step) & (n - 1);
            if let Some(place) = self.places.get_mut(at)
                && *place == FREE
            {
                *place = position;
                return;
            }
        }
    }

    /// Whether the index is in use; while it is not, the owner searches its table itself.
    pub(crate) fn is_active(&self) -> bool {
        !self.places.is_empty()
    }
}

/// The low bits decide the place, so let the high ones take part.
fn spread(hash: u32) -> u32 {
    hash ^ (hash >> 15)
}
