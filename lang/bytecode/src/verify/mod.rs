//! The load-time check that makes untrusted bytecode safe to execute unchecked.
//!
//! Feed a [`Verifier`] every code of a unit in file order, or use [`verify_unit`] or
//! [`verify_file`]. It accepts all that mpy-cross emits.
//!
//! # What a verified code guarantees
//!
//! Execution starts at the first instruction with an empty stack and no open block, in a frame
//! whose first locals hold the arguments ([`Signature::n_arg_slots`]), and whose closed-over and
//! listed locals hold cells. Provided that the virtual machine does what [the next
//! section](#what-the-virtual-machine-must-do) says, then at every instruction that is reached:
//!
//! * The instruction and its operand lie inside the code, in the spelling that
//!   [`varint`] reads; the next one does too, unless this one never goes on.
//! * Indexes of names, constants and children are below the tables' lengths; a local is below
//!   [`Facts::locals`]; a small integer fits the target's; `BUILD_SLICE` has 2 or 3; packed counts
//!   of calls and `UNPACK_EX` have no bits above 16.
//! * The stack holds all the words that the instruction takes, its height never exceeds
//!   [`Facts::stack`] words, and `locals + stack <= n_state`. This counts two words for the
//!   outcome of a block (see below), and at `SETUP_WITH` and `WITH_CLEANUP` three above `__exit__`
//!   and its object. `UNWIND_JUMP` has no room of its own: it must push nothing before the stack
//!   has been cut to a block's level.
//! * At most [`Facts::blocks`] blocks are open, no more than `n_exc_stack`; `END_FINALLY`,
//!   `POP_EXCEPT_JUMP`, `WITH_CLEANUP` and `UNWIND_JUMP` find the blocks they close.
//! * Words that must hold an object do, never "no object" (NULL). NULL can only be: a local not
//!   yet assigned or deleted; a cell's content; the value in `STORE_ATTR` and `STORE_SUBSCR`
//!   (delete); the receiver in `CALL_METHOD…`; a key in `CALL_…_VAR_KW` (then the value is a
//!   mapping); the defaults in `MAKE_…_DEFARGS`; three of the four words of an iterator, laid
//!   out as NULL, iterator object, NULL, NULL.
//! * `FOR_ITER` finds the four words that `GET_ITER_STACK` left, or that layout; those four words
//!   are touched by nothing else, except that `POP_TOP` drops them one by one.
//! * `LOAD_DEREF`, `STORE_DEREF`, `DELETE_DEREF` are given a local that holds a cell, and
//!   `MAKE_CLOSURE…` is given cells, as many as the child was verified with; a cell's local is
//!   never overwritten. A cell reaches other code only as a return value (class bodies do that).
//! * `STORE_COMP` and `STORE_MAP` find the list, dict or set that `BUILD_…` made; the defaults in
//!   `MAKE_…_DEFARGS` are NULL or a tuple, and NULL or a dict (the tuple's length is for the
//!   runtime to check); a keyword in `CALL_…` is a string loaded by `LOAD_CONST_STRING`.
//! * `YIELD_VALUE` and `YIELD_FROM` occur in generators only. The unit's own code takes no
//!   arguments and has no flags.
//!
//! Not guaranteed, so checked when executed: that an object is of the type that an operation
//! wants, among them the bitmap of `CALL_…_VAR_KW` and the level of `IMPORT_NAME`, which may be
//! no small integers; and that a local or cell holds an object before it is loaded.
//!
//! # What the virtual machine must do
//!
//! The *outcome* of a block is what its `finally` or `with` handler finds on top of the stack:
//! one word (`None`, or the exception) or two (what a pending return or jump needs). All these
//! rules are those of MicroPython's virtual machine, but for the last.
//!
//! * A block is *active* at an instruction if its handler's offset is not above the
//!   instruction's. An exception closes the active innermost blocks, then enters the innermost
//!   that is left: the stack is cut to where it was when the block was opened (for `SETUP_WITH`:
//!   above `__exit__` and its object) and the exception pushed. The block stays open.
//! * A return, and `UNWIND_JUMP` for as many blocks as it says, closes blocks from the innermost
//!   outwards: an `except` block is just closed; a `finally` or `with` that is not active has the
//!   stack cut to its level, two words of outcome pushed, and its handler entered; an active
//!   `finally` has the stack cut to its level (its own outcome is forgotten) and is closed.
//! * `END_FINALLY` closes the innermost block, takes the outcome, and goes on accordingly.
//! * `WITH_CLEANUP` replaces `__exit__`, its object and the outcome by an outcome of the same
//!   size, or by `None` if the exception was swallowed.
//! * A `finally` handler that starts with `DUP_TOP` is entered at one of the two offsets that
//!   [`finally_dispatch`](crate::insn::finally_dispatch) tells. (The instructions it starts with
//!   ask whether the outcome is a `BaseException` by looking that name up among the globals,
//!   where a program may have put something else.)

