//! I2S: a frame of two samples at a time, out to the pads and to whoever listens, or in.
//!
//! Facts: Arduino `core_esp8266_i2s.cpp` (base clock 160 MHz, dividers, 16 bits a channel, right half of a word first in
//! its upper half), the `esp8266` crate's SVD.
//!
//! The surprising fact: it runs from the PLL's audio output, which must be switched on over the internal bus; the model
//! runs it without, since published drivers differ.

use alloc::collections::VecDeque;

use super::slc::Slc;
use super::{Device, Latches, field};
use crate::irq::Source;
use crate::pads::Signal;
use crate::schedule::Event;
use crate::sys::{AUDIO_MAX, Sys};
use crate::time::{TICKS_PER_S, Ticks};

const TX_FIFO: u32 = 0x00;
const RX_FIFO: u32 = 0x04;
const CONF: u32 = 0x08;
const INT_RAW: u32 = 0x0C;
const INT_ST: u32 = 0x10;
const INT_ENA: u32 = 0x14;
const INT_CLR: u32 = 0x18;
const FIFO_CONF: u32 = 0x20;
const SINGLE: u32 = 0x28;

const TX_START: u32 = 1 << 8;
const RX_START: u32 = 1 << 9;
const DMA: u32 = 1 << 12;

const RX_TAKE: u32 = 1 << 0;
const TX_PUT: u32 = 1 << 1;
const RX_FULL: u32 = 1 << 2;
const RX_EMPTY: u32 = 1 << 3;
const TX_FULL: u32 = 1 << 4;
const TX_EMPTY: u32 = 1 << 5;

const DEPTH: usize = 128;
/// Ticks of the base clock: 160 MHz.
const BASE: Ticks = TICKS_PER_S / 160_000_000;

/// I2S.
#[derive(Debug, Clone)]
pub struct I2s {
    latches: Latches,
    tx: VecDeque<u32>,
    rx: VecDeque<u32>,
    raw: u32,
    enabled: u32,
}

impl I2s {
    /// At rest.
    #[must_use]
    pub fn new() -> Self {
        I2s { latches: Latches::new(0x40), tx: VecDeque::new(), rx: VecDeque::new(), raw: 0, enabled: 0 }
    }

    fn bit_clock(&self) -> Ticks {
        let conf = self.latches.get(CONF);
        BASE * u64::from(field(conf, 21, 16).max(1)) * u64::from(field(conf, 27, 22).max(1))
    }

    fn runs(&self) -> bool {
        self.latches.get(CONF) & (TX_START | RX_START) != 0
    }

    fn plan(&self, sys: &mut Sys) {
        if self.runs() {
            sys.schedule.set(Event::I2s, sys.now + 32 * self.bit_clock());
        } else {
            sys.schedule.clear(Event::I2s);
        }
    }

    /// A frame's time is over: one goes out, one comes in.
    pub fn frame(&mut self, slc: &mut Slc, sys: &mut Sys) {
        let conf = self.latches.get(CONF);
        let dma = self.latches.get(FIFO_CONF) & DMA != 0;
        if conf & TX_START != 0 {
            let word = if dma { slc.pull(sys) } else { self.tx.pop_front() };
            if word.is_none() {
                self.raw |= TX_EMPTY;
            }
            self.emit(word.unwrap_or(0), sys);
        }
        if conf & RX_START != 0 {
            // Nothing that could be wired to the inputs sends frames: silence.
            if dma {
                slc.push(0, sys);
            } else if self.rx.len() < DEPTH {
                self.rx.push_back(0);
            } else {
                self.raw |= RX_FULL;
            }
        }
        self.levels(sys);
        self.plan(sys);
    }

    fn emit(&mut self, word: u32, sys: &mut Sys) {
        let rate = (TICKS_PER_S / (32 * self.bit_clock())) as u32;
        if sys.audio.rate != rate {
            sys.audio.rate = rate;
        }
        if sys.audio.frames.len() < AUDIO_MAX {
            sys.audio.frames.push((word as u16 as i16, (word >> 16) as u16 as i16));
        }
        sys.trace.mix(0x1250, u64::from(word));
        let signals = [Signal::I2sData, Signal::I2sBck, Signal::I2sWs];
        if !signals.iter().any(|s| sys.pads.is_watched(*s)) {
            return;
        }
        let bit = self.bit_clock();
        for n in 0..32u32 {
            let at = sys.now + u64::from(n) * bit;
            sys.pads.signal(Signal::I2sBck, Some(false), at);
            sys.pads.signal(Signal::I2sWs, Some(n >= 16), at);
            // Left first, each half from its top.
            let place = if n < 16 { 15 - n } else { 47 - n };
            sys.pads.signal(Signal::I2sData, Some(word >> place & 1 != 0), at);
            sys.pads.signal(Signal::I2sBck, Some(true), at + bit / 2);
        }
    }

    /// The interrupts that stand for how full the FIFOs are.
    fn levels(&mut self, sys: &mut Sys) {
        let fifo = self.latches.get(FIFO_CONF);
        let mut raw = self.raw;
        let set = |raw: &mut u32, bit: u32, on: bool| {
            if on {
                *raw |= bit
            }
        };
        if fifo & DMA == 0 && self.runs() {
            set(&mut raw, TX_PUT, self.tx.len() < field(fifo, 11, 6) as usize);
            set(&mut raw, TX_FULL, self.tx.len() >= DEPTH);
            set(&mut raw, RX_TAKE, self.rx.len() > field(fifo, 5, 0) as usize);
        }
        self.raw = raw;
        sys.irq.set(Source::I2s, self.raw & self.enabled != 0);
    }
}

impl Default for I2s {
    fn default() -> Self {
        I2s::new()
    }
}

impl Device for I2s {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            RX_FIFO => {
                let word = self.rx.pop_front();
                if word.is_none() {
                    self.raw |= RX_EMPTY;
                }
                self.levels(sys);
                word.unwrap_or(0)
            }
            INT_RAW => self.raw,
            INT_ST => self.raw & self.enabled,
            INT_ENA => self.enabled,
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            TX_FIFO => {
                if self.tx.len() < DEPTH {
                    self.tx.push_back(value);
                }
            }
            INT_ENA => self.enabled = value,
            INT_CLR => self.raw &= !value,
            CONF => {
                let ran = self.runs();
                self.latches.set(CONF, value);
                if value & 0x5 != 0 {
                    self.tx.clear();
                }
                if value & 0xA != 0 {
                    self.rx.clear();
                }
                if self.runs() != ran {
                    self.plan(sys);
                }
            }
            _ => self.latches.set(offset, value),
        }
        self.levels(sys);
    }

    fn knows(&self, offset: u32) -> bool {
        offset <= SINGLE || offset == 0x2C
    }

    fn reset(&mut self, sys: &mut Sys) {
        *self = I2s::new();
        self.levels(sys);
        sys.schedule.clear(Event::I2s);
    }
}
