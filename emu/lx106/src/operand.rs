//! What the operands of an instruction are, and where their bits stand in its word.
//!
//! Field names are the manual's: t is bits 7..4, s 11..8, r 15..12, op1 19..16, op2 23..20.

/// One operand of an instruction: where it is encoded and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Register in field r, read.
    Rr,
    /// Register in field s, read.
    Rs,
    /// Register in field t, read.
    Rt,
    /// Register in field r, written.
    Wr,
    /// Register in field s, written.
    Ws,
    /// Register in field t, written.
    Wt,
    /// Register in field r, written if a condition holds.
    Cr,
    /// Register in field t, read and written.
    Xt,
    /// Special register in fields s (low) and r (high); part of the mnemonic.
    Special,
    /// Unsigned field s.
    S,
    /// Unsigned field t.
    T,
    /// Shift left: 32 minus (op2's low bit, t).
    ShiftLeft,
    /// Arithmetic shift right: (op2's low bit, s).
    ShiftRight,
    /// `extui` shift: (op1's low bit, s).
    FieldShift,
    /// `extui` width: op2 + 1.
    FieldWidth,
    /// `ssai`: (t's low bit, s).
    ShiftAmount,
    /// Bit number of `bbci` and `bbsi`: (r's low bit, t).
    Bit,
    /// Offset of a byte: imm8.
    Offset8,
    /// Offset of a half-word: imm8 * 2.
    Offset16,
    /// Offset of a word: imm8 * 4.
    Offset32,
    /// Offset of a word in a narrow instruction: r * 4.
    OffsetN,
    /// Signed imm8.
    Signed8,
    /// Signed imm8 * 256.
    Signed8x256,
    /// Signed imm12 of `movi`: s is its high part.
    Signed12,
    /// `movi.n`: -32..=95.
    Signed7,
    /// `addi.n`: t, where 0 means -1.
    AddendN,
    /// Constant of a comparison, by field r.
    Constant,
    /// Unsigned constant of a comparison, by field r.
    ConstantU,
    /// Literal of `l32r`, before the instruction.
    Literal,
    /// Target of `call0`.
    Call,
    /// Target of `j`.
    Jump,
    /// Target of a branch with 8 bits.
    Branch8,
    /// Target of a branch with 12 bits.
    Branch12,
    /// Target of a narrow branch, forward only.
    BranchN,
}

/// Constants of `beqi` and its like, by field r (ISA reference, "Encodings").
const CONSTANTS: [i32; 16] = [-1, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256];
/// Constants of `bltui` and `bgeui`.
const CONSTANTS_U: [i32; 16] = [0x8000, 0x1_0000, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 32, 64, 128, 256];

/// The low `bits` of `value`, with sign.
const fn signed(value: u32, bits: u32) -> u32 {
    let shift = 32 - bits;
    (((value << shift) as i32) >> shift) as u32
}

impl Operand {
    /// The register number, the immediate, or the target address, of the instruction `word` at `address`.
    ///
    /// A literal's address is given as if LITBASE were not enabled.
    #[must_use]
    pub const fn value(self, word: u32, address: u32) -> u32 {
        let (t, s, r) = (word >> 4 & 15, word >> 8 & 15, word >> 12 & 15);
        let imm8 = word >> 16 & 0xFF;
        match self {
            Operand::Rr | Operand::Wr | Operand::Cr => r,
            Operand::Rs | Operand::Ws | Operand::S => s,
            Operand::Rt | Operand::Wt | Operand::Xt | Operand::T => t,
            Operand::Special => word >> 8 & 0xFF,
            Operand::ShiftLeft => 32 - (word >> 16 & 16 | t),
            Operand::ShiftRight => word >> 16 & 16 | s,
            Operand::FieldShift => word >> 12 & 16 | s,
            Operand::FieldWidth => (word >> 20 & 15) + 1,
            Operand::ShiftAmount => word & 16 | s,
            Operand::Bit => word >> 8 & 16 | t,
            Operand::Offset8 => imm8,
            Operand::Offset16 => imm8 * 2,
            Operand::Offset32 => imm8 * 4,
            Operand::OffsetN => r * 4,
            Operand::Signed8 => signed(imm8, 8),
            Operand::Signed8x256 => signed(imm8, 8) << 8,
            Operand::Signed12 => signed(s << 8 | imm8, 12),
            Operand::Signed7 => {
                let value = (t & 7) << 4 | r;
                if value >= 96 { value.wrapping_sub(128) } else { value }
            }
            Operand::AddendN => {
                if t == 0 {
                    u32::MAX
                } else {
                    t
                }
            }
            Operand::Constant => CONSTANTS[r as usize] as u32,
            Operand::ConstantU => CONSTANTS_U[r as usize] as u32,
            Operand::Literal => (address.wrapping_add(3) & !3).wrapping_add(0xFFFC_0000 | (word >> 8 & 0xFFFF) << 2),
            Operand::Call => (address & !3).wrapping_add(4).wrapping_add(signed(word >> 6, 18) << 2),
            Operand::Jump => address.wrapping_add(4).wrapping_add(signed(word >> 6, 18)),
            Operand::Branch8 => address.wrapping_add(4).wrapping_add(signed(imm8, 8)),
            Operand::Branch12 => address.wrapping_add(4).wrapping_add(signed(word >> 12, 12)),
            Operand::BranchN => address.wrapping_add(4).wrapping_add((t & 3) << 4 | r),
        }
    }

