//! Each part, driven by a program on the emulated core that moves its pins bit by bit.
//!
//! The program is always the same: it walks a table of writes, reads and pauses that the test has made.

#[path = "../../soc/tests/common/mod.rs"]
mod common;

use common::asm::{Asm, image};
use common::{GPIO, IO_MUX, RESULTS};
use krait_board::part::analyser::Analyser;
use krait_board::part::led::Led;
use krait_board::{Bench, Board};
use krait_soc::time::{TICKS_PER_US, ms};
use krait_soc::{Answer, Config, Machine, Stop};

const TABLE: u32 = 0x3FFE_A000;
const DONE: u32 = 0x3FFE_8FFC;
const SDA: u32 = 4;
const SCL: u32 = 5;

/// What the program does, one line an entry.
#[derive(Default)]
struct Ops {
    table: Vec<u32>,
    reads: usize,
}

impl Ops {
    fn new() -> Self {
        let mut ops = Ops::default();
        // 80 MHz; the pads of GPIO12 to GPIO15 are GPIOs.
        ops.write(0x6000_0D10, 0x0188_0167);
        ops.write(0x6000_0D10, 0x0191_0267);
        for pad in 0..4 {
            ops.write(IO_MUX + 4 + 4 * pad, 3 << 4);
        }
        ops
    }

    fn write(&mut self, address: u32, value: u32) {
        self.table.extend([address, value]);
    }

    fn read(&mut self, address: u32) {
        self.table.extend([address | 2, 0]);
        self.reads += 1;
    }

    /// A pause; an entry of the table takes about 0.15 us in any case.
    fn pause(&mut self, us: f64) {
        self.table.extend([1, ((us * 80.0 - 14.0) / 2.0).max(1.0) as u32]);
    }

    fn pin(&mut self, pin: u32, high: bool) {
        self.write(if high { GPIO + 4 } else { GPIO + 8 }, 1 << pin);
    }

    fn output(&mut self, pin: u32) {
        self.write(GPIO + 0x10, 1 << pin);
    }

    /// Open drain: driven low, or let go.
    fn line(&mut self, pin: u32, high: bool) {
        self.write(if high { GPIO + 0x14 } else { GPIO + 0x10 }, 1 << pin);
    }

    /// Runs on a board; the bench, and what was read.
    fn run(self, parts: &str) -> (Bench, Vec<u32>) {
        let board = Board::parse(&format!("name = \"test\"\n{parts}")).expect("a good board");
        let mut asm = Asm::new(0x4010_0100);
        asm.li(13, DONE);
        asm.li(14, 0);
        asm.s32i(14, 13, 0);
        asm.li(12, RESULTS);
        asm.li(10, TABLE);
        asm.li(6, 1);
        asm.li(7, 2);
        let (next, spin, read) = (asm.here(), asm.here() + 33, asm.here() + 42);
        asm.l32i(2, 10, 0);
        asm.l32i(3, 10, 4);
        asm.addi(10, 10, 8);
        asm.and(4, 2, 6);
        asm.bnez(4, spin);
        asm.and(4, 2, 7);
        asm.bnez(4, read);
        asm.beqz(2, read + 15);
        asm.s32i(3, 2, 0);
        asm.j(next);
        asm.emit(0x20F0);
        assert_eq!(asm.here(), spin);
        asm.addi(3, 3, -1);
        asm.bnez(3, spin);
        asm.j(next);
        assert_eq!(asm.here(), read);
        asm.addi(2, 2, -2);
        asm.l32i(3, 2, 0);
        asm.s32i(3, 12, 0);
        asm.addi(12, 12, 4);
        asm.j(next);
        asm.s32i(6, 13, 0);
        let forever = asm.here();
        asm.j(forever);
        let mut table: Vec<u8> = self.table.iter().flat_map(|w| w.to_le_bytes()).collect();
        table.extend([0; 8]);
        let flash = image(0x4010_0100, &[(0x4010_0100, asm.bytes()), (TABLE, table)]);
        let mut machine = Machine::new(Config::default()).expect("valid");
        assert!(machine.load_flash(0, &flash));
        let mut bench = Bench::new(machine, board).expect("good parts");
        let end = ms(8000);
        while bench.machine.read_word(DONE) != Some(1) {
            let stop = bench.run_to(bench.machine.now() + ms(1) / 4);
            assert_eq!(stop, Stop::Time);
            assert!(bench.machine.now() < end, "not done in time");
        }
        let reads = (0..self.reads as u32).map(|n| bench.machine.read_word(RESULTS + 4 * n).expect("RAM")).collect();
        (bench, reads)
    }

