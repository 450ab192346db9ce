//! The parts, one file each, behind [`krait_soc::Part`]; and the list of their kinds.

pub mod analyser;
pub mod button;
pub mod dht;
pub mod ds18b20;
pub mod eeprom;
pub mod i2c;
pub mod i2s_sink;
pub mod led;
pub mod neopixel;
pub mod piezo;
pub mod pot;
pub mod reset_wire;
pub mod servo;
pub mod spi_flash;
pub mod spi_loop;
pub mod ssd1306;
mod wav;

use krait_soc::Part;

use crate::board::{Board, PartSpec, Pin};

/// A part's table in a board file, with the board's labels.
pub struct Options<'a> {
    spec: &'a PartSpec,
    board: &'a Board,
}

impl Options<'_> {
    /// The pin that option `key` names.
    ///
    /// # Errors
    /// It is missing, or there is no such pin.
    pub fn any_pin(&self, key: &str) -> Result<Pin, String> {
        let label = match self.spec.options.get(key) {
            Some(toml::Value::String(text)) => text.clone(),
            Some(toml::Value::Integer(n)) => n.to_string(),
            Some(_) => return Err(format!("`{key}` must be a pin's name or number")),
            None => return Err(format!("`{key}` is missing")),
        };
        self.board.pin(&label).ok_or_else(|| format!("{}: there is no pin {label}", self.board.name))
    }

    /// The GPIO that option `key` names.
    ///
    /// # Errors
    /// As above, and if it is no GPIO.
    pub fn pin(&self, key: &str) -> Result<usize, String> {
        match self.any_pin(key)? {
            Pin::Gpio(n) => Ok(n.into()),
            _ => Err(format!("`{key}` must be a digital pin")),
        }
    }

    /// A GPIO that need not be there.
    ///
    /// # Errors
    /// It is there and wrong.
    pub fn pin_maybe(&self, key: &str) -> Result<Option<usize>, String> {
        if self.spec.options.contains_key(key) { self.pin(key).map(Some) } else { Ok(None) }
    }

    /// A list of GPIOs.
    ///
    /// # Errors
    /// It is missing, or one of them does not exist.
    pub fn pins(&self, key: &str) -> Result<Vec<usize>, String> {
        let Some(toml::Value::Array(list)) = self.spec.options.get(key) else {
            return Err(format!("`{key}` must be a list of pins"));
        };
        let one = |value: &toml::Value| {
            let label =
                value.as_integer().map_or_else(|| value.as_str().unwrap_or_default().to_owned(), |n| n.to_string());
            match self.board.pin(&label) {
                Some(Pin::Gpio(n)) => Ok(usize::from(n)),
                _ => Err(format!("there is no digital pin {label}")),
            }
        };
        list.iter().map(one).collect()
    }

    /// A yes or no.
    ///
    /// # Errors
    /// It is neither.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, String> {
        match self.spec.options.get(key) {
            None => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| format!("`{key}` must be true or false")),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, key: &str, default: f64) -> Result<f64, String> {
        match self.spec.options.get(key) {
            None => Ok(default),
            Some(toml::Value::Integer(n)) => Ok(*n as f64),
            Some(toml::Value::Float(n)) => Ok(*n),
            Some(_) => Err(format!("`{key}` must be a number")),
        }
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// It is none, or outside.
    pub fn count(&self, key: &str, default: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32, String> {
        let value = self.number(key, default.into())?;
        let whole = value as u32;
        if f64::from(whole) == value && range.contains(&whole) {
            Ok(whole)
        } else {
            Err(format!("`{key}` must be a whole number from {} to {}", range.start(), range.end()))
        }
    }

    /// A text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self, key: &str, default: &str) -> Result<String, String> {
        match self.spec.options.get(key) {
            None => Ok(default.to_owned()),
            Some(value) => value.as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` must be a text")),
        }
    }

    /// Millivolts at the board's analog pin for a full reading.
    #[must_use]
    pub fn adc_full_mv(&self) -> u32 {
        self.board.adc_full_mv.max(1)
    }

    /// A number of the part's own, the same in every run: of its name.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.spec.name.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
    }
}

type Build = fn(&Options<'_>) -> Result<Box<dyn Part>, String>;

/// Each kind, the options that it takes, and how it is made.
const KINDS: &[(&str, &[&str], Build)] = &[
    ("led", &["pin", "active_low"], led::build),
    ("button", &["pin", "active_high"], button::build),
    ("pot", &["value"], pot::build),
    ("dht11", &["pin", "temperature", "humidity"], dht::build_11),
    ("dht22", &["pin", "temperature", "humidity"], dht::build_22),
    ("ds18b20", &["pin", "temperature"], ds18b20::build),
    ("ssd1306", &["sda", "scl", "address", "height"], ssd1306::build),
    ("neopixel", &["pin", "count", "bytes"], neopixel::build),
    ("eeprom", &["sda", "scl", "address", "kb"], eeprom::build),
    ("spi-loopback", &["mosi", "miso"], spi_loop::build),
    ("spi-flash", &["clk", "mosi", "miso", "cs", "kb"], spi_flash::build),
    ("servo", &["pin", "min_us", "max_us"], servo::build),
    ("logic-analyser", &["pins"], analyser::build),
    ("piezo", &["pin"], piezo::build),
    ("i2s-sink", &[], i2s_sink::build),
    ("reset-wire", &[], reset_wire::build),
];

/// Makes a part from its table.
///
/// # Errors
/// There is no such kind, or an option is wrong.
pub fn build(spec: &PartSpec, board: &Board) -> Result<Box<dyn Part>, String> {
    let Some((_, keys, build)) = KINDS.iter().find(|(kind, ..)| *kind == spec.kind) else {
        let all: Vec<&str> = KINDS.iter().map(|(kind, ..)| *kind).collect();
        return Err(format!("there is no kind `{}`; there are: {}", spec.kind, all.join(", ")));
    };
    if let Some(key) = spec.options.keys().find(|key| !keys.contains(&key.as_str())) {
        return Err(format!("a {} has no option `{key}`; it has: {}", spec.kind, keys.join(", ")));
    }
    build(&Options { spec, board })
}

/// What every part's command ends in that it does not know.
fn unknown(words: &[&str], known: &str) -> Result<krait_soc::Answer, String> {
    Err(format!("`{}` is not known here; there is: {known}", words.join(" ")))
}

/// A number in a command.
fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(|| format!("`{text}` is no number"))
}

/// The two methods that are the same in each part.
macro_rules! common {
    () => {
        fn boxed_clone(&self) -> Box<dyn krait_soc::Part> {
            Box::new(self.clone())
        }

        fn as_any(&self) -> &dyn std::any::Any {
            self
        }
    };
}
use common;
