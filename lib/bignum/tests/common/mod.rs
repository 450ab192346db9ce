//! Numbers of awkward shapes, and the bridge to `num-bigint`, the oracle of these tests.
#![allow(dead_code, reason = "each test program uses a part")]

use krait_bignum::{Int, LIMB_BYTES, Limb, Made};
use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;

/// A number that owns its limbs.
#[derive(Clone, Debug)]
pub(crate) struct Num {
    pub(crate) negative: bool,
    pub(crate) limbs: Vec<Limb>,
}

impl Num {
    pub(crate) fn int(&self) -> Int<'_> {
        Int::new(self.negative, &self.limbs)
    }

    pub(crate) fn big(&self) -> BigInt {
        big(self.int())
    }
}

/// The oracle's form of a number.
pub(crate) fn big(a: Int) -> BigInt {
    let bytes: Vec<u8> = a.limbs().iter().flat_map(|x| x.to_le_bytes()).collect();
    let sign = if a.is_negative() { Sign::Minus } else { Sign::Plus };
    BigInt::from_biguint(sign, BigUint::from_bytes_le(&bytes))
}

/// The oracle's form of a result; checks that the result keeps the promises of `Made`.
pub(crate) fn made(out: &[Limb], made: Made) -> BigInt {
    assert!(made.len <= out.len());
    if made.len == 0 {
        assert!(!made.negative);
    } else {
        assert_ne!(out[made.len - 1], 0, "high zero limb");
    }
    big(made.of(out))
}

/// Our form of an oracle's number.
pub(crate) fn num(x: &BigInt) -> Num {
    let limbs = x
        .magnitude()
        .to_bytes_le()
        .chunks(LIMB_BYTES)
        .map(|part| {
            let mut limb = [0; LIMB_BYTES];
            limb[..part.len()].copy_from_slice(part);
            Limb::from_le_bytes(limb)
        })
        .collect();
    Num { negative: x.sign() == Sign::Minus, limbs }
}

/// Limbs full of what makes carries run: zeros, all ones, single bits, and the ordinary.
fn limb() -> impl Strategy<Value = Limb> {
    prop_oneof![
        2 => Just(0),
        2 => Just(Limb::MAX),
        1 => (0..Limb::BITS).prop_map(|bit| 1 << bit),
        1 => (0..Limb::BITS).prop_map(|bit| Limb::MAX << bit),
        3 => any::<Limb>(),
    ]
}

/// Any number of up to `max` limbs.
pub(crate) fn number(max: usize) -> impl Strategy<Value = Num> {
    let shape = prop_oneof![
        4 => proptest::collection::vec(limb(), 0..=max),
        // Long runs of one kind.
        1 => (0..=max, limb()).prop_map(|(n, limb)| vec![limb; n]),
        1 => (0..=max).prop_map(|n| {
            let mut limbs = vec![0; n];
            limbs.push(1);
            limbs
        }),
        1 => proptest::collection::vec(any::<Limb>(), 0..=max),
    ];
    (any::<bool>(), shape).prop_map(|(negative, limbs)| Num { negative, limbs })
}
