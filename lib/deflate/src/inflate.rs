//! Decompression.
//!
//! Between calls fewer than eight bits are held back, and a byte is taken from the input only when the next decision
//! needs it. The window is brought up to date at the end of a call: until then a match is copied from the output
//! itself, or from the window for what lies before this call.

use crate::Damaged;
use crate::code::{DISTANCES, END, LITERALS, ORDER, distance_of, fixed_lengths, length_of};
use crate::table::{Found, Table};

/// Bits that the look-up for literals and lengths takes, and the one for distances.
const LITERAL_BITS: u32 = if usize::BITS == 64 { 10 } else { 7 };
const DISTANCE_BITS: u32 = if usize::BITS == 64 { 8 } else { 5 };

/// Halfwords of memory besides the window: two tables, and the lengths of both codes.
const TABLES: usize = (1 << LITERAL_BITS) + LITERALS + 16 + (1 << DISTANCE_BITS) + DISTANCES + 16 + LENGTHS / 2;
const LENGTHS: usize = LITERALS + DISTANCES;

/// Bytes that the fast loop wants in the input, and room in the output: the longest match and a literal.
const FAST_IN: usize = 3 * size_of::<usize>();
const FAST_OUT: usize = 260;

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All input is used up.
    Input,
    /// The output is full.
    Output,
    /// The last block is complete.
    Done,
}

/// What a call did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from the input.
    pub read: usize,
    /// Bytes put into the output.
    pub wrote: usize,
    /// Why it ended.
    pub status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Block,
    StoredLength,
    Stored(u32),
    Sizes,
    /// The lengths of the length code's codes; how many are there, of how many.
    CodeLengths(u8, u8),
    /// The lengths of both codes; how many are there.
    Lengths(u16),
    /// A code of the length code that repeats.
    Repeat(u16, u8),
    Symbol,
    LengthExtra(u16),
    Distance(u16),
    DistanceExtra(u16, u8),
    Copy(u16, u16),
    Done,
}

/// A stream being decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Inflate {
    bits: usize,
    count: u32,
    stage: Stage,
    last: bool,
    /// Lengths to come for literals, and for distances.
    literals: u16,
    distances: u8,
    window: u32,
    /// Where the next byte goes in the window, and how many are there.
    at: u32,
    filled: u32,
}

/// The lent memory.
struct Memory<'a> {
    literal: Table<'a>,
    distance: Table<'a>,
    lengths: &'a mut [u8],
    window: &'a mut [u8],
}

fn split(memory: &mut [u16], window: usize) -> Option<Memory<'_>> {
    let (fast, rest) = memory.split_at_mut_checked(1 << LITERAL_BITS)?;
    let (sorted, rest) = rest.split_at_mut_checked(LITERALS)?;
    let (count, rest) = rest.split_at_mut_checked(16)?;
    let literal = Table { fast, sorted, count };
    let (fast, rest) = rest.split_at_mut_checked(1 << DISTANCE_BITS)?;
    let (sorted, rest) = rest.split_at_mut_checked(DISTANCES)?;
    let (count, rest) = rest.split_at_mut_checked(16)?;
    let distance = Table { fast, sorted, count };
    let (lengths, rest) = rest.split_at_mut_checked(LENGTHS / 2)?;
    let window = bytemuck::cast_slice_mut::<u16, u8>(rest).get_mut(..window)?;
    Some(Memory { literal, distance, lengths: bytemuck::cast_slice_mut(lengths), window })
}

/// Input and output of a call.
struct Ends<'a> {
    input: &'a [u8],
    read: usize,
    output: &'a mut [u8],
    wrote: usize,
}

impl Inflate {
    /// Halfwords of memory for a window of `2^bits` bytes.
    pub const fn memory(bits: u32) -> usize {
        TABLES + (1 << bits) / 2
    }

    /// A stream with a window of `2^bits` bytes.
    pub const fn new(bits: u32) -> Inflate {
        Inflate {
            bits: 0,
            count: 0,
            stage: Stage::Block,
            last: false,
            literals: 0,
            distances: 0,
            window: 1 << bits,
            at: 0,
            filled: 0,
        }
    }

    /// Decompresses as far as it goes.
    ///
    /// # Errors
    /// [`Damaged`]; the stream cannot be continued then. Also if there is less memory than [`Inflate::memory`].
    pub fn run(&mut self, memory: &mut [u16], input: &[u8], output: &mut [u8]) -> Result<Progress, Damaged> {
        let mut memory = split(memory, self.window as usize).ok_or(Damaged)?;
        let mut ends = Ends { input, read: 0, output, wrote: 0 };
        let status = loop {
            if let Some(status) = self.step(&mut memory, &mut ends)? {
                break status;
            }
        };
        self.remember(memory.window, ends.output.get(..ends.wrote).unwrap_or_default());
        Ok(Progress { read: ends.read, wrote: ends.wrote, status })
    }

