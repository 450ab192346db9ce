//! The checks, on a machine that has a simulator's calls for output and exit.
//!
//! There is no inline assembly for this target: `start.s` has what needs it. Memory that is freed is lost: the heap is
//! larger than all that is ever asked for, and begins anew with each round.
#![no_std]
#![no_main]
#![deny(unsafe_op_in_unsafe_fn)]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

unsafe extern "C" {
    safe fn sim_write(bytes: *const u8, length: usize);
    safe fn sim_exit(status: i32) -> !;
    /// The linker's, of which the address is meant.
    static mut heap_start: u8;
    static mut heap_end: u8;
    /// How often everything is done; changed in the file by who measures.
    static rounds: u32;
}

struct Output {
    /// Whether anything is shown.
    shown: bool,
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.shown {
            sim_write(text.as_ptr(), text.len());
        }
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let _ = writeln!(Output { shown: true }, "{info}");
    sim_exit(1)
}

struct Bump(Cell<usize>);

// SAFETY: there is one thread, and no interrupts.
unsafe impl Sync for Bump {}

// SAFETY: what is given out lies within the heap, is aligned, and is given out once a round.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (start, end) = (&raw mut heap_start, (&raw mut heap_end).addr());
        let from = (start.addr() + self.0.get()).next_multiple_of(layout.align());
        match from.checked_add(layout.size()) {
            Some(to) if to <= end => {
                self.0.set(to - start.addr());
                start.with_addr(from)
            }
            _ => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump(Cell::new(0));

#[unsafe(no_mangle)]
extern "C" fn rust_main() {
    // SAFETY: a word of the program's own, read as it is in memory.
    let count = unsafe { (&raw const rounds).read_volatile() };
    for round in 0..count {
        HEAP.0.set(0);
        let _ = krait_lx106_checks::run(&mut Output { shown: round == 0 });
    }
}
