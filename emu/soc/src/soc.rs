//! [`Soc`]: all devices on one bus, and the order in which things happen.
//!
//! A register access happens at its exact time; what it changes at the pads is settled (pins' interrupts, parts and
//! what they answer) before the access returns. Events that are due are handled in [`Soc::attend_at`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::device::Device;
use crate::device::adc::Adc;
use crate::device::dport::Dport;
use crate::device::frc::Timers;
use crate::device::gpio::Gpio;
use crate::device::i2s::I2s;
use crate::device::io_mux::IoMux;
use crate::device::other::{Other, WDEV, WDEV_BYTES};
use crate::device::regi2c::RegI2c;
use crate::device::rtc::Rtc;
use crate::device::slc::Slc;
use crate::device::spi::flash::FlashController;
use crate::device::spi::hspi::Hspi;
use crate::device::uart::Uart;
use crate::device::watchdog::Watchdog;
use crate::findings::Kind;
use crate::pads::{Change, Signal};
use crate::part::{Answer, Part, Wires};
use crate::schedule::{Due, Event};
use crate::sys::{ResetCause, Sleep, Sys};
use crate::time::{CpuTime, Ticks};

/// How often pads may change at one moment before the circuit is taken for an oscillator and left alone.
const SETTLE_MAX: u32 = 100_000;

/// The chip without its core.
#[derive(Clone)]
pub struct Soc {
    /// What devices share.
    pub sys: Sys,
    /// UART0 and UART1.
    pub uarts: [Uart; 2],
    pub(crate) flash_controller: FlashController,
    pub(crate) hspi: Hspi,
    pub(crate) gpio: Gpio,
    pub(crate) io_mux: IoMux,
    pub(crate) timers: Timers,
    pub(crate) rtc: Rtc,
    pub(crate) watchdog: Watchdog,
    pub(crate) adc: Adc,
    pub(crate) regi2c: RegI2c,
    pub(crate) i2s: I2s,
    pub(crate) slc: Slc,
    pub(crate) dport: Dport,
    pub(crate) other: Other,
    pub(crate) parts: Vec<Option<Box<dyn Part>>>,
    pub(crate) time: CpuTime,
    /// Every access is checked: the fast half of the bus declines.
    pub(crate) checked: bool,
    /// Words of data RAM that were written, by bit, if that is watched.
    pub(crate) written: Vec<u32>,
}

/// A block of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    Dport,
    Uart(usize),
    Hspi,
    Flash,
    Gpio,
    Timers,
    Rtc,
    IoMux,
    Watchdog,
    Slc,
    RegI2c,
    Adc,
    I2s,
    Other,
}

/// The block at an address, and the offset in it.
pub(crate) fn block(address: u32) -> Option<(Block, u32)> {
    let found = match address {
        0x3FF0_0000..0x3FF0_0060 => (Block::Dport, 0x3FF0_0000),
        WDEV..0x3FF2_2000 => (Block::Other, WDEV),
        0x6000_0000..0x6000_0100 => (Block::Uart(0), 0x6000_0000),
        0x6000_0100..0x6000_0200 => (Block::Hspi, 0x6000_0100),
        0x6000_0200..0x6000_0300 => (Block::Flash, 0x6000_0200),
        0x6000_0300..0x6000_0380 => (Block::Gpio, 0x6000_0300),
        0x6000_0600..0x6000_0640 => (Block::Timers, 0x6000_0600),
        0x6000_0700..0x6000_0800 => (Block::Rtc, 0x6000_0700),
        0x6000_0800..0x6000_0844 => (Block::IoMux, 0x6000_0800),
        0x6000_0900..0x6000_0920 => (Block::Watchdog, 0x6000_0900),
        0x6000_0B00..0x6000_0B80 => (Block::Slc, 0x6000_0B00),
        0x6000_0D00..0x6000_0D40 => (Block::RegI2c, 0x6000_0D00),
        0x6000_0D40..0x6000_0E00 => (Block::Adc, 0x6000_0D40),
        0x6000_0E00..0x6000_0E40 => (Block::I2s, 0x6000_0E00),
        0x6000_0F00..0x6000_1000 => (Block::Uart(1), 0x6000_0F00),
        0x6000_0000..0x6000_1000 | 0x6000_1400..0x6001_0000 => (Block::Other, 0x6000_0000),
        _ => return None,
    };
    Some((found.0, address - found.1))
}

