//! A run: the machine in slices of virtual time, with input and output between them.
//!
//! In real time a slice waits for the wall clock; otherwise the machine runs on, and waits for input only where nothing
//! could ever happen without it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use krait_board::{Bench, parse_span};
use krait_soc::pads::Drive;
use krait_soc::time::{TICKS_PER_US, Ticks, ms};
use krait_soc::{Answer, Stop};

use super::rfc2217::Line;
use super::serial::{Input, Serial};
use super::trace::Tracer;
use super::{Options, control, flash_file, report};

const DONE: u8 = 0;
const CRASH: u8 = 3;
const LIMIT: u8 = 4;
const POWER_CUT: u8 = 5;

/// A slice, in real time and else.
const SLICE: Ticks = ms(2);
const FAST_SLICE: Ticks = ms(20);
/// How often the flash file is written while the run goes on.
const SAVE_EVERY: Duration = Duration::from_secs(2);
/// Messages that may wait.
const QUEUE: usize = 256;

/// The state of a run.
struct Session<'a> {
    bench: Bench,
    options: &'a Options,
    serial: Serial,
    input: Receiver<Input>,
    tracer: Option<Tracer>,
    /// Bytes that the UART had no room for.
    waiting: Vec<u8>,
    /// The end of the output, to find `--until` in.
    tail: Vec<u8>,
    dtr: bool,
    rts: bool,
    input_ended: bool,
    saved: Instant,
}

/// Runs the bench; the exit status.
pub(crate) fn run(bench: Bench, options: &Options) -> Result<u8, String> {
    let (to, input) = sync_channel(QUEUE);
    let end = options.time.as_deref().map(|t| parse_span(t).ok_or_else(|| format!("`{t}` is no time"))).transpose()?;
    let tracer = options.trace.as_deref().map(Tracer::new).transpose()?;
    let _socket = options.control.as_deref().map(|path| control::open(path, to.clone())).transpose()?;
    let serial = Serial::open(&options.serial, to)?;
    let mut session = Session {
        bench,
        options,
        serial,
        input,
        tracer,
        waiting: Vec::new(),
        tail: Vec::new(),
        dtr: false,
        rts: false,
        input_ended: false,
        saved: Instant::now(),
    };
    let outcome = session.go(end.unwrap_or(Ticks::MAX));
    session.output();
    if let Some(path) = &options.flash_file {
        flash_file::save(path, &mut session.bench.machine)?;
    }
    if let Some(tracer) = session.tracer.take() {
        tracer.finish()?;
    }
    let machine = session.bench.machine.clone();
    // The terminal is itself again before anything else is said.
    drop(session);
    if let Some(format) = options.stats {
        report::print(&machine, format);
    }
    outcome
}

