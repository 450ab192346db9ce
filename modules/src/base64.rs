//! Base 64 (RFC 4648), read as leniently as the reference reads it: what is not in the alphabet is skipped.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Characters for `n` bytes.
pub(crate) fn encoded_len(n: usize) -> usize {
    n.div_ceil(3).saturating_mul(4)
}

/// Writes the characters for `bytes`; `out` has [`encoded_len`] of them.
pub(crate) fn encode(bytes: &[u8], out: &mut [u8]) {
    let letter = |n: u32| ALPHABET.get((n & 63) as usize).copied().unwrap_or(b'=');
    for (three, four) in bytes.chunks(3).zip(out.chunks_exact_mut(4)) {
        let byte = |i: usize| three.get(i).map_or(0, |b| u32::from(*b));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (i, place) in four.iter_mut().enumerate() {
            *place = if i <= three.len() { letter(bits >> (18 - 6 * i)) } else { b'=' };
        }
    }
}

/// Why text is no base 64.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadPadding;

fn value(c: u8) -> Option<u32> {
    Some(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    } as u32)
}

/// Writes what `text` stands for and returns its length; `out` has three bytes for each four characters.
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> Result<usize, BadPadding> {
    let mut places = out.iter_mut();
    let mut len = 0;
    let (mut bits, mut have) = (0u32, 0);
    let mut padded = false;
    for &c in text {
        if c == b'=' {
            if have == 2 || (have == 4 && padded) {
                have = 0;
                break;
            }
            padded = true;
        }
        let Some(six) = value(c) else { continue };
        padded = false;
        bits = bits << 6 | six;
        have += 6;
        if have >= 8 {
            have -= 8;
            if let Some(place) = places.next() {
                *place = (bits >> have) as u8;
                len += 1;
            }
        }
    }
    if have == 0 { Ok(len) } else { Err(BadPadding) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn as_another_does(bytes: Vec<u8>) {
            let mut text = vec![0; encoded_len(bytes.len())];
            encode(&bytes, &mut text);
            prop_assert_eq!(std::str::from_utf8(&text).unwrap(), BASE64_STANDARD.encode(&bytes));
            let mut back = vec![0; text.len() / 4 * 3];
            let n = decode(&text, &mut back).unwrap();
            prop_assert_eq!(&back[..n], &bytes[..]);
        }

        #[test]
        fn any_text_ends(text: Vec<u8>) {
            let mut out = vec![0; text.len()];
            let _ = decode(&text, &mut out);
        }
    }
}
