//! Frames: what a running call of a Python function is.
//!
//! A frame is followed by its slots (locals, then the evaluation stack, growing upwards) and its blocks (`try`,
//! `with`). It lies on the VM stack, or inside a generator.
//! Invariant: the slots below `sp` and the locals are valid values or null; nothing above `sp` is read.

use super::code::{Code, Function};
use super::generator::Generator;
use crate::{Ref, Tracer, Value};

/// Where a frame's result goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Return {
    /// To the native that entered the loop.
    Native,
    /// Onto the caller's stack.
    Push,
    /// Nowhere: the caller's stack has the instance that `__init__` was called for.
    Init,
    /// It is a generator that a `for` loop of the caller steps.
    ForIter,
    /// It is a generator that the caller delegates to.
    YieldFrom,
}

/// A `try`, `finally` or `with` that is open.
#[repr(C)]
pub(super) struct Block {
    pub(super) handler: *const u8,
    /// The stack pointer to go back to.
    pub(super) sp: *mut Option<Value>,
    /// The exception being handled, for a bare `raise`.
    pub(super) caught: Option<Value>,
    /// Whether it is a `finally` or `with`.
    pub(super) is_finally: bool,
}

/// A frame's head.
#[repr(C)]
pub(super) struct Frame {
    pub(super) prev: *mut Frame,
    pub(super) ip: *const u8,
    /// The first free slot of the evaluation stack.
    pub(super) sp: *mut Option<Value>,
    /// The first free block.
    pub(super) blocks: *mut Block,
    pub(super) fun: Ref<Function>,
    pub(super) generator: Option<Ref<Generator>>,
    pub(super) result: Return,
}

/// Bytes of a frame with so many slots and blocks.
pub(super) fn bytes(slots: usize, blocks: usize) -> usize {
    size_of::<Frame>() + slots * size_of::<Value>() + blocks * size_of::<Block>()
}

/// Bytes of a frame of `code`.
#[inline(always)]
pub(super) fn frame_bytes(code: &Code) -> usize {
    code.frame_bytes as usize
}

/// The first slot.
///
/// # Safety
/// `f` is a live frame.
#[inline(always)]
pub(super) unsafe fn slots(f: *mut Frame) -> *mut Option<Value> {
    // SAFETY: the slots follow the head.
    unsafe { f.add(1).cast() }
}

/// The first block.
///
/// # Safety
/// `f` is a live frame of `code`.
#[inline(always)]
pub(super) unsafe fn first_block(f: *mut Frame, code: &Code) -> *mut Block {
    // SAFETY: the blocks follow the slots.
    unsafe { slots(f).add(code.n_state as usize).cast() }
}

/// Fills in the head and clears the locals.
///
/// # Safety
/// `f` points to `frame_bytes(code)` bytes.
#[inline(always)]
pub(super) unsafe fn init(f: *mut Frame, fun: Ref<Function>, result: Return) {
    // SAFETY: by contract.
    unsafe { init_with(f, fun, result, core::ptr::null(), 0) }
}

/// As [`init`], with the `given` values at `args` for the first locals.
///
/// # Safety
/// As [`init`]; the code has so many locals.
#[inline(always)]
pub(super) unsafe fn init_with(
    f: *mut Frame,
    fun: Ref<Function>,
    result: Return,
    args: *const Option<Value>,
    given: usize,
) {
    let code = fun.code;
    // SAFETY: by contract.
    unsafe {
        let first = slots(f);
        let n = code.n_locals as usize;
        // A few words, mostly: volatile, so that no library function is called for them.
        for i in 0..given {
            first.add(i).write_volatile(*args.add(i));
        }
        for i in given..n {
            first.add(i).write_volatile(None);
        }
        f.write(Frame {
            prev: core::ptr::null_mut(),
            ip: code.entry(),
            sp: first.add(n),
            blocks: first_block(f, &code),
            fun,
            generator: None,
            result,
        });
    }
}

/// Reports what a frame refers to.
///
/// # Safety
/// `f` is a live frame.
pub(super) unsafe fn trace(f: *mut Frame, t: &mut Tracer<'_>) {
    // SAFETY: by contract; see the head of the file for what is valid.
    unsafe {
        t.reference((*f).fun);
        t.opt_reference((*f).generator);
        let mut p = slots(f);
        while p < (*f).sp {
            t.opt(*p);
            p = p.add(1);
        }
        let mut b = first_block(f, &code_of(f));
        while b < (*f).blocks {
            t.opt((*b).caught);
            b = b.add(1);
        }
    }
}

/// Reports what the frames of a chain refer to.
///
/// # Safety
/// `f` is null, or a live frame of a chain of live frames.
pub(super) unsafe fn trace_chain(mut f: *mut Frame, t: &mut Tracer<'_>) {
    while !f.is_null() {
        // SAFETY: by contract.
        unsafe {
            trace(f, t);
            f = (*f).prev;
        }
    }
}

/// The frame's function.
///
/// # Safety
/// `f` is a live frame.
#[inline(always)]
pub(super) unsafe fn fun_of(f: *mut Frame) -> Ref<Function> {
    // SAFETY: by contract.
    unsafe { (*f).fun }
}

/// The frame's code.
///
/// # Safety
/// `f` is a live frame.
#[inline(always)]
pub(super) unsafe fn code_of(f: *mut Frame) -> Ref<Code> {
    // SAFETY: by contract.
    unsafe { (*f).fun }.code
}
