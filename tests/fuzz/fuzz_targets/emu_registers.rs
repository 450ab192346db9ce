//! Reads and writes of any register, with time between them.
#![no_main]

use arbitrary::Arbitrary;
use krait_soc::time::{TICKS_PER_MS, us};
use krait_soc::{Config, Machine};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Step {
    /// The register with this number of all blocks, so that hits are frequent.
    Write(u16, u32),
    Read(u16),
    Wait(u16),
    Uart(Vec<u8>),
    Anywhere(u32, u32),
}

fn register(n: u16) -> u32 {
    let blocks = [
        0x3FF0_0000,
        0x6000_0000,
        0x6000_0100,
        0x6000_0200,
        0x6000_0300,
        0x6000_0600,
        0x6000_0700,
        0x6000_0800,
        0x6000_0900,
        0x6000_0B00,
        0x6000_0D00,
        0x6000_0D40,
        0x6000_0E00,
        0x6000_0F00,
        0x3FF2_0000,
        0x6000_0040,
    ];
    blocks[usize::from(n >> 6) % 16] + u32::from(n & 0x3F) * 4
}

fuzz_target!(|steps: Vec<Step>| {
    let Ok(mut machine) = Machine::new(Config { flash_size: 512 << 10, ..Config::default() }) else { return };
    let end = machine.now() + 40 * TICKS_PER_MS;
    for step in steps.into_iter().take(200) {
        match step {
            Step::Write(n, value) => drop(machine.write_word(register(n), value)),
            Step::Read(n) => drop(machine.read_word(register(n))),
            Step::Wait(span) => drop(machine.run_to((machine.now() + us(span.into()) / 4).min(end))),
            Step::Uart(bytes) => drop(machine.send(usize::from(bytes.len() % 3), &bytes)),
            Step::Anywhere(address, value) => drop(machine.write_word(address, value)),
        }
    }
    let _ = machine.trace_hash();
});