    /// Appends what was put out to the window.
    fn remember(&mut self, window: &mut [u8], new: &[u8]) {
        let size = window.len();
        let new = new.get(new.len().saturating_sub(size)..).unwrap_or_default();
        let (first, second) = new.split_at(new.len().min(size - self.at as usize));
        for (from, at) in [(first, self.at as usize), (second, 0)] {
            if let Some(to) = window.get_mut(at..at + from.len()) {
                to.copy_from_slice(from);
            }
        }
        self.at = ((self.at as usize + new.len()) % size) as u32;
        self.filled = (self.filled as usize + new.len()).min(size) as u32;
    }

    /// Has `n` bits at hand; false if the input ends before.
    #[inline]
    fn need(&mut self, n: u32, ends: &mut Ends<'_>) -> bool {
        while self.count < n {
            let Some(byte) = ends.input.get(ends.read) else { return false };
            self.bits |= usize::from(*byte) << self.count;
            self.count += 8;
            ends.read += 1;
        }
        true
    }

    #[inline]
    fn take(&mut self, n: u32) -> u32 {
        let bits = self.bits & ((1 << n) - 1);
        self.bits >>= n;
        self.count -= n;
        bits as u32
    }

    /// The next symbol; `None` if the input ends before.
    #[inline]
    fn symbol(&mut self, table: &Table<'_>, ends: &mut Ends<'_>) -> Result<Option<u32>, Damaged> {
        loop {
            if let Found::Symbol(symbol, len) = table.find(self.bits, self.count)? {
                self.take(len);
                return Ok(Some(symbol));
            }
            let more = self.count + 1;
            if !self.need(more, ends) {
                return Ok(None);
            }
        }
    }

    /// One step; why it cannot go on, if so.
    fn step(&mut self, memory: &mut Memory<'_>, ends: &mut Ends<'_>) -> Result<Option<Status>, Damaged> {
        match self.stage {
            Stage::Block => {
                if !self.need(3, ends) {
                    return Ok(Some(Status::Input));
                }
                self.last = self.take(1) != 0;
                self.stage = match self.take(2) {
                    0 => {
                        let odd = self.count & 7;
                        self.take(odd);
                        Stage::StoredLength
                    }
                    1 => {
                        let (literals, distances) = memory.lengths.split_at_mut(LITERALS);
                        fixed_lengths(literals, distances);
                        memory.literal.build(literals, false)?;
                        memory.distance.build(distances, false)?;
                        Stage::Symbol
                    }
                    2 => Stage::Sizes,
                    _ => return Err(Damaged),
                };
            }
            Stage::StoredLength => {
                // On a chip the two numbers just fill a word.
                if !self.need(32, ends) {
                    return Ok(Some(Status::Input));
                }
                let all = self.bits as u32;
                self.bits = 0;
                self.count = 0;
                if all & 0xffff != !all >> 16 {
                    return Err(Damaged);
                }
                self.stage = Stage::Stored(all & 0xffff);
            }
            Stage::Stored(0) => self.end_of_block(),
            Stage::Stored(left) => {
                let input = ends.input.get(ends.read..).unwrap_or_default();
                let output = ends.output.get_mut(ends.wrote..).unwrap_or_default();
                if output.is_empty() {
                    return Ok(Some(Status::Output));
                }
                if input.is_empty() {
                    return Ok(Some(Status::Input));
                }
                let n = input.len().min(output.len()).min(left as usize);
                for (to, from) in output.iter_mut().zip(input).take(n) {
                    *to = *from;
                }
                ends.read += n;
                ends.wrote += n;
                self.stage = Stage::Stored(left - n as u32);
            }
            Stage::Sizes | Stage::CodeLengths(..) | Stage::Lengths(_) | Stage::Repeat(..) => {
                return self.tables(memory, ends);
            }
            Stage::Done => return Ok(Some(Status::Done)),
            _ => return self.symbols(memory, ends),
        }
        Ok(None)
    }

    fn end_of_block(&mut self) {
        self.stage = if self.last { Stage::Done } else { Stage::Block };
    }

