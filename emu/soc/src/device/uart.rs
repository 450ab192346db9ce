//! UART0 and UART1: FIFOs of 128, characters that take their time, interrupts, flow control, autobaud.
//!
//! Facts: register layout and fields from the `esp8266` crate's SVD; reset values from QEMU-jcmv; that "full" and
//! "time-out" persist while their condition does from MicroPython's driver.
//!
//! The surprising fact: the other end has a baud rate of its own. Unless it is told one it follows the chip's; if it is
//! told one, characters are sampled bit by bit at the chip's rate, and come out wrong, with framing errors, where real
//! ones would.

use alloc::collections::VecDeque;

use super::{Device, field};
use crate::findings::Kind;
use crate::irq::Source;
use crate::pads::Signal;
use crate::schedule::Event;
use crate::sys::Sys;
use crate::time::{TICKS_PER_S, Ticks};

const FIFO: u32 = 0x00;
const INT_RAW: u32 = 0x04;
const INT_ST: u32 = 0x08;
const INT_ENA: u32 = 0x0C;
const INT_CLR: u32 = 0x10;
const CLKDIV: u32 = 0x14;
const AUTOBAUD: u32 = 0x18;
const STATUS: u32 = 0x1C;
const CONF0: u32 = 0x20;
const CONF1: u32 = 0x24;
const LOWPULSE: u32 = 0x28;
const HIGHPULSE: u32 = 0x2C;
const RXD_CNT: u32 = 0x30;
const DATE: u32 = 0x78;
const ID: u32 = 0x7C;

const RX_FULL: u32 = 1 << 0;
const TX_EMPTY: u32 = 1 << 1;
const PARITY_ERROR: u32 = 1 << 2;
const FRAME_ERROR: u32 = 1 << 3;
const RX_OVERFLOW: u32 = 1 << 4;
const CTS_CHANGE: u32 = 1 << 6;
const BREAK: u32 = 1 << 7;
const RX_TIMEOUT: u32 = 1 << 8;

const DEPTH: usize = 128;
const PULSE_MAX: u32 = 0xF_FFFF;
const DIVIDER_RESET: u32 = 0x2B6;
const CONF0_RESET: u32 = 0x1C;
const CONF1_RESET: u32 = 0x6060;

/// The most characters that wait on the line to be received.
pub const LINE_MAX: usize = 1 << 16;

/// What the other end sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnLine {
    Character(u8),
    /// The line held low for longer than a character.
    Break,
}

/// One UART.
#[derive(Debug, Clone)]
pub struct Uart {
    port: u8,
    rx: VecDeque<u8>,
    tx: VecDeque<u8>,
    /// What is being sent.
    shifting: Option<u8>,
    line: VecDeque<OnLine>,
    latched: u32,
    enabled: u32,
    divider: u32,
    conf0: u32,
    conf1: u32,
    autobaud: u32,
    low_pulse: u32,
    high_pulse: u32,
    edges: u32,
    /// The baud rate of the other end, if it does not follow.
    peer_baud: Option<u32>,
    /// Whether the other end holds CTS off.
    cts_off: bool,
}

impl Uart {
    /// UART 0 or 1.
    #[must_use]
    pub fn new(port: u8) -> Self {
        Uart {
            port,
            rx: VecDeque::new(),
            tx: VecDeque::new(),
            shifting: None,
            line: VecDeque::new(),
            latched: 0,
            enabled: 0,
            divider: DIVIDER_RESET,
            conf0: CONF0_RESET,
            conf1: CONF1_RESET,
            autobaud: 0,
            low_pulse: PULSE_MAX,
            high_pulse: PULSE_MAX,
            edges: 0,
            peer_baud: None,
            cts_off: false,
        }
    }

    /// Puts bytes on the line to the chip; says how many fitted.
    pub fn receive(&mut self, bytes: &[u8], sys: &mut Sys) -> usize {
        let room = LINE_MAX - self.line.len().min(LINE_MAX);
        let taken = bytes.iter().take(room);
        let count = taken.len();
        self.line.extend(taken.map(|b| OnLine::Character(*b)));
        self.listen(sys);
        count
    }

    /// Holds the line to the chip low for longer than a character.
    pub fn receive_break(&mut self, sys: &mut Sys) {
        if self.line.len() < LINE_MAX {
            self.line.push_back(OnLine::Break);
            self.listen(sys);
        }
    }

    /// Characters that are on the line and not received yet.
    #[must_use]
    pub fn on_line(&self) -> usize {
        self.line.len()
    }

