//! Drivers on a board that is played: a clock that only moves when it is looked at or waited for, and pins with a
//! DHT22 and two DS18B20 at them.
//!
//! The devices follow their data sheets by time, so that a driver that is too early or too late is seen.

use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use krait_hal::{Clock, Console, PinFault, PinMode, Pins, Platform, Stream};
use krait_modules::machine::MACHINE_BOARD;
use krait_modules::machine::onewire::ONEWIRE;
use krait_runtime::builtins::BUILTINS;
use krait_runtime::vm::load::SourceKind;
use krait_runtime::{Config, Obj, Vm, obj::module::Module, q};

/// The pin of the DHT22.
const DHT: u8 = 4;
/// The pin of the thermometers.
const WIRE: u8 = 5;
/// A pin of lights.
const LIGHTS: u8 = 2;

thread_local! {
    static BOARD: Board = const { Board::new() };
}

struct Board {
    now: Cell<u64>,
    levels: Cell<u32>,
    dht: Dht,
    wire: RefCell<Vec<Thermometer>>,
    low_since: Cell<u64>,
    lights: RefCell<Vec<u8>>,
    out: RefCell<String>,
}

impl Board {
    const fn new() -> Board {
        Board {
            now: Cell::new(0),
            levels: Cell::new(u32::MAX),
            dht: Dht { released: Cell::new(None), low_at: Cell::new(0), bytes: Cell::new([0; 5]) },
            wire: RefCell::new(Vec::new()),
            low_since: Cell::new(0),
            lights: RefCell::new(Vec::new()),
            out: RefCell::new(String::new()),
        }
    }

    fn level(&self, pin: u8) -> bool {
        self.levels.get() >> pin & 1 == 1
    }
}

/// A DHT22: after 1 ms or more of low level it answers 30 us after the release.
struct Dht {
    low_at: Cell<u64>,
    released: Cell<Option<u64>>,
    bytes: Cell<[u8; 5]>,
}

impl Dht {
    /// The level that the sensor lets the line have, so long after the release.
    fn level(&self, now: u64) -> bool {
        let Some(released) = self.released.get() else { return true };
        let Some(mut t) = (now - released).checked_sub(30) else { return true };
        if t < 80 {
            return false;
        }
        if t < 160 {
            return true;
        }
        t -= 160;
        for i in 0..40 {
            let one = self.bytes.get()[i / 8] >> (7 - i % 8) & 1 == 1;
            let len = 50 + if one { 70 } else { 26 };
            if t < len {
                return t >= 50;
            }
            t -= len;
        }
        t >= 50
    }
}

/// A DS18B20, as far as a bus with several of them needs it.
struct Thermometer {
    rom: [u8; 8],
    scratch: [u8; 9],
    state: State,
    /// When it pulls the line low, and until when.
    pull: (u64, u64),
    bits: usize,
    byte: u8,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Idle,
    Rom,
    Match,
    /// Bit number, and which of the three slots of it.
    Search(usize, u8),
    Function,
    Send,
}

impl Thermometer {
    fn new(serial: u8, raw: i16) -> Thermometer {
        let mut rom = [0x28, serial, serial ^ 0x35, 3, 4, 5, 6, 0];
        rom[7] = crc8(&rom[..7]);
        let [low, high] = raw.to_le_bytes();
        let mut scratch = [low, high, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10, 0];
        scratch[8] = crc8(&scratch[..8]);
        Thermometer { rom, scratch, state: State::Idle, pull: (0, 0), bits: 0, byte: 0 }
    }

    fn rom_bit(&self, i: usize) -> bool {
        self.rom[i / 8] >> (i % 8) & 1 == 1
    }

    /// The line goes low: in a read slot a zero is held for 30 us.
    fn falls(&mut self, now: u64) {
        let bit = match self.state {
            State::Search(i, 0) => self.rom_bit(i),
            State::Search(i, 1) => !self.rom_bit(i),
            State::Send => {
                let bit = self.scratch[self.bits / 8 % 9] >> (self.bits % 8) & 1 == 1;
                self.bits += 1;
                bit
            }
            _ => return,
        };
        if !bit {
            self.pull = (now, now + 30);
        }
    }

    /// The line was low for so long and goes high.
    fn rises(&mut self, now: u64, low: u64) {
        if low >= 480 {
            self.pull = (now + 30, now + 150);
            (self.state, self.bits, self.byte) = (State::Rom, 0, 0);
            return;
        }
        let bit = low < 15;
        match self.state {
            State::Search(i, slot) if slot < 2 => self.state = State::Search(i, slot + 1),
            State::Search(i, _) if bit != self.rom_bit(i) => self.state = State::Idle,
            State::Search(63, _) => self.state = State::Idle,
            State::Search(i, _) => self.state = State::Search(i + 1, 0),
            State::Rom | State::Function => {
                self.byte |= u8::from(bit) << self.bits;
                self.bits += 1;
                if self.bits == 8 {
                    self.state = match (self.state, self.byte) {
                        (State::Rom, 0xf0) => State::Search(0, 0),
                        (State::Rom, 0x55) => State::Match,
                        (State::Rom, 0xcc) => State::Function,
                        (State::Function, 0xbe) => State::Send,
                        _ => State::Idle,
                    };
                    (self.bits, self.byte) = (0, 0);
                }
            }
            State::Match => {
                if bit != self.rom_bit(self.bits) {
                    self.state = State::Idle;
                }
                self.bits += 1;
                if self.bits == 64 && self.state == State::Match {
                    (self.state, self.bits) = (State::Function, 0);
                }
            }
            State::Idle | State::Send => {}
        }
    }
}

