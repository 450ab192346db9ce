//! The VM stack: frames in chunks of the heap, so that a call between Python functions needs no native stack.
//!
//! Invariant: frames lie in a chunk in the order they were pushed; a chunk is freed, but for one spare, when its
//! first frame is popped. Chunks are never moved.

use core::ptr::{NonNull, null_mut};

use krait_memory::{BlockKind, OutOfMemory};

use super::frame::Frame;
use crate::{Gc, Raised, Tracer, Value, Vm};

/// What a chunk begins with.
struct Chunk {
    prev: *mut Chunk,
    /// Where the previous chunk's frames end.
    prev_top: *mut u8,
    bytes: usize,
}

/// Bytes of a chunk, unless a frame needs more.
const CHUNK: usize = if cfg!(target_pointer_width = "64") { 4096 } else { 768 };

/// The stack.
pub(super) struct VmStack {
    chunk: *mut Chunk,
    top: *mut u8,
    end: *mut u8,
    spare: *mut Chunk,
    used: usize,
    max: usize,
}

impl VmStack {
    /// An empty stack that may grow to `max_words` words.
    pub(super) fn new(max_words: usize) -> VmStack {
        let max = max_words.saturating_mul(size_of::<Value>());
        VmStack { chunk: null_mut(), top: null_mut(), end: null_mut(), spare: null_mut(), used: 0, max }
    }

    /// How large it may grow.
    pub(super) fn max_words(&self) -> usize {
        self.max / size_of::<Value>()
    }

    /// Bytes of frames.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn trace(&self, t: &mut Tracer<'_>) {
        let mut c = self.chunk;
        while !c.is_null() {
            t.block(c.cast());
            // SAFETY: chunks of the list are live.
            c = unsafe { (*c).prev };
        }
    }

    /// The spare chunk is not kept over a collection.
    pub(super) fn forget_spare(&mut self) {
        self.spare = null_mut();
    }
}

/// Counts a generator's frame, which lies elsewhere, as part of the stack while it runs, so that endless recursion
/// through generators ends as any other does.
#[inline(always)]
pub(super) fn enter(vm: &mut Vm, bytes: usize) -> Result<(), Raised> {
    let s = &mut vm.st.stack_frames;
    s.used += bytes;
    if s.used > s.max {
        s.used -= bytes;
        return Err(vm.too_deep());
    }
    Ok(())
}

/// The opposite of [`enter`].
#[inline(always)]
pub(super) fn leave(vm: &mut Vm, bytes: usize) {
    vm.st.stack_frames.used -= bytes;
}

/// Takes `bytes` bytes from the stack.
#[inline(always)]
pub(super) fn push(vm: &mut Vm, bytes: usize) -> Result<*mut Frame, Raised> {
    let s = &mut vm.st.stack_frames;
    let room = (s.end as usize).wrapping_sub(s.top as usize);
    if bytes <= room && s.used + bytes <= s.max {
        let f = s.top;
        // SAFETY: the room is in the chunk.
        s.top = unsafe { f.add(bytes) };
        s.used += bytes;
        return Ok(f.cast());
    }
    push_chunk(vm, bytes)
}

#[cold]
#[inline(never)]
fn push_chunk(vm: &mut Vm, bytes: usize) -> Result<*mut Frame, Raised> {
    if vm.st.stack_frames.used.saturating_add(bytes) > vm.st.stack_frames.max {
        return Err(vm.too_deep());
    }
    let Some(need) = bytes.checked_add(size_of::<Chunk>()) else {
        return Err(vm.out_of_memory(OutOfMemory(bytes)));
    };
    let spare = core::mem::replace(&mut vm.st.stack_frames.spare, null_mut());
    // SAFETY: a spare chunk is live (it is dropped at every collection).
    let chunk: *mut Chunk = if !spare.is_null() && unsafe { (*spare).bytes } >= need {
        spare
    } else {
        let bytes = need.max(CHUNK);
        if vm.heap_locked() {
            // As deep as a program can get now.
            return Err(vm.too_deep());
        }
        let p = vm.alloc_block(bytes, BlockKind::Buffer)?.cast::<Chunk>().as_ptr();
        // SAFETY: fresh.
        unsafe { (*p).bytes = bytes };
        p
    };
    let s = &mut vm.st.stack_frames;
    // SAFETY: the chunk has room for its head and the frame.
    unsafe {
        (*chunk).prev = s.chunk;
        (*chunk).prev_top = s.top;
        s.end = chunk.cast::<u8>().add((*chunk).bytes);
        let f = chunk.add(1).cast::<u8>();
        s.top = f.add(bytes);
        s.chunk = chunk;
        s.used += bytes;
        Ok(f.cast())
    }
}

/// Gives back the frame pushed last, of `bytes` bytes.
#[inline(always)]
pub(super) fn pop(vm: &mut Vm, f: *mut Frame, bytes: usize) {
    let s = &mut vm.st.stack_frames;
    s.top = f.cast();
    s.used -= bytes;
    // SAFETY: a frame was in the chunk, so there is one.
    if f.cast::<Chunk>() == unsafe { s.chunk.add(1) } {
        pop_chunk(vm);
    }
}

#[cold]
#[inline(never)]
fn pop_chunk(vm: &mut Vm) {
    let s = &mut vm.st.stack_frames;
    let gone = s.chunk;
    // SAFETY: the chunk is live.
    unsafe {
        s.chunk = (*gone).prev;
        s.top = (*gone).prev_top;
        s.end = if s.chunk.is_null() { null_mut() } else { s.chunk.cast::<u8>().add((*s.chunk).bytes) };
    }
    let old = core::mem::replace(&mut s.spare, gone);
    if let Some(old) = NonNull::new(old) {
        // SAFETY: an unused chunk is ours alone.
        unsafe { vm.heap_mut().free(old.cast()) };
    }
}