    /// Forgets what is on the line.
    pub fn clear_line(&mut self) {
        self.line.clear();
    }

    /// What the program has received and not yet read; a boot loader that is not a program reads here.
    pub fn take_received(&mut self, sys: &mut Sys) -> Option<u8> {
        let byte = self.rx.pop_front();
        self.after_read(sys);
        byte
    }

    /// Gives the other end a baud rate of its own, or has it follow the chip's.
    pub fn set_peer_baud(&mut self, baud: Option<u32>) {
        self.peer_baud = baud.filter(|b| *b > 0);
    }

    /// The other end lets the chip send, or not.
    pub fn set_cts(&mut self, may_send: bool, sys: &mut Sys) {
        if self.cts_off == may_send {
            self.cts_off = !may_send;
            self.latched |= CTS_CHANGE;
            self.start_sending(sys);
            self.update(sys);
        }
    }

    /// The baud rate that the chip's registers give.
    #[must_use]
    pub fn baud(&self, sys: &Sys) -> u64 {
        TICKS_PER_S / self.bit(sys)
    }

    /// Whether everything written has left.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.tx.is_empty() && self.shifting.is_none()
    }

    fn bit(&self, sys: &Sys) -> Ticks {
        u64::from(self.divider.max(1)) * sys.clocks.apb()
    }

    fn peer_bit(&self, sys: &Sys) -> Ticks {
        self.peer_baud.map_or_else(|| self.bit(sys), |baud| (TICKS_PER_S / u64::from(baud)).max(1))
    }

    fn data_bits(&self) -> u32 {
        5 + field(self.conf0, 3, 2)
    }

    fn has_parity(&self) -> bool {
        self.conf0 & 2 != 0
    }

    /// Twice the number of bits in a character, since there may be one and a half stop bits.
    fn half_bits(&self) -> u64 {
        let stop = match field(self.conf0, 5, 4) {
            2 => 3,
            3 => 4,
            _ => 2,
        };
        2 + 2 * u64::from(self.data_bits()) + 2 * u64::from(self.has_parity()) + stop
    }

    fn event_of(&self, zero: Event, one: Event) -> Event {
        if self.port == 0 { zero } else { one }
    }

    fn start_sending(&mut self, sys: &mut Sys) {
        let held = self.conf0 & 1 << 15 != 0 && self.cts_off;
        if self.shifting.is_some() || held {
            return;
        }
        self.shifting = self.tx.pop_front();
        if let Some(byte) = self.shifting {
            let event = self.event_of(Event::Uart0Sent, Event::Uart1Sent);
            let takes = self.bit(sys) * self.half_bits() / 2;
            sys.schedule.set(event, sys.now + takes);
            self.show(byte, sys);
        }
    }

    /// Puts the character's edges on the pad, if someone looks at it.
    fn show(&self, byte: u8, sys: &mut Sys) {
        let signal = if self.port == 0 { Signal::Uart0Txd } else { Signal::Uart1Txd };
        if !sys.pads.is_watched(signal) {
            return;
        }
        let bit = self.bit(sys);
        let inverted = self.conf0 & 1 << 22 != 0;
        let mut at = sys.now;
        let frame = self.frame(byte);
        for level in frame.bits() {
            sys.pads.signal(signal, Some(level != inverted), at);
            at += bit;
        }
        sys.pads.signal(signal, Some(!inverted), at);
    }

    fn frame(&self, byte: u8) -> Frame {
        let data = self.data_bits();
        let value = u32::from(byte) & ((1 << data) - 1);
        let mut frame = value << 1;
        let mut length = 1 + data;
        if self.has_parity() {
            let odd = self.conf0 & 1;
            frame |= ((value.count_ones() + odd) & 1) << length;
            length += 1;
        }
        // The stop bit.
        frame |= 1 << length;
        Frame { bits: frame, length: length + 1 }
    }

    /// Starts the reception of what is next on the line.
    fn listen(&mut self, sys: &mut Sys) {
        let event = self.event_of(Event::Uart0Received, Event::Uart1Received);
        let full = self.conf1 & 1 << 23 != 0 && self.rx.len() as u32 >= field(self.conf1, 22, 16).max(1);
        if self.line.is_empty() || sys.schedule.when(event).is_some() || full || self.conf0 & 1 << 14 != 0 {
            return;
        }
        let takes = self.peer_bit(sys) * self.half_bits() / 2;
        sys.schedule.set(event, sys.now + takes);
    }

    fn arrive(&mut self, sys: &mut Sys) {
        let item = self.line.pop_front();
        match item {
            Some(OnLine::Character(byte)) => self.character(byte, sys),
            Some(OnLine::Break) => {
                self.latched |= BREAK | FRAME_ERROR;
                self.push_received(0, sys);
            }
            None => {}
        }
        self.listen(sys);
        self.update(sys);
    }

    fn character(&mut self, byte: u8, sys: &mut Sys) {
        let (own, peer) = (self.bit(sys), self.peer_bit(sys));
        let frame = self.frame(byte);
        if self.autobaud & 1 != 0 {
            self.measure(frame, peer, sys);
        }
        // The middle of each bit by the chip's clock, on the line's waveform.
        let at = |n: u32| frame.level((own * (2 * u64::from(n) + 1) / 2 / peer) as u32);
        let data = self.data_bits();
        let sampled = (0..data).fold(0u32, |v, n| v | u32::from(at(n + 1)) << n);
        let mut stop = data + 1;
        if self.has_parity() {
            let odd = self.conf0 & 1;
            if u32::from(at(stop)) != (sampled.count_ones() + odd) & 1 {
                self.latched |= PARITY_ERROR;
            }
            stop += 1;
        }
        if !at(stop) {
            self.latched |= FRAME_ERROR;
        }
        self.push_received(sampled as u8, sys);
    }

    fn push_received(&mut self, byte: u8, sys: &mut Sys) {
        if self.rx.len() >= DEPTH {
            self.latched |= RX_OVERFLOW;
        } else {
            self.rx.push_back(byte);
        }
        self.await_quiet(sys);
    }

    fn await_quiet(&mut self, sys: &mut Sys) {
        let event = self.event_of(Event::Uart0Quiet, Event::Uart1Quiet);
        if self.conf1 >> 31 == 0 || self.rx.is_empty() {
            sys.schedule.clear(event);
            return;
        }
        let characters = u64::from(field(self.conf1, 30, 24)).max(1);
        sys.schedule.set(event, sys.now + characters * self.bit(sys) * self.half_bits() / 2);
    }

    /// What autobaud sees of a character: the shortest low and high pulse in bus cycles, and the edges.
    fn measure(&mut self, frame: Frame, bit: Ticks, sys: &Sys) {
        let cycles = |bits: u32| ((u64::from(bits) * bit / sys.clocks.apb()) as u32).min(PULSE_MAX);
        let (mut level, mut run) = (false, 0);
        self.edges = (self.edges + 1) & 0x3FF;
        for next in frame.bits() {
            if next == level {
                run += 1;
                continue;
            }
            let pulse = if level { &mut self.high_pulse } else { &mut self.low_pulse };
            *pulse = (*pulse).min(cycles(run));
            self.edges = (self.edges + 1) & 0x3FF;
            (level, run) = (next, 1);
        }
    }

    fn raw(&self) -> u32 {
        let mut raw = self.latched;
        if self.rx.len() as u32 >= field(self.conf1, 6, 0).max(1) {
            raw |= RX_FULL;
        }
        if self.tx.len() as u32 <= field(self.conf1, 14, 8) {
            raw |= TX_EMPTY;
        }
        raw
    }

    fn update(&mut self, sys: &mut Sys) {
        let source = if self.port == 0 { Source::Uart0 } else { Source::Uart1 };
        sys.irq.set(source, self.raw() & self.enabled != 0);
        let signal = if self.port == 0 { Signal::Uart0Rts } else { Signal::Uart1Rts };
        let flow = self.conf1 & 1 << 23 != 0;
        let full = self.rx.len() as u32 >= field(self.conf1, 22, 16).max(1);
        let rts = if flow { full } else { self.conf0 & 1 << 6 == 0 };
        sys.pads.signal(signal, Some(rts != (self.conf0 & 1 << 23 != 0)), sys.now);
        if self.port == 0 {
            let dtr = (self.conf0 & 1 << 7 == 0) != (self.conf0 & 1 << 24 != 0);
            sys.pads.signal(Signal::Uart0Dtr, Some(dtr), sys.now);
        }
    }

    fn idle_line(&self, sys: &mut Sys) {
        if self.shifting.is_none() {
            let signal = if self.port == 0 { Signal::Uart0Txd } else { Signal::Uart1Txd };
            let broken = self.conf0 & 1 << 8 != 0;
            let inverted = self.conf0 & 1 << 22 != 0;
            sys.pads.signal(signal, Some(broken == inverted), sys.now);
        }
    }

    fn after_read(&mut self, sys: &mut Sys) {
        self.listen(sys);
        if self.rx.is_empty() {
            let event = self.event_of(Event::Uart0Quiet, Event::Uart1Quiet);
            sys.schedule.clear(event);
        }
        self.update(sys);
    }
}

