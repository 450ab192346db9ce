//! An interpreter on a machine that has nothing, for tests of the runtime's insides.

use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;

use krait_hal::{Clock, Console, Platform, Stream};
use krait_runtime::memory::Personality;
use krait_runtime::{Config, Vm};

struct Nothing;

static NOTHING: Nothing = Nothing;
static PENDING: AtomicBool = AtomicBool::new(false);

impl Console for Nothing {
    fn write(&self, _: Stream, _: &[u8]) {}
    fn read(&self, _: &mut [u8]) -> usize {
        0
    }
    fn readable(&self) -> bool {
        false
    }
    fn flush(&self) {}
}

impl Clock for Nothing {
    fn monotonic_us(&self) -> u64 {
        0
    }
    fn unix_ns(&self) -> u64 {
        0
    }
    fn cpu_ticks(&self) -> u64 {
        0
    }
    fn sleep_us(&self, _: u64) {}
}

impl Platform for Nothing {
    fn console(&self) -> &dyn Console {
        self
    }
    fn clock(&self) -> &dyn Clock {
        self
    }
    fn idle(&self) {}
    fn pending(&self) -> &AtomicBool {
        &PENDING
    }
    fn take_interrupt(&self) -> bool {
        false
    }
}

/// Runs `f` with an interpreter that has a heap of `bytes`.
pub(crate) fn with_vm<T>(bytes: usize, personality: Personality, f: impl FnOnce(&mut Vm) -> T) -> T {
    let mut buffer = vec![0u64; bytes.div_ceil(8)];
    let start = NonNull::new(buffer.as_mut_ptr().cast::<u8>()).expect("a buffer");
    let config =
        Config { platform: &NOTHING, modules: &[], native_stack: 256 << 10, frame_words_max: 1 << 16, personality };
    // SAFETY: the buffer outlives the interpreter, and nobody else uses it.
    let vm = unsafe { Vm::new(start, buffer.len() * 8, &config) };
    let Ok(mut vm) = vm else { panic!("the buffer is too small") };
    vm.enter();
    f(&mut vm)
}
