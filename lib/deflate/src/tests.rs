//! Tests of inflate and deflate.

use std::io::{Read, Write};
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Compresses, with input in pieces of `feed` bytes and output in pieces of `room`.
fn compress(data: &[u8], bits: u32, feed: usize, room: usize) -> Vec<u8> {
    let mut memory = vec![0; Deflate::memory(bits)];
    let mut d = Deflate::new(bits);
    let mut all = Vec::new();
    let mut out = vec![0; room];
    let mut rest = data;
    loop {
        let (wrote, demand) = d.run(&mut memory, &mut out, rest.is_empty());
        all.extend(&out[..wrote]);
        match demand {
            Demand::Input => {
                let n = d.feed(&mut memory, &rest[..rest.len().min(feed)]);
                assert!(n > 0);
                rest = &rest[n..];
            }
            Demand::Output => assert!(wrote > 0),
            Demand::Nothing => return all,
        }
    }
}

/// Decompresses with input one piece at a time; what was read, too.
fn decompress(data: &[u8], bits: u32, feed: usize, room: usize) -> Result<(Vec<u8>, usize), Damaged> {
    let mut memory = vec![0; Inflate::memory(bits)];
    let mut inflate = Inflate::new(bits);
    let mut out = vec![0; room];
    let (mut all, mut at) = (Vec::new(), 0);
    loop {
        let input = &data[at..data.len().min(at + feed)];
        let p = inflate.run(&mut memory, input, &mut out)?;
        at += p.read;
        all.extend(&out[..p.wrote]);
        match p.status {
            Status::Done => return Ok((all, at)),
            Status::Input if at == data.len() => return Err(Damaged),
            _ => {}
        }
    }
}

fn another(data: &[u8], level: u32) -> Vec<u8> {
    let mut e = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(level));
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

/// Bytes that repeat themselves now and then.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(97u8..101, 0..600),
        (any::<u8>(), 0usize..2000).prop_map(|(b, n)| vec![b; n]),
        (0usize..50, 1usize..60).prop_map(|(seed, n)| {
            (0..n * 20).map(|i| b"the quick brown fox jumps "[(i * (1 + seed % 3) + seed) % 26]).collect()
        }),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_we_compress_others_read(data in texts(), bits in 5u32..=15, feed in 1usize..900, room in 8usize..300) {
        let packed = compress(&data, bits, feed, room);
        let mut other = Vec::new();
        flate2::read::DeflateDecoder::new(&packed[..]).read_to_end(&mut other).unwrap();
        prop_assert_eq!(&other, &data);
        let (own, read) = decompress(&packed, bits, feed, room).unwrap();
        prop_assert_eq!(&own, &data);
        prop_assert_eq!(read, packed.len());
    }

    #[test]
    fn what_others_compress_we_read(data in texts(), level in 0u32..=9, feed in 1usize..900, room in 1usize..700) {
        let mut packed = another(&data, level);
        let len = packed.len();
        packed.extend(b"and more");
        let (own, read) = decompress(&packed, 15, feed, room).unwrap();
        prop_assert_eq!(&own, &data);
        prop_assert_eq!(read, len, "not a byte more");
    }

    #[test]
    fn damage_is_found_or_harmless(data in texts(), at: prop::sample::Index, bits in 5u32..16, by in 1u8..=255) {
        let mut packed = another(&data, 6);
        let i = at.index(packed.len());
        packed[i] ^= by;
        let _ = decompress(&packed, bits, 100, 100);
    }

    #[test]
    fn noise(packed: Vec<u8>, bits in 5u32..16) {
        let _ = decompress(&packed, bits, 7, 9);
    }

    #[test]
    fn checksums(a: Vec<u8>, b: Vec<u8>) {
        let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        e.write_all(&a).unwrap();
        e.write_all(&b).unwrap();
        let packed = e.finish().unwrap();
        let sum = adler32(adler32(1, &a), &b);
        prop_assert_eq!(&packed[packed.len() - 4..], sum.to_be_bytes());
    }
}

#[test]
fn codes_of_lengths_and_distances() {
    for len in 3..=258 {
        let (symbol, extra, bits) = code::length_code(len);
        let (base, want) = code::length_of(symbol as u32);
        assert_eq!((base + bits, want), (len as u32, extra));
    }
    for distance in 1..=32768 {
        let (symbol, extra, bits) = code::distance_code(distance);
        let (base, want) = code::distance_of(symbol as u32);
        assert_eq!((base + bits, want), (distance as u32, extra));
        assert!(symbol < 30);
    }
}

#[test]
fn smaller_than_a_small_window_of_zlib() {
    let text: Vec<u8> =
        (0..400u32).flat_map(|i| std::format!("line {i} of a log file, value {}\n", i * i % 97).into_bytes()).collect();
    let own = compress(&text, 15, 4096, 4096).len();
    let other = another(&text, 6).len();
    assert!(own * 100 <= other * 112, "{own} {other}");
    assert!(compress(&text, 8, 64, 64).len() < text.len() / 2);
    let noise: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8 ^ (i >> 3) as u8).collect();
    assert!(compress(&noise, 10, 500, 500).len() < 5100);
}

#[test]
fn gzip_headers() {
    let mut header = Header::new();
    let bytes = b"\x1f\x8b\x08\x1e}\x9a\x9bd\x02\x00\x00\x00\x00\x00\x00\xff";
    for (i, b) in bytes.iter().enumerate() {
        let end = header.byte(*b).unwrap();
        assert_eq!(end.is_some(), i + 1 == bytes.len());
    }
    let mut header = Header::new();
    let bytes = b"\x1f\x8b\x08\x0c\0\0\0\0\x02\x00\x03\x00abcname\0";
    for (i, b) in bytes.iter().enumerate() {
        assert_eq!(header.byte(*b).unwrap().is_some(), i + 1 == bytes.len());
    }
    for wrapper in [Wrapper::Zlib, Wrapper::Gzip] {
        let mut header = Header::new();
        let (bytes, n) = wrapper.header(12);
        let ends: Vec<_> = bytes[..n].iter().filter_map(|b| header.byte(*b).unwrap()).collect();
        assert_eq!(ends, [(wrapper, if wrapper == Wrapper::Zlib { 12 } else { 15 })]);
    }
}
