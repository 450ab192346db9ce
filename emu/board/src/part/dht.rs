//! DHT11 and DHT22: temperature and humidity over one wire, in pulses.
//!
//! The host holds the line low (18 ms for a DHT11, 1 ms for a DHT22) and lets go; the sensor answers with 80 us low, 80
//! us high, then 40 bits: 50 us low, and high for 26 us (0) or 70 us (1). Facts: the sensors' data sheets.

use krait_soc::pads::{Change, Drive, PadChange};
use krait_soc::time::{Ticks, us};
use krait_soc::{Answer, Part, Wires};

use super::{Options, common, number, unknown};

/// A sensor.
#[derive(Debug, Clone)]
pub struct Dht {
    pin: usize,
    fine: bool,
    temperature: f64,
    humidity: f64,
    low_since: Option<Ticks>,
    /// What is left to be sent: level and how long.
    pulses: Vec<(bool, Ticks)>,
    at: usize,
    busy: bool,
}

/// Makes a DHT11.
///
/// # Errors
/// An option is wrong.
pub fn build_11(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    make(options, false)
}

/// Makes a DHT22.
///
/// # Errors
/// An option is wrong.
pub fn build_22(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    make(options, true)
}

fn make(options: &Options<'_>, fine: bool) -> Result<Box<dyn Part>, String> {
    let (temperature, humidity) = (options.number("temperature", 21.5)?, options.number("humidity", 45.0)?);
    let mut dht = Dht {
        pin: options.pin("pin")?,
        fine,
        temperature: 0.0,
        humidity: 0.0,
        low_since: None,
        pulses: Vec::new(),
        at: 0,
        busy: false,
    };
    dht.set(temperature, humidity)?;
    Ok(Box::new(dht))
}

impl Dht {
    fn set(&mut self, temperature: f64, humidity: f64) -> Result<(), String> {
        let range = if self.fine { -40.0..=80.0 } else { 0.0..=50.0 };
        if !range.contains(&temperature) || !(0.0..=100.0).contains(&humidity) {
            return Err(format!("{temperature} degrees and {humidity} percent are beyond this sensor"));
        }
        (self.temperature, self.humidity) = (temperature, humidity);
        Ok(())
    }

    fn bytes(&self) -> [u8; 5] {
        let tenths = |value: f64| (value * 10.0).round() as i32;
        let mut bytes = [0; 5];
        if self.fine {
            let temperature = tenths(self.temperature);
            let sign = if temperature < 0 { 0x8000 } else { 0 };
            bytes[..2].copy_from_slice(&(tenths(self.humidity) as u16).to_be_bytes());
            bytes[2..4].copy_from_slice(&(temperature.unsigned_abs() as u16 | sign).to_be_bytes());
        } else {
            for (at, value) in [(0, self.humidity), (2, self.temperature)] {
                let value = tenths(value);
                (bytes[at], bytes[at + 1]) = ((value / 10) as u8, (value % 10) as u8);
            }
        }
        bytes[4] = bytes[..4].iter().fold(0, |s: u8, b| s.wrapping_add(*b));
        bytes
    }

    fn answer(&mut self, wires: &mut Wires<'_>, from: Ticks) {
        self.pulses = vec![(true, us(30)), (false, us(80)), (true, us(80))];
        for bit in self.bytes().into_iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)) {
            self.pulses.push((false, us(50)));
            self.pulses.push((true, us(if bit == 1 { 70 } else { 26 })));
        }
        self.pulses.push((false, us(50)));
        (self.at, self.busy) = (0, true);
        wires.timer_at(from, 0);
    }
}

impl Part for Dht {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        wires.watch(self.pin);
        wires.drive(self.pin, Drive::PullUp);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        if self.busy {
            return;
        }
        match change.what {
            Change::Level(false) => self.low_since = Some(change.time),
            Change::Level(true) => {
                let held = self.low_since.take().map_or(0, |since| change.time.saturating_sub(since));
                if held >= us(if self.fine { 800 } else { 10_000 }) {
                    self.answer(wires, change.time);
                }
            }
            Change::Density(_) => {}
        }
    }

    fn timer(&mut self, _tag: u32, wires: &mut Wires<'_>) {
        let Some((level, span)) = self.pulses.get(self.at).copied() else {
            wires.drive(self.pin, Drive::PullUp);
            self.busy = false;
            return;
        };
        // The line is pulled up; the sensor only ever pulls it down.
        wires.drive(self.pin, if level { Drive::PullUp } else { Drive::Low });
        self.at += 1;
        wires.timer_at(wires.now() + span, 0);
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["set", temperature] => self.set(number(temperature)?, self.humidity).map(|()| Answer::Done),
            ["set", temperature, humidity] => self.set(number(temperature)?, number(humidity)?).map(|()| Answer::Done),
            ["read"] => Ok(Answer::Text(format!("{} degrees, {} percent", self.temperature, self.humidity))),
            _ => unknown(words, "set TEMPERATURE [HUMIDITY], read"),
        }
    }

    common!();
}
