//! `int`: small ones are in the word; larger ones are objects whose limbs follow the body.

use krait_bignum::{Int, Limb};

use crate::{Ref, Tracer, Value, class, q, tailed};

/// A big integer's body: its sign; the limbs, least significant first, follow. Never in the small range.
pub struct BigInt {
    len: u32,
    negative: bool,
}

tailed!(BigInt, Limb, |b| b.len as usize);

impl BigInt {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// A body for `len` limbs.
    pub(crate) fn new(negative: bool, len: usize) -> BigInt {
        BigInt { len: len as u32, negative }
    }
}

/// The number as the algorithms see it.
pub fn as_int(r: &Ref<BigInt>) -> Int<'_> {
    Int::new(r.negative, r.tail())
}

class! {
    /// `int`
    pub static INT: q!(int) for BigInt;
    slots { }
}

/// Whether `v` is an `int` (and not a `bool`).
pub fn is_int(v: Value) -> bool {
    v.is_small_int() || v.downcast::<BigInt>().is_some()
}
