//! Adler-32, the checksum of zlib.

/// The checksum of what `sum` is the checksum of (1 for nothing), followed by `bytes`.
pub fn adler32(sum: u32, bytes: &[u8]) -> u32 {
    const BASE: u32 = 65521;
    let (mut a, mut b) = (sum & 0xffff, sum >> 16);
    // So many bytes of 255 do not overflow 32 bits.
    for part in bytes.chunks(5552) {
        for byte in part {
            a += u32::from(*byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}
