//! The ESP8266 around its core: memory, devices, pads, boot, virtual time; and [`Machine`], the whole chip with what is
//! wired to it.
//!
//! A run is a function of the image, the seed and the inputs with their times: the same, instruction for instruction,
//! wherever and however fast it runs. Nothing here reads a clock, a file or the environment, or starts a thread.
//!
//! The surprising fact: nothing is simulated cycle by cycle. Counters are computed when somebody looks, and the core
//! runs at full speed to the next moment at which something happens.
//!
//! Absent from here: the parts of a board (they implement [`Part`] elsewhere), the Wi-Fi radio, SDIO, timing of the
//! pipeline and of the flash cache.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod boot;
mod bus;
mod config;
pub mod device;
pub mod findings;
pub mod flash;
pub mod irq;
mod machine;
pub mod memory;
pub mod pads;
mod part;
mod power;
pub mod rng;
pub mod schedule;
mod soc;
pub mod stats;
mod stop;
pub mod sys;
pub mod time;
pub mod trace;

pub use boot::Mode as BootMode;
pub use boot::image::{Header, ImageError, Segment};
pub use config::{Config, ConfigError};
pub use krait_lx106::Trace as InstructionTrace;
pub use machine::Machine;
pub use part::{Answer, Part, Wires};
pub use soc::Soc;
pub use stop::{Crash, Stop};
