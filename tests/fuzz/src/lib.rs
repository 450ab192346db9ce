//! What the fuzz targets share: a machine without devices, and an interpreter whose time is measured in polls.
//!
//! Invariant: an input runs the same way every time. Time is a count of the interpreter's own looks at the
//! pending flag, which is always set. After [`PATIENCE`] looks the program is interrupted at each further one, and
//! a program that will not have it is ended by unwinding through the interpreter, which nobody uses afterwards.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use krait_hal::{Clock, Console, Platform, Stream};
use krait_memory::Personality;
use krait_modules as m;
use krait_runtime::builtins::BUILTINS;
use krait_runtime::obj::module::Module;
use krait_runtime::{Config, Obj, Vm};

/// Looks at the pending flag before the first interrupt.
const PATIENCE: u64 = 20_000;
/// Interrupts that a program may catch.
const INTERRUPTS: u64 = 200;
/// Bytes of heap.
const HEAP: usize = 128 << 10;
/// Bytes of native stack: the fuzzer's thread has eight megabytes, and sanitized frames are large.
const STACK: usize = 2 << 20;

/// The modules that need no operating system.
static MODULES: &[&Obj<Module>] = &[
    &BUILTINS,
    &m::array_module::ARRAY_MODULE,
    &m::cmath::CMATH,
    &m::collections::COLLECTIONS,
    &m::deflate::DEFLATE,
    &m::errno::ERRNO,
    &m::framebuf::FRAMEBUF,
    &m::gc::GC,
    &m::io::IO,
    &m::json::JSON,
    &m::math::MATH,
    &m::micropython::MICROPYTHON,
    &m::re::RE,
    &m::struct_::STRUCT,
    &m::sys::SYS,
    &m::time::TIME,
    &m::uctypes::UCTYPES,
    &m::vfs::VFS,
];

struct Machine {
    pending: AtomicBool,
    looks: AtomicU64,
}

static MACHINE: Machine = Machine { pending: AtomicBool::new(true), looks: AtomicU64::new(0) };

/// Unwinds a program that catches every interrupt.
struct Stubborn;

impl Console for Machine {
    fn write(&self, _: Stream, _: &[u8]) {}
    fn read(&self, _: &mut [u8]) -> usize {
        0
    }
    fn readable(&self) -> bool {
        false
    }
    fn flush(&self) {}
}

impl Clock for Machine {
    fn monotonic_us(&self) -> u64 {
        // Whoever waits by looking at the clock comes to an end as well.
        self.looks.fetch_add(1, Ordering::Relaxed).saturating_mul(1000)
    }
    fn unix_ns(&self) -> u64 {
        1_700_000_000_000_000_000
    }
    fn cpu_ticks(&self) -> u64 {
        self.monotonic_us()
    }
    fn sleep_us(&self, _: u64) {}
}

impl Platform for Machine {
    fn console(&self) -> &dyn Console {
        self
    }
    fn clock(&self) -> &dyn Clock {
        self
    }
    fn idle(&self) {}
    fn pending(&self) -> &AtomicBool {
        &self.pending
    }
    fn take_interrupt(&self) -> bool {
        // The interpreter has just cleared the flag.
        self.pending.store(true, Ordering::Relaxed);
        let looks = self.looks.fetch_add(1, Ordering::Relaxed);
        if looks > PATIENCE + INTERRUPTS {
            resume_unwind(Box::new(Stubborn));
        }
        looks > PATIENCE
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; HEAP]);
}

/// Runs `f` with a new interpreter; afterwards the heap must be consistent.
pub fn with_vm(personality: Personality, f: impl FnOnce(&mut Vm)) {
    let config = Config {
        platform: &MACHINE,
        modules: MODULES,
        native_stack: STACK,
        frame_words_max: HEAP / 4 / size_of::<usize>(),
        personality,
    };
    MACHINE.pending.store(true, Ordering::Relaxed);
    MACHINE.looks.store(0, Ordering::Relaxed);
    BUFFER.with_borrow_mut(|buffer| {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            Vm::with_buffer(buffer, &config, |vm| {
                f(vm);
                use krait_runtime::Gc;
                vm.collect(false);
                assert_eq!(vm.heap().check(), Ok(()), "the heap is inconsistent");
            })
        }));
        match ran {
            // A heap in which the first allocation fails holds no interpreter.
            Ok(_) => {}
            Err(e) if e.is::<Stubborn>() => {}
            Err(e) => resume_unwind(e),
        }
    });
}

/// A test personality drawn from the input, so that most inputs run fast and each can be found in hard mode, too.
pub fn personality(seed: u8) -> Personality {
    Personality {
        stress: seed & 7 == 7,
        poison: true,
        fail_at: if seed & 6 == 4 { Some(20 + 3 * u64::from(seed >> 3)) } else { None },
        fail_on: seed & 1 != 0,
        ..Personality::default()
    }
}
