//! The format spec: `[[fill]align][sign][#][0][width][,|_][.precision][type]`.
//!
//! Laxer than CPython's where MicroPython is: a precision for integers is ignored, and separators
//! may go with any base.

use crate::Error;
use crate::scan::Scan;

/// Where padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`: behind.
    Left,
    /// `>`: in front.
    Right,
    /// `^`: half and half, the odd one behind.
    Center,
    /// `=`: between sign or prefix and digits.
    AfterSign,
}

impl Align {
    fn of(c: char) -> Option<Align> {
        match c {
            '<' => Some(Align::Left),
            '>' => Some(Align::Right),
            '^' => Some(Align::Center),
            '=' => Some(Align::AfterSign),
            _ => None,
        }
    }
}

/// What stands in front of a number that is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sign {
    /// Nothing.
    #[default]
    Minus,
    /// `+`
    Plus,
    /// A blank.
    Space,
}

/// How one value is to look. The default is as `str` would have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Spec {
    /// The padding character, if given.
    pub fill: Option<char>,
    /// The alignment, if given.
    pub align: Option<Align>,
    /// The sign of numbers.
    pub sign: Sign,
    /// `#`: prefixes for integers, kept points and zeros for floats.
    pub alternate: bool,
    /// `0`: zeros as padding, after the sign for numbers, unless fill and alignment say otherwise.
    pub zero: bool,
    /// The least width in characters.
    pub width: u32,
    /// `,` or `_` between groups of digits.
    pub separator: Option<char>,
    /// Digits of a float, or the greatest length of text.
    pub precision: Option<u32>,
    /// The least number of digits of an integer. Only `%` can say this.
    pub min_digits: u32,
    /// The type code, one of `bcdeEfFgGnosxX%`.
    pub code: Option<char>,
}

impl Spec {
    /// Reads a whole spec, in which nested fields have been replaced already.
    pub fn parse(text: &str) -> Result<Spec, Error> {
        let mut spec = Spec::default();
        let mut scan = Scan::new(text.as_bytes());
        let mut chars = text.chars();
        if let Some(first) = chars.next() {
            // Two alignment characters are a fill and an alignment.
            if let Some(align) = chars.next().and_then(Align::of) {
                spec.fill = Some(first);
                spec.align = Some(align);
                scan.at = first.len_utf8() + 1;
            } else if let Some(align) = Align::of(first) {
                spec.align = Some(align);
                scan.at = 1;
            }
        }
        match scan.peek() {
            Some(b'+') => spec.sign = Sign::Plus,
            Some(b' ') => spec.sign = Sign::Space,
            _ => {}
        }
        if matches!(scan.peek(), Some(b'+' | b' ' | b'-')) {
            scan.at += 1;
        }
        spec.alternate = scan.eat(b'#');
        // The zero is a digit of the width too.
        spec.zero = scan.peek() == Some(b'0');
        spec.width = scan.number()?.unwrap_or(0);
        if let Some(separator @ (b',' | b'_')) = scan.peek() {
            spec.separator = Some(char::from(separator));
            scan.at += 1;
        }
        if scan.eat(b'.') {
            spec.precision = scan.number()?;
        }
        if let Some(code) = scan.peek()
            && b"bcdeEfFgGnosxX%".contains(&code)
        {
            spec.code = Some(char::from(code));
            scan.at += 1;
        }
        if scan.peek().is_some() {
            return Err(Error::InvalidSpec);
        }
        Ok(spec)
    }

    pub(crate) fn numeric_align(&self) -> Align {
        self.align.unwrap_or(if self.zero { Align::AfterSign } else { Align::Right })
    }

    pub(crate) fn fill_char(&self) -> char {
        self.fill.unwrap_or(if self.zero { '0' } else { ' ' })
    }
}
