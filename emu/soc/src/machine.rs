//! [`Machine`]: the chip, its core, and what is wired to it, as a test or a front end holds it.
//!
//! A clone is a snapshot: it goes on exactly as the original does.
//!
//! The surprising fact: without a dump of the mask ROM there is no program in the ROM's place. What the ROM does after a
//! reset is done by [`crate::boot`] from outside, in virtual time, while the core stands still.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use krait_lx106::Special;
use krait_lx106::{Cpu, Exit, Trace};

use crate::boot::Mode;
use crate::config::{Config, ConfigError};
use crate::findings::Finding;
use crate::flash::FlashChip;
use crate::memory::{DRAM_BYTES, ROM_BYTES, WINDOW, WINDOW_BYTES};
use crate::pads::Drive;
use crate::part::{Answer, Part};
use crate::soc::Soc;
use crate::stop::{Crash, Stop};
use crate::sys::{ResetCause, Sleep};
use crate::time::Ticks;

/// The owner of what [`Machine::set_pin`] drives; parts are numbered from 0.
const HAND: u32 = u32::MAX;
/// The owner of a board's resistors.
const RESISTORS: u32 = u32::MAX - 1;

/// What the machine does at present.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// The core runs, unless it sleeps.
    Running,
    /// What the ROM does after a reset is to be done.
    Boot,
    /// The serial boot loader.
    Download(Box<crate::boot::download::Download>),
    /// Nothing but a reset helps.
    Halted,
    /// No power.
    Off,
}

/// The whole chip.
#[derive(Clone)]
pub struct Machine {
    pub(crate) cpu: Cpu,
    pub(crate) soc: Soc,
    pub(crate) state: State,
    pub(crate) config: Config,
    pub(crate) mode_override: Option<Mode>,
    instructions_max: u64,
    stop_at_output: bool,
    findings_fresh: Vec<Finding>,
    reboots: u64,
}

impl Machine {
    /// A chip with erased flash, without power yet: the first run applies it.
    ///
    /// # Errors
    /// No chip has such sizes.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let flash = FlashChip::new(config.flash_size, config.seed).ok_or(ConfigError::FlashSize(config.flash_size))?;
        if let Some(rom) = &config.rom
            && rom.len() != ROM_BYTES as usize
        {
            return Err(ConfigError::RomSize(rom.len()));
        }
        let mut soc = Soc::new(crate::power::sys(flash, config.seed), config.mac);
        soc.checked = config.strict;
        if config.strict {
            soc.written = alloc::vec![0; (DRAM_BYTES / 128) as usize];
        }
        // A bare chip boots from flash: what a module has for resistors.
        for (pad, drive) in [(0, Drive::PullUp), (2, Drive::PullUp), (15, Drive::PullDown)] {
            soc.sys.pads.drive(RESISTORS, pad, drive, 0);
        }
        let mut cpu = Cpu::new();
        cpu.set_cycles_per_instruction(config.cycles_per_instruction);
        let mut machine = Machine {
            cpu,
            soc,
            state: State::Off,
            config,
            mode_override: None,
            instructions_max: u64::MAX,
            stop_at_output: false,
            findings_fresh: Vec::new(),
            reboots: 0,
        };
        machine.install_rom();
        machine.power_cycle();
        Ok(machine)
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Ticks {
        self.soc.sys.now
    }

    /// The core.
    #[must_use]
    pub fn cpu(&self) -> &Cpu {
        &self.cpu
    }

    /// The core, to be changed, as by a debugger.
    pub fn cpu_mut(&mut self) -> &mut Cpu {
        &mut self.cpu
    }

    /// The devices.
    #[must_use]
    pub fn soc(&self) -> &Soc {
        &self.soc
    }

    /// The devices, to be changed, as by a test.
    pub fn soc_mut(&mut self) -> &mut Soc {
        &mut self.soc
    }

    /// The flash chip.
    #[must_use]
    pub fn flash(&self) -> &FlashChip {
        &self.soc.sys.flash
    }

    /// The flash chip, to be changed; the window follows.
    pub fn flash_mut(&mut self) -> &mut FlashChip {
        self.soc.sys.window_changed = true;
        &mut self.soc.sys.flash
    }

    /// Writes an image to the flash; false if it does not fit.
    #[must_use]
    pub fn load_flash(&mut self, at: usize, image: &[u8]) -> bool {
        self.flash_mut().write(at, image)
    }

