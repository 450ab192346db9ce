//! What stands before the instructions of a code: sizes, signature, names, lines, cells.
//!
//! Layout, after MicroPython's `py/bc.h`: two bit-interleaved numbers (the signature; the sizes
//! of what follows), the information section (block name, argument names, line table), one byte
//! for each local that must be turned into a cell at entry, then the instructions.
//! The signature's first byte has another layout than those that extend it, chosen so that most
//! functions need a single byte.

use crate::lines;
use crate::sink::Sink;
use crate::varint::{self, NumberFault};

/// Bits of [`Signature::flags`].
pub mod flags {
    /// Calling it makes a generator.
    pub const GENERATOR: u8 = 1;
    /// It takes `**kwargs`.
    pub const VAR_KEYWORDS: u8 = 2;
    /// It takes `*args`.
    pub const VAR_ARGS: u8 = 4;
    /// Some keyword-only arguments have defaults.
    pub const KEYWORD_DEFAULTS: u8 = 8;
    /// All the flags that a prelude can hold.
    pub const ALL: u8 = 15;
}

/// Frame size and calling convention of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Signature {
    /// Words for locals and evaluation stack together; at least 1.
    pub n_state: u32,
    /// Blocks (`try`, `with`) open at once, at most.
    pub n_exc_stack: u32,
    /// A set of [`flags`].
    pub flags: u8,
    /// Positional arguments, closed-over cells included, which come first.
    pub n_pos_args: u32,
    /// Keyword-only arguments.
    pub n_kwonly_args: u32,
    /// How many of the last positional arguments have defaults.
    pub n_def_pos_args: u32,
}

/// Bytes of a signature beyond the first that a reader accepts: the fields then have at most
/// 20, 9, 4 (flags), 10, 8 and 8 bits.
const MAX_SIGNATURE_EXTENSION: u32 = 8;
/// Bytes of the size pair that a reader accepts.
const MAX_SIZE_BYTES: u32 = 9;

impl Signature {
    /// Whether a flag is set.
    pub const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Locals that the call itself fills: all arguments, with `*args` and `**kwargs`.
    pub const fn n_arg_slots(&self) -> u32 {
        self.n_pos_args + self.n_kwonly_args + self.has(flags::VAR_ARGS) as u32 + self.has(flags::VAR_KEYWORDS) as u32
    }

    /// Writes the signature.
    pub fn encode<S: Sink>(&self, out: &mut S) -> Result<(), S::Error> {
        let (mut s, mut e) = (self.n_state.saturating_sub(1), self.n_exc_stack);
        let (mut f, mut a) = (u32::from(self.flags & flags::ALL), self.n_pos_args);
        let (mut k, mut d) = (self.n_kwonly_args, self.n_def_pos_args);
        let mut byte = (s & 15) << 3 | (e & 1) << 2 | a & 3;
        (s, e, a) = (s >> 4, e >> 1, a >> 2);
        while s | e | f | a | k | d != 0 {
            out.write(&[byte as u8 | 0x80])?;
            byte = (f & 1) << 6 | (s & 3) << 4 | (k & 1) << 3 | (a & 1) << 2 | (e & 1) << 1 | d & 1;
            (s, e, f, a, k, d) = (s >> 2, e >> 1, f >> 1, a >> 1, k >> 1, d >> 1);
        }
        out.write(&[byte as u8])
    }

