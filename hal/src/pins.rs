//! Pins: one-bit inputs and outputs.

/// How a pin is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinMode {
    /// It is not driven.
    Input,
    /// It is driven high and low.
    Output,
    /// It is driven low, or not at all.
    OpenDrain,
}

/// Why a pin cannot be what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinFault {
    /// There is no such pin, or it is needed by the machine itself.
    NoSuchPin,
    /// The pin has no such pull resistor.
    NoPull,
    /// The pin cannot do that.
    Unsupported,
}

/// The pins of a machine, by number.
pub trait Pins {
    /// Whether programs may use the pin.
    fn exists(&self, pin: u8) -> bool;
    /// Sets mode (`None`: as it is) and pull-up.
    ///
    /// # Errors
    /// See [`PinFault`].
    fn configure(&self, pin: u8, mode: Option<PinMode>, pull_up: Option<bool>) -> Result<(), PinFault>;
    /// What the pin is driven to, once it is an output; an open drain that is high is not driven.
    fn write(&self, pin: u8, high: bool);
    /// The level at the pin.
    fn read(&self, pin: u8) -> bool;
    /// What was written last.
    fn written(&self, pin: u8) -> bool;
    /// Sends bits, most significant first, each as a pulse: nanoseconds high and low for a zero, then for a one.
    /// The clock's accuracy is the machine's; nothing may interrupt.
    ///
    /// # Errors
    /// [`PinFault::Unsupported`] if the pin is too slow for that.
    fn pulses(&self, pin: u8, ns: [u32; 4], bytes: &[u8]) -> Result<(), PinFault>;
}