mod blocks;
mod fault;
mod flow;
mod kind;
mod scan;
mod stack;
mod step;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

pub use fault::{Fault, Rejected};

use crate::mpy::read::{ReadError, Reader, Target};
use crate::prelude::{Prelude, Signature};
use crate::unit::{MAX_DEPTH, Unit};
use crate::varint;
use flow::{Cells, Flow, Memory, UNMADE};
use scan::{At, Bounds, NONE};
use stack::Stack;

/// The most words a frame may have.
pub const MAX_STATE: u32 = 0xffff;

/// Steps of work (instructions followed, runs of words compared or copied, open blocks passed)
/// that any code may cost. mpy-cross's output costs a few for each byte, but thousands for each
/// element of a long literal that has conditional elements.
const BASE_BUDGET: u64 = 1 << 23;
/// Steps of work for each byte of code on top of that.
const BUDGET_PER_BYTE: u64 = 256;

/// Lengths of the unit's tables and width of the target's small integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many names the unit has.
    pub names: u32,
    /// How many constants the unit has.
    pub consts: u32,
    /// Bits of the target's small integers, sign included.
    pub small_int_bits: u8,
}

/// What is known of an accepted code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Locals used, arguments and cells included.
    pub locals: u32,
    /// Words of evaluation stack needed above them.
    pub stack: u32,
    /// Blocks open at once, at most.
    pub blocks: u32,
    /// How many of the first locals are closed-over cells.
    pub closed: u32,
}

/// The judgement on an acceptable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be executed.
    Sound(Facts),
    /// No code of the unit makes a function of it, so it cannot be executed, and was not looked
    /// into. (mpy-cross leaves such children behind where it drops unreachable statements.)
    Unused,
}

/// One level of the tree on the way to the present code.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Where the code's children start in the table of closure sizes, and how many they are.
    start: usize,
    count: usize,
    /// How many of them have been met.
    met: usize,
    unused: bool,
}

/// Verifies the codes of one unit, in file order: parents before children, depth first.
///
/// All memory comes from the allocator and is reused from code to code: about 20 bytes for each
/// label and block, 4 for each run of like words on the stack at each label.
pub struct Verifier<A: Allocator + Clone> {
    limits: Limits,
    memory: Memory<A>,
    levels: Vec<Level, A>,
    /// For each child of the codes on the way, how many cells it is made with.
    made: Vec<u16, A>,
    n_codes: u32,
    /// Whether the first code is a function, which may have parameters, and not a module.
    function: bool,
}

impl<A: Allocator + Clone> Verifier<A> {
    /// A verifier that has seen no code yet.
    pub fn new_in(limits: Limits, allocator: A) -> Self {
        Verifier {
            limits,
            memory: Memory {
                labels: Vec::new_in(allocator.clone()),
                blocks: Vec::new_in(allocator.clone()),
                stack: Stack::new_in(allocator.clone()),
                saved: Vec::new_in(allocator.clone()),
                joined: Vec::new_in(allocator.clone()),
            },
            levels: Vec::new_in(allocator.clone()),
            made: Vec::new_in(allocator),
            n_codes: 0,
            function: false,
        }
    }

