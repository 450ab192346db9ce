//! `--trace`: every instruction with the registers that it changed, as text.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use krait_soc::InstructionTrace;

/// Writes lines of cycle, address, and the registers changed since the line before.
pub(crate) struct Tracer {
    file: BufWriter<File>,
    last: [u32; 16],
    failed: bool,
}

impl Tracer {
    /// To a file.
    pub(crate) fn new(path: &Path) -> Result<Self, String> {
        let file = File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Tracer { file: BufWriter::new(file), last: [0; 16], failed: false })
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        match self.file.flush() {
            Ok(()) if !self.failed => Ok(()),
            _ => Err("the trace could not be written whole".into()),
        }
    }
}

impl InstructionTrace for Tracer {
    fn instruction(&mut self, pc: u32, registers: &[u32; 16], now: u64) {
        let mut line = format!("{now} {pc:08x}");
        for (n, (new, old)) in registers.iter().zip(&self.last).enumerate() {
            if new != old {
                line.push_str(&format!(" a{n}={new:08x}"));
            }
        }
        self.last = *registers;
        self.failed |= writeln!(self.file, "{line}").is_err();
    }

    fn exception(&mut self, from: u32, to: u32, now: u64) {
        self.failed |= writeln!(self.file, "{now} {from:08x} -> {to:08x}").is_err();
    }
}
