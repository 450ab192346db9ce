//! [`Code`]: an instruction as the interpreter executes it, and [`lower`], which makes it.
//!
//! Narrow and wide forms are one kind here, literals and constants are in the code, branches hold a link to the block
//! of their target.
//!
//! The surprising fact: a code does not know its address. Its block does ([`crate::cache`]); the interpreter needs it
//! only when something unusual happens.

use crate::decode::Instruction;
use crate::operand::Operand;
use crate::table::Op;

/// A general register; an enumeration, so that indexing the sixteen needs no check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[rustfmt::skip]
pub(crate) enum Reg { A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15 }

impl Reg {
    pub(crate) fn new(number: u32) -> Reg {
        use Reg::*;
        const ALL: [Reg; 16] = [A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15];
        ALL[(number & 15) as usize]
    }
}

/// What to do. In the comments a, b, c are the registers, i the immediate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Kind {
    /// Nothing.
    Nop,
    /// a = b + c
    Add,
    /// a = b * 2 + c, and so on
    Addx2,
    Addx4,
    Addx8,
    /// a = b - c
    Sub,
    /// a = b * 2 - c, and so on
    Subx2,
    Subx4,
    Subx8,
    And,
    Or,
    Xor,
    /// a = b + i
    Addi,
    /// a = i
    Movi,
    /// a = b
    Mov,
    Neg,
    Abs,
    /// a = b << i, for i below 32
    Slli,
    Srai,
    Srli,
    Sll,
    Srl,
    Sra,
    Src,
    /// a = b >> link & i
    Extui,
    Nsa,
    Nsau,
    Mull,
    Mul16s,
    Mul16u,
    Moveqz,
    Movnez,
    Movltz,
    Movgez,
    Ssr,
    Ssl,
    Ssa8l,
    Ssa8b,
    /// SAR = i
    Ssai,
    /// a = SAR
    RsrSar,
    /// SAR = a
    WsrSar,
    /// a = the memory at b + i
    L8ui,
    L16ui,
    L16si,
    L32i,
    /// the memory at b + i = a
    S8i,
    S16i,
    S32i,
    /// a = the memory at i
    L32r,
    /// Branch if b and c compare so.
    Beq,
    Bne,
    Blt,
    Bge,
    Bltu,
    Bgeu,
    Ball,
    Bnall,
    Bany,
    Bnone,
    Bbc,
    Bbs,
    /// Branch if b and i compare so.
    Beqi,
    Bnei,
    Blti,
    Bgei,
    Bltui,
    Bgeui,
    /// Branch if b has none of the bits of i, or any.
    BitsClear,
    BitsSet,
    J,
    /// a0 = i
    Call0,
    /// To b
    Jx,
    /// a0 = i, to b
    Callx0,
    /// The block ends here, in the middle of a straight line: on to the next one.
    Next,
    /// Anything else: the instruction's bits are in i; ends the block.
    System,
    /// Nothing was found to fetch here: that is what happens when control comes here.
    Unfetchable,
    /// A breakpoint of the machine's stands before the next instruction.
    Breakpoint,
}

/// One instruction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code {
    pub(crate) kind: Kind,
    /// How many instructions of the block have been executed with this one.
    pub(crate) count: u8,
    pub(crate) a: Reg,
    pub(crate) b: Reg,
    pub(crate) c: Reg,
    pub(crate) i: u32,
    /// Number of the block that a branch leads to, or [`UNLINKED`].
    pub(crate) link: u32,
}

/// A link that leads nowhere yet.
pub(crate) const UNLINKED: u32 = u32::MAX;

impl Code {
    pub(crate) fn new(kind: Kind) -> Code {
        Code { kind, count: 0, a: Reg::A0, b: Reg::A0, c: Reg::A0, i: 0, link: UNLINKED }
    }

    /// Whether nothing after it in its block is reached.
    pub(crate) fn ends_block(&self) -> bool {
        use Kind::*;
        matches!(self.kind, J | Jx | Call0 | Callx0 | Next | System | Unfetchable | Breakpoint)
    }

    /// Whether its link is used.
    pub(crate) fn has_link(&self) -> bool {
        use Kind::*;
        let branches = matches!(
            self.kind,
            Beq | Bne | Blt | Bge | Bltu | Bgeu | Ball | Bnall | Bany | Bnone | Bbc | Bbs | BitsClear | BitsSet
        );
        branches || matches!(self.kind, Beqi | Bnei | Blti | Bgei | Bltui | Bgeui | J | Call0 | Next)
    }
}

