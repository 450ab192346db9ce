//! Addition, multiplication, division and powers against `num-bigint`.

mod common;

use common::{Num, big, made, num, number};
use krait_bignum::*;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Pow, Zero};
use proptest::prelude::*;

fn product(a: &Num, b: &Num, scratch: usize) -> BigInt {
    let mut out = vec![7; mul_len(a.int(), b.int())];
    let mut scratch = vec![5; scratch];
    let m = mul(&mut out, a.int(), b.int(), &mut scratch, &mut Watch::never()).unwrap();
    made(&out, m)
}

fn check_div(a: &Num, b: &Num, scratch: usize) {
    let (x, y) = (a.int(), b.int());
    let (mut q, mut r) = (vec![3; quot_len(x, y)], vec![3; rem_len(x, y)]);
    let mut room = vec![9; scratch];
    let got = div_mod(&mut q, &mut r, x, y, &mut room, &mut Watch::never());
    if y.is_zero() {
        assert_eq!(got, Err(Error::DivideByZero));
        return;
    }
    let (mq, mr) = got.unwrap();
    let want = a.big().div_mod_floor(&b.big());
    assert_eq!((made(&q, mq), made(&r, mr)), want);
    q.fill(3);
    r.fill(3);
    let mq = floor_div(&mut q, x, y, &mut room, &mut Watch::never()).unwrap();
    let mr = floor_mod(&mut r, x, y, &mut room, &mut Watch::never()).unwrap();
    assert_eq!((made(&q, mq), made(&r, mr)), want);
}