    /// The bits of an instruction at `address` that give this operand `value`, or `None` if none do: the inverse of
    /// [`Operand::value`], as an assembler wants it.
    #[must_use]
    pub fn bits(self, value: u32, address: u32) -> Option<u32> {
        let relative = value.wrapping_sub(address).wrapping_sub(4);
        let word = match self {
            Operand::Rr | Operand::Wr | Operand::Cr => value << 12,
            Operand::Rs | Operand::Ws | Operand::S => value << 8,
            Operand::Rt | Operand::Wt | Operand::Xt | Operand::T => value << 4,
            Operand::Special => value << 8,
            Operand::ShiftLeft => {
                let amount = 32u32.wrapping_sub(value);
                (amount & 16) << 16 | (amount & 15) << 4
            }
            Operand::ShiftRight => (value & 16) << 16 | (value & 15) << 8,
            Operand::FieldShift => (value & 16) << 12 | (value & 15) << 8,
            Operand::FieldWidth => value.wrapping_sub(1) << 20,
            Operand::ShiftAmount => value & 16 | (value & 15) << 8,
            Operand::Bit => (value & 16) << 8 | (value & 15) << 4,
            Operand::Offset8 | Operand::Signed8 => (value & 0xFF) << 16,
            Operand::Offset16 => (value >> 1 & 0xFF) << 16,
            Operand::Offset32 => (value >> 2 & 0xFF) << 16,
            Operand::OffsetN => (value >> 2 & 15) << 12,
            Operand::Signed8x256 => (value >> 8 & 0xFF) << 16,
            Operand::Signed12 => (value & 0xFF) << 16 | value & 0xF00,
            Operand::Signed7 => (value >> 4 & 7) << 4 | (value & 15) << 12,
            Operand::AddendN => {
                if value == u32::MAX {
                    0
                } else {
                    value << 4
                }
            }
            Operand::Constant => (CONSTANTS.iter().position(|c| *c as u32 == value)? as u32) << 12,
            Operand::ConstantU => (CONSTANTS_U.iter().position(|c| *c as u32 == value)? as u32) << 12,
            Operand::Literal => (value.wrapping_sub(address.wrapping_add(3) & !3) >> 2 & 0xFFFF) << 8,
            Operand::Call => (value.wrapping_sub(address & !3).wrapping_sub(4) >> 2 & 0x3_FFFF) << 6,
            Operand::Jump => (relative & 0x3_FFFF) << 6,
            Operand::Branch8 => (relative & 0xFF) << 16,
            Operand::Branch12 => (relative & 0xFFF) << 12,
            Operand::BranchN => (relative >> 4 & 3) << 4 | (relative & 15) << 12,
        };
        (self.value(word, address) == value).then_some(word)
    }

    /// Whether this is a general register that the instruction reads.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Operand::Rr | Operand::Rs | Operand::Rt | Operand::Xt)
    }

    /// Whether this is a general register that the instruction writes, or may write.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Operand::Wr | Operand::Ws | Operand::Wt | Operand::Cr | Operand::Xt)
    }

    /// Whether this is an address in the program.
    #[must_use]
    pub const fn is_target(self) -> bool {
        matches!(
            self,
            Operand::Literal | Operand::Call | Operand::Jump | Operand::Branch8 | Operand::Branch12 | Operand::BranchN
        )
    }
}
