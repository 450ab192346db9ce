//! [`Bench`]: a machine on its board, and the commands that people and scripts give it.
//!
//! Commands: `press NAME [SPAN]`, `release NAME`, `set NAME VALUE…`, `read NAME|PIN`, `pin PIN high|low|up|down|float`,
//! `send TEXT`, `break`, `reset`, `power`, `save NAME WHAT`, and for a part whatever it understands: `NAME WORD…`.

use std::collections::BTreeMap;
use std::fmt;

use krait_soc::pads::Drive;
use krait_soc::time::Ticks;
use krait_soc::{Answer, Machine, Stop};

use crate::board::{Board, Pin};
use crate::part;
use crate::script::{Action, Script, When};

/// What went wrong with a command, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchError(pub String);

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BenchError {}

/// A machine on its board.
#[derive(Clone)]
pub struct Bench {
    /// The chip.
    pub machine: Machine,
    /// The board.
    pub board: Board,
    parts: BTreeMap<String, usize>,
    script: Vec<Action>,
    /// When the script's last line happened.
    last: Ticks,
    /// UART0's output since then.
    heard: Vec<u8>,
    /// What commands of the script answered: the line, and the answer.
    answers: Vec<(usize, Result<Answer, BenchError>)>,
    output: [Vec<u8>; 2],
}

/// How much output is kept to look for the text that a script waits for.
const HEARD_MAX: usize = 1 << 16;

impl Bench {
    /// Wires a board's parts to a machine.
    ///
    /// # Errors
    /// A part is of no known kind, or its options are wrong.
    pub fn new(machine: Machine, board: Board) -> Result<Bench, BenchError> {
        let mut bench = Bench {
            machine,
            parts: BTreeMap::new(),
            script: Vec::new(),
            last: 0,
            heard: Vec::new(),
            answers: Vec::new(),
            output: [Vec::new(), Vec::new()],
            board,
        };
        for spec in bench.board.parts.clone() {
            let part = part::build(&spec, &bench.board).map_err(|e| BenchError(format!("part {}: {e}", spec.name)))?;
            let at = bench.machine.add_part(part);
            bench.parts.insert(spec.name, at);
        }
        if bench.board.gpio16_reset {
            bench.machine.add_part(Box::new(part::reset_wire::ResetWire));
        }
        Ok(bench)
    }

