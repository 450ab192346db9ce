//! [`Cache`]: stretches of decoded instructions by address, linked to one another.
//!
//! A block begins where control came to and goes on past branches that are not taken, up to what surely leaves, or to
//! [`LONGEST`]. Blocks may overlap. Every word that an instruction or a folded literal was taken from is marked; when
//! a marked word changes, all blocks go: programs that rewrite themselves are rare, links between blocks are not.
//!
//! The surprising fact: there are two kinds of blocks for an address, whole ones and single ones of one instruction,
//! for when the next event is too near for a whole block. What a program does never depends on which was taken.

use crate::code::{Code, Kind, UNLINKED, lower};
use crate::decode::{decode, length};
use crate::operand::Operand;
use crate::table::Op;
use crate::{Bus, Instruction};
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// Most instructions in a block.
const LONGEST: u32 = 32;
/// Codes that are held before all are forgotten: bounds the memory, whatever the program does.
const CAPACITY: usize = 1 << 19;
/// Size of the table of targets of indirect jumps, a power of two.
const TARGETS: usize = 1 << 12;

/// A stretch of codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// Its codes in [`Cache::codes`].
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Most instructions that passing through can execute.
    pub(crate) count: u32,
    /// Its address.
    pub(crate) pc: u32,
}

/// What the interpreter needs to know of a code only sometimes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The code's address.
    pub(crate) pc: u32,
    /// The instruction's length; 0 for a code that is no instruction.
    pub(crate) length: u32,
    /// Where its branch goes.
    pub(crate) target: u32,
}

/// What decoding depends on, apart from memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    /// The base of literals, if LITBASE is enabled.
    pub(crate) literals: Option<u32>,
    /// Where runs end.
    pub(crate) breakpoints: BTreeSet<u32>,
    /// Which of the eight regions may execute, by bits; which may be read.
    pub(crate) executable: u8,
    pub(crate) readable: u8,
}

/// The decoded program.
#[derive(Debug)]
pub(crate) struct Cache {
    pub(crate) codes: Vec<Code>,
    places: Vec<Place>,
    pub(crate) blocks: Vec<Block>,
    /// Targets of indirect jumps: address and block, at [`Cache::slot`].
    pub(crate) targets: Box<[(u32, u32); TARGETS]>,
    /// How often everything was forgotten: numbers of blocks are good for one value of this.
    pub(crate) generation: u64,
    /// Blocks by address: whole ones, single ones.
    whole: BTreeMap<u32, u32>,
    single: BTreeMap<u32, u32>,
    /// Marked words by page of 4 KB.
    marks: BTreeMap<u32, [u32; 32]>,
    /// A bit for each page number modulo 1024 that has marks.
    filter: [u32; 32],
}

impl Clone for Cache {
    /// An empty one: a cache is no state.
    fn clone(&self) -> Self {
        Cache::new()
    }
}

