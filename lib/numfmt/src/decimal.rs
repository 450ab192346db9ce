//! The exact decimal digits of a float, rounded to as many as asked for.
//!
//! A float is an integer part and a fraction, both finite in binary and so in decimal. Digits come nine at
//! a time: by dividing the integer part, then by multiplying the fraction.

use crate::Float;

/// Where to round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    /// This many significant digits; 0 counts as 1.
    Significant(usize),
    /// This many digits after the point.
    Fraction(usize),
}

/// `0.d1 d2 d3 ... * 10**point`, the first digit not zero. Digits beyond the stored ones are zeros;
/// no stored digits at all are zero, with a point of 1.
pub(crate) struct Decimal<F: Float> {
    digits: F::Digits,
    len: usize,
    pub(crate) point: i32,
}

const NINE: u32 = 1_000_000_000;

impl<F: Float> Decimal<F> {
    pub(crate) fn zero() -> Self {
        Decimal { digits: F::NO_DIGITS, len: 0, point: 1 }
    }

    /// Makes a zero the number of these digits, already known, as from the shortest form.
    pub(crate) fn set_digits(&mut self, digits: &[u8], point: i32) {
        for (slot, digit) in self.digits.as_mut().iter_mut().zip(digits) {
            *slot = *digit;
            self.len += 1;
        }
        self.drop_zeros();
        if self.len != 0 {
            self.point = point;
        }
    }

    /// Makes a zero the digits of a finite value's magnitude, rounded half to even. In place, since this
    /// is a large thing to move.
    pub(crate) fn set_exact(&mut self, x: F, places: Places) {
        let (mantissa, exponent) = x.parts();
        let mut gather = Gather { decimal: self, places, want: None, next: None, more: false };
        if mantissa == 0 {
            return;
        }
        let fraction = gather.whole(mantissa, exponent);
        gather.fraction(fraction, exponent);
        gather.round();
    }

    /// Digit `i` after the first; zero beyond the stored ones.
    pub(crate) fn digit(&self, i: usize) -> u8 {
        self.stored().get(i).copied().unwrap_or(0)
    }

    /// Stored digits, without trailing zeros.
    pub(crate) fn stored(&self) -> &[u8] {
        self.digits.as_ref().get(..self.len).unwrap_or_default()
    }

    fn drop_zeros(&mut self) {
        let kept = self.stored().iter().rposition(|&d| d != 0);
        self.len = kept.map_or(0, |last| last + 1);
    }
}

/// A decimal in the making.
struct Gather<'d, F: Float> {
    decimal: &'d mut Decimal<F>,
    places: Places,
    /// Digits to keep; known once the first digit that is not zero has its place.
    want: Option<usize>,
    /// The first digit not kept.
    next: Option<u8>,
    /// Something other than zero follows `next`.
    more: bool,
}

