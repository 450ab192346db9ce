//! DS18B20: a thermometer on a 1-Wire bus. Several may share a pin.
//!
//! A reset is the line low for 480 us; the device answers 30 us later with 120 us low. Each bit is a slot that the host
//! begins by pulling the line low; the device samples 30 us later, or holds it low that long to send a 0.
//! Facts: Maxim's data sheet and its application note 187 for the search.

use krait_soc::pads::{Change, Drive, PadChange};
use krait_soc::time::{Ticks, ms, us};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, number, unknown};

const PRESENCE: u32 = 0;
const PRESENCE_END: u32 = 1;
const SAMPLE: u32 = 2;
const RELEASE: u32 = 3;

/// What the device expects next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing until a reset.
    Idle,
    /// A command to the bus.
    Rom,
    /// 64 bits of an address.
    Match,
    /// The search: a bit, its complement, the host's choice.
    Search(u8, u8),
    /// A command to the device.
    Function,
    /// Bytes for the scratchpad.
    Write,
    /// Bits to be sent.
    Send,
}

/// A thermometer.
#[derive(Debug, Clone)]
pub struct Ds18b20 {
    pin: usize,
    code: [u8; 8],
    temperature: f64,
    scratchpad: [u8; 9],
    state: State,
    low_since: Option<Ticks>,
    holding: bool,
    value: u64,
    bits: u32,
    out: Vec<u8>,
    sent: usize,
    converts_until: Ticks,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let mut device = Ds18b20::new(options.pin("pin")?, options.serial());
    device.set(options.number("temperature", 21.5)?)?;
    Ok(Box::new(device))
}

/// The 1-Wire check sum: polynomial x^8 + x^5 + x^4 + 1, lowest bit first.
fn crc(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0x8C } else { crc >> 1 }))
}

impl Ds18b20 {
    fn new(pin: usize, serial: u64) -> Self {
        let mut code = [0x28, 0, 0, 0, 0, 0, 0, 0];
        code[1..7].copy_from_slice(&serial.to_le_bytes()[..6]);
        code[7] = crc(&code[..7]);
        // As power leaves it: 85 degrees, alarms 75 and 70, 12 bits.
        let mut scratchpad = [0x50, 0x05, 75, 70, 0x7F, 0xFF, 0x0C, 0x10, 0];
        scratchpad[8] = crc(&scratchpad[..8]);
        Ds18b20 {
            pin,
            code,
            temperature: 0.0,
            scratchpad,
            state: State::Idle,
            low_since: None,
            holding: false,
            value: 0,
            bits: 0,
            out: Vec::new(),
            sent: 0,
            converts_until: 0,
        }
    }

    fn set(&mut self, temperature: f64) -> Result<(), String> {
        if !(-55.0..=125.0).contains(&temperature) {
            return Err(format!("{temperature} degrees are beyond this sensor"));
        }
        self.temperature = temperature;
        Ok(())
    }

    fn expect(&mut self, state: State) {
        (self.state, self.value, self.bits) = (state, 0, 0);
    }

    fn send(&mut self, bytes: &[u8]) {
        self.out = bytes.to_vec();
        self.sent = 0;
        self.expect(State::Send);
    }

    /// The bit that the device has to say in the slot that begins, if it is its turn.
    fn turn(&self, now: Ticks) -> Option<bool> {
        match self.state {
            State::Send => {
                let byte = self.out.get(self.sent / 8).copied().unwrap_or(0xFF);
                Some(byte >> (self.sent % 8) & 1 != 0)
            }
            State::Search(bit, 0) => Some(self.code_bit(bit)),
            State::Search(bit, 1) => Some(!self.code_bit(bit)),
            // Read slots after a conversion was started: zeros until it is done.
            State::Idle if now < self.converts_until => Some(false),
            _ => None,
        }
    }

    fn code_bit(&self, bit: u8) -> bool {
        self.code.get(usize::from(bit / 8)).is_some_and(|b| b >> (bit % 8) & 1 != 0)
    }

    fn slot(&mut self, now: Ticks, wires: &mut Wires<'_>) {
        if let Some(bit) = self.turn(now) {
            match self.state {
                State::Send => self.sent += 1,
                State::Search(bit, step) => self.state = State::Search(bit, step + 1),
                _ => {}
            }
            if !bit {
                self.holding = true;
                wires.drive_at(self.pin, Drive::Low, now);
                wires.timer_at(now + us(30), RELEASE);
            }
        } else if self.state != State::Idle {
            wires.timer_at(now + us(30), SAMPLE);
        }
    }

