//! Lengths and distances as DEFLATE codes them: a symbol and extra bits. Computed, where others keep tables.

/// Symbols for literals, the end of a block and lengths, the two that never occur included.
pub(crate) const LITERALS: usize = 288;
/// Symbols for distances, the two that never occur included.
pub(crate) const DISTANCES: usize = 32;
/// The symbol that ends a block.
pub(crate) const END: usize = 256;
/// The longest match.
pub(crate) const MATCH_MAX: usize = 258;
/// The shortest.
pub(crate) const MATCH_MIN: usize = 3;
/// The order in which the lengths of the length code's codes stand.
pub(crate) const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The symbol of a length (3 to 258), its number of extra bits, and these bits.
pub(crate) fn length_code(len: usize) -> (usize, u32, u32) {
    let l = (len - MATCH_MIN) as u32;
    if len == MATCH_MAX {
        return (285, 0, 0);
    }
    if l < 8 {
        return (257 + l as usize, 0, 0);
    }
    let extra = l.ilog2() - 2;
    (257 + (4 * extra + (l >> extra)) as usize, extra, l & ((1 << extra) - 1))
}

/// The symbol of a distance (1 to 32768), its number of extra bits, and these bits.
pub(crate) fn distance_code(distance: usize) -> (usize, u32, u32) {
    let d = (distance - 1) as u32;
    if d < 4 {
        return (d as usize, 0, 0);
    }
    let extra = d.ilog2() - 1;
    ((2 * extra + (d >> extra)) as usize, extra, d & ((1 << extra) - 1))
}

/// The least length of a length symbol (257 to 285), and its number of extra bits.
#[inline(always)]
pub(crate) fn length_of(symbol: u32) -> (u32, u32) {
    let code = symbol - 257;
    if code < 8 {
        (code + 3, 0)
    } else if code == 28 {
        (258, 0)
    } else {
        let extra = (code >> 2) - 1;
        (((4 | code & 3) << extra) + 3, extra)
    }
}

/// The least distance of a distance symbol (0 to 29), and its number of extra bits.
#[inline(always)]
pub(crate) fn distance_of(symbol: u32) -> (u32, u32) {
    if symbol < 4 {
        (symbol + 1, 0)
    } else {
        let extra = (symbol >> 1) - 1;
        (((2 | symbol & 1) << extra) + 1, extra)
    }
}

/// The lengths of the fixed code.
pub(crate) fn fixed_lengths(literals: &mut [u8], distances: &mut [u8]) {
    for (symbol, len) in literals.iter_mut().enumerate() {
        *len = match symbol {
            144..=255 => 9,
            256..=279 => 7,
            _ => 8,
        };
    }
    distances.fill(5);
}
