//! The list of the LX106's instructions, from which the decoder, the disassembler and the tests are made.
//!
//! An instruction's word `w` matches an entry if `w & mask == value`; no two entries match the same word.
//! Encodings: Xtensa ISA reference, "Instruction Formats" and "Opcode Encodings"; which instructions exist:
//! every word there is, put to GNU binutils for the lx106 (`tests/objdump.rs` does that again).
//!
//! The surprising fact: a word's low four bits alone tell its length: 8 to 13 is narrow (two bytes), all else wide.

use crate::operand::Operand;

/// How an instruction can leave the straight line, or touch memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Computes in registers, or does nothing.
    Plain,
    /// Loads from memory.
    Load,
    /// Stores to memory.
    Store,
    /// Goes to its target if a condition holds.
    Branch,
    /// Goes elsewhere always.
    Jump,
    /// Touches the processor's state: special registers, exceptions, attributes.
    System,
}

/// One entry of the list.
#[derive(Debug)]
pub struct Entry {
    /// Which one.
    pub op: Op,
    /// The mnemonic; those of special registers are followed by a dot and the register's name.
    pub name: &'static str,
    /// What the fixed bits are.
    pub value: u32,
    /// Which bits are fixed.
    pub mask: u32,
    /// The operands in the assembler's order.
    pub operands: &'static [Operand],
    /// What kind it is.
    pub class: Class,
}

macro_rules! instructions {
    ($($op:ident $name:literal $value:literal $mask:literal [$($operand:ident)*] $class:ident;)*) => {
        /// The instructions, each by its own name; narrow ones end in N.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the names are the manual's")]
        pub enum Op { $($op,)* }

        /// Every instruction, in the order of [`Op`].
        pub static INSTRUCTIONS: &[Entry] = &[
            $(Entry {
                op: Op::$op,
                name: $name,
                value: $value,
                mask: $mask,
                operands: &[$(Operand::$operand),*],
                class: Class::$class,
            },)*
        ];
    };
}