impl Cache {
    pub(crate) fn new() -> Self {
        Cache {
            codes: Vec::new(),
            places: Vec::new(),
            blocks: Vec::new(),
            targets: vec![(0, UNLINKED); TARGETS].try_into().unwrap_or_else(|_| Box::new([(0, UNLINKED); TARGETS])),
            generation: 0,
            whole: BTreeMap::new(),
            single: BTreeMap::new(),
            marks: BTreeMap::new(),
            filter: [0; 32],
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        if self.blocks.is_empty() {
            return;
        }
        self.generation += 1;
        self.codes.clear();
        self.places.clear();
        self.blocks.clear();
        self.targets.fill((0, UNLINKED));
        self.whole.clear();
        self.single.clear();
        self.marks.clear();
        self.filter = [0; 32];
    }

    /// Forgets everything if something was decoded from these addresses.
    pub(crate) fn invalidate(&mut self, addresses: Range<u32>) {
        let Some(last) = addresses.end.checked_sub(1).filter(|last| *last >= addresses.start) else { return };
        let pages = self.marks.range(addresses.start >> 12..=last >> 12);
        let hit = pages.into_iter().any(|(page, words)| {
            let within = |word: u32| {
                let address = page << 12 | word << 2;
                address | 3 >= addresses.start && address <= last
            };
            (0..1024).any(|word| is_set(words, word) && within(word))
        });
        if hit {
            self.clear();
        }
    }

    /// Whether something was decoded from the word at `address`.
    #[inline(always)]
    pub(crate) fn is_marked(&self, address: u32) -> bool {
        is_set(&self.filter, address >> 12 & 1023) && self.is_marked_surely(address)
    }

    #[cold]
    fn is_marked_surely(&self, address: u32) -> bool {
        self.marks.get(&(address >> 12)).is_some_and(|words| is_set(words, address >> 2 & 1023))
    }

    fn mark(&mut self, address: u32) {
        let page = address >> 12;
        set(&mut self.filter, page & 1023);
        set(self.marks.entry(page).or_insert([0; 32]), address >> 2 & 1023);
    }

    /// Where an address's entry in the table of targets is.
    #[inline(always)]
    pub(crate) fn slot(address: u32) -> usize {
        ((address >> 1 ^ address >> 12) as usize) & (TARGETS - 1)
    }

    /// Links the code `code` to `block`; an indirect jump's link is the table's.
    pub(crate) fn link(&mut self, code: u32, target: u32, block: u32) {
        match self.codes.get_mut(code as usize) {
            Some(code) if code.has_link() => code.link = block,
            _ => self.targets[Cache::slot(target)] = (target, block),
        }
    }

    /// The number and place of the code of `block` with which `count` instructions have been executed: the instruction,
    /// or the end of the straight line after it.
    pub(crate) fn place(&self, block: u32, count: u32, end: bool) -> (u32, Place) {
        let nowhere = (0, Place { pc: 0, length: 0, target: 0 });
        let Some(block) = self.blocks.get(block as usize) else { return nowhere };
        let codes = self.codes.get(block.from as usize..block.to as usize).unwrap_or(&[]);
        let matches = |code: &Code| u32::from(code.count) == count;
        let found = if end { codes.iter().rposition(matches) } else { codes.iter().position(matches) };
        let Some(at) = found else { return nowhere };
        let at = block.from + at as u32;
        self.places.get(at as usize).map_or(nowhere, |place| (at, *place))
    }

    /// The block at `pc`, which is decoded if need be.
    pub(crate) fn block<B: Bus>(&mut self, bus: &mut B, rules: &Rules, pc: u32, single: bool) -> u32 {
        if single {
            return match self.single.get(&pc) {
                Some(block) => *block,
                None => self.translate(bus, rules, pc, true),
            };
        }
        // Where devices are accessed, the same few addresses are come back to.
        let (address, block) = self.targets[Cache::slot(pc)];
        if address == pc && (block as usize) < self.blocks.len() {
            return block;
        }
        let block = match self.whole.get(&pc) {
            Some(block) => *block,
            None => self.translate(bus, rules, pc, false),
        };
        self.targets[Cache::slot(pc)] = (pc, block);
        block
    }

    fn translate<B: Bus>(&mut self, bus: &mut B, rules: &Rules, start: u32, single: bool) -> u32 {
        if self.codes.len() > CAPACITY {
            self.clear();
        }
        let from = self.codes.len() as u32;
        let number = self.blocks.len() as u32;
        let most = if single { 1 } else { LONGEST };
        let (mut pc, mut count) = (start, 0);
        loop {
            let at_end = count == most;
            let (code, place) = if at_end {
                (Code::new(Kind::Next), Place { pc, length: 0, target: pc })
            } else if !single && rules.breakpoints.contains(&pc) {
                (Code::new(Kind::Breakpoint), Place { pc, length: 0, target: pc })
            } else {
                self.one(bus, rules, pc)
            };
            // A block does not fault for what lies beyond it, which may never be reached.
            let code = if code.kind == Kind::Unfetchable && count > 0 { Code::new(Kind::Next) } else { code };
            let place = if code.kind == Kind::Next { Place { target: pc, ..place } } else { place };
            count += u32::from(place.length != 0);
            self.codes.push(Code { count: count as u8, ..code });
            self.places.push(place);
            if code.ends_block() {
                break;
            }
            pc = pc.wrapping_add(place.length);
        }
        let to = self.codes.len() as u32;
        // What executes nothing wants room for one all the same: an event that is due comes first.
        self.blocks.push(Block { from, to, count: count.max(1), pc: start });
        if single {
            self.single.insert(start, number)
        } else {
            self.whole.insert(start, number)
        };
        number
    }

    /// The code of the instruction at `pc`.
    fn one<B: Bus>(&mut self, bus: &mut B, rules: &Rules, pc: u32) -> (Code, Place) {
        let Some(bits) = self.fetch(bus, rules, pc) else {
            return (Code::new(Kind::Unfetchable), Place { pc, length: 0, target: pc });
        };
        let length = length(bits as u8);
        let Some(instruction) = decode(bits, pc) else {
            // No instruction: the interpreter finds that out again.
            return (Code { i: bits & 0xFF_FFFF, ..Code::new(Kind::System) }, Place { pc, length, target: pc });
        };
        let mut code = lower(&instruction);
        if instruction.op == Op::L32r {
            code.i = literal(&instruction, rules);
            // What is marked may be remembered.
            let readable = rules.readable >> (code.i >> 29) & 1 != 0;
            if let Some(value) = readable.then(|| self.fetch_word(bus, rules, code.i)).flatten() {
                code = Code { kind: Kind::Movi, i: value, ..code };
            }
        }
        (code, Place { pc, length, target: instruction.target().unwrap_or(pc) })
    }

    /// The bits of the instruction at `pc`, and some that follow.
    fn fetch<B: Bus>(&mut self, bus: &mut B, rules: &Rules, pc: u32) -> Option<u32> {
        let word = self.fetch_word(bus, rules, pc & !3)?;
        let offset = pc & 3;
        let bits = word >> (8 * offset);
        if offset + length(bits as u8) <= 4 {
            return Some(bits);
        }
        let following = self.fetch_word(bus, rules, (pc & !3).wrapping_add(4))?;
        Some(bits | following << (32 - 8 * offset))
    }

    fn fetch_word<B: Bus>(&mut self, bus: &mut B, rules: &Rules, address: u32) -> Option<u32> {
        // Marked even where nothing is: something may come there.
        self.mark(address);
        if rules.executable >> (address >> 29) & 1 == 0 {
            return None;
        }
        bus.fetch(address)
    }
}

/// The address of the literal of an `l32r`.
fn literal(instruction: &Instruction, rules: &Rules) -> u32 {
    match rules.literals {
        Some(base) => base.wrapping_add(0xFFFC_0000 | (instruction.word >> 8 & 0xFFFF) << 2),
        None => instruction.operand(Operand::Literal),
    }
}

fn is_set(bits: &[u32; 32], at: u32) -> bool {
    bits[(at >> 5 & 31) as usize] >> (at & 31) & 1 != 0
}

fn set(bits: &mut [u32; 32], at: u32) {
    bits[(at >> 5 & 31) as usize] |= 1 << (at & 31);
}
