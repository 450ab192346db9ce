//! Integers as bytes of either order, plain or in two's complement.

use crate::{Error, Int, LIMB_BYTES, Limb, Made, mag};

/// Which byte comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

/// Bytes that [`to_bytes`] needs at least for this number; 0 for zero. An unsigned field cannot
/// hold a negative number whatever its length.
pub fn bytes_len(a: Int, signed: bool) -> u64 {
    let mut bits = a.bit_len();
    if signed && bits != 0 {
        // -2**n needs no more bits than 2**n - 1.
        let power = a.is_negative() && mag::trailing_zeros(a.limbs()) + 1 == bits;
        bits += u64::from(!power);
    }
    bits.div_ceil(8)
}

/// Fills `out` with the number, sign-extended. [`Error::Overflow`] if it does not fit or is negative
/// and not `signed`; then `out` holds the low bytes of its two's complement all the same.
pub fn to_bytes(out: &mut [u8], a: Int, endian: Endian, signed: bool) -> Result<(), Error> {
    let fits = bytes_len(a, signed) <= out.len() as u64 && (signed || !a.is_negative());
    let flip = if a.is_negative() { 0xff } else { 0 };
    let mut carry = a.is_negative();
    let mut put = |slot: &mut u8, byte: u8| {
        (*slot, carry) = (byte ^ flip).overflowing_add(u8::from(carry));
    };
    let bytes = a.limbs().iter().flat_map(|limb| limb.to_le_bytes()).chain(core::iter::repeat(0));
    match endian {
        Endian::Little => out.iter_mut().zip(bytes).for_each(|(slot, b)| put(slot, b)),
        Endian::Big => out.iter_mut().rev().zip(bytes).for_each(|(slot, b)| put(slot, b)),
    }
    if fits { Ok(()) } else { Err(Error::Overflow) }
}

/// Limbs that [`from_bytes`] needs for this many bytes.
pub fn from_bytes_len(bytes: usize) -> usize {
    bytes.div_ceil(LIMB_BYTES)
}

/// `out =` the number in `bytes`, in two's complement if `signed`. Needs [`from_bytes_len`] limbs.
pub fn from_bytes(out: &mut [Limb], bytes: &[u8], endian: Endian, signed: bool) -> Result<Made, Error> {
    let out = out.get_mut(..from_bytes_len(bytes.len())).ok_or(Error::Space)?;
    let top = match endian {
        Endian::Little => bytes.last(),
        Endian::Big => bytes.first(),
    };
    let negative = signed && top.is_some_and(|b| b & 0x80 != 0);
    let mut carry = negative;
    let mut rest = bytes;
    for slot in out.iter_mut() {
        let mut limb = [if negative { 0xff } else { 0 }; LIMB_BYTES];
        let taken = rest.len().min(LIMB_BYTES);
        match endian {
            Endian::Little => {
                let (low, high) = rest.split_at(taken);
                limb.iter_mut().zip(low).for_each(|(x, b)| *x = *b);
                rest = high;
            }
            Endian::Big => {
                let (high, low) = rest.split_at(rest.len() - taken);
                limb.iter_mut().zip(low.iter().rev()).for_each(|(x, b)| *x = *b);
                rest = high;
            }
        }
        let limb = Limb::from_le_bytes(limb);
        (*slot, carry) = if negative { (!limb).overflowing_add(Limb::from(carry)) } else { (limb, false) };
    }
    Ok(Made::new(negative, mag::len(out)))
}
