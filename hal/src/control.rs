//! The machine as a whole: its clock, its identity, how it starts over.

/// What programs may ask of the machine.
pub trait Control {
    /// The processor's clock in hertz.
    fn frequency(&self) -> u32;
    /// Sets the clock; false for one that it cannot have.
    fn set_frequency(&self, hertz: u32) -> bool;
    /// Bytes that no other machine has.
    fn unique_id(&self) -> &[u8];
    /// Why the machine started, as `machine.reset_cause` numbers it.
    fn reset_cause(&self) -> u8;
    /// Starts the machine over. It may return, if that takes a moment.
    fn reset(&self);
    /// Holds interrupts back, and returns what [`Control::restore_interrupts`] wants.
    fn disable_interrupts(&self) -> u32;
    /// Puts them back as they were.
    fn restore_interrupts(&self, state: u32);
}