    /// A step in the tables of a block with codes of its own.
    fn tables(&mut self, memory: &mut Memory<'_>, ends: &mut Ends<'_>) -> Result<Option<Status>, Damaged> {
        match self.stage {
            Stage::Sizes => {
                if !self.need(14, ends) {
                    return Ok(Some(Status::Input));
                }
                self.literals = self.take(5) as u16 + 257;
                self.distances = self.take(5) as u8 + 1;
                let codes = self.take(4) as u8 + 4;
                if self.literals > 286 || self.distances > 30 {
                    return Err(Damaged);
                }
                memory.lengths.fill(0);
                self.stage = Stage::CodeLengths(0, codes);
            }
            Stage::CodeLengths(have, want) if have < want => {
                if !self.need(3, ends) {
                    return Ok(Some(Status::Input));
                }
                let symbol = ORDER.get(usize::from(have)).copied().unwrap_or(0);
                let len = self.take(3) as u8;
                if let Some(l) = memory.lengths.get_mut(usize::from(symbol)) {
                    *l = len;
                }
                self.stage = Stage::CodeLengths(have + 1, want);
            }
            Stage::CodeLengths(..) => {
                // The length code's table lies where that of the literals will.
                memory.literal.build(memory.lengths.get(..ORDER.len()).unwrap_or_default(), false)?;
                memory.lengths.fill(0);
                self.stage = Stage::Lengths(0);
            }
            Stage::Lengths(have) => {
                let total = self.literals + u16::from(self.distances);
                if have >= total {
                    return self.end_of_tables(memory);
                }
                let Some(symbol) = self.symbol(&memory.literal, ends)? else { return Ok(Some(Status::Input)) };
                if symbol >= 16 {
                    self.stage = Stage::Repeat(have, symbol as u8);
                } else {
                    if let Some(l) = memory.lengths.get_mut(usize::from(have)) {
                        *l = symbol as u8;
                    }
                    self.stage = Stage::Lengths(have + 1);
                }
            }
            Stage::Repeat(have, symbol) => {
                let (bits, least) = match symbol {
                    16 => (2, 3),
                    17 => (3, 3),
                    _ => (7, 11),
                };
                if !self.need(bits, ends) {
                    return Ok(Some(Status::Input));
                }
                let end = have + least + self.take(bits) as u16;
                if end > self.literals + u16::from(self.distances) || (symbol == 16 && have == 0) {
                    return Err(Damaged);
                }
                if symbol == 16 {
                    let before = memory.lengths.get(usize::from(have) - 1).copied().unwrap_or(0);
                    if let Some(run) = memory.lengths.get_mut(usize::from(have)..usize::from(end)) {
                        run.fill(before);
                    }
                }
                self.stage = Stage::Lengths(end);
            }
            _ => {}
        }
        Ok(None)
    }

    fn end_of_tables(&mut self, memory: &mut Memory<'_>) -> Result<Option<Status>, Damaged> {
        let both = memory.lengths.get(..usize::from(self.literals) + usize::from(self.distances)).unwrap_or_default();
        let Some((literals, distances)) = both.split_at_checked(usize::from(self.literals)) else {
            return Err(Damaged);
        };
        if literals.get(END) == Some(&0) {
            return Err(Damaged);
        }
        memory.literal.build(literals, true)?;
        memory.distance.build(distances, true)?;
        self.stage = Stage::Symbol;
        Ok(None)
    }

    /// A step in the symbols of a block.
    fn symbols(&mut self, memory: &mut Memory<'_>, ends: &mut Ends<'_>) -> Result<Option<Status>, Damaged> {
        match self.stage {
            Stage::Symbol => {
                self.fast(memory, ends)?;
                if self.stage != Stage::Symbol {
                    return Ok(None);
                }
                if ends.wrote == ends.output.len() {
                    return Ok(Some(Status::Output));
                }
                let Some(symbol) = self.symbol(&memory.literal, ends)? else { return Ok(Some(Status::Input)) };
                match symbol {
                    0..=255 => {
                        if let Some(to) = ends.output.get_mut(ends.wrote) {
                            *to = symbol as u8;
                        }
                        ends.wrote += 1;
                    }
                    256 => self.end_of_block(),
                    257..=285 => self.stage = Stage::LengthExtra(symbol as u16),
                    _ => return Err(Damaged),
                }
            }
            Stage::LengthExtra(symbol) => {
                let (base, extra) = length_of(symbol.into());
                if !self.need(extra, ends) {
                    return Ok(Some(Status::Input));
                }
                self.stage = Stage::Distance((base + self.take(extra)) as u16);
            }
            Stage::Distance(len) => {
                let Some(symbol) = self.symbol(&memory.distance, ends)? else { return Ok(Some(Status::Input)) };
                if symbol > 29 {
                    return Err(Damaged);
                }
                self.stage = Stage::DistanceExtra(len, symbol as u8);
            }
            Stage::DistanceExtra(len, symbol) => {
                let (base, extra) = distance_of(symbol.into());
                if !self.need(extra, ends) {
                    return Ok(Some(Status::Input));
                }
                let distance = base + self.take(extra);
                self.check(distance, ends.wrote)?;
                self.stage = Stage::Copy(len, distance as u16);
            }
            Stage::Copy(len, distance) => {
                let n = usize::from(len).min(ends.output.len() - ends.wrote);
                if n == 0 {
                    return Ok(Some(Status::Output));
                }
                self.copy(ends.output, ends.wrote, n, distance.into(), memory.window);
                ends.wrote += n;
                let left = len - n as u16;
                self.stage = if left == 0 { Stage::Symbol } else { Stage::Copy(left, distance) };
            }
            _ => {}
        }
        Ok(None)
    }

