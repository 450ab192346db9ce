//! SLC: the DMA engine between RAM and I2S (and SDIO, which is not modelled).
//!
//! It walks linked lists of descriptors of three words: size, length, flags; address of the data; next descriptor.
//! Facts: Arduino `core_esp8266_i2s.cpp`, the `esp8266` crate's SVD.
//!
//! The surprising fact: its directions are named from the SDIO host's side: the "RX link" is what leaves the chip.

use super::{Device, Latches, field};
use crate::findings::Kind;
use crate::irq::Source;
use crate::sys::Sys;

const CONF0: u32 = 0x00;
const INT_RAW: u32 = 0x04;
const INT_ST: u32 = 0x08;
const INT_ENA: u32 = 0x0C;
const INT_CLR: u32 = 0x10;
const RX_STATUS: u32 = 0x14;
const TX_STATUS: u32 = 0x1C;
const RX_LINK: u32 = 0x24;
const TX_LINK: u32 = 0x28;
const RX_EOF_ADDR: u32 = 0x48;
const TX_EOF_ADDR: u32 = 0x4C;
const TX_DESCRIPTOR: u32 = 0x60;
const RX_DESCRIPTOR: u32 = 0x6C;

const OWNER: u32 = 1 << 31;
const EOF: u32 = 1 << 30;
const STOP: u32 = 1 << 28;
const START: u32 = 1 << 29;
const RESTART: u32 = 1 << 30;

/// Which way data goes, by the chip's own view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From RAM to I2S: the RX link.
    Out,
    /// From I2S to RAM: the TX link.
    In,
}

/// Where a link is in its list.
#[derive(Debug, Clone, Default)]
struct Link {
    running: bool,
    first: u32,
    descriptor: u32,
    /// The descriptor's words, once fetched.
    head: u32,
    buffer: u32,
    next: u32,
    at: u32,
    fetched: bool,
}

/// The DMA engine.
#[derive(Debug, Clone)]
pub struct Slc {
    latches: Latches,
    raw: u32,
    enabled: u32,
    out: Link,
    into: Link,
}

/// The interrupt bits of a direction: done, end of a marked block, broken descriptor, start.
struct Bits {
    done: u32,
    eof: u32,
    error: u32,
    start: u32,
}

const OUT_BITS: Bits = Bits { done: 16, eof: 17, error: 20, start: 8 };
const IN_BITS: Bits = Bits { done: 14, eof: 15, error: 19, start: 9 };

impl Slc {
    /// At rest.
    #[must_use]
    pub fn new() -> Self {
        Slc { latches: Latches::new(0x80), raw: 0, enabled: 0, out: Link::default(), into: Link::default() }
    }

    /// The next word that leaves RAM; `None` if the link does not run.
    pub fn pull(&mut self, sys: &mut Sys) -> Option<u32> {
        let link = self.ready(Way::Out, sys)?;
        let word = sys.memory.dma_load(link.buffer.wrapping_add(link.at));
        if word.is_none() {
            sys.find(Kind::DmaAddress, link.buffer);
        }
        let length = field(link.head, 23, 12);
        self.advance(Way::Out, length, sys);
        Some(word.unwrap_or(0))
    }

    /// A word that goes into RAM; says whether there was room.
    pub fn push(&mut self, word: u32, sys: &mut Sys) -> bool {
        let Some(link) = self.ready(Way::In, sys) else { return false };
        if !sys.memory.dma_store(link.buffer.wrapping_add(link.at), word) {
            sys.find(Kind::DmaAddress, link.buffer);
        }
        let size = field(link.head, 11, 0);
        self.advance(Way::In, size, sys);
        true
    }

    fn link(&mut self, way: Way) -> (&mut Link, &'static Bits) {
        match way {
            Way::Out => (&mut self.out, &OUT_BITS),
            Way::In => (&mut self.into, &IN_BITS),
        }
    }