const _: () = assert!(WDEV + WDEV_BYTES == 0x3FF2_2000);

impl Soc {
    /// A chip with power just applied, and nothing wired to it.
    pub(crate) fn new(sys: Sys, mac: [u8; 6]) -> Self {
        let per_cycle = sys.clocks.cpu();
        let now = sys.now;
        let mut soc = Soc {
            sys,
            uarts: [Uart::new(0), Uart::new(1)],
            flash_controller: FlashController::new(),
            hspi: Hspi::new(),
            gpio: Gpio::new(),
            io_mux: IoMux::new(),
            timers: Timers::new(),
            rtc: Rtc::new(),
            watchdog: Watchdog::new(),
            adc: Adc::new(),
            regi2c: RegI2c::new(),
            i2s: I2s::new(),
            slc: Slc::new(),
            dport: Dport::new(mac),
            other: Other::new(),
            parts: Vec::new(),
            time: CpuTime::new(now, 0, per_cycle),
            checked: false,
            written: Vec::new(),
        };
        soc.reset_devices(ResetCause::PowerOn);
        soc
    }

    /// The level of time at a cycle of the CPU.
    pub(crate) fn set_cycle(&mut self, cycles: u64) {
        self.sys.now = self.sys.now.max(self.time.ticks(cycles));
    }

    fn device(&mut self, block: Block) -> Option<(&mut dyn Device, &mut Sys)> {
        let device: &mut dyn Device = match block {
            Block::Dport => &mut self.dport,
            Block::Uart(0) => &mut self.uarts[0],
            Block::Uart(_) => &mut self.uarts[1],
            Block::Hspi => &mut self.hspi,
            Block::Flash => &mut self.flash_controller,
            Block::Gpio => &mut self.gpio,
            Block::Timers => &mut self.timers,
            Block::Rtc => &mut self.rtc,
            Block::IoMux => &mut self.io_mux,
            Block::Watchdog => &mut self.watchdog,
            Block::Slc => &mut self.slc,
            Block::RegI2c => &mut self.regi2c,
            Block::Adc => &mut self.adc,
            Block::I2s => &mut self.i2s,
            Block::Other => return None,
        };
        Some((device, &mut self.sys))
    }

    /// Reads a whole register.
    pub(crate) fn read_register(&mut self, address: u32) -> Option<u32> {
        let (block, offset) = block(address & !3)?;
        self.sys.stats.register_accesses += 1;
        let value = match self.device(block) {
            Some((device, sys)) => {
                if !device.knows(offset) {
                    sys.find(Kind::UnknownRegister, address);
                }
                device.read(offset, sys)
            }
            None => self.other.read(address & !3, &mut self.sys),
        };
        self.sys.trace.mix(u64::from(address), u64::from(value) ^ self.sys.now << 8);
        self.settle();
        Some(value)
    }

    /// Writes a whole register; false if there is none at the address.
    pub(crate) fn write_register(&mut self, address: u32, value: u32, cycles: u64) -> bool {
        let Some((block, offset)) = block(address & !3) else { return false };
        self.sys.stats.register_accesses += 1;
        self.sys.trace.mix(u64::from(address) | 1 << 32, u64::from(value) ^ self.sys.now << 8);
        let clocks = self.sys.clocks;
        if matches!(block, Block::Dport | Block::RegI2c) {
            self.timers.rebase(&self.sys);
        }
        match self.device(block) {
            Some((device, sys)) => {
                if !device.knows(offset) {
                    sys.find(Kind::UnknownRegister, address);
                }
                device.write(offset, value, sys);
            }
            None => {
                if !self.other.knows(address & !3) && self.checked {
                    self.sys.find(Kind::UnknownRegister, address);
                }
                self.other.write(address & !3, value);
            }
        }
        if block == Block::Dport && offset == 0x28 {
            self.io_mux.set_swap(self.dport.swap(), &mut self.sys);
        }
        if self.sys.clocks != clocks {
            self.clocks_changed(cycles);
        }
        self.settle();
        true
    }

