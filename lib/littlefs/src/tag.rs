//! Tags: the 32-bit words in front of every entry of a metadata log (SPEC.md, "Metadata tags").
//!
//! From the top: one bit that is 0 in a valid tag, 11 bits of type, 10 bits of file number, 10 bits of size. A size
//! of 0x3ff says that the entry deletes what it names.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(pub(crate) u32);

/// Types, 11 bits.
pub(crate) mod kind {
    pub(crate) const REG: u16 = 0x001;
    pub(crate) const DIR: u16 = 0x002;
    pub(crate) const SUPERBLOCK: u16 = 0x0ff;
    pub(crate) const DIRSTRUCT: u16 = 0x200;
    pub(crate) const INLINESTRUCT: u16 = 0x201;
    pub(crate) const CTZSTRUCT: u16 = 0x202;
    pub(crate) const USERATTR: u16 = 0x300;
    pub(crate) const CREATE: u16 = 0x401;
    pub(crate) const DELETE: u16 = 0x4ff;
    pub(crate) const CCRC: u16 = 0x500;
    pub(crate) const FCRC: u16 = 0x5ff;
    pub(crate) const SOFTTAIL: u16 = 0x600;
    pub(crate) const MOVESTATE: u16 = 0x7ff;

    /// The families, under the mask 0x700.
    pub(crate) const NAME: u16 = 0x000;
    pub(crate) const STRUCT: u16 = 0x200;
    pub(crate) const SPLICE: u16 = 0x400;
    pub(crate) const TAIL: u16 = 0x600;
}

/// The file number that means none.
pub(crate) const NO_ID: u16 = 0x3ff;

impl Tag {
    /// All ones: before the first entry of a log.
    pub(crate) const NONE: Tag = Tag(u32::MAX);

    pub(crate) const fn new(kind: u16, id: u16, size: u16) -> Tag {
        Tag((kind as u32) << 20 | (id as u32) << 10 | size as u32)
    }

    pub(crate) fn kind(self) -> u16 {
        (self.0 >> 20) as u16 & 0x7ff
    }

    /// The kind's family.
    pub(crate) fn family(self) -> u16 {
        self.kind() & 0x700
    }

    /// The family with one bit more, which tells names of files from those of superblocks, and checksums of commits
    /// from other checksums.
    pub(crate) fn narrow(self) -> u16 {
        self.kind() & 0x780
    }

    pub(crate) fn chunk(self) -> u8 {
        self.kind() as u8
    }

    pub(crate) fn id(self) -> u16 {
        (self.0 >> 10) as u16 & 0x3ff
    }

    pub(crate) fn size(self) -> u32 {
        self.0 & 0x3ff
    }

    pub(crate) fn is_valid(self) -> bool {
        self.0 >> 31 == 0
    }

    pub(crate) fn is_delete(self) -> bool {
        self.size() == 0x3ff
    }

    /// Bytes of the entry with its tag.
    pub(crate) fn entry_size(self) -> u32 {
        4 + if self.is_delete() { 0 } else { self.size() }
    }

    /// How many files the entry adds.
    pub(crate) fn splice(self) -> i32 {
        i32::from(self.chunk() as i8)
    }

    /// The tag for a file number that is `by` higher.
    pub(crate) fn shifted(self, by: i32) -> Tag {
        Tag(self.0.wrapping_add((by as u32) << 10))
    }

    pub(crate) fn invalid(self) -> Tag {
        Tag(self.0 | 1 << 31)
    }

    pub(crate) fn valid(self) -> Tag {
        Tag(self.0 & !(1 << 31))
    }

    pub(crate) fn same(self, other: Tag, mask: Tag) -> bool {
        (self.0 ^ other.0) & mask.0 == 0
    }
}

/// The two blocks of a metadata pair.
pub(crate) type Pair = [u32; 2];

/// No block.
pub(crate) const NULL: u32 = u32::MAX;

pub(crate) const NULL_PAIR: Pair = [NULL, NULL];

pub(crate) fn is_null(p: Pair) -> bool {
    p.contains(&NULL)
}

/// Whether the pairs have a block in common: after half of a pair was moved they are still the same directory.
pub(crate) fn same_pair(a: Pair, b: Pair) -> bool {
    a.iter().any(|x| b.contains(x))
}

/// Whether they have both blocks in common.
pub(crate) fn equal_pair(a: Pair, b: Pair) -> bool {
    a == b || a == [b[1], b[0]]
}

pub(crate) fn pair_bytes(p: Pair) -> [u8; 8] {
    let (a, b) = (p[0].to_le_bytes(), p[1].to_le_bytes());
    [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]]
}

pub(crate) fn word(b: &[u8], at: usize) -> u32 {
    b.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

pub(crate) fn pair_from(b: &[u8]) -> Pair {
    [word(b, 0), word(b, 4)]
}
