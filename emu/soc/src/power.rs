//! What power is to the chip: memory that comes up with noise in it, and a state that all begins from.

use alloc::vec::Vec;

use krait_lx106::Ram;

use crate::findings::Findings;
use crate::flash::FlashChip;
use crate::irq::Irq;
use crate::memory::Memory;
use crate::pads::Pads;
use crate::rng::Rng;
use crate::schedule::Schedule;
use crate::soc::Soc;
use crate::stats::Stats;
use crate::sys::{Audio, Sleep, Sys};
use crate::time::Clocks;
use crate::trace::Trace;

/// What devices share, before anything has happened.
pub(crate) fn sys(flash: FlashChip, seed: u64) -> Sys {
    Sys {
        now: 0,
        clocks: Clocks { pll: false, double: false },
        schedule: Schedule::default(),
        irq: Irq::default(),
        pads: Pads::default(),
        memory: Memory::default(),
        flash,
        rng: Rng::new(seed),
        findings: Findings::default(),
        stats: Stats::default(),
        trace: Trace::default(),
        sent: Vec::new(),
        audio: Audio::default(),
        reset: None,
        sleep: Sleep::Awake,
        held: false,
        strap_again: false,
        watchers: core::array::from_fn(|_| Vec::new()),
        tout_mv: 0,
        vdd_mv: 3300,
        stop: false,
        window_changed: true,
    }
}

fn noise(ram: &mut Ram, rng: &mut Rng) {
    for word in ram.words_mut() {
        *word = rng.next() as u32;
    }
}

/// All memory but the flash's forgets.
pub(crate) fn lose(soc: &mut Soc) {
    lose_ram(soc);
    let sys = &mut soc.sys;
    noise(&mut sys.memory.rtc, &mut sys.rng);
    sys.flash.power_cycle();
}

/// What deep sleep switches off forgets.
pub(crate) fn lose_ram(soc: &mut Soc) {
    let sys = &mut soc.sys;
    noise(&mut sys.memory.dram, &mut sys.rng);
    noise(&mut sys.memory.iram, &mut sys.rng);
    soc.written.fill(0);
}
