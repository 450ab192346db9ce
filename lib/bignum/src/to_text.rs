//! Integers to text in any base from 2 to 36.
//!
//! Long numbers are halved again and again by powers of the chunk (the largest power of the base that
//! fits a limb). A number of `m` chunks takes a region of `m` limbs; dividing it in place by the chunk to the
//! `2**k` leaves the low `2**k` chunks in the low `2**k` limbs and the rest above: no memory moves.
//! The powers are kept shifted up until their top bit is set and they fill `2**k` limbs exactly.

use crate::div::LimbDivisor;
use crate::limb::wide;
use crate::radix::Radix;
use crate::{Error, Int, LIMB_BITS, Limb, Watch, divide_conquer, mag, mul};

/// Regions with at least this many limbs are halved (measured).
const HALVE: usize = 40;

/// Digit grouping: `separator` after every `every` digits, counted from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// An ASCII character such as `,` or `_`.
    pub separator: u8,
    /// Digits of a group; 0 is taken as no grouping.
    pub every: u8,
}

/// Bytes that [`to_text`] needs at most: digits, separators and a sign.
/// [`Error::Base`] for a base outside 2..=36.
pub fn text_len(a: Int, base: u32, group: Option<Group>) -> Result<usize, Error> {
    let digits = Radix::new(base)?.digits_of(a.bit_len());
    let separators = match group {
        Some(group) if group.every != 0 => (digits - 1) / usize::from(group.every),
        _ => 0,
    };
    digits.checked_add(separators).and_then(|n| n.checked_add(1)).ok_or(Error::Space)
}

/// Limbs of scratch without which [`to_text`] cannot work: none for bases that are powers of two.
pub fn to_text_scratch_least(a: Int, base: u32) -> usize {
    match Radix::new(base) {
        Ok(radix) if radix.shift.is_none() => a.limbs().len(),
        _ => 0,
    }
}

/// Limbs of scratch with which [`to_text`] is fastest: from some 40 limbs on, up to seven
/// times the number's. With less (at least [`to_text_scratch_least`]) the time is quadratic.
pub fn to_text_scratch_len(a: Int, base: u32) -> usize {
    let least = to_text_scratch_least(a, base);
    match Radix::new(base) {
        Ok(radix) if least >= HALVE => {
            let region = radix.digits_of(a.bit_len()) / radix.digits;
            let levels = levels(region);
            region.saturating_add(halving_len(levels))
        }
        _ => least,
    }
}

/// How many powers a region of `m` limbs asks for: `2**(levels - 1) < m`.
fn levels(m: usize) -> u32 {
    usize::BITS - m.saturating_sub(1).leading_zeros()
}

/// Limbs for that many powers, and for dividing by them.
fn halving_len(levels: u32) -> usize {
    match levels.checked_sub(1) {
        Some(top) => {
            let n = 1usize << top;
            let faster = divide_conquer::scratch_len(n).max(mul::scratch_len(n / 2, n / 2));
            n.saturating_mul(2).saturating_add(faster)
        }
        None => 0,
    }
}

/// Writes the number to the front of `out`, with a `-` if negative; returns the bytes written.
/// Digits above 9 are lower-case letters unless `upper`. Needs [`text_len`] bytes and
/// [`to_text_scratch_len`] limbs.
pub fn to_text(
    out: &mut [u8],
    a: Int,
    base: u32,
    upper: bool,
    group: Option<Group>,
    scratch: &mut [Limb],
    watch: &mut Watch,
) -> Result<usize, Error> {
    let radix = Radix::new(base)?;
    let digits = radix.digits_of(a.bit_len());
    let out = out.get_mut(..text_len(a, base, group)?).ok_or(Error::Space)?;
    let start = out.len().saturating_sub(digits);
    let field = out.get_mut(start..).ok_or(Error::Space)?;
    let glyphs = Glyphs { radix, upper };
    match radix.shift {
        Some(shift) => glyphs.powers_of_two(field, a.limbs(), shift, watch)?,
        None => glyphs.divided(field, a.limbs(), scratch, watch)?,
    }
    let zeros = field.iter().take(digits - 1).take_while(|&&c| c == b'0').count();
    Ok(arrange(out, start + zeros, a.is_negative(), group))
}