    /// Whether so far back there is something, and the window reaches there.
    #[inline(always)]
    fn check(&self, distance: u32, wrote: usize) -> Result<(), Damaged> {
        if distance > self.window || distance as usize > self.filled as usize + wrote { Err(Damaged) } else { Ok(()) }
    }

    /// Repeats `n` bytes from `distance` bytes back; there is room for them.
    #[inline]
    fn copy(&self, output: &mut [u8], at: usize, n: usize, distance: usize, window: &[u8]) {
        if distance <= at {
            let from = at - distance;
            if distance >= n {
                output.copy_within(from..from + n, at);
            } else if distance == 1 {
                let byte = output.get(from).copied().unwrap_or(0);
                output.get_mut(at..at + n).unwrap_or_default().fill(byte);
            } else {
                // What is copied doubles until it is as long as the match.
                let mut done = distance;
                output.copy_within(from..at, at);
                while done < n {
                    let part = done.min(n - done);
                    output.copy_within(at..at + part, at + done);
                    done += part;
                }
            }
            return;
        }
        let back = distance - at;
        let from = (self.at as usize + window.len() - back) % window.len();
        let old = back.min(n);
        let (before, after) = window.split_at(from);
        for (to, byte) in output.iter_mut().skip(at).zip(after.iter().chain(before)).take(old) {
            *to = *byte;
        }
        if n > old {
            self.copy(output, at + old, n - old, distance, window);
        }
    }

    /// Literals and whole matches, while there is enough input and room that nothing need be asked.
    #[inline(never)]
    fn fast(&mut self, memory: &mut Memory<'_>, ends: &mut Ends<'_>) -> Result<(), Damaged> {
        let (input, output) = (ends.input, &mut *ends.output);
        let (mut bits, mut count) = (self.bits, self.count);
        let (mut read, mut wrote) = (ends.read, ends.wrote);
        macro_rules! refill {
            () => {
                if let Some(word) = input.get(read..).and_then(|rest| rest.first_chunk()) {
                    bits |= usize::from_le_bytes(*word) << count;
                    read += (usize::BITS - 1 - count) as usize / 8;
                    count |= usize::BITS - 8;
                }
            };
        }
        macro_rules! symbol {
            ($table:expr) => {
                match $table.find(bits, count)? {
                    Found::Symbol(symbol, len) => {
                        bits >>= len;
                        count -= len;
                        symbol
                    }
                    Found::More => return Err(Damaged),
                }
            };
        }
        while input.len() - read >= FAST_IN && output.len() - wrote >= FAST_OUT {
            refill!();
            let mut symbol = symbol!(memory.literal);
            if usize::BITS == 64 && symbol < 256 {
                if let Some(to) = output.get_mut(wrote) {
                    *to = symbol as u8;
                }
                wrote += 1;
                symbol = symbol!(memory.literal);
            }
            if symbol < 256 {
                if let Some(to) = output.get_mut(wrote) {
                    *to = symbol as u8;
                }
                wrote += 1;
                continue;
            }
            if symbol == 256 {
                self.end_of_block();
                break;
            }
            if symbol > 285 {
                return Err(Damaged);
            }
            let (base, extra) = length_of(symbol);
            let len = base as usize + (bits & ((1 << extra) - 1));
            bits >>= extra;
            count -= extra;
            refill!();
            let symbol = symbol!(memory.distance);
            if symbol > 29 {
                return Err(Damaged);
            }
            if usize::BITS == 32 {
                refill!();
            }
            let (base, extra) = distance_of(symbol);
            let distance = base + (bits & ((1 << extra) - 1)) as u32;
            bits >>= extra;
            count -= extra;
            self.check(distance, wrote)?;
            self.copy(output, wrote, len, distance as usize, memory.window);
            wrote += len;
        }
        // Whole bytes go back to the input, as far as they came from it in this call.
        let back = (read - ends.read).min((count / 8) as usize);
        read -= back;
        count -= 8 * back as u32;
        self.bits = bits & ((1 << count) - 1);
        self.count = count;
        ends.read = read;
        ends.wrote = wrote;
        Ok(())
    }
}