    fn i2c_start(&mut self) {
        self.line(SDA, true);
        self.line(SCL, true);
        self.pause(2.0);
        self.line(SDA, false);
        self.pause(2.0);
        self.line(SCL, false);
    }

    fn i2c_stop(&mut self) {
        self.line(SDA, false);
        self.line(SCL, true);
        self.pause(2.0);
        self.line(SDA, true);
        self.pause(2.0);
    }

    /// A byte to the device; the acknowledge is read.
    fn i2c_write(&mut self, byte: u8) {
        for n in (0..8).rev() {
            self.line(SDA, byte >> n & 1 != 0);
            self.line(SCL, true);
            self.line(SCL, false);
        }
        self.line(SDA, true);
        self.line(SCL, true);
        self.read(GPIO + 0x18);
        self.line(SCL, false);
    }

    /// Eight reads of the data line, then the acknowledge.
    fn i2c_read(&mut self, more: bool) {
        self.line(SDA, true);
        for _ in 0..8 {
            self.line(SCL, true);
            self.read(GPIO + 0x18);
            self.line(SCL, false);
        }
        self.line(SDA, !more);
        self.line(SCL, true);
        self.line(SCL, false);
        self.line(SDA, true);
    }

    fn onewire_reset(&mut self, pin: u32) {
        self.line(pin, false);
        self.pause(500.0);
        self.line(pin, true);
        self.pause(70.0);
        self.read(GPIO + 0x18);
        self.pause(430.0);
    }

    fn onewire_write(&mut self, pin: u32, byte: u8) {
        for n in 0..8 {
            let bit = byte >> n & 1 != 0;
            self.line(pin, false);
            self.pause(if bit { 5.0 } else { 60.0 });
            self.line(pin, true);
            self.pause(if bit { 60.0 } else { 5.0 });
        }
    }

    fn onewire_read(&mut self, pin: u32) {
        for _ in 0..8 {
            self.line(pin, false);
            self.pause(3.0);
            self.line(pin, true);
            self.pause(8.0);
            self.read(GPIO + 0x18);
            self.pause(55.0);
        }
    }
}

/// Bits of a pin, as they were read, put together.
fn bytes(reads: &[u32], pin: u32, low_first: bool) -> Vec<u8> {
    let byte = |chunk: &[u32]| {
        chunk.iter().enumerate().fold(0u8, |v, (n, word)| {
            let place = if low_first { n } else { 7 - n };
            v | ((word >> pin & 1) as u8) << place
        })
    };
    reads.chunks(8).map(byte).collect()
}

fn text(bench: &mut Bench, words: &[&str]) -> String {
    match bench.command(words).expect("understood") {
        Answer::Text(text) => text,
        Answer::Number(n) => n.to_string(),
        other => panic!("{other:?}"),
    }
}