    /// Reads a signature at `*pos` and moves `*pos` past it.
    pub fn decode(bytes: &[u8], pos: &mut usize) -> Result<Signature, NumberFault> {
        let mut next = || {
            let byte = bytes.get(*pos).copied().map(u32::from).ok_or(NumberFault::Truncated)?;
            *pos += 1;
            Ok(byte)
        };
        let mut byte = next()?;
        let (mut s, mut e, mut a) = (byte >> 3 & 15, byte >> 2 & 1, byte & 3);
        let (mut f, mut k, mut d) = (0, 0, 0);
        let mut n = 0;
        while byte & 0x80 != 0 {
            if n == MAX_SIGNATURE_EXTENSION {
                return Err(NumberFault::TooBig);
            }
            byte = next()?;
            s |= (byte >> 4 & 3) << (4 + 2 * n);
            e |= (byte >> 1 & 1) << (1 + n);
            a |= (byte >> 2 & 1) << (2 + n);
            f |= (byte >> 6 & 1) << n;
            k |= (byte >> 3 & 1) << n;
            d |= (byte & 1) << n;
            n += 1;
        }
        if f > u32::from(flags::ALL) {
            return Err(NumberFault::TooBig);
        }
        Ok(Signature {
            n_state: s + 1,
            n_exc_stack: e,
            flags: f as u8,
            n_pos_args: a,
            n_kwonly_args: k,
            n_def_pos_args: d,
        })
    }
}

/// Writes the sizes of the information section and of the cell list, in bytes.
pub fn encode_sizes<S: Sink>(mut info: u32, mut cells: u32, out: &mut S) -> Result<(), S::Error> {
    loop {
        let byte = ((info & 0x3f) << 1 | cells & 1) as u8;
        (info, cells) = (info >> 6, cells >> 1);
        if info | cells == 0 {
            return out.write(&[byte]);
        }
        out.write(&[byte | 0x80])?;
    }
}

/// Reads what [`encode_sizes`] writes: sizes of information section and cell list.
pub fn decode_sizes(bytes: &[u8], pos: &mut usize) -> Result<(u32, u32), NumberFault> {
    let (mut info, mut cells) = (0u64, 0u32);
    for n in 0..MAX_SIZE_BYTES {
        let byte = *bytes.get(*pos).ok_or(NumberFault::Truncated)?;
        *pos += 1;
        cells |= u32::from(byte & 1) << n;
        info |= u64::from(byte >> 1 & 0x3f) << (6 * n);
        if byte & 0x80 == 0 {
            return Ok((u32::try_from(info).map_err(|_| NumberFault::TooBig)?, cells));
        }
    }
    Err(NumberFault::TooBig)
}

/// A prelude that does not fit the bytes of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPrelude {
    /// Where in the code it went wrong.
    pub offset: usize,
}

/// A code's prelude, read in place. Offsets count from the start of the code's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Prelude<'c> {
    bytes: &'c [u8],
    /// Frame size and calling convention.
    pub signature: Signature,
    /// The name of the function, class or comprehension: an index into the unit's names.
    pub block_name: u32,
    arg_names_at: usize,
    lines_at: usize,
    cells_at: usize,
    code_at: usize,
}

impl<'c> Prelude<'c> {
    /// Reads the prelude of a code.
    ///
    /// Checks that every part lies inside `bytes`; indexes are not compared with any table.
    pub fn parse(bytes: &'c [u8]) -> Result<Self, BadPrelude> {
        let mut pos = 0;
        let signature = Signature::decode(bytes, &mut pos).map_err(|_| BadPrelude { offset: 0 })?;
        let sizes_at = pos;
        let bad = |offset| move |_: NumberFault| BadPrelude { offset };
        let (info, cells) = decode_sizes(bytes, &mut pos).map_err(bad(sizes_at))?;
        let end = |from: usize, len: u32| {
            from.checked_add(len as usize).filter(|end| *end <= bytes.len()).ok_or(BadPrelude { offset: sizes_at })
        };
        let cells_at = end(pos, info)?;
        let code_at = end(cells_at, cells)?;
        let section = bytes.get(..cells_at).unwrap_or(&[]);
        let block_name = varint::read_uint(section, &mut pos).map_err(bad(pos))?;
        let arg_names_at = pos;
        for _ in 0..signature.n_pos_args + signature.n_kwonly_args {
            varint::read_uint(section, &mut pos).map_err(bad(pos))?;
        }
        let lines_at = pos;
        Ok(Prelude { bytes, signature, block_name, arg_names_at, lines_at, cells_at, code_at })
    }