impl<F: Float> Gather<'_, F> {
    /// Enough is known to round, but for what is left of the fraction.
    fn full(&self) -> bool {
        self.next.is_some()
    }

    /// Sets the place of the first digit: `0.d... * 10**point`.
    fn start(&mut self, point: i32) {
        self.decimal.point = point;
        self.want = Some(match self.places {
            Places::Significant(n) => n.max(1),
            Places::Fraction(n) => match usize::try_from(point) {
                Ok(whole) => n.saturating_add(whole),
                Err(_) => {
                    let zeros = point.unsigned_abs() as usize;
                    if zeros > n {
                        // Even the first digit lies beyond the place that rounds.
                        self.next = Some(0);
                    }
                    n.saturating_sub(zeros)
                }
            },
        });
    }

    fn push(&mut self, digit: u8) {
        let want = self.want.unwrap_or(0);
        if self.full() {
            self.more |= digit != 0;
        } else if self.decimal.len < want {
            if let Some(slot) = self.decimal.digits.as_mut().get_mut(self.decimal.len) {
                *slot = digit;
                self.decimal.len += 1;
            }
        } else {
            self.next = Some(digit);
        }
    }

    /// Nine digits; `at` is the place of the first of them, as a `point`.
    fn push_nine(&mut self, chunk: u32, at: i32) {
        let mut digits = [0; 9];
        let mut rest = chunk;
        for slot in digits.iter_mut().rev() {
            *slot = (rest % 10) as u8;
            rest /= 10;
        }
        for (place, &digit) in (0..).zip(&digits) {
            if self.want.is_none() {
                if digit == 0 {
                    continue;
                }
                self.start(at - place);
            }
            self.push(digit);
        }
    }

    /// The integer part's digits; returns the bits of the mantissa below the point.
    fn whole(&mut self, mantissa: u64, exponent: i32) -> u64 {
        let (whole, shift) = match u32::try_from(exponent) {
            Ok(shift) => (mantissa, shift),
            Err(_) => {
                let below = exponent.unsigned_abs();
                if below >= 64 {
                    return mantissa;
                }
                (mantissa >> below, 0)
            }
        };
        if let Ok(small) = u32::try_from(whole)
            && shift == 0
        {
            // The usual case: one word, at most ten digits.
            self.push_nine(small / NINE, 18);
            self.push_nine(small % NINE, 9);
        } else {
            self.long_whole(whole, shift);
        }
        match exponent {
            0.. => 0,
            below => mantissa & ((1 << below.unsigned_abs()) - 1),
        }
    }

    fn long_whole(&mut self, whole: u64, shift: u32) {
        let mut words = F::NO_WHOLE;
        let words = words.as_mut();
        let wide = u128::from(whole) << (shift % 32);
        for (i, slot) in words.iter_mut().skip((shift / 32) as usize).take(3).enumerate() {
            *slot = (wide >> (32 * i)) as u32;
        }
        // Chunks come lowest first; 35 of them hold the 309 digits of the largest double.
        let mut chunks = [0u32; 35];
        let mut count = 0;
        let mut len = words.len();
        for slot in &mut chunks {
            while len > 0 && words.get(len - 1) == Some(&0) {
                len -= 1;
            }
            if len == 0 {
                break;
            }
            let mut rest = 0;
            for word in words.iter_mut().take(len).rev() {
                let wide = u64::from(rest) << 32 | u64::from(*word);
                *word = (wide / u64::from(NINE)) as u32;
                rest = (wide % u64::from(NINE)) as u32;
            }
            *slot = rest;
            count += 1;
        }
        for (i, &chunk) in chunks.iter().take(count).enumerate().rev() {
            self.push_nine(chunk, 9 * (i as i32 + 1));
        }
    }

    /// The digits of `left * 2**exponent`, below one.
    fn fraction(&mut self, left: u64, exponent: i32) {
        let below = match exponent {
            0.. => return,
            _ if left == 0 => return,
            _ => exponent.unsigned_abs(),
        };
        // Words of the fraction, lowest first; the point stands above the last of `len`.
        let mut words = F::NO_FRACTION;
        let words = words.as_mut();
        let len = (below.div_ceil(32) as usize).min(words.len());
        let Some(words) = words.get_mut(..len) else {
            return;
        };
        let wide = u128::from(left) << (len as u32 * 32 - below);
        for (i, slot) in words.iter_mut().take(4).enumerate() {
            *slot = (wide >> (32 * i)) as u32;
        }
        let mut low = 0;
        let mut at = 0;
        loop {
            while words.get(low) == Some(&0) {
                low += 1;
            }
            let Some(rest) = words.get_mut(low..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            if self.full() {
                self.more = true;
                break;
            }
            let mut carry = 0;
            for word in rest {
                let wide = u64::from(*word) * u64::from(NINE) + u64::from(carry);
                *word = wide as u32;
                carry = (wide >> 32) as u32;
            }
            self.push_nine(carry, at);
            at -= 9;
        }
    }

    fn round(self) {
        let decimal = self.decimal;
        let odd = decimal.stored().last().is_some_and(|d| d % 2 == 1);
        let up = match self.next {
            Some(5) => self.more || odd,
            Some(next) => next > 5,
            None => false,
        };
        if up {
            let len = decimal.len;
            let digits = decimal.digits.as_mut();
            let nines = digits.iter().take(len).rev().take_while(|&&d| d == 9).count();
            decimal.len = len - nines;
            match decimal.len.checked_sub(1).and_then(|last| digits.get_mut(last)) {
                Some(last) => *last += 1,
                None => {
                    if let Some(first) = digits.first_mut() {
                        *first = 1;
                    }
                    decimal.len = 1;
                    decimal.point += 1;
                }
            }
        }
        decimal.drop_zeros();
        if decimal.len == 0 {
            decimal.point = 1;
        }
    }
}