/// A character's bits on the line, start bit first.
#[derive(Debug, Clone, Copy)]
struct Frame {
    bits: u32,
    length: u32,
}

impl Frame {
    /// The level in bit `n`; the line is high after the character.
    fn level(self, n: u32) -> bool {
        n >= self.length || self.bits >> n & 1 != 0
    }

    fn bits(self) -> impl Iterator<Item = bool> {
        (0..self.length).map(move |n| self.level(n))
    }
}

impl Device for Uart {
    fn read(&mut self, offset: u32, sys: &mut Sys) -> u32 {
        match offset {
            FIFO => {
                let byte = self.rx.pop_front().unwrap_or(0);
                self.after_read(sys);
                u32::from(byte)
            }
            INT_RAW => self.raw(),
            INT_ST => self.raw() & self.enabled,
            INT_ENA => self.enabled,
            CLKDIV => self.divider,
            AUTOBAUD => self.autobaud,
            STATUS => {
                let tx_level = self.shifting.is_none();
                self.rx.len() as u32
                    | u32::from(self.cts_off) << 14
                    | 1 << 15
                    | (self.tx.len() as u32) << 16
                    | u32::from(tx_level) << 31
            }
            CONF0 => self.conf0,
            CONF1 => self.conf1,
            LOWPULSE => self.low_pulse,
            HIGHPULSE => self.high_pulse,
            RXD_CNT => self.edges,
            DATE => 0x6_2000,
            ID => 0x500,
            _ => 0,
        }
    }