    /// The link with its descriptor fetched.
    fn ready(&mut self, way: Way, sys: &mut Sys) -> Option<Link> {
        let (link, bits) = self.link(way);
        if !link.running {
            return None;
        }
        if !link.fetched {
            let words = [0, 4, 8].map(|at| sys.memory.dma_load(link.descriptor.wrapping_add(at)));
            let [Some(head), Some(buffer), Some(next)] = words else {
                link.running = false;
                let error = 1 << bits.error;
                sys.find(Kind::DmaAddress, link.descriptor);
                self.raise(error, sys);
                return None;
            };
            (link.head, link.buffer, link.next) = (head, buffer, next);
            link.at = 0;
            link.fetched = true;
            let used = if way == Way::Out { field(head, 23, 12) } else { field(head, 11, 0) };
            if head & OWNER == 0 || used < 4 {
                link.running = false;
                let error = 1 << bits.error;
                self.raise(error, sys);
                return None;
            }
        }
        Some(self.link(way).0.clone())
    }

    fn advance(&mut self, way: Way, length: u32, sys: &mut Sys) {
        let (link, bits) = self.link(way);
        link.at += 4;
        if link.at + 4 <= length {
            return;
        }
        let finished = link.descriptor;
        let mut raise = 1 << bits.done;
        let marked = link.head & EOF != 0;
        if marked {
            raise |= 1 << bits.eof;
        }
        if way == Way::In {
            // What was received is told in the descriptor.
            let head = link.head & !(0xFFF << 12) | (link.at & 0xFFF) << 12;
            let _ = sys.memory.dma_store(finished, head);
        }
        link.descriptor = link.next;
        link.fetched = false;
        link.running = link.next != 0;
        if marked {
            self.latches.set(if way == Way::Out { RX_EOF_ADDR } else { TX_EOF_ADDR }, finished);
        }
        self.raise(raise, sys);
    }

    fn raise(&mut self, bits: u32, sys: &mut Sys) {
        self.raw |= bits;
        self.update(sys);
    }

    fn update(&mut self, sys: &mut Sys) {
        sys.irq.set(Source::Slc, self.raw & self.enabled != 0);
    }

    fn command(&mut self, way: Way, value: u32, sys: &mut Sys) {
        let (link, bits) = self.link(way);
        // Addresses are told without their upper bits, which are those of data RAM.
        let address = 0x3FF0_0000 | field(value, 19, 0);
        if value & STOP != 0 {
            link.running = false;
        }
        if value & START != 0 {
            *link = Link { running: true, first: address, descriptor: address, ..Link::default() };
            let start = 1 << bits.start;
            self.raise(start, sys);
        } else if value & RESTART != 0 {
            *link = Link { running: true, first: link.first, descriptor: link.first, ..Link::default() };
        }
    }
}

impl Default for Slc {
    fn default() -> Self {
        Slc::new()
    }
}

impl Device for Slc {
    fn read(&mut self, offset: u32, _sys: &mut Sys) -> u32 {
        match offset {
            INT_RAW => self.raw,
            INT_ST => self.raw & self.enabled,
            INT_ENA => self.enabled,
            RX_STATUS => u32::from(!self.out.running) << 1,
            TX_STATUS => u32::from(!self.into.running) << 1,
            RX_DESCRIPTOR => self.out.descriptor,
            TX_DESCRIPTOR => self.into.descriptor,
            _ => self.latches.get(offset),
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            INT_ENA => self.enabled = value,
            INT_CLR => self.raw &= !value,
            RX_LINK | TX_LINK => {
                self.latches.set(offset, value & !(START | STOP | RESTART));
                self.command(if offset == RX_LINK { Way::Out } else { Way::In }, value, sys);
            }
            CONF0 => {
                self.latches.set(offset, value);
                if value & 1 != 0 {
                    self.into = Link::default();
                }
                if value & 2 != 0 {
                    self.out = Link::default();
                }
            }
            _ => self.latches.set(offset, value),
        }
        self.update(sys);
    }

    fn knows(&self, offset: u32) -> bool {
        offset <= 0x7C
    }

    fn reset(&mut self, sys: &mut Sys) {
        *self = Slc::new();
        self.update(sys);
    }
}
