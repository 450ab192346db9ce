//! Packed items: what a typecode means, for `array`, `memoryview` and `struct`.
//!
//! An item is read and written as its bits in a `u64` ([`Item::load`], [`Item::store`]), so that no borrowed bytes are
//! held while Python values are made.

use super::exception;
use super::float_math as math;
use super::int::Operand;
use super::int_text::not_int;
use crate::{Float, Outcome, Raised, UnaryOp, Value, Vm};

/// Bytes of the largest item.
pub const ITEM_MAX: usize = 8;

/// A typecode and the bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The typecode, one of `bBhHiIlLqQnNPSOefd?`.
    pub code: u8,
    /// Bytes: 1, 2, 4 or 8. Also its alignment where that matters.
    pub size: usize,
}

impl Item {
    /// As the machine's C compiler has it.
    pub fn native(code: u8) -> Option<Item> {
        let size = match code {
            b'l' | b'L' | b'n' | b'N' | b'P' | b'S' | b'O' => size_of::<usize>(),
            _ => return Item::standard(code),
        };
        Some(Item { code, size })
    }

    /// As in `struct` formats with a byte order.
    pub fn standard(code: u8) -> Option<Item> {
        let size = match code {
            b'b' | b'B' | b'?' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'l' | b'L' | b'f' => 4,
            b'q' | b'Q' | b'd' => 8,
            b'P' | b'S' | b'O' | b'n' | b'N' => size_of::<usize>(),
            _ => return None,
        };
        Some(Item { code, size })
    }

    /// Whether it is a float of any width.
    pub fn is_float(self) -> bool {
        matches!(self.code, b'e' | b'f' | b'd')
    }

    /// Whether it is an integer that can be negative.
    pub fn is_signed(self) -> bool {
        matches!(self.code, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }

    /// The bits in `bytes`, lowest byte first unless `big`.
    #[inline]
    pub fn load(self, bytes: &[u8], big: bool) -> u64 {
        let bits = match *bytes.get(..self.size).unwrap_or(bytes) {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => 0,
        };
        if big { bits.swap_bytes() >> (64 - 8 * self.size.clamp(1, ITEM_MAX)) } else { bits }
    }

    /// Writes the bits to the front of `bytes`.
    #[inline]
    pub fn store(self, bytes: &mut [u8], bits: u64, big: bool) {
        let all = bits.to_le_bytes();
        let low = all.get(..self.size).unwrap_or(&all);
        let room = bytes.iter_mut().take(self.size);
        if big {
            room.zip(low.iter().rev()).for_each(|(to, b)| *to = *b);
        } else {
            room.zip(low).for_each(|(to, b)| *to = *b);
        }
    }

    /// All ones, as wide as the item.
    #[inline]
    fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.size.clamp(1, ITEM_MAX))
    }

    /// The bits as a signed integer of this width.
    #[inline]
    pub fn extend(self, bits: u64) -> i64 {
        let unused = 64 - 8 * self.size.clamp(1, ITEM_MAX) as u32;
        if self.is_signed() { ((bits << unused) as i64) >> unused } else { bits as i64 }
    }

    /// The Python value of these bits (for `O`: the address).
    ///
    /// # Errors
    /// Out of memory.
    pub fn value(self, vm: &mut Vm, bits: u64) -> Outcome {
        match self.code {
            b'f' => vm.new_float(f32::from_bits(bits as u32) as Float),
            b'd' => vm.new_float(f64::from_bits(bits) as Float),
            b'e' => vm.new_float(half_to_float(bits as u16)),
            b'?' => Ok(Value::bool(bits != 0)),
            _ if self.is_signed() || self.code == b'P' => {
                let unused = 64 - 8 * self.size.clamp(1, ITEM_MAX) as u32;
                vm.new_int(((bits << unused) as i64) >> unused)
            }
            _ => vm.new_int(bits),
        }
    }

    /// The bits of a Python value.
    ///
    /// # Errors
    /// `TypeError` for the wrong kind of value; with `checked`, `OverflowError` for an integer that does not fit
    /// (otherwise its low bits are taken).
    pub fn bits(self, vm: &mut Vm, v: Value, checked: bool) -> Result<u64, Raised> {
        match self.code {
            b'f' => return vm.need_float(v).map(|f| u64::from((f as f32).to_bits())),
            b'd' => {
                #[allow(clippy::useless_conversion, reason = "widens single precision only")]
                return vm.need_float(v).map(|f| f64::from(f).to_bits());
            }
            b'e' => return vm.need_float(v).map(|f| u64::from(float_to_half(f))),
            b'?' => return vm.truth(v).map(u64::from),
            _ => {}
        }
        if let Some(i) = v.as_small_int() {
            let bits = i as i64 as u64;
            if self.extend(bits & self.mask()) == i as i64 && (i >= 0 || self.is_signed()) {
                return Ok(bits);
            }
        }
        let x = match Operand::of(v) {
            Some(x) => x,
            None => {
                let i = as_int(vm, v)?;
                match Operand::of(i) {
                    Some(x) => x,
                    None => return Err(not_int(vm, v)),
                }
            }
        };
        let x = x.int();
        if checked && self.code != b'P' {
            // A signed item has one bit less for the magnitude, but for the lowest number.
            let room = 8 * self.size as u64 - u64::from(self.is_signed());
            let lowest = self.is_signed() && x.is_negative() && x.bit_len() == room + 1;
            let fits = x.bit_len() <= room || lowest && krait_bignum::bytes_len(x, true) <= self.size as u64;
            if !fits || (x.is_negative() && !self.is_signed()) {
                return Err(vm.raise_fmt(
                    &exception::OVERFLOW_ERROR,
                    format_args!("value out of range for typecode '{}'", char::from(self.code)),
                ));
            }
        }
        Ok(x.wrapping_u64())
    }
}