/// Moves the digits from `out[from..]` to the front, behind the sign and with separators between.
fn arrange(out: &mut [u8], from: usize, negative: bool, group: Option<Group>) -> usize {
    let mut at = 0;
    if negative && let Some(slot) = out.first_mut() {
        *slot = b'-';
        at = 1;
    }
    let group = match group {
        Some(group) if group.every != 0 => group,
        _ => {
            out.copy_within(from.., at);
            return at + out.len() - from;
        }
    };
    // Writing never overtakes reading: the gap in front is at least sign and separators wide.
    for i in from..out.len() {
        let left = out.len() - i;
        if i != from && left.is_multiple_of(usize::from(group.every)) {
            if let Some(slot) = out.get_mut(at) {
                *slot = group.separator;
            }
            at += 1;
        }
        out.copy_within(i..=i, at);
        at += 1;
    }
    at
}

struct Glyphs {
    radix: Radix,
    upper: bool,
}

impl Glyphs {
    fn glyph(&self, digit: u8) -> u8 {
        match (digit, self.upper) {
            (0..=9, _) => b'0' + digit,
            (_, true) => b'A' - 10 + digit,
            (_, false) => b'a' - 10 + digit,
        }
    }

    /// Fills `field` with the digits of `x`, zeros in front; returns what did not fit.
    fn limb(&self, field: &mut [u8], mut x: Limb) -> Limb {
        if self.radix.base == 10 {
            // A constant divisor: the compiler makes it a multiplication.
            for slot in field.iter_mut().rev() {
                *slot = b'0' + (x % 10) as u8;
                x /= 10;
            }
        } else {
            for slot in field.iter_mut().rev() {
                *slot = self.glyph((x % self.radix.base) as u8);
                x /= self.radix.base;
            }
        }
        x
    }

    fn powers_of_two(&self, field: &mut [u8], a: &[Limb], shift: u32, watch: &mut Watch) -> Result<(), Error> {
        let mask = (1 << shift) - 1;
        let mut limbs = a.iter();
        let (mut bits, mut have): (u64, u32) = (0, 0);
        let mut pending: Option<(Limb, u32)> = None;
        for slot in field.iter_mut().rev() {
            if have < shift {
                // At most 4 bits are left over, so half a limb always fits beside them.
                let half = match pending.take() {
                    Some((high, width)) => Some((high, width)),
                    None => limbs.next().map(|&limb| {
                        pending = Some((limb >> (LIMB_BITS / 2), LIMB_BITS / 2));
                        (limb & (Limb::MAX >> (LIMB_BITS / 2)), LIMB_BITS / 2)
                    }),
                };
                if let Some((half, width)) = half {
                    watch.spend(1)?;
                    bits |= wide(half) << have;
                    have += width;
                } else {
                    have = shift;
                }
            }
            *slot = self.glyph((bits & mask) as u8);
            bits >>= shift;
            have -= shift;
        }
        Ok(())
    }

    fn divided(&self, field: &mut [u8], a: &[Limb], scratch: &mut [Limb], watch: &mut Watch) -> Result<(), Error> {
        let chunks = field.len() / self.radix.digits;
        let levels = levels(chunks);
        let divisor = LimbDivisor::new(self.radix.chunk).ok_or(Error::Base)?;
        if a.len() < HALVE || scratch.len() < chunks.saturating_add(halving_len(levels)) {
            let u = scratch.get_mut(..a.len()).ok_or(Error::Space)?;
            u.copy_from_slice(a);
            return self.leaf(field, u, &divisor, watch);
        }
        let (u, scratch) = scratch.split_at_mut(chunks);
        let (low, high) = u.split_at_mut(a.len().min(chunks));
        low.copy_from_slice(a);
        high.fill(0);
        let (powers, scratch) = scratch.split_at_mut(2 << (levels - 1));
        let powers = Powers::build(powers, levels, self.radix.chunk, scratch, watch)?;
        self.halve(field, u, &powers, &divisor, scratch, watch)
    }

