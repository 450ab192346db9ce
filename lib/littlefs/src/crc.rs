//! The checksum of the format: CRC-32 with polynomial 0x04c11db7, reflected, without a final inversion.

/// Half a byte at a time: 64 bytes of table, read as whole words.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut i = 0;
    while i < 16 {
        let mut v = i as u32;
        let mut bit = 0;
        while bit < 4 {
            v = (v >> 1) ^ if v & 1 == 1 { 0xedb8_8320 } else { 0 };
            bit += 1;
        }
        table[i] = v;
        i += 1;
    }
    table
};

fn half(crc: u32, nibble: u32) -> u32 {
    (crc >> 4) ^ TABLE.get(((crc ^ nibble) & 15) as usize).copied().unwrap_or(0)
}

/// Continues `crc` over `data`.
pub(crate) fn crc(crc: u32, data: &[u8]) -> u32 {
    data.iter().fold(crc, |crc, &b| half(half(crc, u32::from(b)), u32::from(b) >> 4))
}

#[cfg(test)]
mod tests {
    /// The check value that catalogues of checksums give for this one (JAMCRC).
    #[test]
    fn check_value() {
        assert_eq!(super::crc(!0, b"123456789"), 0x340b_c6d9);
    }
}