    fn part(&self, start: usize, end: usize) -> &'c [u8] {
        self.bytes.get(start..end).unwrap_or(&[])
    }

    /// The arguments' names, positional then keyword-only, as indexes into the unit's names.
    ///
    /// An argument that cannot be given by name (a closed-over cell) is called `*`.
    pub fn arg_names(&self) -> impl Iterator<Item = u32> + 'c {
        let names = self.part(self.arg_names_at, self.lines_at);
        let mut pos = 0;
        core::iter::from_fn(move || varint::read_uint(names, &mut pos).ok())
    }

    /// The line table, for [`lines::line_of`] and [`lines::Steps`].
    pub fn lines(&self) -> &'c [u8] {
        self.part(self.lines_at, self.cells_at)
    }

    /// The locals that become cells at entry, one byte each.
    pub fn cells(&self) -> &'c [u8] {
        self.part(self.cells_at, self.code_at)
    }

    /// Where the instructions start.
    pub fn code_at(&self) -> usize {
        self.code_at
    }

    /// The instructions.
    pub fn instructions(&self) -> &'c [u8] {
        self.part(self.code_at, self.bytes.len())
    }

    /// The source line of the instruction at this offset from the first instruction.
    pub fn line_of(&self, offset: usize) -> usize {
        lines::line_of(self.lines(), offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn encoded(s: Signature) -> Vec<u8> {
        let mut out = allocator_api2::vec::Vec::new();
        s.encode(&mut out).unwrap();
        out.to_vec()
    }

    #[test]
    fn signatures_come_back() {
        let plain = Signature { n_state: 4, n_pos_args: 2, ..Signature::default() };
        assert_eq!(encoded(plain), [0x1a]);
        let full = Signature {
            n_state: 300,
            n_exc_stack: 9,
            flags: flags::ALL,
            n_pos_args: 77,
            n_kwonly_args: 5,
            n_def_pos_args: 31,
        };
        for s in [plain, full, Signature { n_state: 65535, ..plain }] {
            let bytes = encoded(s);
            let mut pos = 0;
            assert_eq!(Signature::decode(&bytes, &mut pos), Ok(s));
            assert_eq!(pos, bytes.len());
        }
        assert_eq!(Signature::decode(&[0xff; 40], &mut 0), Err(NumberFault::TooBig));
        assert_eq!(Signature::decode(&[0xff; 3], &mut 0), Err(NumberFault::Truncated));
    }

    #[test]
    fn sizes_come_back() {
        for (info, cells) in [(1, 0), (63, 1), (64, 0), (5000, 255), (1 << 24, 3)] {
            let mut out = allocator_api2::vec::Vec::new();
            encode_sizes(info, cells, &mut out).unwrap();
            let mut pos = 0;
            assert_eq!(decode_sizes(&out, &mut pos), Ok((info, cells)));
            assert_eq!(pos, out.len());
        }
        assert_eq!(decode_sizes(&[0xff; 20], &mut 0), Err(NumberFault::TooBig));
    }

    #[test]
    fn a_prelude_is_read_in_place() {
        // def f(a, b): ... with one cell and two line steps; names 9, 2, 3.
        let code = [0x1a, 0x80 | 5 << 1 | 1, 0, 9, 2, 3, 0x23, 0x44, 1, 0x51, 0x63];
        let p = Prelude::parse(&code).unwrap();
        assert_eq!(p.block_name, 9);
        assert_eq!(p.arg_names().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(p.lines(), [0x23, 0x44]);
        assert_eq!(p.cells(), [1]);
        assert_eq!(p.code_at(), 9);
        assert_eq!(p.instructions(), [0x51, 0x63]);
        for cut in 0..9 {
            assert!(Prelude::parse(&code[..cut]).is_err(), "{cut}");
        }
    }
}