    fn take(&mut self, bit: bool, now: Ticks) {
        if let State::Search(at, _) = self.state {
            if bit != self.code_bit(at) {
                self.expect(State::Idle);
            } else if at == 63 {
                self.expect(State::Function);
            } else {
                self.state = State::Search(at + 1, 0);
            }
            return;
        }
        self.value |= u64::from(bit) << self.bits;
        self.bits += 1;
        match (self.state, self.bits) {
            (State::Rom, 8) => self.rom_command(self.value as u8),
            (State::Function, 8) => self.function(self.value as u8, now),
            (State::Match, 64) => {
                let found = self.value.to_le_bytes() == self.code;
                self.expect(if found { State::Function } else { State::Idle });
            }
            (State::Write, 24) => {
                let [high, low, config, ..] = self.value.to_le_bytes();
                self.scratchpad[2..5].copy_from_slice(&[high, low, config & 0x60 | 0x1F]);
                self.scratchpad[8] = crc(&self.scratchpad[..8]);
                self.expect(State::Idle);
            }
            _ => {}
        }
    }

    fn rom_command(&mut self, command: u8) {
        match command {
            0x33 => {
                let code = self.code;
                self.send(&code);
            }
            0x55 => self.expect(State::Match),
            0xCC => self.expect(State::Function),
            0xF0 => self.expect(State::Search(0, 0)),
            _ => self.expect(State::Idle),
        }
    }

    fn function(&mut self, command: u8, now: Ticks) {
        self.expect(State::Idle);
        match command {
            0x44 => {
                // 94 ms for 9 bits, twice as long for each further one.
                let fine = self.scratchpad[4] >> 5 & 3;
                self.converts_until = now + (us(93_750) << fine);
                let step = f64::from(16 >> (3 - fine));
                let raw = ((self.temperature * step).round() / step * 16.0) as i16;
                self.scratchpad[..2].copy_from_slice(&raw.to_le_bytes());
                self.scratchpad[8] = crc(&self.scratchpad[..8]);
            }
            0xBE => {
                let scratchpad = self.scratchpad;
                self.send(&scratchpad);
            }
            0x4E => self.expect(State::Write),
            0xB4 => self.send(&[0xFF]),
            0x48 => self.converts_until = now + ms(10),
            _ => {}
        }
    }
}

impl Part for Ds18b20 {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
        wires.drive(self.pin, Drive::PullUp);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        let Change::Level(level) = change.what else { return };
        if level {
            let held = self.low_since.take().map_or(0, |since| change.time.saturating_sub(since));
            if held >= us(400) && !self.holding {
                self.expect(State::Rom);
                wires.cancel(SAMPLE);
                wires.timer_at(change.time + us(30), PRESENCE);
            }
        } else if !self.holding {
            self.low_since = Some(change.time);
            self.slot(change.time, wires);
        }
    }

    fn timer(&mut self, tag: u32, wires: &mut Wires<'_>) {
        let now = wires.now();
        match tag {
            PRESENCE => {
                self.holding = true;
                wires.drive(self.pin, Drive::Low);
                wires.timer_at(now + us(120), PRESENCE_END);
            }
            SAMPLE => {
                let bit = wires.level(self.pin);
                self.take(bit, now);
            }
            _ => {
                wires.drive(self.pin, Drive::PullUp);
                self.holding = false;
                self.low_since = None;
            }
        }
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["set", temperature] => self.set(number(temperature)?).map(|()| Answer::Done),
            ["read"] => Ok(Answer::Number(self.temperature)),
            ["code"] => Ok(Answer::Text(self.code.iter().map(|b| format!("{b:02x}")).collect())),
            _ => unknown(words, "set TEMPERATURE, read, code"),
        }
    }

    common!();
}

#[cfg(test)]
mod tests {
    #[test]
    fn check_sum_of_the_data_sheet() {
        assert_eq!(super::crc(&[0x02, 0x1C, 0xB8, 0x01, 0x00, 0x00, 0x00]), 0xA2);
    }
}