    /// The CPU's frequency is another from this cycle on.
    pub(crate) fn clocks_changed(&mut self, cycles: u64) {
        self.time = CpuTime::new(self.sys.now, cycles, self.sys.clocks.cpu());
        self.timers.plan(&mut self.sys);
    }

    /// Lets changes of pads have their effects: pins' interrupts, parts, and what these change in turn.
    pub(crate) fn settle(&mut self) {
        let mut rounds = 0;
        while let Some(change) = self.sys.pads.take_change() {
            rounds += 1;
            if rounds > SETTLE_MAX {
                break;
            }
            if let Change::Level(level) = change.what {
                self.sys.trace.mix(0x9AD0 | u64::from(change.pad), u64::from(level) ^ change.time << 1);
                if change.pad < 16 {
                    self.gpio.edge(change.pad.into(), level, &mut self.sys);
                }
            }
            let watchers = core::mem::take(&mut self.sys.watchers[usize::from(change.pad)]);
            for part in &watchers {
                self.with_part(*part, |p, wires| p.change(change, wires));
            }
            // A part may have begun to watch in the meantime.
            let new = core::mem::replace(&mut self.sys.watchers[usize::from(change.pad)], watchers);
            for part in new {
                self.sys.watch(part, change.pad.into());
            }
        }
        let contention = core::mem::take(&mut self.sys.pads.contention);
        if contention != 0 {
            for pad in (0..17).filter(|pad| contention >> pad & 1 != 0) {
                self.sys.find(Kind::PinContention, pad);
            }
        }
        if self.sys.sleep == Sleep::Light && self.rtc.wakes_by_pin() && self.gpio.wakes(&self.sys) {
            self.rtc.wake(false, &mut self.sys);
        }
    }