fn file(bench: &mut Bench, words: &[&str]) -> Vec<u8> {
    match bench.command(words).expect("understood") {
        Answer::File(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn led_and_button() {
    let mut ops = Ops::new();
    ops.output(2);
    for _ in 0..3 {
        ops.pin(2, true);
        ops.pause(300.0);
        ops.pin(2, false);
        ops.pause(100.0);
    }
    ops.read(GPIO + 0x18);
    let parts = "[[part]]\nname = \"L\"\nkind = \"led\"\npin = 2\nactive_low = true\n\
                 [[part]]\nname = \"B\"\nkind = \"button\"\npin = \"GPIO0\"";
    let (mut bench, reads) = ops.run(parts);
    assert_eq!(reads[0] & 1, 1, "the button's pin is pulled up");
    let led = bench.part::<Led>("L").expect("an LED");
    assert!(led.is_on());
    assert!(led.blinks() >= 3);
    bench.command(&["press", "b", "10ms"]).expect("a button");
    assert_eq!(text(&mut bench, &["read", "GPIO0"]), "0");
    bench.run_to(bench.machine.now() + ms(11));
    assert_eq!(text(&mut bench, &["read", "GPIO0"]), "1");
    for bad in [&["press", "x"][..], &["b", "fly"], &["pin", "99", "low"], &["pin", "4", "sideways"]] {
        assert!(bench.command(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn potentiometer() {
    let mut ops = Ops::new();
    ops.write(common::ADC + 0x1C, 1 << 21);
    ops.write(common::ADC + 0x10, 1);
    ops.write(common::ADC + 0x10, 3);
    ops.pause(20.0);
    ops.read(common::ADC + 0x40);
    let (_, reads) = ops.run("adc_full_mv = 3200\n[[part]]\nname = \"P\"\nkind = \"pot\"\nvalue = 0.5");
    assert!((0x800 - (reads[0] & 0xFFF)).abs_diff(1023) <= 2);
}

#[test]
fn dht() {
    for (kind, hold, expected) in
        [("dht22", 1200.0, [0x01, 0xC5, 0x80, 0x69, 0xAF]), ("dht11", 18_500.0, [45, 3, 10, 5, 63])]
    {
        let mut ops = Ops::new();
        ops.line(4, false);
        ops.pause(hold);
        ops.line(4, true);
        // A sample every 6 us for 5.5 ms.
        for _ in 0..920 {
            ops.pause(5.8);
            ops.read(GPIO + 0x18);
        }
        let temperature = if kind == "dht22" { -10.5 } else { 10.5 };
        let parts =
            format!("[[part]]\nname = \"T\"\nkind = \"{kind}\"\npin = 4\ntemperature = {temperature}\nhumidity = 45.3");
        let (_, reads) = ops.run(&parts);
        // The lengths of the high pulses; the first two are the answer's beginning.
        let mut highs = Vec::new();
        let mut run = 0;
        for read in reads {
            if read >> 4 & 1 != 0 {
                run += 1;
            } else if run > 0 {
                highs.push(run);
                run = 0;
            }
        }
        let bits: Vec<u32> = highs[highs.len() - 40..].iter().map(|n| u32::from(*n > 7) << 4).collect();
        assert_eq!(bytes(&bits, 4, false), expected, "{kind}: {highs:?}");
    }
}

#[test]
fn thermometer_on_one_wire() {
    let mut ops = Ops::new();
    ops.onewire_reset(4);
    ops.onewire_write(4, 0x33);
    for _ in 0..8 {
        ops.onewire_read(4);
    }
    ops.onewire_reset(4);
    ops.onewire_write(4, 0xCC);
    ops.onewire_write(4, 0x44);
    ops.pause(800_000.0);
    ops.onewire_reset(4);
    ops.onewire_write(4, 0xCC);
    ops.onewire_write(4, 0xBE);
    for _ in 0..2 {
        ops.onewire_read(4);
    }
    let (mut bench, reads) = ops.run("[[part]]\nname = \"T\"\nkind = \"ds18b20\"\npin = 4\ntemperature = -10.125");
    assert_eq!(reads[0] >> 4 & 1, 0, "presence");
    let code: String = bytes(&reads[1..65], 4, true).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(code, text(&mut bench, &["T", "code"]));
    let raw = bytes(&reads[67..], 4, true);
    assert_eq!(i16::from_le_bytes([raw[0], raw[1]]), -162);
}

#[test]
fn search_finds_two_thermometers() {
    // The first step of a search: both devices answer with their first bit and its complement.
    let mut ops = Ops::new();
    ops.onewire_reset(4);
    ops.onewire_write(4, 0xF0);
    for bit in 0..2 {
        for _ in 0..2 {
            ops.line(4, false);
            ops.pause(3.0);
            ops.line(4, true);
            ops.pause(8.0);
            ops.read(GPIO + 0x18);
            ops.pause(55.0);
        }
        // 0x28: the two lowest bits are 0.
        let _ = bit;
        ops.line(4, false);
        ops.pause(60.0);
        ops.line(4, true);
        ops.pause(5.0);
    }
    let part = |name| format!("[[part]]\nname = \"{name}\"\nkind = \"ds18b20\"\npin = 4\n");
    let (_, reads) = ops.run(&(part("A") + &part("B")));
    let bits: Vec<u32> = reads.iter().map(|r| r >> 4 & 1).collect();
    assert_eq!(bits, [0, 0, 1, 0, 1]);
}

#[test]
fn display() {
    let mut ops = Ops::new();
    ops.i2c_start();
    for byte in [0x78, 0x00, 0xAE, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7, 0xA1, 0xC8, 0xAF] {
        ops.i2c_write(byte);
    }
    ops.i2c_stop();
    ops.i2c_start();
    for byte in [0x78, 0x40, 0x81, 0xFF] {
        ops.i2c_write(byte);
    }
    ops.i2c_stop();
    ops.i2c_start();
    ops.i2c_write(0x7A);
    ops.i2c_stop();
    let (mut bench, reads) = ops.run("[[part]]\nname = \"S\"\nkind = \"ssd1306\"\nsda = 4\nscl = 5");
    let acks: Vec<u32> = reads.iter().map(|r| r >> SDA & 1).collect();
    assert_eq!(acks[..18], [0; 18]);
    assert_eq!(acks[18], 1, "another address is not acknowledged");
    let png = file(&mut bench, &["save", "S", "png"]);
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a picture");
    let mut rows = vec![0; 128 / 8 * 64];
    let info = reader.next_frame(&mut rows).expect("rows");
    assert_eq!((info.width, info.height), (128, 64));
    assert_eq!(rows.iter().map(|b| b.count_ones()).sum::<u32>(), 10);
    let column: Vec<u8> = (0..9).map(|y| rows[y * 16] >> 6).collect();
    assert_eq!(column, [3, 1, 1, 1, 1, 1, 1, 3, 0]);
    assert!(text(&mut bench, &["S", "text"]).contains('\u{2580}'));
}

#[test]
fn eeprom() {
    let mut ops = Ops::new();
    ops.i2c_start();
    for byte in [0xA0, 0x01, 0x1F, 0xDE, 0xAD] {
        ops.i2c_write(byte);
    }
    ops.i2c_stop();
    ops.i2c_start();
    ops.i2c_write(0xA0);
    ops.i2c_stop();
    ops.pause(6000.0);
    ops.i2c_start();
    for byte in [0xA0, 0x01, 0x1F] {
        ops.i2c_write(byte);
    }
    ops.i2c_start();
    ops.i2c_write(0xA1);
    ops.i2c_read(true);
    ops.i2c_read(false);
    ops.i2c_stop();
    let (mut bench, reads) = ops.run("[[part]]\nname = \"E\"\nkind = \"eeprom\"\nsda = 4\nscl = 5");
    let acks: Vec<u32> = reads[..10].iter().map(|r| r >> SDA & 1).collect();
    assert_eq!(acks, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0], "busy while it writes");
    assert_eq!(bytes(&reads[10..], SDA, false), [0xDE, 0xFF]);
    let saved = file(&mut bench, &["save", "E"]);
    assert_eq!((saved[0x11F], saved[0x100]), (0xDE, 0xAD), "a page wraps");
}

#[test]
fn lamps() {
    let mut ops = Ops::new();
    ops.output(13);
    for byte in [0x10u8, 0x20, 0x30, 0xFF, 0x00, 0x81] {
        for n in (0..8).rev() {
            ops.pin(13, true);
            if byte >> n & 1 != 0 {
                ops.pause(0.6);
            }
            ops.pin(13, false);
            ops.pause(0.4);
        }
    }
    ops.pause(60.0);
    let (mut bench, _) = ops.run("[[part]]\nname = \"N\"\nkind = \"neopixel\"\npin = 13\ncount = 2");
    assert_eq!(text(&mut bench, &["read", "N"]), "32 16 48, 0 255 129");
    assert!(bench.command(&["read", "N", "2"]).is_err());
}

fn spi_byte(ops: &mut Ops, byte: u8, reads: bool) {
    for n in (0..8).rev() {
        ops.pin(13, byte >> n & 1 != 0);
        ops.pin(14, true);
        if reads {
            ops.read(GPIO + 0x18);
        }
        ops.pin(14, false);
    }
}

#[test]
fn serial_flash_and_loopback() {
    let mut ops = Ops::new();
    for pin in [13, 14, 15] {
        ops.output(pin);
    }
    let command = |ops: &mut Ops, bytes: &[u8], reads: usize| {
        ops.pin(15, false);
        bytes.iter().for_each(|b| spi_byte(ops, *b, false));
        (0..reads).for_each(|_| spi_byte(ops, 0xFF, true));
        ops.pin(15, true);
    };
    ops.pin(15, true);
    command(&mut ops, &[0x9F], 3);
    command(&mut ops, &[0x06], 0);
    command(&mut ops, &[0x02, 0, 1, 0, 0xAB, 0xCD], 0);
    ops.pause(2000.0);
    command(&mut ops, &[0x03, 0, 1, 0], 2);
    let parts = "[[part]]\nname = \"F\"\nkind = \"spi-flash\"\nclk = 14\nmosi = 13\nmiso = 12\ncs = 15";
    let (_, reads) = ops.run(parts);
    assert_eq!(bytes(&reads, 12, false), [0xEF, 0x40, 20, 0xAB, 0xCD]);

    let mut ops = Ops::new();
    ops.output(13);
    for level in [true, false, true] {
        ops.pin(13, level);
        ops.read(GPIO + 0x18);
    }
    let (_, reads) = ops.run("[[part]]\nname = \"W\"\nkind = \"spi-loopback\"\nmosi = 13\nmiso = 12");
    assert_eq!(reads.iter().map(|r| r >> 12 & 1).collect::<Vec<_>>(), [1, 0, 1]);
}

#[test]
fn servo_and_sounder() {
    let mut ops = Ops::new();
    ops.output(14);
    ops.output(12);
    ops.pin(14, true);
    ops.pause(1500.0);
    ops.pin(14, false);
    for _ in 0..20 {
        ops.pin(12, true);
        ops.pause(499.8);
        ops.pin(12, false);
        ops.pause(499.8);
    }
    let parts =
        "[[part]]\nname = \"S\"\nkind = \"servo\"\npin = 14\n[[part]]\nname = \"P\"\nkind = \"piezo\"\npin = 12";
    let (mut bench, _) = ops.run(parts);
    let angle: f64 = text(&mut bench, &["read", "S"]).parse().expect("a number");
    assert!((angle - 90.0).abs() < 0.5, "{angle}");
    let hertz: f64 = text(&mut bench, &["read", "P"]).parse().expect("a number");
    assert!((hertz - 1000.0).abs() < 3.0, "{hertz}");
    let wav = file(&mut bench, &["save", "P", "wav"]);
    assert_eq!(&wav[..4], b"RIFF");
    assert!(wav.len() > 1000);
    bench.run_to(bench.machine.now() + ms(200));
    assert_eq!(text(&mut bench, &["read", "S"]), "no pulses");
}

#[test]
fn logic_analyser() {
    let mut ops = Ops::new();
    ops.output(4);
    ops.pin(4, true);
    ops.pause(10.0);
    ops.pin(4, false);
    let (mut bench, _) =
        ops.run("[pins]\nD2 = 4\n[[part]]\nname = \"A\"\nkind = \"logic-analyser\"\npins = [\"D2\", 5]");
    let changes = bench.part::<Analyser>("A").expect("an analyser").changes().to_vec();
    let [.., (rise, 4, true), (fall, 4, false)] = changes[..] else { panic!("{changes:?}") };
    let span = (fall - rise) / TICKS_PER_US;
    assert!((10..=11).contains(&span), "{span}");
    let vcd = String::from_utf8(file(&mut bench, &["save", "A", "vcd"])).expect("text");
    assert!(vcd.contains("$var wire 1 ! D2 $end") && vcd.contains("\n1!\n") && vcd.contains("\n0!\n"));
}

#[test]
fn scripts_act_in_virtual_time() {
    let board = Board::named("nodemcu").expect("exists");
    let mut bench = Bench::new(Machine::new(Config::default()).expect("valid"), board).expect("good");
    let script =
        "wait \"boot mode\"\nafter 5ms press FLASH\nafter 3ms read D3\nrelease FLASH\nread D3\nat 90ms press NOTHING";
    bench.add_script(krait_board::Script::parse(script).expect("valid"));
    loop {
        // An empty flash: the boot loader gives up, and time goes on.
        match bench.run_to(ms(100)) {
            Stop::Time => break,
            Stop::BootFailed(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(bench.script_is_over());
    let answers: Vec<String> = bench
        .take_answers()
        .into_iter()
        .map(|(line, answer)| match answer {
            Ok(Answer::Number(n)) => format!("{line}:{n}"),
            Ok(_) => format!("{line}"),
            Err(error) => format!("{line}:{error}"),
        })
        .collect();
    assert_eq!(answers, ["2", "3:0", "4", "5:1", "6:there is no part NOTHING"]);
}