    /// The quadratic way: chunk by chunk from the right.
    fn leaf(&self, field: &mut [u8], u: &mut [Limb], divisor: &LimbDivisor, watch: &mut Watch) -> Result<(), Error> {
        let mut len = mag::len(u);
        for chunk in field.rchunks_mut(self.radix.digits) {
            let rest = match u.get_mut(..len) {
                Some(u) if len != 0 => {
                    watch.spend(len)?;
                    let rest = divisor.divide(u);
                    len = mag::len(u);
                    rest
                }
                _ => 0,
            };
            self.limb(chunk, rest);
        }
        Ok(())
    }

    /// A region of `u.len()` chunks, `field.len()` digits. Depth is the logarithm of the length.
    fn halve(
        &self,
        field: &mut [u8],
        u: &mut [Limb],
        powers: &Powers,
        divisor: &LimbDivisor,
        scratch: &mut [Limb],
        watch: &mut Watch,
    ) -> Result<(), Error> {
        let m = u.len();
        if m < HALVE {
            return self.leaf(field, u, divisor, watch);
        }
        let (d, shift) = powers.get(levels(m) - 1).ok_or(Error::Space)?;
        shift_up(u, shift);
        divide_conquer::window(u, d, scratch, watch)?;
        let (low, high) = u.split_at_mut(d.len());
        shift_down(low, shift);
        let (left, right) = field.split_at_mut(high.len() * self.radix.digits);
        self.halve(left, high, powers, divisor, scratch, watch)?;
        self.halve(right, low, powers, divisor, scratch, watch)
    }
}

fn shift_up(u: &mut [Limb], bits: u64) {
    if let Some((limbs, bits)) = mag::split_bits(bits)
        && let Some(keep) = u.len().checked_sub(limbs)
    {
        // Limbs pushed out are zero: the region holds the shifted value.
        u.copy_within(..keep, limbs);
        u.iter_mut().take(limbs).for_each(|x| *x = 0);
        mag::shl_small(u, bits);
    }
}

fn shift_down(u: &mut [Limb], bits: u64) {
    if let Some((limbs, bits)) = mag::split_bits(bits)
        && let Some(keep) = u.len().checked_sub(limbs)
    {
        u.copy_within(limbs.., 0);
        u.iter_mut().skip(keep).for_each(|x| *x = 0);
        mag::shr_small(u, bits);
    }
}

/// `chunk ** (2**k)`, each shifted up to fill `2**k` limbs, one behind the other.
struct Powers<'s> {
    limbs: &'s [Limb],
    /// The greatest power's `k`.
    top: u32,
    /// By how many bits it stands shifted. Squaring doubles a shift and normalizing may add one, so the
    /// shift of each smaller power is half the next one's, rounded down.
    shift: u64,
}

impl<'s> Powers<'s> {
    /// `limbs` has `2**levels`.
    fn build(
        limbs: &'s mut [Limb],
        levels: u32,
        chunk: Limb,
        scratch: &mut [Limb],
        watch: &mut Watch,
    ) -> Result<Powers<'s>, Error> {
        let mut shift = u64::from(chunk.leading_zeros());
        if let Some(first) = limbs.get_mut(1) {
            *first = chunk << shift;
        }
        let top = levels.saturating_sub(1);
        for k in 0..top {
            // Power k lies at 2**k, so that the next one follows it.
            let n = 1usize << k;
            let (done, next) = limbs.split_at_mut_checked(2 * n).ok_or(Error::Space)?;
            let next = next.get_mut(..2 * n).ok_or(Error::Space)?;
            mul::square(next, done.get(n..).ok_or(Error::Space)?, scratch, watch)?;
            shift *= 2;
            if next.last().is_some_and(|top| top.leading_zeros() == 1) {
                mag::shl_small(next, 1);
                shift += 1;
            }
        }
        Ok(Powers { limbs, top, shift })
    }

    fn get(&self, k: u32) -> Option<(&[Limb], u64)> {
        let n = 1usize.checked_shl(k)?;
        let power = self.limbs.get(n..2 * n)?;
        Some((power, self.shift >> self.top.checked_sub(k)?))
    }
}