fn crc8(data: &[u8]) -> u8 {
    let mut crc = 0u8;
    for b in data {
        for i in 0..8 {
            let mix = (crc ^ b >> i) & 1;
            crc >>= 1;
            if mix == 1 {
                crc ^= 0x8c;
            }
        }
    }
    crc
}

struct Played;

static PLAYED: Played = Played;
static PENDING: AtomicBool = AtomicBool::new(false);

impl Pins for Played {
    fn exists(&self, pin: u8) -> bool {
        pin < 17 && !(6..12).contains(&pin)
    }
    fn configure(&self, pin: u8, _: Option<PinMode>, pull_up: Option<bool>) -> Result<(), PinFault> {
        if pin == 16 && pull_up == Some(true) { Err(PinFault::NoPull) } else { Ok(()) }
    }
    fn write(&self, pin: u8, high: bool) {
        BOARD.with(|b| {
            let now = b.now.get();
            let was = b.level(pin);
            b.levels.set(b.levels.get() & !(1 << pin) | u32::from(high) << pin);
            if was == high {
                return;
            }
            if pin == DHT {
                if high {
                    b.dht.released.set((now - b.dht.low_at.get() >= 1000).then_some(now));
                } else {
                    b.dht.low_at.set(now);
                    b.dht.released.set(None);
                }
            } else if pin == WIRE {
                for t in b.wire.borrow_mut().iter_mut() {
                    if high { t.rises(now, now - b.low_since.get()) } else { t.falls(now) }
                }
                b.low_since.set(now);
            }
        });
    }
    fn read(&self, pin: u8) -> bool {
        BOARD.with(|b| {
            let now = b.now.get();
            let held = |t: &Thermometer| t.pull.0 <= now && now < t.pull.1;
            b.level(pin)
                && match pin {
                    DHT => b.dht.level(now),
                    WIRE => !b.wire.borrow().iter().any(held),
                    _ => true,
                }
        })
    }
    fn written(&self, pin: u8) -> bool {
        BOARD.with(|b| b.level(pin))
    }
    fn pulses(&self, pin: u8, _: [u32; 4], bytes: &[u8]) -> Result<(), PinFault> {
        if pin != LIGHTS {
            return Err(PinFault::Unsupported);
        }
        BOARD.with(|b| b.lights.borrow_mut().extend_from_slice(bytes));
        Ok(())
    }
}

impl Clock for Played {
    fn monotonic_us(&self) -> u64 {
        BOARD.with(|b| {
            b.now.set(b.now.get() + 1);
            b.now.get()
        })
    }
    fn unix_ns(&self) -> u64 {
        1_000_000_000_000_000_000
    }
    fn cpu_ticks(&self) -> u64 {
        0
    }
    fn sleep_us(&self, us: u64) {
        BOARD.with(|b| b.now.set(b.now.get() + us));
    }
    fn delay_us(&self, us: u32) {
        self.sleep_us(u64::from(us));
    }
}

impl Console for Played {
    fn write(&self, _: Stream, bytes: &[u8]) {
        BOARD.with(|b| b.out.borrow_mut().push_str(&String::from_utf8_lossy(bytes)));
    }
    fn read(&self, _: &mut [u8]) -> usize {
        0
    }
    fn readable(&self) -> bool {
        false
    }
    fn flush(&self) {}
}

impl Platform for Played {
    fn console(&self) -> &dyn Console {
        self
    }
    fn clock(&self) -> &dyn Clock {
        self
    }
    fn pins(&self) -> Option<&dyn Pins> {
        Some(self)
    }
    fn idle(&self) {}
    fn pending(&self) -> &AtomicBool {
        &PENDING
    }
    fn take_interrupt(&self) -> bool {
        false
    }
}

static MODULES: &[&Obj<Module>] =
    &[&BUILTINS, &MACHINE_BOARD, &ONEWIRE, &krait_modules::micropython::MICROPYTHON, &krait_modules::time::TIME];

