//! Counts of a run that a benchmark or a budget may want.

use alloc::collections::BTreeMap;
use core::cell::Cell;

/// The most addresses that are told apart.
const MOST: usize = 4096;

/// Counts.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Narrow accesses that trapped (cause 3), by address.
    pub narrow_traps: BTreeMap<u32, u64>,
    /// All of them.
    pub narrow_traps_total: u64,
    /// Words loaded as data from the flash window.
    pub window_loads: Cell<u64>,
    /// Words of the flash window that were fetched to be decoded.
    pub window_fetches: u64,
    /// Accesses to device registers.
    pub register_accesses: u64,
    /// Resets since the start, the first power-on not counted.
    pub resets: u64,
}

impl Stats {
    /// Counts a narrow access that trapped.
    pub fn narrow_trap(&mut self, address: u32) {
        self.narrow_traps_total += 1;
        if self.narrow_traps.len() < MOST || self.narrow_traps.contains_key(&address) {
            *self.narrow_traps.entry(address).or_default() += 1;
        }
    }
}
