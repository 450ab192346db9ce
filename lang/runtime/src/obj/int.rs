//! `int`: small ones are in the word; larger ones are objects whose limbs follow the body.
//!
//! Invariant: a [`BigInt`] is never in the small range, so equal integers are either the same word or two
//! objects. Every result passes through [`Vm::new_bigint`] or [`super::int_big`], which see to that.
//!
//! The surprising fact: the limbs are kept as bytes, because the builder of text ([`crate::StrBuf`]) then builds
//! big integers in place too; heap blocks and the body's size align them for whole limbs.

use krait_bignum::{Int, LIMB_BYTES, Limb, Small};

use super::int_ops::{binary, unary};
use super::int_text::{self, print};
use super::{int_bytes, int_from};
use crate::ops::buffer::Buffer;
use crate::{NewTailed, Outcome, Ref, Tracer, Value, Vm};

/// A big integer's body: its sign; the limbs, least significant first, follow. Never in the small range.
pub struct BigInt {
    /// Bytes of the limbs.
    len: u32,
    negative: bool,
}

tailed!(BigInt, u8, |b| b.len as usize);

impl BigInt {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// A body for so many bytes of limbs.
    pub(crate) fn new(negative: bool, bytes: usize) -> BigInt {
        BigInt { len: bytes as u32, negative }
    }
}

/// The number as the algorithms see it.
#[inline]
pub fn as_int(r: &Ref<BigInt>) -> Int<'_> {
    // The tail is aligned (see the head); a slice that were not would read as zero.
    Int::new(r.negative, bytemuck::try_cast_slice(r.tail()).unwrap_or(&[]))
}

class! {
    /// `int`
    pub static INT: q!(int) for BigInt;
    slots { new: int_from::new, print: print, unary: unary, binary: binary }
    attrs {
        q!(to_bytes) => kw(1, int_bytes::to_bytes),
        q!(from_bytes) => cmethod(kw(2, int_bytes::from_bytes)),
        q!(bit_length) => f1(int_bytes::bit_length),
    }
}

/// Whether `v` is an `int` (and not a `bool`).
pub fn is_int(v: Value) -> bool {
    v.is_small_int() || v.downcast::<BigInt>().is_some()
}

/// An integer of any size, read from a value: what [`Operand::int`] gives is an operand of krait-bignum.
#[derive(Clone, Copy)]
pub enum Operand {
    /// From a machine integer.
    Small(Small),
    /// A big one.
    Big(Ref<BigInt>),
}

impl Operand {
    /// The integer, if `v` is exactly an `int` or a `bool`.
    #[inline]
    pub fn of(v: Value) -> Option<Operand> {
        match small_or_bool(v) {
            Some(i) => Some(Operand::Small(Small::from(i))),
            None => v.downcast::<BigInt>().map(Operand::Big),
        }
    }

    /// The number.
    #[inline]
    pub fn int(&self) -> Int<'_> {
        match self {
            Operand::Small(s) => s.int(),
            Operand::Big(r) => as_int(r),
        }
    }
}

/// The machine integer of a small int or bool.
#[inline]
pub fn small_or_bool(v: Value) -> Option<isize> {
    match v.as_small_int() {
        Some(i) => Some(i),
        None => v.as_bool().map(isize::from),
    }
}

/// A Rust integer that [`Vm::new_int`] takes.
pub trait MachineInt: Copy {
    /// As a machine word, if it fits one.
    fn word(self) -> Option<isize>;
    /// As limbs.
    fn limbs(self) -> Small;
}

macro_rules! machine_ints {
    ($($t:ty => $wide:ty),*) => { $(
        impl MachineInt for $t {
            #[inline(always)]
            fn word(self) -> Option<isize> {
                isize::try_from(self).ok()
            }
            fn limbs(self) -> Small {
                Small::from(self as $wide)
            }
        }
    )* };
}
machine_ints!(i32 => i64, i64 => i64, isize => i64, u8 => u64, u16 => u64, u32 => u64, u64 => u64, usize => u64);

impl Vm {
    /// The int `i`, of any machine type.
    ///
    /// # Errors
    /// Out of memory, if it needs an object.
    #[inline]
    pub fn new_int<T: MachineInt>(&mut self, i: T) -> Outcome {
        match i.word().and_then(Value::try_small_int) {
            Some(v) => Ok(v),
            None => self.new_bigint(i.limbs().int()),
        }
    }

    /// The int with the value `i`: a small one if it fits.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_bigint(&mut self, i: Int<'_>) -> Outcome {
        if let Some(v) = i.to_isize().and_then(Value::try_small_int) {
            return Ok(v);
        }
        let limbs: &[Limb] = i.limbs();
        let bytes: &[u8] = bytemuck::cast_slice(limbs);
        self.check_text_len(bytes.len())?;
        Ok(self.new_tailed_from(BigInt::new(i.is_negative(), bytes.len()), bytes)?.value())
    }

    /// The int that digits stand for, in a base from 2 to 36; underscores are skipped. For literals and
    /// constants in bytecode.
    ///
    /// # Errors
    /// `ValueError` if there is anything but digits; out of memory.
    pub fn int_from_digits(&mut self, negative: bool, digits: &[u8], base: u32) -> Outcome {
        int_text::from_digits(self, negative, digits, base)
    }

    /// The int in bytes of a buffer, the lowest first if `little`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn int_from_buffer(&mut self, from: &Buffer, little: bool, signed: bool) -> Outcome {
        int_bytes::from_buffer(self, from, little, signed)
    }
}

const _: () = assert!(size_of::<BigInt>().is_multiple_of(LIMB_BYTES) && align_of::<Limb>() <= size_of::<usize>());
