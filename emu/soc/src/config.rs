//! What a machine is made of, and which ones cannot be.

use alloc::vec::Vec;

use crate::memory::ROM_BYTES;

/// What a machine is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// Bytes of flash: a power of two from 512 KB to 16 MB.
    pub flash_size: usize,
    /// What all that is random comes from.
    pub seed: u64,
    /// The address in the fuses.
    pub mac: [u8; 6],
    /// A dump of the mask ROM, 64 KB.
    pub rom: Option<Vec<u8>>,
    /// Whether every access is checked; costs speed.
    pub strict: bool,
    /// The stack may not go below this, in strict mode.
    pub stack_limit: Option<u32>,
    /// CPU cycles for an instruction.
    pub cycles_per_instruction: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            flash_size: 4 << 20,
            seed: 0,
            mac: [0x5C, 0xCF, 0x7F, 0x4B, 0x52, 0x54],
            rom: None,
            strict: false,
            stack_limit: None,
            cycles_per_instruction: 1,
        }
    }
}

/// Why there is no such machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigError {
    /// The flash's size is none that a chip has.
    FlashSize(usize),
    /// The ROM's dump is not 64 KB.
    RomSize(usize),
}

impl core::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            ConfigError::FlashSize(n) => write!(f, "{n} bytes of flash: must be a power of two from 512 KB to 16 MB"),
            ConfigError::RomSize(n) => write!(f, "the ROM has {n} bytes: must be {ROM_BYTES}"),
        }
    }
}

impl core::error::Error for ConfigError {}