    /// As [`Verifier::new_in`], for a unit whose first code is a function.
    pub fn for_function_in(limits: Limits, allocator: A) -> Self {
        Verifier { function: true, ..Verifier::new_in(limits, allocator) }
    }

    /// Judges the next code: `bytes` with prelude, number of children, number of ancestors.
    ///
    /// After a refusal nothing of the unit may be executed.
    pub fn code(&mut self, bytes: &[u8], n_children: u32, depth: usize) -> Result<Verdict, Rejected> {
        let code = self.n_codes;
        self.n_codes = self.n_codes.saturating_add(1);
        self.judge(bytes, n_children, depth).map_err(|(offset, fault)| Rejected { code, offset, fault })
    }

    fn judge(&mut self, bytes: &[u8], n_children: u32, depth: usize) -> Result<Verdict, At> {
        let root = depth == 0 && !self.function;
        let closed = self.enter(n_children as usize, depth).map_err(|fault| (0, fault))?;
        let Some(closed) = closed else {
            return Ok(Verdict::Unused);
        };
        let prelude = Prelude::parse(bytes).map_err(|bad| (bad.offset, Fault::Prelude))?;
        let mut bounds = Bounds { limits: self.limits, n_children, n_state: 0, locals: 0 };
        check_prelude(&prelude, u32::from(closed), root, &mut bounds).map_err(|fault| (0, fault))?;
        let code = prelude.instructions();
        let Memory { labels, blocks, .. } = &mut self.memory;
        scan::scan(code, &mut bounds, labels, blocks)?;
        self.memory.stack.reset(bounds.n_state - bounds.locals);
        let children = self.levels.last().map_or(0, |level| level.start);
        let mut flow = Flow {
            code,
            flags: prelude.signature.flags,
            n_exc_stack: prelude.signature.n_exc_stack,
            cells: Cells { closed: u32::from(closed), own: prelude.cells() },
            made: self.made.get_mut(children..).unwrap_or(&mut []),
            memory: &mut self.memory,
            block: NONE,
            budget: BASE_BUDGET + BUDGET_PER_BYTE * code.len() as u64,
            max_blocks: 0,
        };
        flow.run()?;
        let blocks = flow.max_blocks;
        Ok(Verdict::Sound(Facts {
            locals: bounds.locals,
            stack: self.memory.stack.high(),
            blocks,
            closed: u32::from(closed),
        }))
    }

    /// Takes the code's place in the tree. Returns with how many cells it is made, if it is.
    fn enter(&mut self, n_children: usize, depth: usize) -> Result<Option<u16>, Fault> {
        if depth >= MAX_DEPTH || depth > self.levels.len() {
            return Err(Fault::ChildIndex);
        }
        self.levels.truncate(depth);
        let (closed, start) = match self.levels.last_mut() {
            None => (Some(0), 0),
            Some(parent) => {
                if parent.met >= parent.count {
                    return Err(Fault::ChildIndex);
                }
                let made = self.made.get(parent.start + parent.met).copied();
                parent.met += 1;
                let closed = made.filter(|made| *made != UNMADE && !parent.unused);
                (closed, parent.start + parent.count)
            }
        };
        self.made.truncate(start);
        self.made.try_reserve(n_children).map_err(|_| Fault::OutOfMemory)?;
        self.made.resize(start + n_children, UNMADE);
        self.levels.try_reserve(1).map_err(|_| Fault::OutOfMemory)?;
        self.levels.push(Level { start, count: n_children, met: 0, unused: closed.is_none() });
        Ok(closed)
    }
}

