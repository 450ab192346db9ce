//! `machine`: pins, and the buses and pulses that need nothing but pins.
//!
//! What needs hardware of a certain kind (timers, converters, serial ports) a chip adds. Everything here takes as a
//! pin a `Pin`, or any object with a method `value`, so that drivers can be tried without a board.

mod bitstream;
mod control;
mod i2c;
mod i2c_bus;
mod line;
mod memory;
pub mod onewire;
mod pin;
mod pulse;
mod signal;
mod spi;

use krait_runtime::module;

pub use i2c::SOFT_I2C;
pub use pin::{PIN, PIN_BASE};
pub use signal::SIGNAL;
pub use spi::SOFT_SPI;

use bitstream::bitstream;
use control::{disable_irq, enable_irq, freq, idle, reset, reset_cause, soft_reset, unique_id};
use memory::{MEM8, MEM16, MEM32};
use pulse::{dht_readinto, time_pulse_us};

module! {
    /// `machine` of a system without pins of its own.
    pub static MACHINE_HOSTED: q!(machine);
    q!(mem8) => obj(&MEM8),
    q!(mem16) => obj(&MEM16),
    q!(mem32) => obj(&MEM32),
    q!(idle) => f0(idle),
    q!(soft_reset) => f0(soft_reset),
    q!(time_pulse_us) => var(2, 3, time_pulse_us),
    q!(dht_readinto) => f2(dht_readinto),
    q!(bitstream) => var(4, 4, bitstream),
    q!(PinBase) => ty(&PIN_BASE),
    q!(Signal) => ty(&SIGNAL),
    q!(SoftI2C) => ty(&SOFT_I2C),
    q!(SoftSPI) => ty(&SOFT_SPI),
}

module! {
    /// `machine` of a board, without what is peculiar to its chip.
    pub static MACHINE_BOARD: q!(machine);
    q!(mem8) => obj(&MEM8),
    q!(mem16) => obj(&MEM16),
    q!(mem32) => obj(&MEM32),
    q!(idle) => f0(idle),
    q!(soft_reset) => f0(soft_reset),
    q!(time_pulse_us) => var(2, 3, time_pulse_us),
    q!(dht_readinto) => f2(dht_readinto),
    q!(bitstream) => var(4, 4, bitstream),
    q!(PinBase) => ty(&PIN_BASE),
    q!(Signal) => ty(&SIGNAL),
    q!(SoftI2C) => ty(&SOFT_I2C),
    q!(SoftSPI) => ty(&SOFT_SPI),
    q!(Pin) => ty(&PIN),
    q!(I2C) => ty(&SOFT_I2C),
    q!(freq) => var(0, 1, freq),
    q!(unique_id) => f0(unique_id),
    q!(reset) => f0(reset),
    q!(reset_cause) => f0(reset_cause),
    q!(disable_irq) => f0(disable_irq),
    q!(enable_irq) => f1(enable_irq),
}
