//! CRC-32 (ISO 3309, as in gzip and PNG), by half bytes: the table is 64 bytes, where the usual one is a kilobyte.

const TABLE: [u32; 16] = table();

const fn table() -> [u32; 16] {
    let mut t = [0; 16];
    let mut i = 0;
    while i < 16 {
        let mut c = i as u32;
        let mut bit = 0;
        while bit < 4 {
            c = if c & 1 != 0 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 };
            bit += 1;
        }
        t[i] = c;
        i += 1;
    }
    t
}

/// The checksum of what `crc` is the checksum of (0 for nothing), followed by `bytes`.
pub(crate) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    let half = |c: u32| c >> 4 ^ TABLE.get((c & 15) as usize).copied().unwrap_or(0);
    !bytes.iter().fold(!crc, |c, b| half(half(c ^ u32::from(*b))))
}

#[cfg(test)]
mod tests {
    use super::crc32;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_another_does(a: std::vec::Vec<u8>, b: std::vec::Vec<u8>) {
            prop_assert_eq!(crc32(0, &a), crc32fast::hash(&a));
            let both = [&a[..], &b[..]].concat();
            prop_assert_eq!(crc32(crc32(0, &a), &b), crc32fast::hash(&both));
        }
    }
}