/// Holds the prelude's numbers against each other and the names.
fn check_prelude(prelude: &Prelude<'_>, closed: u32, root: bool, bounds: &mut Bounds) -> Result<(), Fault> {
    let s: &Signature = &prelude.signature;
    if root && (s.n_arg_slots() > 0 || s.flags != 0 || s.n_def_pos_args > 0) {
        return Err(Fault::Root);
    }
    if closed > s.n_pos_args {
        return Err(Fault::ClosureSize);
    }
    if s.n_state > MAX_STATE || s.n_def_pos_args > s.n_pos_args - closed {
        return Err(Fault::Prelude);
    }
    let names = core::iter::once(prelude.block_name).chain(prelude.arg_names());
    if names.into_iter().any(|name| name >= bounds.limits.names) {
        return Err(Fault::NameIndex);
    }
    // A cell made of a closed-over local, or twice of the same one, would hold a cell.
    let mut seen = [0u32; 8];
    for cell in prelude.cells() {
        let local = u32::from(*cell);
        let word = seen.get_mut(usize::from(cell >> 5)).ok_or(Fault::Cell)?;
        if local < closed || *word >> (cell & 31) & 1 != 0 {
            return Err(Fault::Cell);
        }
        *word |= 1 << (cell & 31);
        bounds.locals = bounds.locals.max(local + 1);
    }
    bounds.locals = bounds.locals.max(s.n_arg_slots());
    bounds.n_state = s.n_state;
    if bounds.locals > bounds.n_state { Err(Fault::StackOverflow) } else { Ok(()) }
}

/// Verifies a finished unit for a target with small integers of this many bits.
pub fn verify_unit<A: Allocator + Clone>(unit: &Unit<A>, small_int_bits: u8) -> Result<(), Rejected> {
    let limits = Limits { names: unit.name_count() as u32, consts: unit.const_count() as u32, small_int_bits };
    let mut verifier = Verifier::new_in(limits, unit.allocator().clone());
    let mut walk = unit.walk();
    while let Ok(Some(visit)) = walk.next() {
        let Some(code) = unit.code(visit.index) else {
            continue;
        };
        verifier.code(code.bytes(), unit.children(code).len() as u32, visit.depth)?;
    }
    Ok(())
}

/// Why a file is not safe to execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// Its container is broken or not for this target.
    Read(ReadError),
    /// Its bytecode is.
    Code(Rejected),
}

impl FileError {
    /// The text of the exception: a `ValueError`, but for lack of memory.
    pub const fn message(self) -> &'static str {
        match self {
            FileError::Read(error) => error.message(),
            FileError::Code(Rejected { fault: Fault::OutOfMemory, .. }) => ReadError::OutOfMemory.message(),
            FileError::Code(_) => "malformed .mpy file",
        }
    }
}

/// Reads a file to its end without keeping anything, and verifies all its codes.
pub fn verify_file<A: Allocator + Clone>(bytes: &[u8], target: Target, allocator: A) -> Result<(), FileError> {
    verify_any(bytes, target, |limits| Verifier::new_in(limits, allocator))
}

/// As [`verify_file`], for a file that holds a function instead of a module.
pub fn verify_function<A: Allocator + Clone>(bytes: &[u8], target: Target, allocator: A) -> Result<(), FileError> {
    verify_any(bytes, target, |limits| Verifier::for_function_in(limits, allocator))
}

fn verify_any<A: Allocator + Clone>(
    bytes: &[u8],
    target: Target,
    make: impl FnOnce(Limits) -> Verifier<A>,
) -> Result<(), FileError> {
    let mut reader = Reader::new(bytes, target).map_err(FileError::Read)?;
    let limits =
        Limits { names: reader.name_count(), consts: reader.const_count(), small_int_bits: target.small_int_bits };
    let mut verifier = make(limits);
    while let Some(code) = reader.next_code().map_err(FileError::Read)? {
        verifier.code(code.bytes, code.n_children, code.depth).map_err(FileError::Code)?;
    }
    Ok(())
}

/// Bytes of the longest operand that a verified instruction has.
pub const MAX_OPERAND_BYTES: usize = varint::MAX_INT_BYTES;

#[cfg(test)]
mod tests;