impl Session<'_> {
    fn go(&mut self, end: Ticks) -> Result<u8, String> {
        let real_time = self.options.real_time || (self.serial.interactive && !self.options.fast);
        let (mut wall, mut virtual_start) = (Instant::now(), self.bench.machine.now());
        loop {
            if let Some(status) = self.take_input(Duration::ZERO)? {
                return Ok(status);
            }
            let now = self.bench.machine.now();
            let slice = if real_time { SLICE } else { FAST_SLICE };
            let stop = self.slice(now.saturating_add(slice).min(end));
            if self.output() {
                return Ok(DONE);
            }
            self.say_findings();
            self.save_flash()?;
            match stop {
                Stop::Crash(crash) => {
                    self.note(&format!("the guest crashed: {crash}"));
                    if !self.serial.interactive {
                        return Ok(CRASH);
                    }
                }
                Stop::BootFailed(why) => {
                    self.note(&format!("nothing to boot: {why}"));
                    if !self.serial.interactive {
                        return Ok(CRASH);
                    }
                }
                Stop::PowerCut => {
                    self.note("the power was cut");
                    return Ok(POWER_CUT);
                }
                Stop::Instructions => return Ok(LIMIT),
                _ => {}
            }
            let now = self.bench.machine.now();
            if now >= end {
                return Ok(if self.options.until.is_some() { LIMIT } else { DONE });
            }
            if real_time {
                let target = Duration::from_micros((now - virtual_start) / TICKS_PER_US);
                let gone = wall.elapsed();
                if gone > target + Duration::from_millis(500) {
                    // The machine is slower than a real one: it does not try to catch up.
                    (wall, virtual_start) = (Instant::now(), now);
                } else if target > gone
                    && let Some(status) = self.take_input(target - gone)?
                {
                    return Ok(status);
                }
            } else if self.bench.machine.is_idle() && self.bench.script_is_over() {
                if self.input_ended {
                    // Without input nothing will ever happen: the limit is reached at once.
                    if end != Ticks::MAX {
                        self.bench.machine.run_to(end);
                    }
                    self.note("the guest waits, and there is no more input");
                    return Ok(if self.options.until.is_some() { LIMIT } else { DONE });
                }
                if let Some(status) = self.take_input(Duration::from_millis(50))? {
                    return Ok(status);
                }
            }
        }
    }

    fn slice(&mut self, end: Ticks) -> Stop {
        match &mut self.tracer {
            Some(tracer) if self.bench.script_is_over() => self.bench.machine.run_traced(end, tracer),
            _ => self.bench.run_to(end),
        }
    }

    /// Takes what has come from outside, waiting so long for the first of it; a status if the run is to end.
    fn take_input(&mut self, wait: Duration) -> Result<Option<u8>, String> {
        self.feed();
        let deadline = Instant::now() + wait;
        loop {
            // What the guest has no room for stays with the other end.
            if self.waiting.len() > 1 << 16 {
                return Ok(None);
            }
            let item = match self.input.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(item) => item,
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => {
                    self.input_ended = true;
                    std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
                    return Ok(None);
                }
            };
            match item {
                Input::Bytes(bytes) => {
                    self.waiting.extend(bytes);
                    self.feed();
                    // To the guest at once: time goes on while it answers.
                    return Ok(None);
                }
                Input::Connected(stream) => self.serial.connect(stream),
                Input::Gone if self.serial.ends_with_input => return Ok(Some(DONE)),
                Input::Gone => {
                    self.input_ended = !self.serial.interactive;
                    self.serial.disconnect_if_socket();
                }
                Input::Owed(bytes) => self.serial.write_plain(&bytes),
                Input::Line(line) => self.line(line),
                Input::Leave => return Ok(Some(DONE)),
                Input::Control(line, reply) => {
                    let answer = if line.contains("\"quit\"") {
                        let _ = reply.send("{\"ok\":true}".into());
                        return Ok(Some(DONE));
                    } else {
                        control::carry_out(&mut self.bench, &line)
                    };
                    let _ = reply.send(answer.to_string());
                }
            }
        }
    }

    fn feed(&mut self) {
        if !self.waiting.is_empty() {
            let taken = self.bench.machine.send(0, &self.waiting);
            self.waiting.drain(..taken.min(self.waiting.len()));
        }
    }

    /// The circuit that development boards have between the lines and the chip: DTR alone pulls GPIO0 low, RTS alone
    /// pulls RST low, both together do nothing.
    fn line(&mut self, line: Line) {
        match line {
            Line::Dtr(on) => self.dtr = on,
            Line::Rts(on) => self.rts = on,
            Line::Break => {
                let _ = self.bench.command(&["break"]);
                return;
            }
        }
        // On the way from one to the other both are on for a moment, which a real board's capacitor at RST outlasts.
        if self.dtr && self.rts {
            return;
        }
        let boot = self.dtr && !self.rts;
        self.bench.machine.set_pin(0, if boot { Drive::Low } else { Drive::Release });
        self.bench.machine.hold_reset(self.rts && !self.dtr);
    }

    /// Passes on what the guest has sent; whether the text waited for was in it.
    fn output(&mut self) -> bool {
        let bytes = self.bench.take_output(0);
        self.serial.write(&bytes);
        for (line, answer) in self.bench.take_answers() {
            match answer {
                Ok(Answer::Done) => {}
                Ok(Answer::Number(n)) => self.note(&format!("script line {line}: {n}")),
                Ok(Answer::Text(text)) => self.note(&format!("script line {line}: {text}")),
                Ok(Answer::File(bytes)) => self.save_answer(line, &bytes),
                Err(error) => self.note(&format!("script line {line}: {error}")),
            }
        }
        let Some(until) = self.options.until.as_deref().filter(|t| !t.is_empty()) else { return false };
        self.tail.extend(bytes);
        let found = self.tail.windows(until.len()).any(|w| w == until.as_bytes());
        let excess = self.tail.len().saturating_sub(until.len());
        self.tail.drain(..excess);
        found
    }

    /// A file that a script's `save` made: `script-LINE.bin` beside the script, or a picture by its first bytes.
    fn save_answer(&self, line: usize, bytes: &[u8]) {
        let kind = match bytes {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [b'R', b'I', b'F', b'F', ..] => "wav",
            [b'$', b't', ..] => "vcd",
            _ => "bin",
        };
        let script = self.options.script.clone().unwrap_or_default();
        let path = script.with_extension(format!("{line}.{kind}"));
        match std::fs::write(&path, bytes) {
            Ok(()) => self.note(&format!("script line {line}: wrote {}", path.display())),
            Err(error) => self.note(&format!("script line {line}: {}: {error}", path.display())),
        }
    }

    fn say_findings(&mut self) {
        for finding in self.bench.machine.take_findings() {
            if self.options.strict {
                self.note(&format!("strict: {finding}"));
            }
        }
    }

    /// To the person, beside the guest's output: the terminal may be in raw mode.
    fn note(&self, text: &str) {
        eprint!("krait emu: {text}\r\n");
    }

    fn save_flash(&mut self) -> Result<(), String> {
        if let Some(path) = &self.options.flash_file
            && self.saved.elapsed() > SAVE_EVERY
        {
            self.saved = Instant::now();
            flash_file::save(path, &mut self.bench.machine)?;
        }
        Ok(())
    }
}
