//! Sending a block: the choice of its kind, the codes, and the bits.
//!
//! Sending stops wherever the output is full: the stage says which of the block's parts comes next. A part is at most
//! [`PART`] bytes.

use crate::code::{DISTANCES, END, LITERALS, ORDER, distance_code, distance_of, fixed_lengths, length_code, length_of};
use crate::deflate::{Deflate, Kind, LENGTH_CODES, Memory, Stage};
use crate::lengths::{codes, lengths};

/// Room in the output for one part: a length and a distance with their extra bits, and what was held back.
const PART: usize = 8;

/// The longest stored block.
const STORED_MAX: usize = 0xffff;

/// Blocks of fewer symbols than this are not worth codes of their own.
const FEW: u16 = 24;

/// Where the length code's codes begin among all.
const LENGTH_CODE: usize = LITERALS + DISTANCES;

/// A run of equal lengths as the length code sends it: symbol, bits after it and how many, and where the next begins.
struct Run {
    symbol: u8,
    extra: u32,
    bits: u32,
    next: usize,
}

/// The run that begins at `at` of the lengths that are sent.
fn run_at(len_at: &dyn Fn(usize) -> Option<u8>, at: usize) -> Option<Run> {
    let value = len_at(at)?;
    let most = |max: usize| (at..at + max).take_while(|i| len_at(*i) == Some(value)).count();
    let run = |symbol, n: usize, least: usize, bits| Run { symbol, extra: (n - least) as u32, bits, next: at + n };
    if value == 0 {
        match most(138) {
            n @ 11.. => return Some(run(18, n, 11, 7)),
            n @ 3.. => return Some(run(17, n, 3, 3)),
            _ => {}
        }
    } else if at > 0 && len_at(at - 1) == Some(value) {
        let n = most(6);
        if n >= 3 {
            return Some(run(16, n, 3, 2));
        }
    }
    Some(Run { symbol: value, extra: 0, bits: 0, next: at + 1 })
}

/// The lengths that are sent, one after the other.
fn sent<'a>(all: &'a [u8], (literals, distances, _): (u16, u8, u8)) -> impl Fn(usize) -> Option<u8> + 'a {
    move |i| {
        let literals = usize::from(literals);
        if i < literals {
            all.get(i).copied()
        } else if i < literals + usize::from(distances) {
            all.get(LITERALS + i - literals).copied()
        } else {
            None
        }
    }
}

impl Deflate {
    /// Decides the block's kind, and makes its codes.
    pub(crate) fn plan(&mut self, m: &mut Memory<'_>) {
        let fixed = {
            let (literal, distance) = m.lengths.split_at_mut(LITERALS);
            fixed_lengths(literal, distance.get_mut(..DISTANCES).unwrap_or_default());
            price(m)
        };
        let dynamic = if self.symbols < FEW { usize::MAX } else { self.own_codes(m) };
        self.kind = if dynamic < fixed { Kind::Dynamic } else { Kind::Fixed };
        let raw = self.block.map(|b| self.covered - b).filter(|n| *n <= STORED_MAX && *n > 0);
        if raw.is_some_and(|n| n * 8 + 32 + 8 < fixed.min(dynamic)) {
            self.kind = Kind::Stored;
        }
        if self.kind == Kind::Fixed {
            let (literal, distance) = m.lengths.split_at_mut(LITERALS);
            fixed_lengths(literal, distance.get_mut(..DISTANCES).unwrap_or_default());
        }
        for (from, to) in [(0, LITERALS), (LITERALS, LENGTH_CODE), (LENGTH_CODE, LENGTH_CODE + LENGTH_CODES)] {
            if let (Some(l), Some(c)) = (m.lengths.get(from..to), m.codes.get_mut(from..to)) {
                codes(l, c);
            }
        }
    }