fn power(a: &Num, exp: u64) -> BigInt {
    let mut out = vec![1; pow_len(a.int(), exp).unwrap()];
    let mut room = vec![1; pow_scratch_len(a.int(), exp).unwrap()];
    let m = pow(&mut out, a.int(), exp, &mut room, &mut Watch::never()).unwrap();
    made(&out, m)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn add_sub_cmp(a in number(12), b in number(12)) {
        let (x, y) = (a.int(), b.int());
        let mut out = vec![1; add_len(x, y)];
        let m = add(&mut out, x, y).unwrap();
        prop_assert_eq!(made(&out, m), a.big() + b.big());
        let m = sub(&mut out, x, y).unwrap();
        prop_assert_eq!(made(&out, m), a.big() - b.big());
        prop_assert_eq!(x.cmp(&y), a.big().cmp(&b.big()));
        let m = sub(&mut out, x, x).unwrap();
        prop_assert_eq!(made(&out, m), BigInt::zero());
    }

    #[test]
    fn mul_small(a in number(10), b in number(10)) {
        prop_assert_eq!(product(&a, &b, 0), a.big() * b.big());
        prop_assert_eq!(product(&a, &a, 0), a.big() * a.big());
    }

    #[test]
    fn div_small(a in number(12), b in number(6)) {
        check_div(&a, &b, div_scratch_len(a.int(), b.int()));
    }

    #[test]
    fn div_of_near_multiples(a in number(6), b in number(6), slip in -2i64..3) {
        let dividend = num(&(a.big() * b.big() + slip));
        check_div(&dividend, &b, div_scratch_len(dividend.int(), b.int()));
    }

    #[test]
    fn powers(a in number(3), exp in 0u64..40) {
        prop_assert_eq!(power(&a, exp), Pow::pow(&a.big(), exp));
    }

    #[test]
    fn modular_powers(a in number(6), e in number(3), m in number(5)) {
        let (x, e, y) = (a.int(), e.int().abs(), m.int());
        let mut out = vec![1; pow_mod_len(y)];
        let mut room = vec![1; pow_mod_scratch_len(x, y)];
        let got = pow_mod(&mut out, x, e, y, &mut room, &mut Watch::never());
        if y.is_zero() {
            prop_assert_eq!(got, Err(Error::DivideByZero));
        } else {
            prop_assert_eq!(made(&out, got.unwrap()), a.big().modpow(&big(e), &m.big()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn mul_large(a in number(300), b in number(300), short in any::<bool>()) {
        let best = mul_scratch_len(a.int(), b.int());
        let scratch = if short { best / 2 } else { best };
        prop_assert_eq!(product(&a, &b, scratch), a.big() * b.big());
        prop_assert_eq!(product(&a, &a, mul_scratch_len(a.int(), a.int())), a.big() * a.big());
    }

    #[test]
    fn div_large(a in number(700), b in number(300), least in any::<bool>()) {
        let (x, y) = (a.int(), b.int());
        let best = div_scratch_len(x, y);
        let floor = x.limbs().len() + y.limbs().len() + 1;
        check_div(&a, &b, if least { floor } else { best });
        let dividend = num(&(a.big() * b.big() - 1));
        check_div(&dividend, &b, div_scratch_len(dividend.int(), y));
    }
}

#[test]
fn lopsided_division() {
    // All ones over all ones and powers of two: the quotient guesses that overshoot.
    for (n, m) in [(65, 64), (127, 64), (128, 64), (129, 65), (200, 131), (400, 130), (261, 257)] {
        for ones in [0, 1, 2] {
            let a = num(&((BigInt::one() << (n * 64)) - ones));
            let b = num(&((BigInt::one() << (m * 64)) - ones));
            check_div(&a, &b, div_scratch_len(a.int(), b.int()));
        }
    }
}

#[test]
fn powers_of_large_exponent() {
    for base in [2i64, 3, 10, -10, 6, -1, 1, 0, 12, -8, 1i64 << 40] {
        let a = num(&BigInt::from(base));
        for exp in [0, 1, 2, 3, 1000, 4097] {
            assert_eq!(power(&a, exp), Pow::pow(&BigInt::from(base), exp), "{base}**{exp}");
        }
    }
    let ten = num(&BigInt::from(10));
    assert!(pow_len(ten.int(), u64::MAX).is_none());
    assert!(pow_len(ten.int(), u64::MAX / 4).is_none());
}

#[test]
fn too_little_space_is_an_error() {
    let a = num(&((BigInt::one() << 1000) - 1));
    let b = num(&((BigInt::one() << 500) - 3));
    let (x, y) = (a.int(), b.int());
    let never = &mut Watch::never();
    for n in 0..add_len(x, y) {
        assert_eq!(add(&mut vec![0; n], x, y), Err(Error::Space));
    }
    for n in 0..mul_len(x, y) {
        assert_eq!(mul(&mut vec![0; n], x, y, &mut [], never), Err(Error::Space));
    }
    for n in 0..x.limbs().len() + y.limbs().len() + 1 {
        let mut q = vec![0; quot_len(x, y)];
        assert_eq!(floor_div(&mut q, x, y, &mut vec![0; n], never), Err(Error::Space));
    }
    for n in 0..pow_len(y, 5).unwrap() - 1 {
        let mut room = vec![0; pow_scratch_len(y, 5).unwrap()];
        // A length below the promise may do; it must not panic.
        let _ = pow(&mut vec![0; n], y, 5, &mut room, never);
        let _ = pow(&mut vec![0; pow_len(y, 5).unwrap()], y, 5, &mut vec![0; n], never);
    }
    for n in 0..pow_mod_scratch_len(x, y) {
        let mut out = vec![0; pow_mod_len(y)];
        let _ = pow_mod(&mut out, x, x, y, &mut vec![0; n], never);
    }
}

#[test]
fn interruption() {
    let a = num(&((BigInt::one() << 400_000) - 1));
    let mut asked = 0;
    let mut stop = || {
        asked += 1;
        asked == 3
    };
    let mut out = vec![0; mul_len(a.int(), a.int())];
    let got = mul(&mut out, a.int(), a.int(), &mut [], &mut Watch::new(&mut stop));
    assert_eq!(got, Err(Error::Interrupted));
    let got = floor_mod(&mut [0; 1], a.int(), Int::new(false, &[7]), &mut [], &mut Watch::new(&mut || true));
    assert!(got.is_ok(), "short work is not interrupted");
}

#[test]
fn negative_modulus_follows_its_sign() {
    let values = [-7i64, -3, -1, 0, 1, 2, 5, 9];
    for b in values {
        for e in 0..9u64 {
            for m in values.iter().copied().filter(|&m| m != 0) {
                let (x, e, m) = (BigInt::from(b), BigInt::from(e), BigInt::from(m));
                let (nx, ne, nm) = (num(&x), num(&e), num(&m));
                let mut out = [0; 2];
                let mut room = vec![0; pow_mod_scratch_len(nx.int(), nm.int())];
                let got = pow_mod(&mut out, nx.int(), ne.int(), nm.int(), &mut room, &mut Watch::never());
                let want = Pow::pow(&x, e.magnitude()).mod_floor(&m);
                assert_eq!(made(&out, got.unwrap()), want, "{x}**{e}%{m}");
                assert!(want.is_zero() || (want.sign() == Sign::Minus) == (m.sign() == Sign::Minus));
            }
        }
    }
}