/// Makes the code of an instruction, except for loads of literals, which need the bus.
pub(crate) fn lower(instruction: &Instruction) -> Code {
    let value = |operand| instruction.operand(operand);
    let mut code = Code::new(kind(instruction));
    // Registers, in the order a (written), b, c (read); stores and branches write none.
    let mut read = 0;
    for operand in instruction.entry().operands {
        let reg = Reg::new(value(*operand));
        if operand.writes() {
            code.a = reg;
        } else if operand.reads() {
            match (code.kind, read) {
                (Kind::S8i | Kind::S16i | Kind::S32i | Kind::WsrSar, 0) => code.a = reg,
                (Kind::S8i | Kind::S16i | Kind::S32i, _) | (_, 0) => code.b = reg,
                _ => code.c = reg,
            }
            read += 1;
        }
    }
    code.i = match instruction.op {
        // The encoding has a shift by 32, whose result the manual leaves open; the shifter sees five bits.
        Op::Slli => value(Operand::ShiftLeft) & 31,
        Op::Srai => value(Operand::ShiftRight),
        Op::Srli => value(Operand::S),
        Op::Extui => {
            code.link = value(Operand::FieldShift);
            (1u32 << value(Operand::FieldWidth)).wrapping_sub(1)
        }
        Op::Ssai => value(Operand::ShiftAmount),
        Op::L8ui | Op::S8i => value(Operand::Offset8),
        Op::L16ui | Op::L16si | Op::S16i => value(Operand::Offset16),
        Op::L32i | Op::S32i => value(Operand::Offset32),
        Op::L32iN | Op::S32iN => value(Operand::OffsetN),
        Op::L32r => value(Operand::Literal),
        Op::Movi => value(Operand::Signed12),
        Op::MoviN => value(Operand::Signed7),
        Op::Addi => value(Operand::Signed8),
        Op::Addmi => value(Operand::Signed8x256),
        Op::AddiN => value(Operand::AddendN),
        Op::Beqi | Op::Bnei | Op::Blti | Op::Bgei => value(Operand::Constant),
        Op::Bltui | Op::Bgeui => value(Operand::ConstantU),
        Op::Bbci | Op::Bbsi => 1 << value(Operand::Bit),
        Op::Call0 | Op::Callx0 => instruction.next(),
        _ if code.kind == Kind::System => instruction.word,
        _ => 0,
    };
    code
}

fn kind(instruction: &Instruction) -> Kind {
    use crate::special::Special;
    match instruction.op {
        Op::Isync | Op::Rsync | Op::Esync | Op::Dsync | Op::Excw | Op::Memw | Op::Extw | Op::Nop | Op::NopN => {
            Kind::Nop
        }
        Op::Or if instruction.operand(Operand::Rs) == instruction.operand(Operand::Rt) => Kind::Mov,
        Op::MovN => Kind::Mov,
        Op::Add | Op::AddN => Kind::Add,
        Op::Addx2 => Kind::Addx2,
        Op::Addx4 => Kind::Addx4,
        Op::Addx8 => Kind::Addx8,
        Op::Sub => Kind::Sub,
        Op::Subx2 => Kind::Subx2,
        Op::Subx4 => Kind::Subx4,
        Op::Subx8 => Kind::Subx8,
        Op::And => Kind::And,
        Op::Or => Kind::Or,
        Op::Xor => Kind::Xor,
        Op::Addi | Op::Addmi | Op::AddiN => Kind::Addi,
        Op::Movi | Op::MoviN => Kind::Movi,
        Op::Neg => Kind::Neg,
        Op::Abs => Kind::Abs,
        Op::Slli => Kind::Slli,
        Op::Srai => Kind::Srai,
        Op::Srli => Kind::Srli,
        Op::Sll => Kind::Sll,
        Op::Srl => Kind::Srl,
        Op::Sra => Kind::Sra,
        Op::Src => Kind::Src,
        Op::Extui => Kind::Extui,
        Op::Nsa => Kind::Nsa,
        Op::Nsau => Kind::Nsau,
        Op::Mull => Kind::Mull,
        Op::Mul16s => Kind::Mul16s,
        Op::Mul16u => Kind::Mul16u,
        Op::Moveqz => Kind::Moveqz,
        Op::Movnez => Kind::Movnez,
        Op::Movltz => Kind::Movltz,
        Op::Movgez => Kind::Movgez,
        Op::Ssr => Kind::Ssr,
        Op::Ssl => Kind::Ssl,
        Op::Ssa8l => Kind::Ssa8l,
        Op::Ssa8b => Kind::Ssa8b,
        Op::Ssai => Kind::Ssai,
        Op::Rsr if instruction.special() == Some(Special::Sar) => Kind::RsrSar,
        Op::Wsr if instruction.special() == Some(Special::Sar) => Kind::WsrSar,
        Op::L8ui => Kind::L8ui,
        Op::L16ui => Kind::L16ui,
        Op::L16si => Kind::L16si,
        Op::L32i | Op::L32iN => Kind::L32i,
        Op::S8i => Kind::S8i,
        Op::S16i => Kind::S16i,
        Op::S32i | Op::S32iN => Kind::S32i,
        Op::L32r => Kind::L32r,
        Op::Beq => Kind::Beq,
        Op::Bne => Kind::Bne,
        Op::Blt => Kind::Blt,
        Op::Bge => Kind::Bge,
        Op::Bltu => Kind::Bltu,
        Op::Bgeu => Kind::Bgeu,
        Op::Ball => Kind::Ball,
        Op::Bnall => Kind::Bnall,
        Op::Bany => Kind::Bany,
        Op::Bnone => Kind::Bnone,
        Op::Bbc => Kind::Bbc,
        Op::Bbs => Kind::Bbs,
        Op::Beqi | Op::Beqz | Op::BeqzN => Kind::Beqi,
        Op::Bnei | Op::Bnez | Op::BnezN => Kind::Bnei,
        Op::Blti | Op::Bltz => Kind::Blti,
        Op::Bgei | Op::Bgez => Kind::Bgei,
        Op::Bltui => Kind::Bltui,
        Op::Bgeui => Kind::Bgeui,
        Op::Bbci => Kind::BitsClear,
        Op::Bbsi => Kind::BitsSet,
        Op::J => Kind::J,
        Op::Call0 => Kind::Call0,
        // Register a0 is what the field is when there is none.
        Op::Jx | Op::Ret | Op::RetN => Kind::Jx,
        Op::Callx0 => Kind::Callx0,
        _ => Kind::System,
    }
}