    /// Makes the lengths of codes for this block alone; bits of the block with them.
    fn own_codes(&mut self, m: &mut Memory<'_>) -> usize {
        let (literal, rest) = m.lengths.split_at_mut(LITERALS);
        let (distance, _) = rest.split_at_mut(DISTANCES);
        let (literal_freq, distance_freq) = m.freq.split_at_mut(LITERALS);
        lengths(literal_freq, m.order, m.codes, literal, 15);
        // A code of fewer than two symbols is one that some decoders refuse.
        let unused: [bool; 2] = [0, 1].map(|i| distance_freq.get(i) == Some(&0));
        let several = distance_freq.iter().filter(|f| **f > 0).count() > 1;
        for (f, unused) in distance_freq.iter_mut().zip(unused) {
            *f += u16::from(unused && !several);
        }
        lengths(distance_freq, m.order, m.codes, distance, 15);
        for (f, unused) in distance_freq.iter_mut().zip(unused) {
            *f -= u16::from(unused && !several);
        }
        let used = |l: &[u8]| l.iter().rposition(|l| *l > 0).map_or(0, |last| last + 1);
        self.sent.0 = used(literal).max(257) as u16;
        self.sent.1 = used(distance).max(1) as u8;
        let mut freq = [0u16; ORDER.len()];
        let mut extra = 0;
        let mut at = 0;
        while let Some(run) = run_at(&sent(m.lengths, self.sent), at) {
            if let Some(f) = freq.get_mut(usize::from(run.symbol)) {
                *f += 1;
            }
            extra += run.bits as usize;
            at = run.next;
        }
        let Some(of_lengths) = m.lengths.get_mut(LENGTH_CODE..) else { return usize::MAX };
        of_lengths.fill(0);
        let Some(of_lengths) = of_lengths.get_mut(..ORDER.len()) else { return usize::MAX };
        lengths(&freq, m.order, m.codes, of_lengths, 7);
        let len = |symbol: u8| of_lengths.get(usize::from(symbol)).copied().unwrap_or(0);
        self.sent.2 = ORDER.iter().rposition(|s| len(*s) > 0).map_or(4, |last| (last + 1).max(4)) as u8;
        let of_runs: usize = freq.iter().zip(of_lengths.iter()).map(|(f, l)| usize::from(*f) * usize::from(*l)).sum();
        let head = 14 + 3 * usize::from(self.sent.2) + of_runs + extra;
        head + price(m)
    }

    fn put(&mut self, value: u32, n: u32, output: &mut [u8], wrote: &mut usize) {
        self.bits |= value << self.bit_count;
        self.bit_count += n;
        while self.bit_count >= 8 {
            if let Some(to) = output.get_mut(*wrote) {
                *to = self.bits as u8;
            }
            *wrote += 1;
            self.bits >>= 8;
            self.bit_count -= 8;
        }
    }

    /// Sends the code of a symbol.
    fn put_code(&mut self, m: &Memory<'_>, at: usize, output: &mut [u8], wrote: &mut usize) {
        let code = m.codes.get(at).copied().unwrap_or(0);
        let len = m.lengths.get(at).copied().unwrap_or(0);
        self.put(code.into(), len.into(), output, wrote);
    }

    /// Zeros up to the next whole byte.
    fn align(&mut self, output: &mut [u8], wrote: &mut usize) {
        if self.bit_count > 0 {
            self.put(0, 8 - self.bit_count, output, wrote);
        }
    }

