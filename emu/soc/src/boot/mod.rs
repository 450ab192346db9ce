//! What the mask ROM does after a reset, done from outside: strapping, messages, loading from flash, the serial loader.
//!
//! Facts: the ROM's disassembly (flow, messages, state handed over), esptool's documents (image format, serial protocol),
//! logs of real chips (what "tail", "room" and "ho" count).

pub(crate) mod download;
pub(crate) mod image;
mod loader;
mod rom;
mod slip;

/// How the chip starts, as the strapping pins tell it: GPIO15, GPIO0, GPIO2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// From flash.
    Flash,
    /// Over UART0.
    Download,
    /// Jumps to instruction RAM.
    Ram,
    /// Waits for an SDIO host, which does not exist here; or a combination without meaning.
    Nothing,
}

impl Mode {
    /// What the three strapping bits mean (bit 0 GPIO2, 1 GPIO0, 2 GPIO15).
    #[must_use]
    pub fn of(strap: u32) -> Self {
        match strap & 7 {
            3 => Mode::Flash,
            1 => Mode::Download,
            2 => Mode::Ram,
            _ => Mode::Nothing,
        }
    }
}
