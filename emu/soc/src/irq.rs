//! Interrupt lines: which device stands behind which of the core's interrupts.
//!
//! Level sources stay up until the device is satisfied; the timers and the watchdog give pulses, which the core
//! latches. Several devices share a line, and DPORT and WDEV say which of them called.
//! Numbers: esp-open-rtos `interrupts.h`, the vendor SDKs' `ets_sys.h`.

/// What can call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Source {
    /// The DMA engine.
    Slc,
    /// The flash controller.
    Spi0,
    /// HSPI.
    Spi1,
    /// I2S.
    I2s,
    /// The real-time clock.
    Rtc,
    /// A pin.
    Gpio,
    /// UART0.
    Uart0,
    /// UART1.
    Uart1,
    /// The Wi-Fi MAC; a paravirtual card uses its line.
    Wdev,
}

const LINE: [u32; 9] = [1, 2, 2, 2, 3, 4, 5, 5, 0];

/// Pulses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// The watchdog's first stage, if EDGE_INT_ENABLE bit 0 lets it through.
    Watchdog,
    /// FRC1, if bit 1 does; as the NMI if the NMI selector says so.
    Frc1,
    /// FRC2, if bit 2 does.
    Frc2,
}

/// The NMI selector's value that means FRC1, as the vendor's SDK writes it.
const NMI_FRC1: u32 = 0x0F;

/// The lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Irq {
    sources: u32,
    levels: u32,
    pulses: u32,
    /// DPORT +0x04: which pulses reach the core.
    pub edge_enable: u32,
    /// DPORT +0x00: what the NMI is.
    pub nmi_select: u32,
    /// How often each line rose.
    pub counts: [u64; 16],
}

impl Irq {
    /// Raises or lowers a source.
    pub fn set(&mut self, source: Source, up: bool) {
        let bit = 1 << source as u32;
        let old = self.levels;
        self.sources = if up { self.sources | bit } else { self.sources & !bit };
        self.levels =
            LINE.iter().enumerate().filter(|(n, _)| self.sources >> n & 1 != 0).fold(0, |l, (_, i)| l | 1 << i);
        self.count(self.levels & !old);
    }

    /// Whether a source is up.
    #[must_use]
    pub fn is_up(&self, source: Source) -> bool {
        self.sources >> source as u32 & 1 != 0
    }

    /// Gives a pulse, if it is let through.
    pub fn pulse(&mut self, pulse: Pulse) {
        let (gate, line) = match pulse {
            Pulse::Watchdog => (0, 8),
            Pulse::Frc1 if self.nmi_select & 0x1F == NMI_FRC1 => (1, 14),
            Pulse::Frc1 => (1, 9),
            Pulse::Frc2 => (2, 10),
        };
        if self.edge_enable >> gate & 1 != 0 {
            self.pulses |= 1 << line;
            self.count(1 << line);
        }
    }

    /// The lines to give to the core, and whether they must be asked for again one cycle later, since a pulse falls.
    pub fn take(&mut self) -> (u32, bool) {
        let pulses = core::mem::take(&mut self.pulses);
        (self.levels | pulses, pulses != 0)
    }

    /// DPORT +0x20: which of the three behind line 2 is up: bit 4 SPI0, 7 SPI1, 9 I2S.
    #[must_use]
    pub fn spi_status(&self) -> u32 {
        u32::from(self.is_up(Source::Spi0)) << 4
            | u32::from(self.is_up(Source::Spi1)) << 7
            | u32::from(self.is_up(Source::I2s)) << 9
    }

    /// 0x3FF20020: which UART is up: bit 0 UART0, 2 UART1.
    #[must_use]
    pub fn uart_status(&self) -> u32 {
        u32::from(self.is_up(Source::Uart0)) | u32::from(self.is_up(Source::Uart1)) << 2
    }

    /// What a reset of the chip does; the counts stay.
    pub fn reset(&mut self) {
        *self = Irq { counts: self.counts, ..Irq::default() };
    }

    fn count(&mut self, rising: u32) {
        for (line, count) in self.counts.iter_mut().enumerate() {
            *count += u64::from(rising >> line & 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shared() {
        let mut irq = Irq::default();
        irq.set(Source::Uart0, true);
        irq.set(Source::Uart1, true);
        irq.set(Source::Uart0, false);
        assert_eq!((irq.take().0, irq.uart_status()), (1 << 5, 4));
        assert_eq!(irq.counts[5], 1);
    }

    #[test]
    fn pulses_are_gated_and_short() {
        let mut irq = Irq::default();
        irq.pulse(Pulse::Frc1);
        assert_eq!(irq.take(), (0, false));
        irq.edge_enable = 2;
        irq.pulse(Pulse::Frc1);
        assert_eq!(irq.take(), (1 << 9, true));
        assert_eq!(irq.take(), (0, false));
        irq.nmi_select = 0x0F;
        irq.pulse(Pulse::Frc1);
        assert_eq!(irq.take().0, 1 << 14);
    }
}