    /// Sends the next part; false if there is no room for it.
    pub(crate) fn emit(&mut self, m: &mut Memory<'_>, output: &mut [u8], wrote: &mut usize) -> bool {
        if output.len() - *wrote < PART {
            return false;
        }
        match self.stage {
            Stage::Head => {
                self.put(u32::from(self.last) | (self.kind as u32) << 1, 3, output, wrote);
                self.stage = Stage::Symbols(0);
                if self.kind == Kind::Dynamic {
                    let (literals, distances, lengths) = self.sent;
                    self.put(u32::from(literals) - 257, 5, output, wrote);
                    self.put(u32::from(distances) - 1, 5, output, wrote);
                    self.put(u32::from(lengths) - 4, 4, output, wrote);
                    self.stage = Stage::LengthCodes(0);
                }
            }
            Stage::LengthCodes(i) if i < self.sent.2 => {
                let symbol = ORDER.get(usize::from(i)).copied().unwrap_or(0);
                let len = m.lengths.get(LENGTH_CODE + usize::from(symbol)).copied().unwrap_or(0);
                self.put(len.into(), 3, output, wrote);
                self.stage = Stage::LengthCodes(i + 1);
            }
            Stage::LengthCodes(_) => self.stage = Stage::Lengths(0),
            Stage::Lengths(at) => match run_at(&sent(m.lengths, self.sent), at.into()) {
                Some(run) => {
                    self.put_code(m, LENGTH_CODE + usize::from(run.symbol), output, wrote);
                    self.put(run.extra, run.bits, output, wrote);
                    self.stage = Stage::Lengths(run.next as u16);
                }
                None => self.stage = Stage::Symbols(0),
            },
            Stage::Symbols(i) => self.symbols(m, i, output, wrote),
            Stage::StoredHead => {
                let from = self.block.unwrap_or(self.covered);
                let len = (self.covered - from) as u32;
                self.put(u32::from(self.last), 3, output, wrote);
                self.align(output, wrote);
                self.put(len, 16, output, wrote);
                self.put(!len & 0xffff, 16, output, wrote);
                self.stage = Stage::Stored(from as u32);
            }
            Stage::Stored(at) => {
                let from = m.buffer.get(at as usize..self.covered).unwrap_or_default();
                let room = output.get_mut(*wrote..).unwrap_or_default();
                let n = room.len().min(from.len());
                for (to, from) in room.iter_mut().zip(from) {
                    *to = *from;
                }
                *wrote += n;
                self.stage = Stage::Stored(at + n as u32);
                if n == from.len() {
                    self.next_block(m);
                }
            }
            Stage::Gather | Stage::Done => {}
        }
        true
    }

    /// Sends symbols from the `i`th on, as long as there is room.
    fn symbols(&mut self, m: &mut Memory<'_>, mut i: u16, output: &mut [u8], wrote: &mut usize) {
        while i < self.symbols && output.len() - *wrote >= PART {
            let value = m.values.get(usize::from(i)).copied().unwrap_or(0);
            let distance = m.distances.get(usize::from(i)).copied().unwrap_or(0);
            i += 1;
            if distance == 0 {
                self.put_code(m, value.into(), output, wrote);
                continue;
            }
            let (symbol, extra, bits) = length_code(usize::from(value) + 3);
            self.put_code(m, symbol, output, wrote);
            self.put(bits, extra, output, wrote);
            let (symbol, extra, bits) = distance_code(distance.into());
            self.put_code(m, LITERALS + symbol, output, wrote);
            self.put(bits, extra, output, wrote);
        }
        self.stage = Stage::Symbols(i);
        if i == self.symbols && output.len() - *wrote >= PART {
            self.put_code(m, END, output, wrote);
            if self.last {
                self.align(output, wrote);
            }
            self.next_block(m);
        }
    }
}

/// Bits of a block's symbols with the codes as they are, and its head's three.
fn price(m: &Memory<'_>) -> usize {
    let mut bits = 3;
    for (symbol, f) in m.freq.iter().enumerate().filter(|(_, f)| **f > 0) {
        let extra = match symbol {
            ..=END => 0,
            257..LITERALS => length_of(symbol as u32).1,
            _ => distance_of((symbol - LITERALS) as u32).1,
        };
        let len = m.lengths.get(symbol).copied().unwrap_or(0);
        bits += usize::from(*f) * (usize::from(len) + extra as usize);
    }
    bits
}