/// The int that stands for an instance.
fn as_int(vm: &mut Vm, v: Value) -> Outcome {
    let native = vm.native_part(v);
    if Operand::of(native).is_some() {
        return Ok(native);
    }
    if vm.as_instance(v).is_none() {
        return Err(not_int(vm, v));
    }
    let made = vm.unary(UnaryOp::Int, v)?;
    Ok(vm.native_part(made))
}

/// IEEE half precision: 1 sign bit, 5 of exponent, 10 of mantissa.
fn half_to_float(bits: u16) -> Float {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), Float::from(bits & 0x3ff));
    let magnitude = match exponent {
        0x1f if mantissa == 0.0 => Float::INFINITY,
        0x1f => Float::NAN,
        0 => math::ldexp(mantissa, -24),
        e => math::ldexp(mantissa + 1024.0, e - 25),
    };
    if bits & 0x8000 != 0 { -magnitude } else { magnitude }
}

/// The nearest half, ties to even; infinity beyond the largest.
fn float_to_half(f: Float) -> u16 {
    let sign = if f.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = f.abs();
    let bits = if f.is_nan() {
        0x7e00
    } else if magnitude >= 65520.0 {
        0x7c00
    } else if magnitude < math::ldexp(1.0, -14) {
        // Subnormal; rounding up to the smallest normal number gives its bits too.
        math::round_even(math::ldexp(magnitude, 24)) as u16
    } else {
        let (mantissa, exponent) = math::frexp(magnitude);
        let kept = math::round_even(math::ldexp(mantissa, 11)) as u16;
        // `kept` is 1024 to 2048; its top bit is the exponent's lowest unit.
        (((exponent + 13) as u16) << 10).wrapping_add(kept)
    };
    sign | bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves() {
        for bits in 0..=u16::MAX {
            let f = half_to_float(bits);
            if !f.is_nan() {
                assert_eq!(float_to_half(f), bits, "{f}");
            }
        }
        assert_eq!(float_to_half(1e15), 0x7c00);
        assert_eq!(float_to_half(65519.0), 0x7bff);
        assert_eq!(float_to_half(1.0 + 1.0 / 2048.0), 0x3c00);
        assert_eq!(float_to_half(1.0 + 3.0 / 2048.0), 0x3c02);
        assert_eq!(float_to_half(2e-8), 0);
        assert_eq!(float_to_half(Float::NAN), 0x7e00);
    }

    #[test]
    fn bits_both_ways() {
        let item = Item { code: b'h', size: 2 };
        let mut bytes = [0; 3];
        item.store(&mut bytes, 0x1234, true);
        assert_eq!(bytes, [0x12, 0x34, 0]);
        assert_eq!(item.load(&bytes, true), 0x1234);
        assert_eq!(item.load(&bytes, false), 0x3412);
        assert_eq!(item.extend(0x8000), -0x8000);
        assert_eq!(Item { code: b'H', size: 2 }.extend(0x8000), 0x8000);
    }
}
