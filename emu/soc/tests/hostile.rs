//! A sample of what the fuzz targets do: random programs and random register accesses; the guest may crash, nothing else.

mod common;

use krait_soc::rng::Rng;
use krait_soc::time::{ms, us};
use krait_soc::{Config, Machine};

fn small(seed: u64, strict: bool) -> Machine {
    Machine::new(Config { flash_size: 512 << 10, seed, strict, ..Config::default() }).expect("valid")
}

#[test]
fn random_programs() {
    let mut rng = Rng::new(1);
    for n in 0..3000 {
        let code: Vec<u8> = (0..256).flat_map(|_| rng.next().to_le_bytes()).collect();
        let image = common::asm::image(0x4010_0000, &[(0x4010_0000, code)]);
        let mut machine = small(n, n % 8 == 0);
        assert!(machine.load_flash(0, &image));
        machine.set_instructions_max(50_000);
        machine.run_for(ms(60));
    }
}

#[test]
fn random_registers() {
    let blocks = [
        0x3FF0_0000u32,
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
    let mut rng = Rng::new(2);
    for seed in 0..1500 {
        let mut machine = small(seed, false);
        let end = machine.now() + ms(30);
        for _ in 0..200 {
            let word = rng.next();
            let address = blocks[(word >> 60) as usize] + (word >> 32 & 0x3F) as u32 * 4;
            match word >> 56 & 3 {
                0 => drop(machine.read_word(address)),
                1 => drop(machine.run_to((machine.now() + us(word & 0xFF)).min(end))),
                _ => drop(machine.write_word(address, word as u32)),
            }
        }
        let _ = machine.trace_hash();
    }
}
