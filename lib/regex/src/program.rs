//! The byte code.
//!
//! A program is one run of bytes: a header, the sets of characters, the code. Jumps are relative and sets are named
//! by their place, which stays: so code can be moved and copied while a pattern is compiled.
//!
//! | op | operands | what it does |
//! |---|---|---|
//! | `MATCH` | | the end |
//! | `CHAR`, `CHAR_I` | byte | one ASCII character; `CHAR_I` a small letter, in either case |
//! | `WIDE` | 3 bytes | one other character |
//! | `ANY` | | one character |
//! | `SET` | place, 2 bytes | one character of a set |
//! | `STAR` `PLUS` `OPT`, and `_LAZY` | one of the five ops above | that, so often |
//! | `SPLIT`, `SPLIT_LAZY` | distance, 2 bytes | tries the code that follows, then the code at the distance; lazy: the other way round |
//! | `JUMP` | distance, 2 bytes | goes on there |
//! | `SAVE` | register | stores the place in the text |
//! | `MARK`, `CHECK` | register; `CHECK` also a distance | an iteration begins; one that took nothing ends the loop |
//! | `BOL` `EOL` `BOT` `EOT` `WORD` `NOT_WORD` | | begin and end of a line, of the text; word boundary or not |

/// Ignore the case of ASCII letters (`re.IGNORECASE`).
pub const IGNORE_CASE: u32 = 2;
/// `^` and `$` match at every line (`re.MULTILINE`).
pub const MULTILINE: u32 = 8;

pub(crate) mod op {
    pub(crate) const MATCH: u8 = 0;
    pub(crate) const CHAR: u8 = 1;
    pub(crate) const CHAR_I: u8 = 2;
    pub(crate) const WIDE: u8 = 3;
    pub(crate) const ANY: u8 = 4;
    pub(crate) const SET: u8 = 5;
    pub(crate) const STAR: u8 = 6;
    pub(crate) const STAR_LAZY: u8 = 7;
    pub(crate) const PLUS: u8 = 8;
    pub(crate) const PLUS_LAZY: u8 = 9;
    pub(crate) const OPT: u8 = 10;
    pub(crate) const OPT_LAZY: u8 = 11;
    pub(crate) const SPLIT: u8 = 12;
    pub(crate) const SPLIT_LAZY: u8 = 13;
    pub(crate) const JUMP: u8 = 14;
    pub(crate) const SAVE: u8 = 15;
    pub(crate) const MARK: u8 = 16;
    pub(crate) const CHECK: u8 = 17;
    pub(crate) const BOL: u8 = 18;
    pub(crate) const EOL: u8 = 19;
    pub(crate) const BOT: u8 = 20;
    pub(crate) const EOT: u8 = 21;
    pub(crate) const WORD: u8 = 22;
    pub(crate) const NOT_WORD: u8 = 23;
}

/// Bytes of the header.
pub(crate) const HEADER: usize = 12 + FIRST;
/// Bytes that tell how a match begins: see `first.rs`.
pub(crate) const FIRST: usize = 1 + 32;

/// Longest program: distances are 16 bits.
pub(crate) const PROGRAM_MAX: usize = 0x7000;

/// The parts of the header, by place.
pub(crate) mod header {
    /// Where the code begins, 2 bytes.
    pub(crate) const CODE: usize = 0;
    /// Registers, 2 bytes.
    pub(crate) const REGISTERS: usize = 2;
    /// Ops that take a character, 2 bytes.
    pub(crate) const TAKERS: usize = 4;
    /// Ops that put something aside for later, 2 bytes.
    pub(crate) const FORKS: usize = 6;
    /// Groups and the whole match.
    pub(crate) const GROUPS: usize = 8;
    /// Whether a match can only be at the beginning of the text.
    pub(crate) const ANCHORED: usize = 9;
    /// How a match begins.
    pub(crate) const FIRST: usize = 12;
}

/// A program that [`crate::compile`] has made.
///
/// Bytes that it has not made do no harm but are no use: the engines check every access.
#[derive(Clone, Copy)]
pub struct Program<'p> {
    bytes: &'p [u8],
    code: usize,
}

impl<'p> Program<'p> {
    /// The program in `bytes`.
    pub fn new(bytes: &'p [u8]) -> Program<'p> {
        Program { bytes, code: usize::from(u16_at(bytes, header::CODE)) }
    }

    /// Groups, the whole match included: the first two registers are its begin and end, and so on.
    pub fn groups(&self) -> usize {
        self.bytes.get(header::GROUPS).map_or(1, |n| usize::from(*n))
    }

    /// Registers that a search needs.
    pub fn registers(&self) -> usize {
        usize::from(u16_at(self.bytes, header::REGISTERS))
    }

    pub(crate) fn takers(&self) -> usize {
        usize::from(u16_at(self.bytes, header::TAKERS))
    }

    pub(crate) fn forks(&self) -> usize {
        usize::from(u16_at(self.bytes, header::FORKS))
    }

    pub(crate) fn anchored(&self) -> bool {
        self.bytes.get(header::ANCHORED) == Some(&1)
    }

    pub(crate) fn first(&self) -> &'p [u8] {
        self.bytes.get(header::FIRST..HEADER).unwrap_or_default()
    }

    /// The code.
    pub(crate) fn code(&self) -> &'p [u8] {
        self.bytes.get(self.code..).unwrap_or_default()
    }

    /// The bytes of the set at a place, and of all that follows.
    #[inline(always)]
    pub(crate) fn set(&self, place: usize) -> &'p [u8] {
        self.bytes.get(place..).unwrap_or_default()
    }
}

/// Two bytes, the low one first.
#[inline(always)]
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..).and_then(|b| b.first_chunk::<2>()) {
        Some(pair) => u16::from_le_bytes(*pair),
        None => 0,
    }
}

/// The place that the op at `pc`, whose distance stands at `at`, leads to: distances count from the op itself.
#[inline(always)]
pub(crate) fn target(code: &[u8], pc: usize, at: usize) -> usize {
    pc.wrapping_add_signed(isize::from(u16_at(code, at) as i16))
}

/// Bytes of the op that takes one character.
#[inline(always)]
pub(crate) const fn taker_len(op: u8) -> usize {
    match op {
        op::ANY => 1,
        op::CHAR | op::CHAR_I => 2,
        op::SET => 3,
        _ => 4,
    }
}

/// Bytes of the op at `pc`.
pub(crate) fn op_len(code: &[u8], pc: usize) -> usize {
    match code.get(pc).copied().unwrap_or(op::MATCH) {
        o @ op::CHAR..=op::SET => taker_len(o),
        op::STAR..=op::OPT_LAZY => 1 + taker_len(code.get(pc + 1).copied().unwrap_or(op::ANY)),
        op::SPLIT..=op::JUMP => 3,
        op::SAVE | op::MARK => 2,
        op::CHECK => 4,
        _ => 1,
    }
}