instructions! {
    Ill      "ill"      0x000000 0xFFFFFF [] System;
    Ret      "ret"      0x000080 0xFFF0FF [] Jump;
    Jx       "jx"       0x0000A0 0xFFF0FF [Rs] Jump;
    Callx0   "callx0"   0x0000C0 0xFFF0FF [Rs] Jump;
    Isync    "isync"    0x002000 0xFFFFFF [] Plain;
    Rsync    "rsync"    0x002010 0xFFFFFF [] Plain;
    Esync    "esync"    0x002020 0xFFFFFF [] Plain;
    Dsync    "dsync"    0x002030 0xFFFFFF [] Plain;
    Excw     "excw"     0x002080 0xFFFFFF [] Plain;
    Memw     "memw"     0x0020C0 0xFFFFFF [] Plain;
    Extw     "extw"     0x0020D0 0xFFFFFF [] Plain;
    Nop      "nop"      0x0020F0 0xFFFFFF [] Plain;
    Rfe      "rfe"      0x003000 0xFFFFFF [] System;
    Rfde     "rfde"     0x003200 0xFFFFFF [] System;
    Rfi      "rfi"      0x003010 0xFFF0FF [S] System;
    Break    "break"    0x004000 0xFFF00F [S T] System;
    Syscall  "syscall"  0x005000 0xFFFFFF [] System;
    Simcall  "simcall"  0x005100 0xFFFFFF [] System;
    Rsil     "rsil"     0x006000 0xFFF00F [Wt S] System;
    Waiti    "waiti"    0x007000 0xFFF0FF [S] System;
    And      "and"      0x100000 0xFF000F [Wr Rs Rt] Plain;
    Or       "or"       0x200000 0xFF000F [Wr Rs Rt] Plain;
    Xor      "xor"      0x300000 0xFF000F [Wr Rs Rt] Plain;
    Ssr      "ssr"      0x400000 0xFFF0FF [Rs] Plain;
    Ssl      "ssl"      0x401000 0xFFF0FF [Rs] Plain;
    Ssa8l    "ssa8l"    0x402000 0xFFF0FF [Rs] Plain;
    Ssa8b    "ssa8b"    0x403000 0xFFF0FF [Rs] Plain;
    Ssai     "ssai"     0x404000 0xFFF0EF [ShiftAmount] Plain;
    Rer      "rer"      0x406000 0xFFF00F [Wt Rs] System;
    Wer      "wer"      0x407000 0xFFF00F [Rt Rs] System;
    Nsa      "nsa"      0x40E000 0xFFF00F [Wt Rs] Plain;
    Nsau     "nsau"     0x40F000 0xFFF00F [Wt Rs] Plain;
    Ritlb0   "ritlb0"   0x503000 0xFFF00F [Wt Rs] System;
    Iitlb    "iitlb"    0x504000 0xFFF0FF [Rs] System;
    Pitlb    "pitlb"    0x505000 0xFFF00F [Wt Rs] System;
    Witlb    "witlb"    0x506000 0xFFF00F [Rt Rs] System;
    Ritlb1   "ritlb1"   0x507000 0xFFF00F [Wt Rs] System;
    Rdtlb0   "rdtlb0"   0x50B000 0xFFF00F [Wt Rs] System;
    Idtlb    "idtlb"    0x50C000 0xFFF0FF [Rs] System;
    Pdtlb    "pdtlb"    0x50D000 0xFFF00F [Wt Rs] System;
    Wdtlb    "wdtlb"    0x50E000 0xFFF00F [Rt Rs] System;
    Rdtlb1   "rdtlb1"   0x50F000 0xFFF00F [Wt Rs] System;
    Neg      "neg"      0x600000 0xFF0F0F [Wr Rt] Plain;
    Abs      "abs"      0x600100 0xFF0F0F [Wr Rt] Plain;
    Add      "add"      0x800000 0xFF000F [Wr Rs Rt] Plain;
    Addx2    "addx2"    0x900000 0xFF000F [Wr Rs Rt] Plain;
    Addx4    "addx4"    0xA00000 0xFF000F [Wr Rs Rt] Plain;
    Addx8    "addx8"    0xB00000 0xFF000F [Wr Rs Rt] Plain;
    Sub      "sub"      0xC00000 0xFF000F [Wr Rs Rt] Plain;
    Subx2    "subx2"    0xD00000 0xFF000F [Wr Rs Rt] Plain;
    Subx4    "subx4"    0xE00000 0xFF000F [Wr Rs Rt] Plain;
    Subx8    "subx8"    0xF00000 0xFF000F [Wr Rs Rt] Plain;
    Slli     "slli"     0x010000 0xEF000F [Wr Rs ShiftLeft] Plain;
    Srai     "srai"     0x210000 0xEF000F [Wr Rt ShiftRight] Plain;
    Srli     "srli"     0x410000 0xFF000F [Wr Rt S] Plain;
    Xsr      "xsr"      0x610000 0xFF000F [Special Xt] System;
    Src      "src"      0x810000 0xFF000F [Wr Rs Rt] Plain;
    Srl      "srl"      0x910000 0xFF0F0F [Wr Rt] Plain;
    Sll      "sll"      0xA10000 0xFF00FF [Wr Rs] Plain;
    Sra      "sra"      0xB10000 0xFF0F0F [Wr Rt] Plain;
    Mul16u   "mul16u"   0xC10000 0xFF000F [Wr Rs Rt] Plain;
    Mul16s   "mul16s"   0xD10000 0xFF000F [Wr Rs Rt] Plain;
    Rfdo     "rfdo"     0xF1E000 0xFFF0FF [S] System;
    Rfdd     "rfdd"     0xF1E010 0xFFF0FF [] System;
    Mull     "mull"     0x820000 0xFF000F [Wr Rs Rt] Plain;
    Rsr      "rsr"      0x030000 0xFF000F [Special Wt] System;
    Wsr      "wsr"      0x130000 0xFF000F [Special Rt] System;
    Moveqz   "moveqz"   0x830000 0xFF000F [Cr Rs Rt] Plain;
    Movnez   "movnez"   0x930000 0xFF000F [Cr Rs Rt] Plain;
    Movltz   "movltz"   0xA30000 0xFF000F [Cr Rs Rt] Plain;
    Movgez   "movgez"   0xB30000 0xFF000F [Cr Rs Rt] Plain;
    Extui    "extui"    0x040000 0x0E000F [Wr Rt FieldShift FieldWidth] Plain;
    L32r     "l32r"     0x000001 0x00000F [Wt Literal] Load;
    L8ui     "l8ui"     0x000002 0x00F00F [Wt Rs Offset8] Load;
    L16ui    "l16ui"    0x001002 0x00F00F [Wt Rs Offset16] Load;
    L32i     "l32i"     0x002002 0x00F00F [Wt Rs Offset32] Load;
    S8i      "s8i"      0x004002 0x00F00F [Rt Rs Offset8] Store;
    S16i     "s16i"     0x005002 0x00F00F [Rt Rs Offset16] Store;
    S32i     "s32i"     0x006002 0x00F00F [Rt Rs Offset32] Store;
    L16si    "l16si"    0x009002 0x00F00F [Wt Rs Offset16] Load;
    Movi     "movi"     0x00A002 0x00F00F [Wt Signed12] Plain;
    Addi     "addi"     0x00C002 0x00F00F [Wt Rs Signed8] Plain;
    Addmi    "addmi"    0x00D002 0x00F00F [Wt Rs Signed8x256] Plain;
    Call0    "call0"    0x000005 0x00003F [Call] Jump;
    J        "j"        0x000006 0x00003F [Jump] Jump;
    Beqz     "beqz"     0x000016 0x0000FF [Rs Branch12] Branch;
    Bnez     "bnez"     0x000056 0x0000FF [Rs Branch12] Branch;
    Bltz     "bltz"     0x000096 0x0000FF [Rs Branch12] Branch;
    Bgez     "bgez"     0x0000D6 0x0000FF [Rs Branch12] Branch;
    Beqi     "beqi"     0x000026 0x0000FF [Rs Constant Branch8] Branch;
    Bnei     "bnei"     0x000066 0x0000FF [Rs Constant Branch8] Branch;
    Blti     "blti"     0x0000A6 0x0000FF [Rs Constant Branch8] Branch;
    Bgei     "bgei"     0x0000E6 0x0000FF [Rs Constant Branch8] Branch;
    Bltui    "bltui"    0x0000B6 0x0000FF [Rs ConstantU Branch8] Branch;
    Bgeui    "bgeui"    0x0000F6 0x0000FF [Rs ConstantU Branch8] Branch;
    Bnone    "bnone"    0x000007 0x00F00F [Rs Rt Branch8] Branch;
    Beq      "beq"      0x001007 0x00F00F [Rs Rt Branch8] Branch;
    Blt      "blt"      0x002007 0x00F00F [Rs Rt Branch8] Branch;
    Bltu     "bltu"     0x003007 0x00F00F [Rs Rt Branch8] Branch;
    Ball     "ball"     0x004007 0x00F00F [Rs Rt Branch8] Branch;
    Bbc      "bbc"      0x005007 0x00F00F [Rs Rt Branch8] Branch;
    Bbci     "bbci"     0x006007 0x00E00F [Rs Bit Branch8] Branch;
    Bany     "bany"     0x008007 0x00F00F [Rs Rt Branch8] Branch;
    Bne      "bne"      0x009007 0x00F00F [Rs Rt Branch8] Branch;
    Bge      "bge"      0x00A007 0x00F00F [Rs Rt Branch8] Branch;
    Bgeu     "bgeu"     0x00B007 0x00F00F [Rs Rt Branch8] Branch;
    Bnall    "bnall"    0x00C007 0x00F00F [Rs Rt Branch8] Branch;
    Bbs      "bbs"      0x00D007 0x00F00F [Rs Rt Branch8] Branch;
    Bbsi     "bbsi"     0x00E007 0x00E00F [Rs Bit Branch8] Branch;
    L32iN    "l32i.n"   0x0008   0x000F   [Wt Rs OffsetN] Load;
    S32iN    "s32i.n"   0x0009   0x000F   [Rt Rs OffsetN] Store;
    AddN     "add.n"    0x000A   0x000F   [Wr Rs Rt] Plain;
    AddiN    "addi.n"   0x000B   0x000F   [Wr Rs AddendN] Plain;
    MoviN    "movi.n"   0x000C   0x008F   [Ws Signed7] Plain;
    BeqzN    "beqz.n"   0x008C   0x00CF   [Rs BranchN] Branch;
    BnezN    "bnez.n"   0x00CC   0x00CF   [Rs BranchN] Branch;
    MovN     "mov.n"    0x000D   0xF00F   [Wt Rs] Plain;
    RetN     "ret.n"    0xF00D   0xF0FF   [] Jump;
    BreakN   "break.n"  0xF02D   0xF0FF   [S] System;
    NopN     "nop.n"    0xF03D   0xFFFF   [] Plain;
    IllN     "ill.n"    0xF06D   0xFFFF   [] System;
}

impl Op {
    /// The instruction's entry.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // The macro makes both from one list; there is no Op without an entry.
        INSTRUCTIONS.get(self as usize).unwrap_or(&INSTRUCTIONS[0])
    }
}
