//! A float laid out as text: `repr`, `e`, `f`, `g` and `%`.
//!
//! The parts are handed out one by one, so that a caller can count them before it writes, and pad
//! or group the integer part.

use core::fmt::{self, Write};

use crate::Float;
use crate::decimal::{Decimal, Places};
use crate::shortest::{Buffer, REPR_LEN, shortest};

/// How digits are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Shortest digits, or with a precision like `General` but never without a point or exponent.
    Repr,
    /// `d.ddde+dd`
    Exponent,
    /// `ddd.ddd`
    Fixed,
    /// `Exponent` for very small and large values, otherwise `Fixed`, without trailing zeros.
    General,
}

/// Everything that decides a float's text but sign and padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatStyle {
    /// The layout.
    pub notation: Notation,
    /// Digits after the point, or significant digits for `General` and `Repr`. 6 if not given,
    /// but for `Repr`.
    pub precision: Option<usize>,
    /// `E`, `INF`, `NAN`.
    pub upper: bool,
    /// Keeps the point, and trailing zeros in `General`.
    pub alternate: bool,
    /// Multiplies by a hundred and puts a `%` behind.
    pub percent: bool,
}

impl FloatStyle {
    /// As `repr` and `str` do.
    pub const REPR: FloatStyle =
        FloatStyle { notation: Notation::Repr, precision: None, upper: false, alternate: false, percent: false };

    /// The style of a printf or format-spec code, one of `eEfFgGn%`; `None` for any other.
    pub fn of_code(code: u8, precision: Option<usize>, alternate: bool) -> Option<FloatStyle> {
        let notation = match code {
            b'e' | b'E' => Notation::Exponent,
            b'f' | b'F' | b'%' => Notation::Fixed,
            b'g' | b'G' | b'n' => Notation::General,
            _ => return None,
        };
        Some(FloatStyle { notation, precision, upper: code.is_ascii_uppercase(), alternate, percent: code == b'%' })
    }
}

/// A float's text in parts: an optional sign, the integer part, and the rest.
pub struct FloatText<F: Float> {
    decimal: Decimal<F>,
    negative: bool,
    /// `inf` or `nan` in place of digits.
    word: Option<&'static str>,
    /// Digits before the point: at least 1.
    whole: usize,
    /// Digits after the point.
    fraction: usize,
    point: bool,
    exponent: Option<i32>,
    upper: bool,
    percent: bool,
}

impl<F: Float> FloatText<F> {
    /// Lays out `x`. The sign is kept apart.
    pub fn new(x: F, style: FloatStyle) -> Self {
        let x = if style.percent { x.percent() } else { x };
        let mut text = FloatText {
            decimal: Decimal::zero(),
            // Python prints no sign for NaN.
            negative: x.is_negative() && !x.is_nan(),
            word: None,
            whole: 1,
            fraction: 0,
            point: false,
            exponent: None,
            upper: style.upper,
            percent: style.percent,
        };
        if x.is_nan() || x.is_infinite() {
            text.word = Some(match (x.is_nan(), style.upper) {
                (true, false) => "nan",
                (true, true) => "NAN",
                (false, false) => "inf",
                (false, true) => "INF",
            });
        } else {
            text.lay_out(x, style);
        }
        text
    }

    fn lay_out(&mut self, x: F, style: FloatStyle) {
        let precision = style.precision.unwrap_or(6);
        match (style.notation, style.precision) {
            (Notation::Fixed, _) => {
                self.decimal.set_exact(x, Places::Fraction(precision));
                self.fixed(precision);
            }
            (Notation::Exponent, _) => {
                let places = Places::Significant(precision.saturating_add(1));
                self.decimal.set_exact(x, places);
                self.scientific(precision);
            }
            (Notation::General, _) | (Notation::Repr, Some(_)) => {
                let precision = precision.max(1);
                self.decimal.set_exact(x, Places::Significant(precision));
                let kept = if style.alternate { precision } else { 0 };
                // Without a code there is always a digit after the point, which counts as one.
                let bare = usize::from(style.notation == Notation::Repr);
                self.choose(precision - bare, bare, kept);
            }
            (Notation::Repr, None) => {
                let mut room = [0; REPR_LEN];
                let (digits, point) = shortest(&mut room, x);
                self.decimal.set_digits(digits, point);
                self.choose(16, 1, 0);
            }
        }
        self.point = self.fraction > 0 || style.alternate;
    }