    /// Whether nothing will happen before the next input, however long it runs.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let still = match self.state {
            State::Boot => false,
            State::Running => {
                self.soc.sys.sleep != Sleep::Awake || self.cpu.is_waiting() && self.cpu.timer_in().is_none()
            }
            State::Download(_) | State::Halted | State::Off => true,
        };
        still && self.soc.sys.reset.is_none() && self.soc.sys.schedule.next() == Ticks::MAX
    }

    /// How often the chip has started, the first time not counted.
    #[must_use]
    pub fn reboots(&self) -> u64 {
        self.reboots
    }

    /// The hash of the run so far: equal for equal runs.
    #[must_use]
    pub fn trace_hash(&self) -> u64 {
        let mut trace = self.soc.sys.trace.clone();
        for register in self.cpu.registers() {
            trace.mix(1, u64::from(*register));
        }
        trace.mix(u64::from(self.cpu.pc()), self.cpu.instructions());
        trace.mix(self.soc.sys.now, self.soc.sys.flash.stats.operations);
        trace.hash()
    }

    /// Ends every run when so many instructions have been executed in all.
    pub fn set_instructions_max(&mut self, most: u64) {
        self.instructions_max = most;
    }

    /// Has the next start go into this mode, whatever the strapping pins say, or by the pins again.
    pub fn set_boot_mode(&mut self, mode: Option<Mode>) {
        self.mode_override = mode;
    }

    /// Bytes to the program's UART; says how many were taken.
    pub fn send(&mut self, port: usize, bytes: &[u8]) -> usize {
        let Some(uart) = self.soc.uarts.get_mut(port) else { return 0 };
        let count = uart.receive(bytes, &mut self.soc.sys);
        self.soc.sys.trace.mix(0x1CE0 | port as u64, count as u64);
        count
    }

    /// What a UART has sent since this was last asked.
    pub fn take_output(&mut self, port: u8) -> Vec<u8> {
        let mut out = Vec::new();
        self.soc.sys.sent.retain(|s| {
            if s.port == port {
                out.push(s.byte);
            }
            s.port != port
        });
        out
    }

    /// Drives a pin by hand, or lets it go.
    pub fn set_pin(&mut self, pad: usize, drive: Drive) {
        let now = self.soc.sys.now;
        self.soc.sys.trace.mix(0x9117 | (pad as u64) << 16, drive as u64);
        self.soc.sys.pads.drive(HAND, pad, drive, now);
        self.soc.settle();
    }

    /// Solders a resistor to a pin, or takes the one there away: what a board has for its strapping pins.
    pub fn set_resistor(&mut self, pad: usize, drive: Drive) {
        let now = self.soc.sys.now;
        self.soc.sys.pads.drive(RESISTORS, pad, drive, now);
        self.soc.settle();
    }

    /// The level at a pin.
    #[must_use]
    pub fn pin(&self, pad: usize) -> bool {
        self.soc.sys.pads.level(pad)
    }

    /// Wires a part; its number is what [`Machine::command`] takes.
    pub fn add_part(&mut self, part: Box<dyn Part>) -> usize {
        self.soc.add_part(part)
    }

    /// Gives a part a command.
    ///
    /// # Errors
    /// There is no such part, or it does not understand.
    pub fn command(&mut self, part: usize, words: &[&str]) -> Result<Answer, String> {
        for word in words {
            self.soc.sys.trace.mix(0xC033, word.bytes().fold(part as u64, |h, b| h.wrapping_mul(31) + u64::from(b)));
        }
        self.soc.command(part, words).unwrap_or_else(|| Err(alloc::format!("there is no part number {part}")))
    }

    /// A part, to be looked into by a test.
    #[must_use]
    pub fn part<T: 'static>(&self, at: usize) -> Option<&T> {
        self.soc.parts.get(at)?.as_ref()?.as_any().downcast_ref()
    }

    /// Pulls RST low and lets it go.
    pub fn reset(&mut self) {
        let cause = if self.soc.sys.sleep == Sleep::Deep { ResetCause::DeepSleep } else { ResetCause::External };
        self.soc.sys.request_reset(cause);
    }

    /// Holds RST low, or lets it go.
    pub fn hold_reset(&mut self, low: bool) {
        if low && !self.soc.sys.held {
            self.reset();
        }
        if !low && self.soc.sys.held {
            // The pins are read when RST rises.
            self.soc.gpio.sample_strap(&self.soc.sys);
        }
        self.soc.sys.held = low;
    }

    /// Takes the power away and brings it back.
    pub fn power_cycle(&mut self) {
        crate::power::lose(&mut self.soc);
        self.state = State::Boot;
        self.start(ResetCause::PowerOn);
        for at in 0..self.soc.parts.len() {
            self.soc.with_part(at, |p, wires| p.power_cycle(wires));
        }
        self.soc.settle();
        self.soc.gpio.sample_strap(&self.soc.sys);
    }

    /// What was noted since this was last asked.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        core::mem::take(&mut self.findings_fresh)
    }

    /// A word of memory or a register as the program would read it; a register's side effects happen.
    pub fn read_word(&mut self, address: u32) -> Option<u32> {
        use krait_lx106::{Bus, Width};
        if address & 3 != 0 {
            return None;
        }
        // Who looks from outside commits no sin.
        if let Some(word) = self.soc.sys.memory.dram.load32(address) {
            return Some(word);
        }
        let cycles = self.cpu.cycles();
        self.soc.load(address, Width::Word, cycles).ok()
    }

    /// Writes a word of memory or a register; false if nothing is there.
    pub fn write_word(&mut self, address: u32, value: u32) -> bool {
        use krait_lx106::{Bus, Width};
        let cycles = self.cpu.cycles();
        let done = address & 3 == 0 && self.soc.store(address, Width::Word, value, cycles).is_ok();
        self.cpu.invalidate(address..address.saturating_add(4));
        done
    }

    /// Runs for a span of time.
    pub fn run_for(&mut self, span: Ticks) -> Stop {
        self.run_to(self.now().saturating_add(span))
    }

    /// Runs to a moment.
    pub fn run_to(&mut self, end: Ticks) -> Stop {
        self.run::<Untraced>(end, None)
    }

    /// As [`Machine::run_to`], and shows each instruction.
    pub fn run_traced<T: Trace>(&mut self, end: Ticks, trace: &mut T) -> Stop {
        self.run(end, Some(trace))
    }

    /// Runs until `condition` holds, asked after each character sent, or a moment has come.
    pub fn run_until(&mut self, end: Ticks, mut condition: impl FnMut(&mut Machine) -> bool) -> Stop {
        self.stop_at_output = true;
        let stop = loop {
            if condition(self) {
                break Stop::Condition;
            }
            match self.run_to(end) {
                Stop::Condition => {}
                stop => break stop,
            }
        };
        self.stop_at_output = false;
        stop
    }

    /// Runs until UART `port` has sent `text`, collecting everything it sends into `seen`.
    pub fn run_until_text(&mut self, port: u8, text: &str, end: Ticks, seen: &mut Vec<u8>) -> Stop {
        let from = seen.len();
        self.run_until(end, |machine| {
            seen.extend(machine.take_output(port));
            let new = seen.get(from..).unwrap_or_default();
            text.is_empty() || new.windows(text.len()).any(|w| w == text.as_bytes())
        })
    }

    fn run<T: Trace>(&mut self, end: Ticks, mut trace: Option<&mut T>) -> Stop {
        loop {
            if let Some(stop) = self.housekeeping(end) {
                return stop;
            }
            let stop = match &self.state {
                State::Boot => self.boot(),
                State::Download(_) => self.serve_download(end),
                State::Halted | State::Off => self.wait_for_event(end, Ticks::MAX),
                State::Running if self.soc.sys.sleep != Sleep::Awake => self.wait_for_event(end, Ticks::MAX),
                State::Running => self.execute(end, trace.as_deref_mut()),
            };
            if let Some(stop) = stop {
                return stop;
            }
        }
    }

    /// What has to be done between stretches of the core's run.
    fn housekeeping(&mut self, end: Ticks) -> Option<Stop> {
        let sys = &mut self.soc.sys;
        sys.stop = false;
        if core::mem::take(&mut sys.window_changed) {
            self.cpu.invalidate(WINDOW..WINDOW + WINDOW_BYTES);
            // What is lent to the cache may have changed too.
            self.cpu.invalidate(0x4010_8000..0x4011_0000);
        }
        let fresh = sys.findings.take_fresh(self.cpu.pc());
        self.findings_fresh.extend(fresh);
        if sys.flash.take_cut() {
            self.state = State::Off;
            return Some(Stop::PowerCut);
        }
        if let Some(cause) = sys.reset.take() {
            self.reboots += 1;
            sys.stats.resets += 1;
            self.start(cause);
        }
        if core::mem::take(&mut self.soc.sys.strap_again) {
            self.soc.gpio.sample_strap(&self.soc.sys);
        }
        let sys = &mut self.soc.sys;
        if self.stop_at_output && !sys.sent.is_empty() {
            return Some(Stop::Condition);
        }
        if sys.held {
            let next = sys.schedule.next();
            return if next > end {
                self.pass_to(end);
                Some(Stop::Time)
            } else {
                self.pass_to(next);
                None
            };
        }
        if sys.now >= end {
            return Some(Stop::Time);
        }
        (self.cpu.instructions() >= self.instructions_max).then_some(Stop::Instructions)
    }

    /// The chip starts: by the ROM if there is one, by [`crate::boot`] otherwise.
    fn start(&mut self, cause: ResetCause) {
        self.soc.sys.trace.mix(0x8E5E7, cause as u64);
        if cause == ResetCause::DeepSleep {
            crate::power::lose_ram(&mut self.soc);
        }
        self.soc.reset_devices(cause);
        self.soc.sys.window_changed = true;
        self.cpu.reset();
        self.cpu.invalidate_all();
        self.sync_cycles();
        self.soc.clocks_changed(self.cpu.cycles());
        self.state = if self.config.rom.is_some() { State::Running } else { State::Boot };
    }

    /// Brings the core's time up to that of the devices.
    pub(crate) fn sync_cycles(&mut self) {
        let cycles = self.soc.time.cycles(self.soc.sys.now);
        self.cpu.advance(cycles.saturating_sub(self.cpu.cycles()));
    }

    /// Lets time pass without the core.
    pub(crate) fn pass_to(&mut self, when: Ticks) {
        self.soc.run_events(when);
        self.sync_cycles();
    }

    /// Lets time pass up to the next event, or `wake`, or the end.
    fn wait_for_event(&mut self, end: Ticks, wake: Ticks) -> Option<Stop> {
        let next = self.soc.sys.schedule.next().min(wake);
        if next == Ticks::MAX && end == Ticks::MAX {
            return Some(Stop::Idle);
        }
        self.pass_to(next.min(end));
        None
    }

    fn execute<T: Trace>(&mut self, end: Ticks, trace: Option<&mut T>) -> Option<Stop> {
        let left = self.soc.time.cycles(end).saturating_sub(self.cpu.cycles()).max(1);
        let per = u64::from(self.cpu.cycles_per_instruction());
        let allowed = self.instructions_max.saturating_sub(self.cpu.instructions()).saturating_mul(per);
        let cycles = left.min(allowed.max(1));
        let exit = match (trace, self.config.stack_limit.filter(|_| self.config.strict)) {
            (Some(trace), _) => self.cpu.run_traced(&mut self.soc, cycles, trace),
            (None, Some(limit)) => {
                let mut guard = StackGuard { limit, below: None };
                let exit = self.cpu.run_traced(&mut self.soc, cycles.min(100_000), &mut guard);
                if let Some((pc, sp)) = guard.below {
                    self.note_stack(pc, sp);
                }
                exit
            }
            (None, None) => self.cpu.run(&mut self.soc, cycles),
        };
        self.soc.set_cycle(self.cpu.cycles());
        match exit {
            Exit::Budget | Exit::Bus => None,
            Exit::Waiting => {
                let timer = self.cpu.timer_in().map_or(u64::MAX, |n| self.cpu.cycles().saturating_add(n));
                let wake = if timer == u64::MAX { Ticks::MAX } else { self.soc.time.ticks(timer) };
                self.wait_for_event(end, wake)
            }
            Exit::Breakpoint => self.reached(self.cpu.pc()),
            Exit::Simcall => None,
            Exit::Break { .. } => Some(Stop::Break),
            Exit::Lockup => Some(self.crashed(true)),
        }
    }

    fn note_stack(&mut self, pc: u32, sp: u32) {
        use crate::findings::Kind;
        self.soc.sys.find(Kind::StackLimit, self.config.stack_limit.unwrap_or(0));
        let _ = sp;
        let fresh = self.soc.sys.findings.take_fresh(pc);
        self.findings_fresh.extend(fresh);
    }

    /// The program has come to an exception that it does not handle.
    pub(crate) fn crashed(&mut self, lockup: bool) -> Stop {
        self.state = State::Halted;
        Stop::Crash(Crash {
            cause: self.cpu.special(Special::Exccause),
            pc: self.cpu.special(Special::Epc1),
            address: self.cpu.special(Special::Excvaddr),
            lockup,
        })
    }
}

/// Sees nothing.
struct Untraced;

impl Trace for Untraced {
    const ACTIVE: bool = false;

    fn instruction(&mut self, _pc: u32, _registers: &[u32; 16], _now: u64) {}
}

/// Sees whether the stack pointer goes below a limit.
struct StackGuard {
    limit: u32,
    below: Option<(u32, u32)>,
}

impl Trace for StackGuard {
    fn instruction(&mut self, pc: u32, registers: &[u32; 16], _now: u64) {
        let sp = registers[1];
        // Only what could be a stack: before start-up has set it, the register is anything.
        if sp < self.limit && sp >= crate::memory::DRAM && self.below.is_none() {
            self.below = Some((pc, sp));
        }
    }
}
