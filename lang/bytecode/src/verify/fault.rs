//! Why bytecode is refused.

use core::fmt;

use crate::unit::OutOfMemory;

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The prelude does not fit the code, or its numbers contradict each other.
    Prelude,
    /// The module's own code takes arguments or is a generator.
    Root,
    /// A byte is no opcode.
    UnknownOpcode,
    /// An instruction or the code ends too early; or execution would run off its end.
    Truncated,
    /// An operand is spelled too long, or means nothing to its opcode.
    Operand,
    /// There is no such name.
    NameIndex,
    /// There is no such constant.
    ConstIndex,
    /// There is no such child.
    ChildIndex,
    /// There is no such local.
    LocalIndex,
    /// A local that is no cell is used as one, or one that is a cell is overwritten.
    Cell,
    /// A child is made a closure of different sizes, or of more cells than it takes.
    ClosureSize,
    /// A small integer does not fit the target's.
    SmallInt,
    /// A jump does not reach an instruction of the code.
    JumpTarget,
    /// More is taken from the stack than is there, or than the innermost block allows.
    StackUnderflow,
    /// Locals and stack together exceed the frame.
    StackOverflow,
    /// Paths meet with different stacks.
    StackMismatch,
    /// A word on the stack is not what the instruction needs.
    StackKind,
    /// Paths meet with different open blocks, or a jump enters or leaves a handler that is not
    /// the innermost.
    BlockMismatch,
    /// More blocks are open than the prelude declares.
    BlockOverflow,
    /// A block is closed that is not open, or not of that sort, or not at its level.
    BlockEnd,
    /// A generator's instruction in a code that is no generator.
    NotGenerator,
    /// The flow of control takes too much work to follow.
    TooComplex,
    /// No memory for the analysis.
    OutOfMemory,
}

impl From<OutOfMemory> for Fault {
    fn from(_: OutOfMemory) -> Self {
        Fault::OutOfMemory
    }
}

/// A refusal: which code, where, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Which code, counting from 0 in the order of the file.
    pub code: u32,
    /// Offset from the code's first instruction; from its first byte for [`Fault::Prelude`].
    pub offset: usize,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {} at {}: {:?}", self.code, self.offset, self.fault)
    }
}
