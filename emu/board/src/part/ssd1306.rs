//! SSD1306: an OLED display of 128 by 64 or 32 dots on I2C; its picture as PNG or text.
//!
//! Facts: Solomon Systech's data sheet. Modelled: the three addressing modes, ranges, start line, offset, remapping of
//! rows and columns, inversion, all-on, display on and off. Not: scrolling, contrast (kept, not shown), timing.

use krait_soc::pads::PadChange;
use krait_soc::time::Ticks;
use krait_soc::{Answer, Part, Wires};

use super::i2c::{Device, Target};
use super::{Options, common, unknown};

const WIDTH: usize = 128;
const PAGES: usize = 8;

/// A display.
#[derive(Debug, Clone)]
pub struct Ssd1306 {
    target: Target,
    panel: Panel,
}

/// Makes one.
///
/// # Errors
/// An option is wrong.
pub fn build(options: &Options<'_>) -> Result<Box<dyn Part>, String> {
    let height = options.count("height", 64, 16..=64)? as usize;
    if !height.is_multiple_of(8) {
        return Err("`height` must be divisible by 8".into());
    }
    let address = options.count("address", 0x3C, 0x08..=0x77)? as u8;
    let target = Target::new(options.pin("sda")?, options.pin("scl")?, address);
    Ok(Box::new(Ssd1306 { target, panel: Panel::new(height) }))
}

#[derive(Debug, Clone)]
struct Panel {
    height: usize,
    memory: Vec<u8>,
    on: bool,
    inverted: bool,
    all_on: bool,
    mode: u8,
    columns: (u8, u8),
    pages: (u8, u8),
    column: u8,
    page: u8,
    start_line: u8,
    offset: u8,
    remap_columns: bool,
    remap_rows: bool,
    /// The byte that says what follows: None if it is awaited.
    control: Option<u8>,
    /// A command whose operands are not all there.
    pending: Vec<u8>,
}

impl Panel {
    fn new(height: usize) -> Self {
        Panel {
            height,
            memory: vec![0; WIDTH * PAGES],
            on: false,
            inverted: false,
            all_on: false,
            mode: 2,
            columns: (0, 127),
            pages: (0, 7),
            column: 0,
            page: 0,
            start_line: 0,
            offset: 0,
            remap_columns: false,
            remap_rows: false,
            control: None,
            pending: Vec::new(),
        }
    }

    fn data(&mut self, byte: u8) {
        let at = usize::from(self.page) * WIDTH + usize::from(self.column);
        if let Some(cell) = self.memory.get_mut(at) {
            *cell = byte;
        }
        let next = |value: u8, (first, last): (u8, u8)| if value >= last { (first, true) } else { (value + 1, false) };
        match self.mode {
            0 => {
                let (column, over) = next(self.column, self.columns);
                self.column = column;
                if over {
                    self.page = next(self.page, self.pages).0;
                }
            }
            1 => {
                let (page, over) = next(self.page, self.pages);
                self.page = page;
                if over {
                    self.column = next(self.column, self.columns).0;
                }
            }
            _ => self.column = (self.column + 1) & 127,
        }
    }

    fn command(&mut self, byte: u8) {
        self.pending.push(byte);
        let operands = match self.pending.first().copied().unwrap_or(0) {
            0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
            0x21 | 0x22 | 0xA3 => 2,
            0x29 | 0x2A => 5,
            0x26 | 0x27 => 6,
            _ => 0,
        };
        if self.pending.len() <= operands {
            return;
        }
        let words = std::mem::take(&mut self.pending);
        match *words.as_slice() {
            [low @ 0x00..=0x0F] => self.column = self.column & 0xF0 | low,
            [high @ 0x10..=0x1F] => self.column = self.column & 0x0F | (high & 7) << 4,
            [0x20, mode] => self.mode = mode & 3,
            [0x21, first, last] => {
                self.columns = (first & 127, last & 127);
                self.column = first & 127;
            }
            [0x22, first, last] => {
                self.pages = (first & 7, last & 7);
                self.page = first & 7;
            }
            [line @ 0x40..=0x7F] => self.start_line = line & 63,
            [remap @ (0xA0 | 0xA1)] => self.remap_columns = remap & 1 != 0,
            [all @ (0xA4 | 0xA5)] => self.all_on = all & 1 != 0,
            [inverse @ (0xA6 | 0xA7)] => self.inverted = inverse & 1 != 0,
            [on @ (0xAE | 0xAF)] => self.on = on & 1 != 0,
            [page @ 0xB0..=0xB7] => self.page = page & 7,
            [scan @ 0xC0..=0xCF] => self.remap_rows = scan & 8 != 0,
            [0xD3, offset] => self.offset = offset & 63,
            _ => {}
        }
    }