    pub(crate) fn with_part<T>(
        &mut self,
        at: usize,
        run: impl FnOnce(&mut dyn Part, &mut Wires<'_>) -> T,
    ) -> Option<T> {
        let mut part = self.parts.get_mut(at)?.take()?;
        let answer = run(part.as_mut(), &mut Wires { sys: &mut self.sys, part: at });
        if let Some(slot) = self.parts.get_mut(at) {
            *slot = Some(part);
        }
        Some(answer)
    }

    /// Wires a part; its number.
    pub(crate) fn add_part(&mut self, part: Box<dyn Part>) -> usize {
        let at = self.parts.len();
        self.parts.push(Some(part));
        self.with_part(at, |p, wires| p.attach(wires));
        self.settle();
        at
    }

    /// Gives a part a command.
    pub(crate) fn command(&mut self, at: usize, words: &[&str]) -> Option<Result<Answer, alloc::string::String>> {
        let answer = self.with_part(at, |p, wires| p.command(words, wires));
        self.settle();
        answer
    }

    /// Handles everything that is due up to now.
    pub(crate) fn run_events(&mut self, now: Ticks) {
        while let Some((when, due)) = self.sys.schedule.pop(now) {
            self.sys.now = when;
            match due {
                Due::Device(event) => self.handle(event),
                Due::Part(part, tag) => {
                    self.with_part(part, |p, wires| p.timer(tag, wires));
                }
            }
            self.settle();
            if self.sys.reset.is_some() {
                break;
            }
        }
        self.sys.now = self.sys.now.max(now);
    }

    fn handle(&mut self, event: Event) {
        let sys = &mut self.sys;
        match event {
            Event::Uart0Sent | Event::Uart0Received | Event::Uart0Quiet => self.uarts[0].event(event, sys),
            Event::Uart1Sent | Event::Uart1Received | Event::Uart1Quiet => self.uarts[1].event(event, sys),
            Event::Spi0Done | Event::FlashReady => self.flash_controller.event(event, sys),
            Event::Spi1Step => self.step_hspi(),
            Event::Frc1 | Event::Frc2 => self.timers.event(event, sys),
            Event::Watchdog => self.watchdog.event(event, sys),
            Event::RtcWake => self.rtc.event(event, sys),
            Event::Adc => self.adc.event(event, sys),
            Event::I2s => self.i2s.frame(&mut self.slc, sys),
            Event::SigmaDelta => {}
            Event::Limit => sys.stop = true,
        }
    }

    /// Puts up to eight clocks of HSPI on the pads, their edges at the times that they had.
    fn step_hspi(&mut self) {
        let end = self.sys.now;
        let (idle, phase, half) = (self.hspi.polarity(), self.hspi.phase(), self.hspi.half(&self.sys));
        let count = u64::from(self.hspi.left().min(8));
        let mut at = end.saturating_sub(count * 2 * half);
        for _ in 0..count {
            let Some(bit) = self.hspi.next_bit() else { break };
            // In phase 0 data is there before the first edge and taken at it; in phase 1 it comes at the first edge
            // and is taken at the second.
            let data = bit.out.or(Some(false));
            let mut taken = false;
            for edge in 0..2u64 {
                let first = edge == 0;
                if first && !phase {
                    self.sys.pads.signal(Signal::HspiD, data, at);
                    self.settle();
                }
                let when = at + (edge + u64::from(!phase)) * half;
                if first && phase {
                    self.sys.pads.signal(Signal::HspiClk, Some(!idle), when);
                    self.sys.pads.signal(Signal::HspiD, data, when);
                } else {
                    self.sys.pads.signal(Signal::HspiClk, Some(first != idle), when);
                }
                if first != phase {
                    // Taken as it stands before the other side has seen this edge.
                    taken = self.sys.pads.level(12);
                }
                self.settle();
            }
            if let Some(place) = bit.into {
                self.hspi.store(place, taken);
            }
            at += 2 * half;
        }
        self.sys.now = end;
        let left = u64::from(self.hspi.left().min(8));
        if left == 0 {
            self.hspi.finish(&mut self.sys);
        } else {
            self.sys.schedule.set(Event::Spi1Step, end + left * 2 * half);
        }
    }

    /// What a reset does to the devices. The watchdog keeps running through a software reset.
    pub(crate) fn reset_devices(&mut self, cause: ResetCause) {
        let sys = &mut self.sys;
        let watchdog = sys.schedule.when(Event::Watchdog);
        sys.schedule.reset_devices();
        sys.irq.reset();
        sys.sleep = Sleep::Awake;
        sys.reset = None;
        sys.pads.reset(sys.now);
        self.rtc.start(cause, sys.now);
        let keeps = cause == ResetCause::Software && self.watchdog.is_on();
        if keeps && let Some(when) = watchdog {
            sys.schedule.set(Event::Watchdog, when);
        }
        if !keeps {
            self.watchdog.reset(sys);
        }
        self.regi2c.reset(sys);
        self.dport.reset(sys);
        self.io_mux.set_swap(0, sys);
        let [uart0, uart1] = &mut self.uarts;
        let devices: [&mut dyn Device; 11] = [
            &mut self.io_mux,
            &mut self.gpio,
            &mut self.rtc,
            uart0,
            uart1,
            &mut self.flash_controller,
            &mut self.hspi,
            &mut self.timers,
            &mut self.adc,
            &mut self.i2s,
            &mut self.slc,
        ];
        for device in devices {
            device.reset(sys);
        }
        self.other.reset();
        if sys.flash.is_busy(sys.now) {
            sys.schedule.set(Event::FlashReady, sys.flash.busy_until());
            sys.memory.window.busy = true;
        } else {
            sys.memory.window.busy = false;
        }
        self.settle();
        self.gpio.sample_strap(&self.sys);
    }
}