    /// The names of the parts.
    pub fn part_names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// A part, to be looked into by a test.
    #[must_use]
    pub fn part<T: 'static>(&self, name: &str) -> Option<&T> {
        self.machine.part(self.find(name)?)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.parts.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, at)| *at)
    }

    /// Adds a script to what is to come.
    pub fn add_script(&mut self, script: Script) {
        self.script.extend(script.actions);
    }

    /// Whether the script has lines left.
    #[must_use]
    pub fn script_is_over(&self) -> bool {
        self.script.is_empty()
    }

    /// What the script's commands have answered since this was last asked: the line and the answer.
    pub fn take_answers(&mut self) -> Vec<(usize, Result<Answer, BenchError>)> {
        std::mem::take(&mut self.answers)
    }

    /// What a UART has sent since this was last asked.
    pub fn take_output(&mut self, port: usize) -> Vec<u8> {
        self.collect();
        self.output.get_mut(port).map(std::mem::take).unwrap_or_default()
    }

    fn collect(&mut self) {
        for port in 0..2u8 {
            let new = self.machine.take_output(port);
            if port == 0 && !self.script.is_empty() {
                self.heard.extend(&new);
                if self.heard.len() > HEARD_MAX {
                    self.heard.drain(..HEARD_MAX / 2);
                }
            }
            if let Some(output) = self.output.get_mut(usize::from(port)) {
                output.extend(new);
            }
        }
    }

    /// Runs to a moment, with the script's lines at theirs.
    pub fn run_to(&mut self, end: Ticks) -> Stop {
        loop {
            self.collect();
            let Some(action) = self.script.first().cloned() else { return self.machine.run_to(end) };
            let due = match &action.when {
                When::At(at) => *at,
                When::After(span) => self.last.saturating_add(*span),
                When::Text(text) => {
                    let text: Vec<u8> = text.chars().map(|c| c as u8).collect();
                    if let Some(at) = self.heard.windows(text.len()).position(|w| w == text) {
                        self.heard.drain(..at + text.len());
                        self.machine.now()
                    } else {
                        // Asked again at each character.
                        match self.machine.run_until(end, |m| !m.soc().sys.sent.is_empty()) {
                            Stop::Condition => continue,
                            stop => return stop,
                        }
                    }
                }
            };
            if due > self.machine.now() {
                let stop = self.machine.run_to(due.min(end));
                if stop != Stop::Time || self.machine.now() < due {
                    return stop;
                }
            }
            self.script.remove(0);
            self.last = self.machine.now();
            if !action.words.is_empty() {
                let words: Vec<&str> = action.words.iter().map(String::as_str).collect();
                let answer = self.command(&words);
                self.answers.push((action.line, answer));
            }
        }
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn command(&mut self, words: &[&str]) -> Result<Answer, BenchError> {
        let wrong = |text: String| Err(BenchError(text));
        match *words {
            [] => Ok(Answer::Done),
            ["reset"] => {
                self.machine.reset();
                Ok(Answer::Done)
            }
            ["power"] => {
                self.machine.power_cycle();
                Ok(Answer::Done)
            }
            ["send", text] => {
                let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
                let taken = self.machine.send(0, &bytes);
                if taken == bytes.len() { Ok(Answer::Done) } else { wrong("too much input waits on the UART".into()) }
            }
            ["break"] => {
                let soc = self.machine.soc_mut();
                soc.uarts[0].receive_break(&mut soc.sys);
                Ok(Answer::Done)
            }
            ["pin", pin, how] => self.drive(pin, how),
            ["read", name] if self.find(name).is_none() => match self.board.pin(name) {
                Some(Pin::Gpio(n)) => Ok(Answer::Number(f64::from(u8::from(self.machine.pin(n.into()))))),
                Some(Pin::Adc) => Ok(Answer::Number(f64::from(self.machine.soc().sys.tout_mv) / 1000.0)),
                _ => wrong(format!("there is no part or pin {name}")),
            },
            ["set", "A0", volts] if self.find("A0").is_none() => self.set_adc(volts),
            [verb @ ("press" | "release" | "set" | "read" | "save"), name, ..] => {
                let Some(at) = self.find(name) else { return wrong(format!("there is no part {name}")) };
                let mut rest = vec![verb];
                rest.extend(words.get(2..).unwrap_or_default());
                self.machine.command(at, &rest).map_err(BenchError)
            }
            [name, ref rest @ ..] => match self.find(name) {
                Some(at) => self.machine.command(at, rest).map_err(BenchError),
                None => wrong(format!("no such command or part: {name}")),
            },
        }
    }

    fn drive(&mut self, pin: &str, how: &str) -> Result<Answer, BenchError> {
        let drive = match how {
            "high" | "1" => Drive::High,
            "low" | "0" => Drive::Low,
            "up" => Drive::PullUp,
            "down" => Drive::PullDown,
            "float" => Drive::Release,
            _ => return Err(BenchError(format!("`{how}`: a pin can be high, low, up, down or float"))),
        };
        match self.board.pin(pin) {
            Some(Pin::Gpio(n)) => self.machine.set_pin(n.into(), drive),
            Some(Pin::Reset) => self.machine.hold_reset(drive == Drive::Low),
            _ => return Err(BenchError(format!("there is no digital pin {pin}"))),
        }
        Ok(Answer::Done)
    }

    fn set_adc(&mut self, volts: &str) -> Result<Answer, BenchError> {
        let value: f64 = volts.parse().map_err(|_| BenchError(format!("`{volts}` is no voltage")))?;
        let full = f64::from(self.board.adc_full_mv.max(1)) / 1000.0;
        self.machine.soc_mut().sys.tout_mv = (value.clamp(0.0, full * 2.0) / full * 1000.0) as u32;
        Ok(Answer::Done)
    }
}
