//! Board files: a name, pin labels, flash size, and parts.
//!
//! The surprising fact: labels are for people. Scripts and the command line say D4; Python says Pin(2); the file is
//! where the two meet.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// The boards that need no file.
pub const NAMES: [&str; 4] = ["huzzah", "nodemcu", "d1-mini", "esp-01"];

const FILES: [&str; 4] = [
    include_str!("../boards/huzzah.toml"),
    include_str!("../boards/nodemcu.toml"),
    include_str!("../boards/d1-mini.toml"),
    include_str!("../boards/esp-01.toml"),
];

/// A place where something can be wired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// GPIO0 to GPIO16.
    Gpio(u8),
    /// The analog input.
    Adc,
    /// The reset pin.
    Reset,
}

/// A board.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// What it is called.
    pub name: String,
    /// Flash in KB.
    #[serde(default = "four_megabytes")]
    pub flash_kb: usize,
    /// Whether GPIO16 is wired to RST.
    #[serde(default)]
    pub gpio16_reset: bool,
    /// Millivolts at the board's analog pin for a full reading.
    #[serde(default = "one_volt")]
    pub adc_full_mv: u32,
    /// Labels of pins: a GPIO number each.
    #[serde(default)]
    pub pins: BTreeMap<String, u8>,
    /// What is on the board or wired to it.
    #[serde(default, rename = "part")]
    pub parts: Vec<PartSpec>,
}

fn four_megabytes() -> usize {
    4096
}

fn one_volt() -> u32 {
    1000
}

/// A part in a board file: its name, its kind, and whatever the kind needs.
#[derive(Debug, Clone, Deserialize)]
pub struct PartSpec {
    /// What scripts call it.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The rest of its table.
    #[serde(flatten)]
    pub options: toml::Table,
}

/// Why there is no such board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardError(pub String);

impl fmt::Display for BoardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BoardError {}

impl Board {
    /// One of the ready-made boards.
    #[must_use]
    pub fn named(name: &str) -> Option<Board> {
        let at = NAMES.iter().position(|n| *n == name)?;
        Board::parse(FILES.get(at)?).ok()
    }

    /// Reads a board file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Board, BoardError> {
        let board: Board = toml::from_str(text).map_err(|e| BoardError(e.to_string().trim_end().to_owned()))?;
        if let Some((label, gpio)) = board.pins.iter().find(|(_, gpio)| **gpio > 16) {
            return Err(BoardError(format!("pin {label}: there is no GPIO{gpio}")));
        }
        for (n, part) in board.parts.iter().enumerate() {
            if board.parts.iter().take(n).any(|p| p.name == part.name) {
                return Err(BoardError(format!("two parts are called {}", part.name)));
            }
        }
        Ok(board)
    }

    /// A chip with nothing around it but its flash.
    #[must_use]
    pub fn bare() -> Board {
        Board {
            name: "bare ESP8266".into(),
            flash_kb: four_megabytes(),
            gpio16_reset: false,
            adc_full_mv: one_volt(),
            pins: BTreeMap::new(),
            parts: Vec::new(),
        }
    }

    /// The pin of a label, of `GPIO4`, or of a plain number.
    #[must_use]
    pub fn pin(&self, label: &str) -> Option<Pin> {
        if let Some((_, gpio)) = self.pins.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)) {
            return Some(Pin::Gpio(*gpio));
        }
        let upper = label.to_ascii_uppercase();
        match upper.as_str() {
            "A0" | "ADC" | "TOUT" => return Some(Pin::Adc),
            "RST" | "RESET" => return Some(Pin::Reset),
            _ => {}
        }
        let number = upper.strip_prefix("GPIO").unwrap_or(&upper).parse().ok()?;
        (number <= 16).then_some(Pin::Gpio(number))
    }

    /// The label of a GPIO, for people.
    #[must_use]
    pub fn label(&self, gpio: u8) -> String {
        let found = self.pins.iter().find(|(_, n)| **n == gpio);
        found.map_or_else(|| format!("GPIO{gpio}"), |(label, _)| label.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_made_ones_are_good() {
        for name in NAMES {
            let board = Board::named(name).unwrap_or_else(|| panic!("{name}"));
            assert!(board.parts.iter().all(|p| crate::part::build(p, &board).is_ok()), "{name}");
        }
        let d1 = Board::named("d1-mini").expect("exists");
        assert_eq!(
            (d1.pin("d3"), d1.pin("GPIO5"), d1.pin("A0")),
            (Some(Pin::Gpio(0)), Some(Pin::Gpio(5)), Some(Pin::Adc))
        );
        assert_eq!((d1.pin("17"), d1.pin("Q")), (None, None));
    }

    #[test]
    fn bad_files_are_refused_with_a_reason() {
        for (text, word) in [
            ("name = 1", "string"),
            ("name = \"x\"\n[pins]\nA = 99", "GPIO99"),
            ("name = \"x\"\ncolour = 3", "colour"),
            ("name = \"x\"\n[[part]]\nname=\"a\"\nkind=\"led\"\n[[part]]\nname=\"a\"\nkind=\"led\"", "two parts"),
        ] {
            let error = Board::parse(text).expect_err(text).to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
