//! Text in any base from 2 to 36 to integers.
//!
//! Long text becomes one limb per chunk of digits first; neighbours are then joined, twice as many
//! limbs at a time, by the chunk's powers. A joined pair takes just the limbs of its parts, so
//! the joining happens in the output.

use crate::radix::Radix;
use crate::{Error, Limb, Watch, mag, mul};

/// Texts with at least this many chunks are joined by powers (measured).
const JOIN: usize = 768;
/// Limbs made the quadratic way before joining starts.
const LEAF: usize = 128;

/// Limbs that [`from_text`] needs for so many digits: [`Error::Base`] for a base outside 2..=36.
pub fn from_text_len(digits: usize, base: u32) -> Result<usize, Error> {
    let radix = Radix::new(base)?;
    Ok(match radix.shift {
        Some(shift) => {
            let bits = (digits as u64).saturating_mul(u64::from(shift));
            usize::try_from(bits.div_ceil(u64::from(Limb::BITS))).unwrap_or(usize::MAX)
        }
        None => digits.div_ceil(radix.digits),
    }
    .max(1))
}

/// Limbs of scratch with which [`from_text`] is fastest; with less the time is quadratic.
pub fn from_text_scratch_len(digits: usize, base: u32) -> usize {
    match Radix::new(base) {
        Ok(radix) if radix.shift.is_none() => joining_len(digits.div_ceil(radix.digits)),
        _ => 0,
    }
}

fn joining_len(chunks: usize) -> usize {
    if chunks < JOIN {
        return 0;
    }
    // A product as long as the result, the largest power and its square root, and the multiplications.
    let half = chunks.next_power_of_two() / 2;
    let faster = mul::scratch_len(half, half);
    let lopsided = mul::scratch_len(half, chunks - half);
    chunks.saturating_add(half.saturating_mul(2)).saturating_add(faster.max(lopsided))
}

/// Reads digits of either case, skipping `_`; a sign or a prefix is the caller's to strip. Returns
/// the limbs used. Needs [`from_text_len`] of the text's length; any scratch will do,
/// [`from_text_scratch_len`] is best. [`Error::Digit`] for anything else, or for no digit at all.
pub fn from_text(
    out: &mut [Limb],
    text: &[u8],
    base: u32,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<usize, Error> {
    let radix = Radix::new(base)?;
    let mut count = 0usize;
    for &c in text.iter().filter(|&&c| c != b'_') {
        if Limb::from(value(c)) >= radix.base {
            return Err(Error::Digit);
        }
        count += 1;
    }
    if count == 0 {
        return Err(Error::Digit);
    }
    let out = out.get_mut(..from_text_len(count, base)?).ok_or(Error::Space)?;
    let digits = text.iter().filter(|&&c| c != b'_').map(|&c| value(c));
    match radix.shift {
        Some(shift) => bits(out, digits.rev(), shift, watch)?,
        None if out.len() < JOIN || scratch.len() < joining_len(out.len()) => {
            chunks(out, digits, count, &radix, watch)?;
        }
        None => joined(out, digits, count, &radix, scratch, watch)?,
    }
    Ok(mag::len(out))
}

/// A digit's value; 255 for what is no digit in any base.
fn value(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        b'a'..=b'z' => c - b'a' + 10,
        b'A'..=b'Z' => c - b'A' + 10,
        _ => u8::MAX,
    }
}

/// Base `2**shift`, lowest digit first.
fn bits(out: &mut [Limb], digits: impl Iterator<Item = u8>, shift: u32, watch: &mut Watch) -> Result<(), Error> {
    out.fill(0);
    let mut at: u64 = 0;
    for digit in digits {
        let (i, bit) = mag::split_bits(at).ok_or(Error::Space)?;
        let digit = Limb::from(digit);
        if let Some(limb) = out.get_mut(i) {
            *limb |= digit << bit;
        }
        if bit + shift > Limb::BITS
            && let Some(limb) = out.get_mut(i + 1)
        {
            *limb |= digit >> (Limb::BITS - bit);
        }
        at += u64::from(shift);
        watch.spend(1)?;
    }
    Ok(())
}

/// The next `n` digits as one limb, and the base to the power of `n`.
fn take(digits: &mut impl Iterator<Item = u8>, n: usize, base: Limb) -> (Limb, Limb) {
    digits.take(n).fold((0, 1), |(x, power), digit| {
        (x.wrapping_mul(base).wrapping_add(Limb::from(digit)), power.wrapping_mul(base))
    })
}

/// The quadratic way: multiply and add, highest chunk first. The first chunk is the short one.
fn chunks(
    out: &mut [Limb],
    mut digits: impl Iterator<Item = u8>,
    count: usize,
    radix: &Radix,
    watch: &mut Watch,
) -> Result<(), Error> {
    out.fill(0);
    let mut left = count;
    let mut len = 0;
    while left > 0 {
        let n = match left % radix.digits {
            0 => radix.digits,
            short => short,
        };
        left -= n;
        let (add, power) = take(&mut digits, n, radix.base);
        watch.spend(len + 1)?;
        let carry = mag::mul_add_limb(out.get_mut(..len).unwrap_or_default(), power, add);
        if carry != 0 {
            *out.get_mut(len).ok_or(Error::Space)? = carry;
            len += 1;
        }
    }
    Ok(())
}

/// Leaves of [`LEAF`] limbs, joined pair by pair.
fn joined(
    out: &mut [Limb],
    mut digits: impl Iterator<Item = u8>,
    count: usize,
    radix: &Radix,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<(), Error> {
    let mut left = count;
    let leaf = LEAF * radix.digits;
    for part in out.chunks_mut(LEAF).rev() {
        let n = match left % leaf {
            0 => leaf,
            short => short,
        };
        left -= n;
        chunks(part, digits.by_ref().take(n), n, radix, watch)?;
    }

    let total = out.len();
    let largest = total.next_power_of_two() / 2;
    let (product, scratch) = scratch.split_at_mut_checked(total).ok_or(Error::Space)?;
    let (power, scratch) = scratch.split_at_mut_checked(largest).ok_or(Error::Space)?;
    let (next, scratch) = scratch.split_at_mut_checked(largest).ok_or(Error::Space)?;
    let (mut power, mut next) = (power, next);
    if let Some(first) = power.first_mut() {
        *first = radix.chunk;
    }
    let mut n = 1;
    while n < total {
        let now = power.get(..n).ok_or(Error::Space)?;
        if n >= LEAF {
            for pair in out.chunks_mut(2 * n).filter(|pair| pair.len() > n) {
                let (low, high) = pair.split_at(n);
                let product = product.get_mut(..pair.len()).ok_or(Error::Space)?;
                mul::product(product, now, high, scratch, watch)?;
                mag::add_assign(product, low);
                pair.copy_from_slice(product);
            }
        }
        if 2 * n < total {
            let square = next.get_mut(..2 * n).ok_or(Error::Space)?;
            mul::square(square, now, scratch, watch)?;
            (power, next) = (next, power);
        }
        n *= 2;
    }
    Ok(())
}
