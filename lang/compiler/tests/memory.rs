//! Running out of memory at every possible place is an error, never an abort.

mod support;

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;

use allocator_api2::alloc::{AllocError, Allocator, Global};
use krait_compiler::{CompileOptions, ErrorKind, compile};

/// Gives so many blocks and no more, and counts bytes.
struct Budget {
    left: Cell<u64>,
    used: Cell<usize>,
    most: Cell<usize>,
}

impl Budget {
    fn new(blocks: u64) -> Self {
        Budget { left: Cell::new(blocks), used: Cell::new(0), most: Cell::new(0) }
    }
}

// SAFETY: all memory comes from and goes back to the global allocator.
unsafe impl Allocator for &Budget {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.left.set(self.left.get().checked_sub(1).ok_or(AllocError)?);
        self.used.set(self.used.get() + layout.size());
        self.most.set(self.most.get().max(self.used.get()));
        Global.allocate(layout)
    }

    unsafe fn deallocate(&self, at: NonNull<u8>, layout: Layout) {
        self.used.set(self.used.get() - layout.size());
        // SAFETY: the caller keeps the contract of `deallocate`.
        unsafe { Global.deallocate(at, layout) }
    }
}

const PROGRAM: &[u8] = include_bytes!("support/program.py");

#[test]
fn every_allocation_may_fail() {
    let mut blocks = 0;
    loop {
        let budget = Budget::new(blocks);
        let result = compile(&mut &PROGRAM[..], &CompileOptions::default(), &budget);
        let done = match result {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::OutOfMemory, "after {blocks} blocks: {error}");
                false
            }
        };
        assert_eq!(budget.used.get(), if done { budget.used.get() } else { 0 });
        if done {
            break;
        }
        blocks += 1;
    }
    assert!(blocks > 50);
}

#[test]
fn a_statement_at_a_time() {
    // A text ten times as long needs more for its code, but not for its tree.
    let peak = |count: usize| {
        let text: String =
            (0..count).map(|i| format!("def f{i}(a, b):\n    return a + b * {i} - a.x(b, 'text')\n\n")).collect();
        let budget = Budget::new(u64::MAX);
        let unit = compile(&mut text.as_bytes(), &CompileOptions::default(), &budget).unwrap();
        drop(unit);
        assert_eq!(budget.used.get(), 0);
        (budget.most.get() as f64, text.len() as f64)
    };
    let (small, short) = peak(20);
    let (large, long) = peak(2000);
    let per_byte = (large - small) / (long - short);
    assert!(per_byte < 9.0, "{per_byte} bytes of memory for each byte of text");
}