/// What a program prints on the board that `prepare` has set up.
fn run(prepare: impl FnOnce(&Board), program: &str) -> String {
    // One interpreter at a time: they share the flag.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock();
    BOARD.with(|b| {
        b.out.borrow_mut().clear();
        prepare(b);
    });
    let config = Config {
        platform: &PLAYED,
        modules: MODULES,
        native_stack: 128 << 10,
        frame_words_max: 1 << 14,
        personality: Default::default(),
    };
    let mut memory = vec![0; 256 << 10];
    Vm::with_buffer(&mut memory, &config, |vm| {
        vm.st.frozen = krait_python::ALL;
        let globals = vm.main_globals();
        let kind = SourceKind { file: q!(stdin_), input: krait_compiler::InputKind::File, repl: false };
        let path = vm.st.modules.path.expect("sys.path");
        let frozen = vm.new_str(".frozen").expect("memory");
        path.items.push(vm, frozen).expect("memory");
        let done = vm.compile_text(program.as_bytes(), kind, globals).and_then(|f| vm.call(f, &[]));
        if done.is_err() {
            let exc = vm.take_raised();
            vm.print_exception(exc, &mut krait_runtime::Out::Console).expect("memory");
        }
    })
    .expect("room for an interpreter");
    BOARD.with(|b| b.out.borrow().clone())
}

#[test]
fn dht22() {
    let program = "
import dht
from machine import Pin
d = dht.DHT22(Pin(4))
d.measure()
print(d.temperature(), d.humidity())
";
    let out = run(|b| b.dht.bytes.set([2, 0x92, 0x80, 101, 0x79]), program);
    assert_eq!(out, "-10.1 65.8\n");
    let out = run(|b| b.dht.bytes.set([2, 0x92, 0x80, 101, 0]), program);
    assert!(out.ends_with("Exception: checksum error\n"), "{out}");
    // Nobody answers at another pin.
    let out = run(|_| {}, &program.replace("Pin(4)", "Pin(0)"));
    assert!(out.ends_with("OSError: [Errno 110] ETIMEDOUT\n"), "{out}");
}

#[test]
fn thermometers() {
    let program = "
import onewire, ds18x20
from machine import Pin
ds = ds18x20.DS18X20(onewire.OneWire(Pin(5)))
roms = ds.scan()
print(len(roms))
ds.convert_temp()
for rom in sorted(roms):
    print(rom[1], ds.read_temp(rom))
";
    for serials in [vec![1], vec![1, 2], vec![7, 3, 0xff, 0x80, 0, 0x81]] {
        let expected = {
            let mut sorted = serials.clone();
            sorted.sort_unstable();
            let lines = sorted.iter().map(|s| format!("{s} {}\n", (f64::from(*s) * 8.0 - 400.0) / 16.0));
            format!("{}\n{}", serials.len(), lines.collect::<String>())
        };
        let devices: Vec<_> = serials.iter().map(|s| Thermometer::new(*s, i16::from(*s) * 8 - 400)).collect();
        let out = run(|b| *b.wire.borrow_mut() = devices, program);
        // Floats that are whole print with their point.
        let shown: Vec<_> = out.lines().map(|l| l.strip_suffix(".0").unwrap_or(l)).collect();
        assert_eq!(shown, expected.lines().collect::<Vec<_>>());
    }
    let out = run(|b| b.wire.borrow_mut().clear(), program);
    assert!(out.starts_with("0\n") && out.contains("OneWireError"), "{out}");
}

#[test]
fn pins_and_lights() {
    let out = run(
        |_| {},
        "
from machine import Pin, Signal, I2C, SoftI2C
import neopixel
n = neopixel.NeoPixel(Pin(2), 2)
n[1] = (1, 2, 3)
n.write()
p = Pin(0, Pin.OUT, value=1)
print(p, p(), p.value(), Pin(p) is p, I2C is SoftI2C)
p.off(); print(p())
p.toggle(); print(p())
s = Signal(0, Pin.OUT, value=1, invert=True)
print(s.value(), p())
s.off(); print(s(), p())
for f in (lambda: Pin(6), lambda: Pin(-1), lambda: Pin(99), lambda: Pin('x'), lambda: Pin(0, 9),
          lambda: Pin(0, Pin.IN, 5), lambda: Pin(16, Pin.IN, Pin.PULL_UP), lambda: Pin(), lambda: p(1, 2),
          lambda: neopixel.NeoPixel(Pin(0), 1).write(), lambda: Signal(6)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
import time
print(time.gmtime(0), time.time())
t = time.ticks_ms()
time.sleep_ms(5 * 10**9)
print(time.ticks_diff(time.ticks_ms(), t) >= 5 * 10**9)
",
    );
    let lights = BOARD.with(|b| b.lights.borrow().clone());
    assert_eq!(lights, [0, 0, 0, 2, 1, 3]);
    let expected = "Pin(0) 1 1 False True
0
1
1 0
0 1
ValueError invalid pin
ValueError invalid pin
ValueError invalid pin
TypeError can't convert str to int
ValueError invalid mode
ValueError invalid pull
ValueError pin has no pull-up
TypeError function missing 1 required positional arguments
TypeError function expected at most 1 arguments, got 2
OSError [Errno 95] EOPNOTSUPP
ValueError invalid pin
(2000, 1, 1, 0, 0, 0, 5, 1) 53315200
True
";
    assert_eq!(out, expected);
}