    /// Fixed notation if the value is in 1e-4 .. 10**limit, otherwise scientific; in fixed notation
    /// at least `least` digits after the point, and at least `kept` significant digits in both.
    fn choose(&mut self, limit: usize, least: usize, kept: usize) {
        let digits = self.decimal.stored().len().max(kept);
        let point = self.decimal.point;
        let whole = usize::try_from(point).unwrap_or(0);
        if point <= -4 || whole > limit {
            self.scientific(digits.saturating_sub(1));
        } else {
            let fraction = match usize::try_from(point) {
                Ok(whole) => digits.saturating_sub(whole),
                Err(_) => digits.saturating_add(point.unsigned_abs() as usize),
            };
            self.fixed(fraction.max(least));
        }
    }

    fn fixed(&mut self, fraction: usize) {
        self.whole = usize::try_from(self.decimal.point).unwrap_or(0).max(1);
        self.fraction = fraction;
    }

    fn scientific(&mut self, fraction: usize) {
        self.fraction = fraction;
        self.exponent = Some(self.decimal.point - 1);
    }

    /// The value has a minus sign, which the other methods leave out.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Digits of the integer part; 0 for infinities and NaN, which are all rest.
    pub fn whole_len(&self) -> usize {
        match self.word {
            Some(_) => 0,
            None => self.whole,
        }
    }

    /// Digit `i` of the integer part, as a number.
    pub fn whole_digit(&self, i: usize) -> u8 {
        self.digit(i)
    }

    /// Digit `i` counted from the first of the integer part, which may be a zero before the decimal's own.
    fn digit(&self, i: usize) -> u8 {
        if self.exponent.is_some() {
            return self.decimal.digit(i);
        }
        // Fixed: digit `whole` is the first after the point.
        let lead = self.whole as i64 - i64::from(self.decimal.point);
        match usize::try_from(i as i64 - lead) {
            Ok(i) => self.decimal.digit(i),
            Err(_) => 0,
        }
    }

    /// Bytes of what follows the integer part: point, fraction, exponent, percent sign, or the whole word.
    pub fn rest_len(&self) -> usize {
        let tail = usize::from(self.percent);
        match self.word {
            Some(word) => word.len() + tail,
            None => {
                let mut room = [0; 8];
                let exponent = self.exponent_text(&mut room).len();
                self.fraction.saturating_add(usize::from(self.point) + exponent + tail)
            }
        }
    }

    fn exponent_text<'b>(&self, room: &'b mut [u8; 8]) -> &'b str {
        let mut buffer = Buffer::new(room);
        if let Some(exponent) = self.exponent {
            let letter = if self.upper { 'E' } else { 'e' };
            let sign = if exponent < 0 { '-' } else { '+' };
            let _ = write!(buffer, "{letter}{sign}{:02}", exponent.unsigned_abs());
        }
        buffer.into_str()
    }

    /// Writes the integer part, without sign.
    pub fn write_whole(&self, w: &mut dyn Write) -> fmt::Result {
        self.write_digits(w, 0, self.whole_len())
    }

    /// Writes what follows the integer part.
    pub fn write_rest(&self, w: &mut dyn Write) -> fmt::Result {
        if let Some(word) = self.word {
            w.write_str(word)?;
        } else {
            if self.point {
                w.write_char('.')?;
            }
            self.write_digits(w, self.whole, self.fraction)?;
            w.write_str(self.exponent_text(&mut [0; 8]))?;
        }
        if self.percent { w.write_char('%') } else { Ok(()) }
    }

    /// Writes it all, with a minus sign if negative and no padding.
    pub fn write_signed(&self, w: &mut dyn Write) -> fmt::Result {
        if self.negative {
            w.write_char('-')?;
        }
        self.write_whole(w)?;
        self.write_rest(w)
    }

    /// `count` digits from `from` on, some at a time.
    fn write_digits(&self, w: &mut dyn Write, from: usize, count: usize) -> fmt::Result {
        let mut done = 0;
        while done < count {
            let mut room = [b'0'; 32];
            let n = (count - done).min(room.len());
            for (i, slot) in room.iter_mut().take(n).enumerate() {
                *slot += self.digit(from.saturating_add(done + i));
            }
            let text = room.get(..n).and_then(|t| core::str::from_utf8(t).ok());
            w.write_str(text.unwrap_or_default())?;
            done += n;
        }
        Ok(())
    }
}
