//! Any board file, any script, and any input to a board with every kind of part; the boot loader's serial port too.
#![no_main]

use arbitrary::Arbitrary;
use krait_board::{Bench, Board, Script};
use krait_soc::pads::Drive;
use krait_soc::time::{ms, us};
use krait_soc::{BootMode, Config, Machine};
use libfuzzer_sys::fuzz_target;

const PARTS: &str = r#"
name = "all"
gpio16_reset = true
part = [
  { name = "led", kind = "led", pin = 2 }, { name = "button", kind = "button", pin = 0 },
  { name = "rst", kind = "button", pin = "RST" }, { name = "pot", kind = "pot" },
  { name = "dht", kind = "dht22", pin = 4 }, { name = "cold", kind = "dht11", pin = 5 },
  { name = "one", kind = "ds18b20", pin = 4 }, { name = "oled", kind = "ssd1306", sda = 4, scl = 5 },
  { name = "rom", kind = "eeprom", sda = 4, scl = 5 }, { name = "lamps", kind = "neopixel", pin = 13 },
  { name = "wire", kind = "spi-loopback", mosi = 13, miso = 12 },
  { name = "flash", kind = "spi-flash", clk = 14, mosi = 13, miso = 12, cs = 15, kb = 512 },
  { name = "servo", kind = "servo", pin = 14 }, { name = "scope", kind = "logic-analyser", pins = [1, 2, 4, 5, 13] },
  { name = "horn", kind = "piezo", pin = 12 }, { name = "dac", kind = "i2s-sink" },
]
"#;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    board: Option<&'a str>,
    script: &'a str,
    download: bool,
    steps: Vec<(u8, u8, &'a [u8])>,
}

fuzz_target!(|input: Input<'_>| {
    let Ok(board) = Board::parse(input.board.unwrap_or(PARTS)) else { return };
    let Ok(mut machine) = Machine::new(Config { flash_size: 512 << 10, ..Config::default() }) else { return };
    if input.download {
        machine.set_boot_mode(Some(BootMode::Download));
        machine.run_for(ms(40));
    }
    let Ok(mut bench) = Bench::new(machine, board) else { return };
    if let Ok(script) = Script::parse(input.script) {
        bench.add_script(script);
    }
    for (pin, how, bytes) in input.steps.into_iter().take(64) {
        let drives = [Drive::Low, Drive::High, Drive::PullUp, Drive::PullDown, Drive::Release];
        let pad = usize::from(pin % 17);
        match how % 4 {
            0 => {
                bench.machine.send(0, bytes);
            }
            1 => bytes.iter().for_each(|b| {
                bench.machine.set_pin(pad, drives[usize::from(*b) % 5]);
                bench.run_to(bench.machine.now() + us(u64::from(*b)));
            }),
            2 => {
                let text = String::from_utf8_lossy(bytes);
                let words: Vec<&str> = text.split_whitespace().collect();
                let _ = bench.command(&words);
            }
            _ => {}
        }
        bench.run_to(bench.machine.now() + us(500));
    }
});
