//! Compression: input is gathered, cut into literals and matches, and sent in blocks of the cheapest kind.
//!
//! A match is put off by one byte, in case the next place has a longer one. The buffer holds a window and as much
//! again (512 bytes at least) before it is moved down; the symbols of a block wait in lent memory, too, until their
//! frequencies are known.

use crate::code::{DISTANCES, END, LITERALS, MATCH_MAX, MATCH_MIN, distance_code, length_code};
use crate::matcher::Chains;

/// What compression waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// More input (or the end).
    Input,
    /// Room for output.
    Output,
    /// Nothing: the stream is complete.
    Nothing,
}

/// A match that is put off is not improved on above this length.
const LONG: usize = 32;

/// Symbols of the code that codes the lengths of codes, with room.
pub(crate) const LENGTH_CODES: usize = 32;
/// Symbols of all codes.
pub(crate) const ALL_CODES: usize = LITERALS + DISTANCES + LENGTH_CODES;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Gather,
    Head,
    LengthCodes(u8),
    Lengths(u16),
    Symbols(u16),
    StoredHead,
    Stored(u32),
    Done,
}

/// How a block is sent. The numbers are the format's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stored = 0,
    Fixed = 1,
    Dynamic = 2,
}

/// A stream being compressed.
#[derive(Clone, Copy, Debug)]
pub struct Deflate {
    window_bits: u32,
    /// In the buffer: the next byte to look at, and the end of what is there.
    start: usize,
    end: usize,
    /// The position in the stream (its low bits) of the buffer's first byte.
    base: u16,
    /// The match that was put off, for the byte before `start`.
    waiting: Option<(u16, u16)>,
    /// Where this block's bytes begin, if they are all in the buffer.
    pub(crate) block: Option<usize>,
    /// The first byte that no symbol stands for yet.
    pub(crate) covered: usize,
    /// Symbols in this block.
    pub(crate) symbols: u16,
    pub(crate) stage: Stage,
    pub(crate) kind: Kind,
    pub(crate) last: bool,
    pub(crate) bits: u32,
    pub(crate) bit_count: u32,
    /// Lengths that are sent, for literals, distances, and the length code.
    pub(crate) sent: (u16, u8, u8),
}

/// The lent memory.
pub(crate) struct Memory<'a> {
    pub buffer: &'a mut [u8],
    pub chains: Chains<'a>,
    /// Of each symbol: the distance, or 0 for a literal; and the literal, or the length less 3.
    pub distances: &'a mut [u16],
    pub values: &'a mut [u8],
    /// Frequencies: literals and lengths, distances.
    pub freq: &'a mut [u16],
    pub codes: &'a mut [u16],
    pub order: &'a mut [u16],
    pub lengths: &'a mut [u8],
}

/// Bytes in the buffer.
const fn buffer_len(bits: u32) -> usize {
    let window = 1 << bits;
    window + if window > 512 { window } else { 512 }
}

const fn heads_len(bits: u32) -> usize {
    1 << if bits < 7 {
        7
    } else if bits > 12 {
        12
    } else {
        bits
    }
}

/// Symbols in a block.
const fn symbols_len(bits: u32) -> usize {
    1 << if bits < 9 {
        9
    } else if bits > 13 {
        13
    } else {
        bits
    }
}

fn split(memory: &mut [u16], bits: u32) -> Option<Memory<'_>> {
    let (buffer, rest) = memory.split_at_mut_checked(buffer_len(bits) / 2)?;
    let (previous, rest) = rest.split_at_mut_checked(1 << bits)?;
    let (heads, rest) = rest.split_at_mut_checked(heads_len(bits))?;
    let (distances, rest) = rest.split_at_mut_checked(symbols_len(bits))?;
    let (values, rest) = rest.split_at_mut_checked(symbols_len(bits) / 2)?;
    let (freq, rest) = rest.split_at_mut_checked(LITERALS + DISTANCES)?;
    let (codes, rest) = rest.split_at_mut_checked(ALL_CODES)?;
    let (order, rest) = rest.split_at_mut_checked(LITERALS)?;
    let lengths = rest.get_mut(..ALL_CODES / 2)?;
    Some(Memory {
        buffer: bytemuck::cast_slice_mut(buffer),
        chains: Chains { previous, heads },
        distances,
        values: bytemuck::cast_slice_mut(values),
        freq,
        codes,
        order,
        lengths: bytemuck::cast_slice_mut(lengths),
    })
}

impl Deflate {
    /// Halfwords of memory for a window of `2^bits` bytes, zero at first.
    pub const fn memory(bits: u32) -> usize {
        buffer_len(bits) / 2
            + (1 << bits)
            + heads_len(bits)
            + symbols_len(bits) * 3 / 2
            + LITERALS
            + DISTANCES
            + LITERALS
            + ALL_CODES * 3 / 2
    }

    /// A stream with a window of `2^bits` bytes.
    pub const fn new(bits: u32) -> Deflate {
        Deflate {
            window_bits: bits,
            start: 0,
            end: 0,
            base: 0,
            waiting: None,
            block: Some(0),
            covered: 0,
            symbols: 0,
            stage: Stage::Gather,
            kind: Kind::Fixed,
            last: false,
            bits: 0,
            bit_count: 0,
            sent: (0, 0, 0),
        }
    }