    fn write(&mut self, offset: u32, value: u32, sys: &mut Sys) {
        match offset {
            FIFO => {
                if self.tx.len() >= DEPTH {
                    sys.find(Kind::UartOverrun, u32::from(self.port));
                } else {
                    self.tx.push_back(value as u8);
                    self.start_sending(sys);
                }
            }
            INT_ENA => self.enabled = value & 0x1FF,
            INT_CLR => {
                self.latched &= !value;
                let event = self.event_of(Event::Uart0Quiet, Event::Uart1Quiet);
                if value & RX_TIMEOUT != 0 && !self.rx.is_empty() && sys.schedule.when(event).is_none() {
                    self.await_quiet(sys);
                }
            }
            CLKDIV => self.divider = value & 0xF_FFFF,
            AUTOBAUD => {
                if value & 1 != 0 && self.autobaud & 1 == 0 {
                    (self.low_pulse, self.high_pulse, self.edges) = (PULSE_MAX, PULSE_MAX, 0);
                }
                self.autobaud = value & 0xFF01;
            }
            CONF0 => {
                self.conf0 = value & 0x1FF_FFFF;
                if value & 1 << 17 != 0 {
                    self.rx.clear();
                    self.after_read(sys);
                }
                if value & 1 << 18 != 0 {
                    self.tx.clear();
                }
                self.idle_line(sys);
                self.start_sending(sys);
                self.listen(sys);
            }
            CONF1 => {
                self.conf1 = value;
                if value >> 31 == 0 {
                    self.latched &= !RX_TIMEOUT;
                }
                self.await_quiet(sys);
                self.listen(sys);
            }
            _ => {}
        }
        self.update(sys);
    }

    fn knows(&self, offset: u32) -> bool {
        offset <= RXD_CNT || matches!(offset, DATE | ID)
    }

    fn event(&mut self, event: Event, sys: &mut Sys) {
        match event {
            Event::Uart0Sent | Event::Uart1Sent => {
                if let Some(byte) = self.shifting.take() {
                    if self.conf0 & 1 << 14 != 0 {
                        self.character(byte, sys);
                    } else {
                        let mask = (1u32 << self.data_bits()) - 1;
                        sys.send(self.port, byte & mask as u8);
                    }
                }
                self.start_sending(sys);
                self.update(sys);
            }
            Event::Uart0Received | Event::Uart1Received => self.arrive(sys),
            Event::Uart0Quiet | Event::Uart1Quiet if !self.rx.is_empty() => {
                self.latched |= RX_TIMEOUT;
                self.update(sys);
            }
            _ => {}
        }
    }

    fn reset(&mut self, sys: &mut Sys) {
        let line = core::mem::take(&mut self.line);
        *self = Uart { line, peer_baud: self.peer_baud, cts_off: self.cts_off, ..Uart::new(self.port) };
        self.idle_line(sys);
        self.listen(sys);
        self.update(sys);
    }
}
