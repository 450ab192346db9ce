//! Bits, bytes, text and floats against `num-bigint`.

mod common;

use common::{big, made, num, number};
use krait_bignum::*;
use num_bigint::{BigInt, Sign};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

fn text(a: Int, base: u32, group: Option<Group>, scratch: usize) -> String {
    let mut out = vec![b'?'; text_len(a, base, group).unwrap()];
    let mut room = vec![1; scratch];
    let n = to_text(&mut out, a, base, false, group, &mut room, &mut Watch::never()).unwrap();
    String::from_utf8(out[..n].to_vec()).unwrap()
}

fn read(s: &str, base: u32, scratch: usize) -> Result<BigInt, Error> {
    let mut out = vec![1; from_text_len(s.len(), base)?];
    let mut room = vec![1; scratch];
    let n = from_text(&mut out, s.as_bytes(), base, &mut room, &mut Watch::never())?;
    Ok(big(Int::new(false, &out[..n])))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn bit_operations(a in number(8), b in number(8)) {
        let (x, y) = (a.int(), b.int());
        let mut out = vec![1; bitwise_len(x, y)];
        let mut op = |op| {
            let m = bitwise(&mut out, op, x, y).unwrap();
            made(&out, m)
        };
        prop_assert_eq!(op(BitOp::And), a.big() & b.big());
        prop_assert_eq!(op(BitOp::Or), a.big() | b.big());
        prop_assert_eq!(op(BitOp::Xor), a.big() ^ b.big());
        let mut out = vec![1; not_len(x)];
        let m = not(&mut out, x).unwrap();
        prop_assert_eq!(made(&out, m), -a.big() - 1);
    }

    #[test]
    fn shifts(a in number(8), bits in 0u64..600) {
        let x = a.int();
        let mut out = vec![1; shl_len(x, bits).unwrap()];
        let m = shl(&mut out, x, bits).unwrap();
        prop_assert_eq!(made(&out, m), a.big() << bits);
        let mut out = vec![1; shr_len(x, bits)];
        let m = shr(&mut out, x, bits).unwrap();
        prop_assert_eq!(made(&out, m), a.big() >> bits);
    }

    #[test]
    fn bytes_both_ways(a in number(4), pad in 0usize..9, little in any::<bool>()) {
        let x = a.int();
        let endian = if little { Endian::Little } else { Endian::Big };
        let n = bytes_len(x, true) as usize;
        let mut out = vec![0x55; n + pad];
        to_bytes(&mut out, x, endian, true).unwrap();
        let want = if little { BigInt::from_signed_bytes_le(&out) } else { BigInt::from_signed_bytes_be(&out) };
        prop_assert_eq!(&want, &a.big());
        let mut limbs = vec![1; from_bytes_len(out.len())];
        let m = from_bytes(&mut limbs, &out, endian, true).unwrap();
        prop_assert_eq!(made(&limbs, m), a.big());
        let m = from_bytes(&mut limbs, &out, endian, false).unwrap();
        let want = if little { BigInt::from_bytes_le(Sign::Plus, &out) } else { BigInt::from_bytes_be(Sign::Plus, &out) };
        prop_assert_eq!(made(&limbs, m), want);
        if n > 0 {
            prop_assert_eq!(to_bytes(&mut vec![0; n - 1], x, endian, true), Err(Error::Overflow));
        }
        let plain = to_bytes(&mut out, x, endian, false);
        prop_assert_eq!(plain.is_ok(), !x.is_negative());
    }

    #[test]
    fn machine_integers(x in any::<i64>(), shift in 0u32..64) {
        let x = x >> shift;
        let small = Small::from(x);
        prop_assert_eq!(big(small.int()), BigInt::from(x));
        prop_assert_eq!(small.int().to_i64(), Some(x));
        prop_assert_eq!(small.int().to_u64(), u64::try_from(x).ok());
        prop_assert_eq!(small.int().wrapping_u64(), x as u64);
    }

    #[test]
    fn machine_integers_of_any(a in number(3)) {
        let x = a.int();
        prop_assert_eq!(x.to_i64(), a.big().to_i64());
        prop_assert_eq!(x.to_u64(), a.big().to_u64());
        prop_assert_eq!(x.to_isize(), a.big().to_isize());
        prop_assert_eq!(x.bit_len(), a.big().bits());
        let mask = BigInt::from(u64::MAX);
        prop_assert_eq!(BigInt::from(x.wrapping_u64()), a.big() & mask);
    }

    #[test]
    fn floats_of_integers(a in number(18)) {
        // Text goes through core's exactly rounded reader.
        let want: f64 = a.big().to_string().parse().unwrap();
        let got = to_f64(a.int());
        prop_assert_eq!(got.ok(), Some(want).filter(|x| x.is_finite()));
        let want: f32 = a.big().to_string().parse().unwrap();
        let got = to_f32(a.int());
        prop_assert_eq!(got.ok(), Some(want).filter(|x| x.is_finite()));
    }

    #[test]
    fn integers_of_floats(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        let mut out = [1; FLOAT_LIMBS];
        let got = from_f64(&mut out, x).map(|m| made(&out, m));
        if x.is_finite() {
            let want: BigInt = format!("{:.0}", x.trunc()).parse().unwrap();
            prop_assert_eq!(got, Ok(want));
        } else {
            prop_assert_eq!(got, Err(Error::NotFinite));
        }
        let x = f32::from_bits(bits as u32);
        let got = from_f32(&mut out, x).map(|m| made(&out, m));
        if x.is_finite() {
            let want: BigInt = format!("{:.0}", x.trunc()).parse().unwrap();
            prop_assert_eq!(got, Ok(want));
        } else {
            prop_assert_eq!(got, Err(Error::NotFinite));
        }
    }

    #[test]
    fn text_both_ways(a in number(12), base in 2u32..=36) {
        let x = a.int();
        let s = text(x, base, None, to_text_scratch_len(x, base));
        prop_assert_eq!(&s, &a.big().to_str_radix(base));
        let digits = s.trim_start_matches('-');
        prop_assert_eq!(read(digits, base, 0).unwrap(), big(x.abs()));
        prop_assert_eq!(read(&digits.to_uppercase(), base, 0).unwrap(), big(x.abs()));
    }

    #[test]
    fn grouping(a in number(4), base in 2u32..=36, every in 0u8..6) {
        let x = a.int();
        let plain = text(x, base, None, 10);
        let s = text(x, base, Some(Group { separator: b'_', every }), 10);
        prop_assert_eq!(s.replace('_', ""), plain);
        if every != 0 {
            let mut parts = s.trim_start_matches('-').split('_').rev().peekable();
            while let Some(part) = parts.next() {
                let whole = part.len() == usize::from(every);
                prop_assert!(whole || (parts.peek().is_none() && (1..=usize::from(every)).contains(&part.len())));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(s in "[0-9a-zA-Z_ +-]{0,30}", base in 0u32..40) {
        let _ = read(&s, base, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn long_text(a in number(500), base in prop_oneof![Just(10), Just(3), Just(36), 2u32..=36]) {
        let x = a.int();
        let want = a.big().to_str_radix(base);
        prop_assert_eq!(&text(x, base, None, to_text_scratch_len(x, base)), &want);
        let digits = want.trim_start_matches('-');
        prop_assert_eq!(read(digits, base, from_text_scratch_len(digits.len(), base)).unwrap(), big(x.abs()));
        prop_assert_eq!(read(digits, base, 0).unwrap(), big(x.abs()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn very_long_text(a in number(2000), extra in number(900), base in prop_oneof![Just(10), Just(7), 2u32..=36]) {
        let a = num(&((a.big() << 50_000u32) + extra.big()));
        let x = a.int();
        let s = text(x, base, None, to_text_scratch_len(x, base));
        let digits = s.trim_start_matches('-');
        prop_assert_eq!(read(digits, base, from_text_scratch_len(digits.len(), base)).unwrap(), big(x.abs()));
        prop_assert_eq!(BigInt::parse_bytes(s.as_bytes(), base), Some(a.big()));
    }
}

#[test]
fn rounding_to_floats_at_the_ties() {
    for (digits, max) in [(53u32, 1024u32), (24, 128)] {
        for top in [digits, digits + 1, 70, 100, max - 1] {
            for slip in [-1i32, 0, 1] {
                for odd in [0u32, 1] {
                    // A mantissa of `digits` bits and a tie below it, give or take one.
                    let x = ((((BigInt::one() << digits) - 1 - odd) << 1u32) + 1) << (top - digits);
                    let x = x + slip;
                    let n = num(&x);
                    let want: f64 = x.to_string().parse().unwrap();
                    assert_eq!(to_f64(n.int()).ok(), Some(want).filter(|x| x.is_finite()));
                    let want: f32 = x.to_string().parse().unwrap();
                    assert_eq!(to_f32(n.int()).ok(), Some(want).filter(|x| x.is_finite()));
                }
            }
        }
    }
}

#[test]
fn zero_and_edges() {
    assert_eq!(text(Int::ZERO, 10, None, 0), "0");
    assert_eq!(text(Int::ZERO, 16, None, 0), "0");
    assert_eq!(text_len(Int::ZERO, 1, None), Err(Error::Base));
    assert_eq!(text_len(Int::ZERO, 37, None), Err(Error::Base));
    assert_eq!(read("", 10, 0), Err(Error::Digit));
    assert_eq!(read("_", 10, 0), Err(Error::Digit));
    assert_eq!(read("12a", 10, 0), Err(Error::Digit));
    assert_eq!(read("1_000", 10, 0), Ok(BigInt::from(1000)));
    assert_eq!(bytes_len(Int::ZERO, true), 0);
    assert_eq!(bytes_len(Int::new(true, &[128]), true), 1);
    assert_eq!(bytes_len(Int::new(false, &[128]), true), 2);
    assert_eq!(shl_len(Int::ZERO, u64::MAX), Some(0));
    assert_eq!(shr(&mut [0; 1], Int::new(true, &[5]), u64::MAX).unwrap(), Made { negative: true, len: 1 });
}

#[test]
fn too_little_space_is_an_error() {
    let a = num(&((BigInt::one() << 9000) - 1));
    let x = a.int();
    let never = &mut Watch::never();
    let need = text_len(x, 10, None).unwrap();
    for n in 0..to_text_scratch_len(x, 10) {
        let got = to_text(&mut vec![0; need], x, 10, false, None, &mut vec![0; n], never);
        assert_eq!(got.is_ok(), n >= to_text_scratch_least(x, 10));
    }
    for n in (0..need).step_by(17) {
        let got = to_text(&mut vec![0; n], x, 10, false, None, &mut vec![0; 1000], never);
        assert_eq!(got, Err(Error::Space));
    }
    let s = "9".repeat(16_000);
    for n in (0..=from_text_scratch_len(s.len(), 10)).step_by(97) {
        let mut out = vec![0; from_text_len(s.len(), 10).unwrap()];
        assert!(from_text(&mut out, s.as_bytes(), 10, &mut vec![0; n], never).is_ok());
    }
}