    /// Takes input; returns how much, which is some as long as [`Deflate::run`] demands input.
    pub fn feed(&mut self, memory: &mut [u16], input: &[u8]) -> usize {
        let Some(m) = split(memory, self.window_bits) else { return 0 };
        let window = 1 << self.window_bits;
        if self.end == m.buffer.len() && self.start > window && self.stage == Stage::Gather {
            let by = self.start - window;
            m.buffer.copy_within(by..self.end, 0);
            self.start = window;
            self.end -= by;
            self.base = self.base.wrapping_add(by as u16);
            self.covered -= by;
            self.block = self.block.and_then(|b| b.checked_sub(by));
        }
        let room = m.buffer.get_mut(self.end..).unwrap_or_default();
        let n = room.len().min(input.len());
        for (to, from) in room.iter_mut().zip(input) {
            *to = *from;
        }
        self.end += n;
        n
    }

    /// Compresses what was fed into `output`; returns bytes written, and what is needed now. With `finish` the stream
    /// ends after what was fed.
    pub fn run(&mut self, memory: &mut [u16], output: &mut [u8], finish: bool) -> (usize, Demand) {
        let Some(mut m) = split(memory, self.window_bits) else { return (0, Demand::Nothing) };
        let mut wrote = 0;
        loop {
            match self.stage {
                Stage::Done => return (wrote, Demand::Nothing),
                Stage::Gather => {
                    let full = self.gather(&mut m, finish);
                    if !full && !finish {
                        return (wrote, Demand::Input);
                    }
                    self.last = !full;
                    self.choose(&mut m);
                }
                _ => {
                    if !self.emit(&mut m, output, &mut wrote) {
                        return (wrote, Demand::Output);
                    }
                }
            }
        }
    }

    /// Cuts input into symbols; true if a block's memory is full.
    fn gather(&mut self, m: &mut Memory<'_>, finish: bool) -> bool {
        let window = 1usize << self.window_bits;
        let capacity = m.distances.len();
        loop {
            let ahead = self.end - self.start;
            if ahead == 0 || (!finish && ahead < MATCH_MAX + MATCH_MIN) {
                return false;
            }
            if usize::from(self.symbols) + 2 > capacity {
                return true;
            }
            let bytes = m.buffer.get(..self.end).unwrap_or_default();
            let position = self.base.wrapping_add(self.start as u16);
            let least = self.waiting.map_or(0, |(len, _)| usize::from(len));
            let (len, distance) = m.chains.find(bytes, self.start, position, window, least);
            m.chains.insert(bytes, self.start, position);
            match self.waiting.take() {
                Some((before, back)) if len <= usize::from(before) => {
                    let (before, back) = (usize::from(before), usize::from(back));
                    // Its first byte lies before `start`, whose place is known already.
                    self.known(m, self.start + 1, before - 2);
                    self.start += before - 1;
                    self.push(m, before, back);
                }
                other => {
                    if other.is_some() {
                        self.literal(m, self.start - 1);
                    }
                    if len < MATCH_MIN {
                        self.literal(m, self.start);
                        self.start += 1;
                    } else if len >= LONG || len == ahead {
                        self.known(m, self.start + 1, len - 1);
                        self.start += len;
                        self.push(m, len, distance);
                    } else {
                        self.waiting = Some((len as u16, distance as u16));
                        self.start += 1;
                    }
                }
            }
        }
    }

    /// Adds `n` places to the chains.
    fn known(&self, m: &mut Memory<'_>, at: usize, n: usize) {
        let bytes = m.buffer.get(..self.end).unwrap_or_default();
        for i in at..at + n {
            m.chains.insert(bytes, i, self.base.wrapping_add(i as u16));
        }
    }

    fn literal(&mut self, m: &mut Memory<'_>, at: usize) {
        let byte = m.buffer.get(at).copied().unwrap_or(0);
        self.add(m, byte, 0, byte.into());
        self.covered = at + 1;
    }

    fn push(&mut self, m: &mut Memory<'_>, len: usize, distance: usize) {
        self.add(m, (len - MATCH_MIN) as u8, distance as u16, length_code(len).0);
        count(m.freq, LITERALS + distance_code(distance).0);
        self.covered = self.start;
    }

    fn add(&mut self, m: &mut Memory<'_>, value: u8, distance: u16, symbol: usize) {
        let at = usize::from(self.symbols);
        if let (Some(v), Some(d)) = (m.values.get_mut(at), m.distances.get_mut(at)) {
            (*v, *d) = (value, distance);
        }
        count(m.freq, symbol);
        self.symbols += 1;
    }

    /// After a block.
    pub(crate) fn next_block(&mut self, m: &mut Memory<'_>) {
        m.freq.fill(0);
        self.symbols = 0;
        self.block = Some(self.covered);
        self.stage = if self.last { Stage::Done } else { Stage::Gather };
    }

    /// Chooses how the block is sent, and makes its codes.
    fn choose(&mut self, m: &mut Memory<'_>) {
        count(m.freq, END);
        self.plan(m);
        self.stage = if self.kind == Kind::Stored { Stage::StoredHead } else { Stage::Head };
    }
}

fn count(freq: &mut [u16], symbol: usize) {
    if let Some(f) = freq.get_mut(symbol) {
        *f += 1;
    }
}
