//! Computations of many kinds, each of which writes a line: the same text wherever it runs, or a compiler, a library or
//! an emulator is wrong.
//!
//! The surprising fact: nothing here is expected to have a particular value; the host is the witness.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod net;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Result, Write};

/// Does everything once.
///
/// # Errors
/// Those of `out`.
pub fn run(out: &mut dyn Write) -> Result {
    digests(out)?;
    cipher(out)?;
    compression(out)?;
    doubles(out)?;
    floats(out)?;
    long_integers(out)?;
    tree(out)?;
    numbers_as_text(out)?;
    net::run(out)
}

#[inline(never)]
fn digests(out: &mut dyn Write) -> Result {
    use md5::Md5;
    use sha2::{Digest, Sha256};
    let mut sha = Sha256::new();
    for i in 0..200u32 {
        sha.update(i.to_le_bytes());
    }
    writeln!(out, "sha-256 {:02x?}", &sha.finalize()[..])?;
    let mut md5 = Md5::new();
    md5.update(b"the same on both");
    writeln!(out, "md5 {:02x?}", &md5.finalize()[..])
}

#[inline(never)]
fn cipher(out: &mut dyn Write) -> Result {
    use aes::Aes256;
    use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
    let aes = Aes256::new(&Array::from([0x5A; 32]));
    let mut block = Array::from([0x21; 16]);
    for _ in 0..20 {
        aes.encrypt_block(&mut block);
    }
    write!(out, "aes {:02x?}", &block[..])?;
    for _ in 0..20 {
        aes.decrypt_block(&mut block);
    }
    writeln!(out, " {}", block.iter().all(|b| *b == 0x21))
}

#[inline(never)]
fn compression(out: &mut dyn Write) -> Result {
    let data: Vec<u8> = (0..8000u32).map(|i| (i * i / 11 % 89) as u8).collect();
    let small = miniz_oxide::deflate::compress_to_vec(&data, 6);
    let back = miniz_oxide::inflate::decompress_to_vec(&small);
    let sum = small.iter().fold(1u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    writeln!(out, "deflate {} {sum:08x} {}", small.len(), back.is_ok_and(|b| b == data))
}

#[inline(never)]
fn doubles(out: &mut dyn Write) -> Result {
    let mut sum = 0u64;
    for i in 1..300 {
        let x = f64::from(i) * 0.43 - 60.0;
        let results = [
            libm::sin(x),
            libm::exp(x / 17.0),
            libm::log(x.abs() + 0.2),
            libm::pow(x.abs() + 0.1, 1.3),
            libm::atan2(x, 2.7),
            libm::tgamma(x / 19.0),
            libm::fmod(x, 0.9),
            libm::cbrt(x),
            libm::sqrt(x.abs()),
            x / 7.1 - x * x,
        ];
        for result in results {
            // A NaN's sign is the processor's choice.
            let bits = if result.is_nan() { 1 } else { result.to_bits() };
            sum = sum.rotate_left(5) ^ bits;
        }
    }
    writeln!(out, "doubles {sum:016x}")
}

#[inline(never)]
fn floats(out: &mut dyn Write) -> Result {
    let mut sum = 0u32;
    for i in 1..400 {
        let x = i as f32 * 0.31 - 50.0;
        let results = [
            libm::sinf(x),
            libm::expf(x / 20.0),
            libm::logf(x.abs() + 0.1),
            libm::tanhf(x / 9.0),
            x / 3.1,
            x * x - x,
            x as i32 as f32,
            f32::from(x as u8),
        ];
        for result in results {
            sum = sum.rotate_left(3) ^ result.to_bits();
        }
    }
    writeln!(out, "floats {sum:08x}")
}

#[inline(never)]
fn long_integers(out: &mut dyn Write) -> Result {
    let mut random = 0x0123_4567_89AB_CDEF_u64;
    let mut sum = 0u64;
    for i in 0..2000u32 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let divisor = random >> (random & 63) | 1;
        sum = sum.rotate_left(3) ^ (random / divisor) ^ (random % divisor);
        sum ^= ((random as i64) >> (i & 63)) as u64 ^ random.wrapping_mul(divisor);
        sum ^= ((u128::from(random) * u128::from(divisor)) >> 64) as u64;
        sum ^= u64::from((random as i32).wrapping_div(divisor as i32 | 1) as u32);
        sum ^= u64::from(random.leading_zeros() ^ random.trailing_zeros() ^ random.count_ones());
        sum ^= u64::from((random as i64) < divisor as i64) ^ (random as i64 as f64).to_bits() ^ (random as f32) as u64;
        sum = match random % 7 {
            0 => sum.swap_bytes(),
            1 => sum.reverse_bits(),
            2 => sum.saturating_add(random),
            3 => sum.checked_sub(random).unwrap_or(9),
            4 => sum >> 3,
            5 => !sum,
            _ => sum.wrapping_neg(),
        };
    }
    writeln!(out, "integers {sum:016x}")
}

#[inline(never)]
fn tree(out: &mut dyn Write) -> Result {
    let mut map: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for i in 0..400 {
        map.entry(alloc::format!("k{}", i * 7919 % 101)).or_default().push(i);
    }
    let value = |(key, values): (&String, &Vec<i32>)| key.len() as i32 + values.iter().sum::<i32>();
    let sum = map.iter().map(value).fold(0i64, |sum, v| sum.wrapping_mul(17).wrapping_add(i64::from(v)));
    for i in 0..40 {
        map.remove(&alloc::format!("k{i}"));
    }
    writeln!(out, "tree {sum} {}", map.len())
}

#[inline(never)]
fn numbers_as_text(out: &mut dyn Write) -> Result {
    for value in [0.1f64, 1e300, 5e-324, 123_456.789, f64::NAN, f64::INFINITY, -0.0, 1.0 / 3.0] {
        write!(out, "{value} {value:e} {value:.5} {:?} ", value as f32)?;
    }
    writeln!(out)?;
    for text in ["1e10", "2.718281828459045", "-0.000001", "1e-320", "nan", "98765432109876543210"] {
        write!(out, "{:?} {:?} ", text.parse::<f64>().map(f64::to_bits), text.parse::<f32>().map(f32::to_bits))?;
    }
    writeln!(out)
}
