//! The oracle: mpy-cross as a program.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// What mpy-cross made of a script.
pub(crate) enum Verdict {
    /// The `.mpy` file.
    Compiled(Vec<u8>),
    /// It wants an architecture for native code.
    Native,
    /// An exception: its text, and the line it names or 0.
    Rejected { text: String, line: u32 },
    /// It could not be run, or died.
    Failed(String),
}

pub(crate) struct Peer {
    program: OsString,
}

impl Peer {
    pub(crate) fn new(program: OsString) -> Self {
        Peer { program }
    }

    /// Compiles a script under the given source name.
    pub(crate) fn compile(&self, path: &Path, name: &str, level: u8) -> Verdict {
        let output = Command::new(&self.program)
            .arg(format!("-O{level}"))
            .args(["-X", "heapsize=64m", "-s", name, "-o", "-"])
            .arg(path)
            .stdin(Stdio::null())
            .output();
        let output = match output {
            Ok(output) => output,
            Err(error) => return Verdict::Failed(error.to_string()),
        };
        if output.status.success() {
            return Verdict::Compiled(output.stdout);
        }
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = error.lines().next_back().unwrap_or("").to_string();
        if text.contains("invalid arch") {
            return Verdict::Native;
        }
        if !text.contains(": ") && !text.ends_with("Error:") {
            return Verdict::Failed(format!("{}: {error}", output.status));
        }
        // Each entry of the traceback ends in `line N` or `line N, in block`.
        let line = error
            .lines()
            .filter(|l| l.trim_start().starts_with("File "))
            .filter_map(|l| l.split("line ").nth(1)?.split([',', ' ']).next()?.parse().ok())
            .next_back()
            .unwrap_or(0);
        Verdict::Rejected { text, line }
    }
}
