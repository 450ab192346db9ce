//! The machine's memory and registers, by address.

/// Loads and stores that a program asks for by address (`machine.mem32`, `uctypes`).
///
/// An implementation makes each of them one access of exactly that size, since a register may care, and refuses
/// what the machine would trap at: an address that nothing answers to, or one not aligned to the size.
pub trait AddressSpace {
    /// The `size` (1, 2, 4 or 8) bytes at `address` as an integer in the machine's byte order.
    fn load(&self, address: usize, size: usize) -> Option<u64>;
    /// Writes the low `size` bytes of `bits`; false if that is refused.
    fn store(&self, address: usize, size: usize, bits: u64) -> bool;
}
