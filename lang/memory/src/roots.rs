//! The native stack as a source of roots.
//!
//! Invariant: between the address recorded at the interpreter's entry and the current stack pointer lie all
//! native frames that may hold references; callee-saved registers are written to the stack before the scan.

/// Where the native stack began when the interpreter was entered. The stack grows downwards.
#[derive(Debug, Clone, Copy)]
pub struct StackBounds {
    base: *const usize,
}

// SAFETY: only an address; it is used by the thread whose stack it is.
unsafe impl Send for StackBounds {}

impl StackBounds {
    /// Bounds that reach up to the frame of the caller's caller: call it from the frame that enters Python.
    #[inline(never)]
    pub fn of_caller() -> StackBounds {
        StackBounds { base: stack_pointer() as *const usize }.raised(64)
    }

    /// Bounds that reach `words` words further up.
    ///
    /// The words must belong to the stack; 64 words above an entry frame always do on the ports there are.
    fn raised(self, words: usize) -> StackBounds {
        StackBounds { base: self.base.wrapping_add(words) }
    }

    /// Bytes of native stack between the base and the caller.
    #[inline(always)]
    pub fn depth(self) -> usize {
        (self.base as usize).wrapping_sub(stack_pointer())
    }

    /// Where the stack begins.
    pub(crate) fn base(self) -> *const usize {
        self.base
    }

    /// The base address.
    pub fn base_address(self) -> usize {
        self.base as usize
    }

    /// Calls `f` with the range of words that make up the stack, the registers included. Whatever the callers hold is
    /// there for as long as `f` runs.
    #[inline(never)]
    pub fn with_spilled_registers(self, mut f: impl FnMut(*const usize, *const usize)) {
        let mut saved = [0usize; arch::SAVED];
        arch::spill(&mut saved);
        let from = saved.as_ptr();
        f(from.min(self.base), self.base);
        core::hint::black_box(&saved);
    }
}

/// An address in the current frame.
#[inline(always)]
fn stack_pointer() -> usize {
    let here = 0u8;
    core::ptr::from_ref(core::hint::black_box(&here)) as usize & !(size_of::<usize>() - 1)
}

#[cfg(target_arch = "x86_64")]
mod arch {
    pub(super) const SAVED: usize = 6;

    /// Writes the callee-saved registers of the System V ABI.
    #[inline(always)]
    pub(super) fn spill(to: &mut [usize; SAVED]) {
        // SAFETY: stores to the six words of `to` only.
        unsafe {
            core::arch::asm!(
                "mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12",
                "mov [{0} + 24], r13", "mov [{0} + 32], r14", "mov [{0} + 40], r15",
                in(reg) to.as_mut_ptr(), options(nostack, preserves_flags)
            );
        }
    }
}

#[cfg(target_arch = "x86")]
mod arch {
    pub(super) const SAVED: usize = 4;

    /// Writes the callee-saved registers of the System V i386 ABI.
    #[inline(always)]
    pub(super) fn spill(to: &mut [usize; SAVED]) {
        // SAFETY: stores to the four words of `to` only.
        unsafe {
            core::arch::asm!(
                "mov [{0}], ebx", "mov [{0} + 4], ebp", "mov [{0} + 8], esi", "mov [{0} + 12], edi",
                in(reg) to.as_mut_ptr(), options(nostack, preserves_flags)
            );
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    pub(super) const SAVED: usize = 12;

    /// Writes the callee-saved registers of AAPCS64.
    #[inline(always)]
    pub(super) fn spill(to: &mut [usize; SAVED]) {
        // SAFETY: stores to the twelve words of `to` only.
        unsafe {
            core::arch::asm!(
                "stp x19, x20, [{0}]", "stp x21, x22, [{0}, #16]", "stp x23, x24, [{0}, #32]",
                "stp x25, x26, [{0}, #48]", "stp x27, x28, [{0}, #64]", "str x29, [{0}, #80]",
                in(reg) to.as_mut_ptr(), options(nostack, preserves_flags)
            );
        }
    }
}

#[cfg(target_arch = "xtensa")]
mod arch {
    pub(super) const SAVED: usize = 4;

    unsafe extern "C" {
        /// Stores a12..a15 (callee-saved in the CALL0 ABI) at the address given. An assembly function of the
        /// chip's start-up code, since rustc has no inline assembly for Xtensa.
        fn krait_spill_registers(to: *mut usize);
    }

    #[inline(always)]
    pub(super) fn spill(to: &mut [usize; SAVED]) {
        // SAFETY: stores four words.
        unsafe { krait_spill_registers(to.as_mut_ptr()) }
    }
}
