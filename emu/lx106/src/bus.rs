//! What the core sees of the world: a [`Bus`], in two speeds.
//!
//! The fast half answers for plain memory only, is inlined into the interpreter, and may decline at any time;
//! the slow half answers for everything, with exact faults and the time of the access. The core asks the fast half
//! first, so an address for which that answers must be one where the slow half would say the same.
//!
//! The surprising fact: faults are only ever the slow half's. The core itself reports a misaligned address
//! (cause 9) before it asks the slow half; the fast half just declines such an address.

/// How wide an access is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// One byte.
    Byte,
    /// Two bytes, at an even address.
    Half,
    /// Four bytes, at an address divisible by four.
    Word,
}

impl Width {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Width::Byte => 1,
            Width::Half => 2,
            Width::Word => 4,
        }
    }
}

/// Why an access is refused: the value of EXCCAUSE that the program finds.
///
/// Numbers: Xtensa ISA reference, table "Exception Causes".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Fault {
    /// Nothing, or nothing executable, answers an instruction fetch.
    InstructionFetchError = 2,
    /// The memory cannot do this access: a narrow one in IRAM, ROM or flash; any where nothing answers.
    LoadStoreError = 3,
    /// The fetch came to the bus and was answered with an error.
    InstructionAddressError = 14,
    /// As above for data.
    LoadStoreAddressError = 15,
    /// The region's attributes forbid executing.
    FetchProhibited = 20,
    /// The region's attributes forbid loading.
    LoadProhibited = 28,
    /// The region's attributes forbid storing.
    StoreProhibited = 29,
}

/// What became of a fast store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stored {
    /// Done, in memory from which [`Bus::fetch`] never reads.
    Data,
    /// Done, in memory from which [`Bus::fetch`] may read: the core looks after its decode cache.
    Code,
    /// Not done: the core asks [`Bus::store`].
    Declined,
}

/// What the machine wants of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attention {
    /// The levels of the interrupt lines: bit n is interrupt n. Edge-triggered ones (8 to 13, and 14, the NMI) are
    /// latched when their bit rises. Bits 6 and 7 (the timer, the software interrupt) are the core's own: ignored.
    pub lines: u32,
    /// When to ask again at the latest, in cycles as given to [`Bus::attend`]; `u64::MAX` for never.
    pub deadline: u64,
    /// Whether [`crate::Cpu::run`] is to return [`crate::Exit::Bus`] before the next instruction.
    pub stop: bool,
}

impl Default for Attention {
    fn default() -> Self {
        Attention { lines: 0, deadline: u64::MAX, stop: false }
    }
}

/// Memory and devices. See the module's head for how its two halves relate.
///
/// `now` is the time in CPU cycles, as [`crate::Cpu::cycles`] counts them, at the instruction that does the access.
/// Byte order is little-endian everywhere.
pub trait Bus {
    /// In which of the eight regions of 512 MB the fast half may answer, by bits. Where a program takes the right to load
    /// or store in one of these away (`wdtlb`), the core works carefully and slowly.
    const FAST_REGIONS: u8 = 0xFF;

    /// The fault where [`Bus::fetch`] finds nothing.
    const FETCH_FAULT: Fault = Fault::InstructionFetchError;

    /// The aligned word at `address` as instructions, or as a literal of `l32r`; `None` if there is nothing to execute
    /// there, which is [`Bus::FETCH_FAULT`].
    ///
    /// The answer may be remembered until a store is reported as [`Stored::Code`] or goes through [`Bus::store`], or
    /// the machine calls [`crate::Cpu::invalidate`]. The bus must not count on being asked for each execution.
    fn fetch(&mut self, address: u32) -> Option<u32>;

    /// A byte of plain memory that allows byte access, or `None`.
    fn fast_load8(&self, address: u32) -> Option<u8>;

    /// An aligned half-word of plain memory that allows it, or `None`, as for every odd address.
    fn fast_load16(&self, address: u32) -> Option<u16>;

    /// An aligned word of plain memory, or `None`, as for every address not divisible by four.
    fn fast_load32(&self, address: u32) -> Option<u32>;

    /// Stores a byte if this is plain memory that allows it.
    fn fast_store8(&mut self, address: u32, value: u8) -> Stored;

    /// Stores an aligned half-word if this is plain memory that allows it.
    fn fast_store16(&mut self, address: u32, value: u16) -> Stored;

    /// Stores an aligned word if this is plain memory.
    fn fast_store32(&mut self, address: u32, value: u32) -> Stored;

    /// Any load that is aligned to its width; the value in the low bits, the others zero.
    ///
    /// # Errors
    /// What the program is to find in EXCCAUSE.
    fn load(&mut self, address: u32, width: Width, now: u64) -> Result<u32, Fault>;

    /// Any store that is aligned to its width; the value is in the low bits.
    ///
    /// # Errors
    /// What the program is to find in EXCCAUSE.
    fn store(&mut self, address: u32, width: Width, value: u32, now: u64) -> Result<(), Fault>;

    /// Brings devices up to `now` and says what they want. Called when a run begins, when the deadline has come, and
    /// after each access by [`Bus::load`] or [`Bus::store`] that succeeded, before the next instruction.
    fn attend(&mut self, now: u64) -> Attention;

    /// `rer`: reads an external register; none exist on this chip, so 0.
    fn read_external(&mut self, _address: u32) -> u32 {
        0
    }

    /// `wer`: writes an external register; none exist on this chip.
    fn write_external(&mut self, _address: u32, _value: u32) {}
}
