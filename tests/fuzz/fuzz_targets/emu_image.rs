//! Any bytes as a flash image, and any bytes as a program: a guest may crash, the emulator may not.
#![no_main]

use krait_soc::time::ms;
use krait_soc::{Config, Machine};
use libfuzzer_sys::fuzz_target;

/// The bytes as the only segment of a good image.
fn wrapped(code: &[u8]) -> Vec<u8> {
    let mut code = code.to_vec();
    code.resize(code.len().next_multiple_of(4), 0);
    let mut image = vec![0xE9, 1, 2, 0];
    image.extend(0x4010_0000u32.to_le_bytes());
    image.extend(0x4010_0000u32.to_le_bytes());
    image.extend((code.len() as u32).to_le_bytes());
    image.extend(&code);
    while image.len() % 16 != 15 {
        image.push(0);
    }
    image.push(code.iter().fold(0xEF, |s, b| s ^ b));
    image
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    let config = Config { flash_size: 512 << 10, strict: kind & 2 != 0, ..Config::default() };
    let Ok(mut machine) = Machine::new(config) else { return };
    let image = if kind & 1 != 0 { rest.to_vec() } else { wrapped(rest) };
    if !machine.load_flash(0, &image) {
        return;
    }
    machine.set_instructions_max(200_000);
    machine.run_for(ms(60));
    let _ = machine.trace_hash();
});
