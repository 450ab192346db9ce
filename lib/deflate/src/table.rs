//! Decoding tables: a short look-up for frequent codes, counting for the long ones.

use crate::Damaged;

/// Codes have up to so many bits.
const CODE_MAX: usize = 15;

/// A code's table. The slices are lent memory.
pub(crate) struct Table<'a> {
    /// By the next bits: symbol << 4 | length; 0 for codes that are longer.
    pub fast: &'a mut [u16],
    /// The symbols in the order of their codes.
    pub sorted: &'a mut [u16],
    /// How many codes there are of each length.
    pub count: &'a mut [u16],
}

/// What looking up gave.
pub(crate) enum Found {
    /// A symbol and the bits that it takes.
    Symbol(u32, u32),
    /// Not enough bits to tell.
    More,
}

impl Table<'_> {
    /// Makes the table of a code from the lengths of its symbols' codes. A code that is not used up is allowed only
    /// with `sparse`, and only if it is of one bit, as the RFC has it.
    pub(crate) fn build(&mut self, lengths: &[u8], sparse: bool) -> Result<(), Damaged> {
        self.count.fill(0);
        for len in lengths {
            if let Some(n) = self.count.get_mut(usize::from(*len)) {
                *n += 1;
            }
        }
        if let Some(unused) = self.count.first_mut() {
            *unused = 0;
        }
        let mut left = 1i32;
        let mut longest = 0;
        // The first code and the first place of each length.
        let mut codes = [0u16; CODE_MAX + 1];
        let mut places = [0u16; CODE_MAX + 1];
        let (mut code, mut place) = (0u16, 0u16);
        for (len, n) in self.count.iter().enumerate().skip(1).take(CODE_MAX) {
            left = left * 2 - i32::from(*n);
            if left < 0 {
                return Err(Damaged);
            }
            code <<= 1;
            if let (Some(c), Some(p)) = (codes.get_mut(len), places.get_mut(len)) {
                (*c, *p) = (code, place);
            }
            code = code.wrapping_add(*n);
            place += n;
            if *n > 0 {
                longest = len;
            }
        }
        if left > 0 && !(sparse && longest <= 1) {
            return Err(Damaged);
        }
        self.fast.fill(0);
        let bits = self.fast.len().trailing_zeros();
        for (symbol, len) in lengths.iter().enumerate() {
            let len = usize::from(*len);
            let (Some(code), Some(place)) = (codes.get_mut(len), places.get_mut(len)) else { return Err(Damaged) };
            if len == 0 {
                continue;
            }
            if let Some(s) = self.sorted.get_mut(usize::from(*place)) {
                *s = symbol as u16;
            }
            if len as u32 <= bits {
                let entry = (symbol as u16) << 4 | len as u16;
                let first = code.reverse_bits() >> (16 - len);
                self.fast.iter_mut().skip(first.into()).step_by(1 << len).for_each(|e| *e = entry);
            }
            *code += 1;
            *place += 1;
        }
        Ok(())
    }

    /// The symbol at the front of `bits`, of which `n` count.
    #[inline(always)]
    pub(crate) fn find(&self, bits: usize, n: u32) -> Result<Found, Damaged> {
        let entry = self.fast.get(bits & (self.fast.len().wrapping_sub(1))).copied().unwrap_or(0);
        let len = u32::from(entry & 15);
        if len == 0 {
            return self.find_long(bits, n);
        }
        Ok(if len <= n { Found::Symbol(u32::from(entry >> 4), len) } else { Found::More })
    }

    #[cold]
    #[inline(never)]
    fn find_long(&self, bits: usize, n: u32) -> Result<Found, Damaged> {
        let (mut code, mut first, mut place) = (0u32, 0u32, 0u32);
        for (len, count) in (1u32..).zip(self.count.iter().skip(1).take(CODE_MAX)) {
            if len > n {
                return Ok(Found::More);
            }
            code = code << 1 | (bits >> (len - 1) & 1) as u32;
            first <<= 1;
            let count = u32::from(*count);
            if code < first + count {
                let at = (place + code - first) as usize;
                return match self.sorted.get(at) {
                    Some(s) => Ok(Found::Symbol(u32::from(*s), len)),
                    None => Err(Damaged),
                };
            }
            first += count;
            place += count;
        }
        Err(Damaged)
    }
}
