//! Tests of the reader, and of reader and writer together.

use super::*;
use crate::mpy::object;
use crate::mpy::{fixture, write::write};
use allocator_api2::alloc::Global;
use allocator_api2::vec::Vec;

const CHIP: Target = Target { small_int_bits: 31, native_arch: 0 };

#[test]
fn what_is_read_is_written_again() {
    for file in [&fixture::ONE[..], &fixture::MANY, &fixture::BLOCKS] {
        let unit = read_unit(file, CHIP, Global).unwrap();
        let mut out = Vec::new();
        write(&unit, &mut out).unwrap();
        assert_eq!(&out[..], file);
    }
}

#[test]
fn parts_may_be_skipped() {
    let mut reader = Reader::new(&fixture::MANY, CHIP).unwrap();
    assert_eq!(reader.next_name().unwrap().unwrap().as_str(), "fix.py");
    let mut depths = std::vec::Vec::new();
    while let Some(code) = reader.next_code().unwrap() {
        assert_eq!(&fixture::MANY[code.offset..][..code.bytes.len()], code.bytes);
        depths.push(code.depth);
    }
    assert_eq!(depths, [0, 1, 2, 3, 2, 2, 3, 4]);
    assert_eq!(reader.position(), fixture::MANY.len());
    assert_eq!(reader.next_code().unwrap(), None);
}

#[test]
fn every_cut_is_an_error() {
    for end in 0..fixture::MANY.len() {
        assert!(read_unit(&fixture::MANY[..end], CHIP, Global).is_err(), "{end}");
    }
}

#[test]
fn headers_are_judged_as_the_reference_does() {
    let open = |bytes: &[u8], target| Reader::new(bytes, target).err();
    let with = |i: usize, v: u8| {
        let mut file = fixture::ONE;
        file[i] = v;
        file
    };
    assert_eq!(open(b"", CHIP), Some(ReadError::IncompatibleFile));
    assert_eq!(open(b"M", CHIP), Some(ReadError::IncompatibleFile));
    assert_eq!(open(&with(1, 5), CHIP), Some(ReadError::IncompatibleFile));
    assert_eq!(open(&with(3, 32), CHIP), Some(ReadError::IncompatibleFile));
    assert_eq!(open(&with(2, 9 << 2 | 3), CHIP), Some(ReadError::NativeUnsupported));
    assert_eq!(open(&with(2, 9 << 2 | 2), CHIP), Some(ReadError::IncompatibleFile));
    let arm = Target { native_arch: 4, ..CHIP };
    assert_eq!(open(&with(2, 9 << 2 | 3), arm), Some(ReadError::IncompatibleArch));
    assert_eq!(open(&fixture::ONE, CHIP), None);
}

#[test]
fn nesting_has_a_bound() {
    let mut file = std::vec![b'M', 6, 0, 31, 0, 1];
    for _ in 0..MAX_TUPLE_DEPTH {
        file.extend([object::TUPLE, 1]);
    }
    let mut deeper = file.clone();
    file.extend([object::NONE, 8, 0]);
    assert!(read_unit(&file, CHIP, Global).is_ok());
    deeper.extend([object::TUPLE, 1, object::NONE, 8, 0]);
    assert!(matches!(read_unit(&deeper, CHIP, Global), Err(ReadError::Malformed(Malformed::Depth, _))));
    let mut codes = std::vec![b'M', 6, 0, 31, 0, 0];
    codes.extend([4, 1].repeat(MAX_DEPTH));
    codes.push(0);
    assert!(matches!(read_unit(&codes, CHIP, Global), Err(ReadError::Malformed(Malformed::Depth, _))));
}