    /// A dot as one sees it. Modules are mounted so that both remappings give an upright picture.
    fn dot(&self, x: usize, y: usize) -> bool {
        if !self.on {
            return false;
        }
        if self.all_on {
            return true;
        }
        let row = if self.remap_rows { y } else { self.height - 1 - y };
        let column = if self.remap_columns { x } else { WIDTH - 1 - x };
        let line = (row + usize::from(self.start_line) + usize::from(self.offset)) % 64;
        let byte = self.memory.get(line / 8 * WIDTH + column).copied().unwrap_or(0);
        (byte >> (line % 8) & 1 != 0) != self.inverted
    }

    fn picture(&self) -> Result<Vec<u8>, String> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, self.height as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut rows = vec![0u8; WIDTH / 8 * self.height];
        for y in 0..self.height {
            for x in (0..WIDTH).filter(|x| self.dot(*x, y)) {
                rows[y * WIDTH / 8 + x / 8] |= 0x80 >> (x % 8);
            }
        }
        let mut writer = encoder.write_header().map_err(|e| e.to_string())?;
        writer.write_image_data(&rows).map_err(|e| e.to_string())?;
        writer.finish().map_err(|e| e.to_string())?;
        Ok(file)
    }

    /// Two dots above each other in a character.
    fn text(&self) -> String {
        let line = |y: usize| {
            (0..WIDTH).map(move |x| match (self.dot(x, y), self.dot(x, y + 1)) {
                (false, false) => ' ',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (true, true) => '\u{2588}',
            })
        };
        let lines: Vec<String> = (0..self.height).step_by(2).map(|y| line(y).collect::<String>()).collect();
        lines.iter().map(|l| l.trim_end()).collect::<Vec<_>>().join("\n")
    }
}

impl Device for Panel {
    fn start(&mut self, reads: bool, _now: Ticks) -> bool {
        self.control = None;
        self.pending.clear();
        !reads
    }

    fn write(&mut self, byte: u8, _now: Ticks) -> bool {
        match self.control {
            None => self.control = Some(byte),
            Some(control) => {
                if control & 0x40 != 0 {
                    self.data(byte)
                } else {
                    self.command(byte)
                }
                // With the continuation bit each byte has its own control byte.
                if control & 0x80 != 0 {
                    self.control = None;
                }
            }
        }
        true
    }

    fn read(&mut self) -> u8 {
        0xFF
    }
}

impl Part for Ssd1306 {
    fn attach(&mut self, wires: &mut Wires<'_>) {
        self.target.attach(wires);
    }

    fn change(&mut self, change: PadChange, wires: &mut Wires<'_>) {
        self.target.change(change, &mut self.panel, wires);
    }

    fn power_cycle(&mut self, _wires: &mut Wires<'_>) {
        self.panel = Panel::new(self.panel.height);
    }

    fn command(&mut self, words: &[&str], _wires: &mut Wires<'_>) -> Result<Answer, String> {
        match *words {
            ["read"] => Ok(Answer::Number(f64::from(u8::from(self.panel.on)))),
            ["save"] | ["save", "png"] => self.panel.picture().map(Answer::File),
            ["text"] => Ok(Answer::Text(self.panel.text())),
            _ => unknown(words, "save png, text, read"),
        }
    }

    common!();
}
