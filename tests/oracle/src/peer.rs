//! The oracle: mpy-cross as a program.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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
        let child = Command::new(&self.program)
            .arg(format!("-O{level}"))
            .args(["-X", "heapsize=64m", "-s", name, "-o", "-"])
            .arg(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let (success, stdout, stderr) = match child.map_err(|e| e.to_string()).and_then(collect) {
            Ok(output) => output,
            Err(error) => return Verdict::Failed(error),
        };
        if success {
            return Verdict::Compiled(stdout);
        }
        let error = String::from_utf8_lossy(&stderr).into_owned();
        let text = error.lines().next_back().unwrap_or("").to_string();
        if text.contains("invalid arch") {
            return Verdict::Native;
        }
        if !text.contains(": ") && !text.ends_with("Error:") {
            return Verdict::Failed(error);
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

/// How long mpy-cross may take: it folds powers of any size.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits for a program within [`LIMIT`]: whether it succeeded, and what it wrote.
fn collect(mut child: Child) -> Result<(bool, Vec<u8>, Vec<u8>), String> {
    fn drain(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // A broken pipe ends the text.
            let _ = from.read_to_end(&mut bytes);
            bytes
        })
    }
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let start = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if start.elapsed() > LIMIT => {
                child.kill().map_err(|e| e.to_string())?;
                child.wait().map_err(|e| e.to_string())?;
                return Err(format!("mpy-cross took more than {} s", LIMIT.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let text =
        |reader: Option<std::thread::JoinHandle<Vec<u8>>>| reader.and_then(|r| r.join().ok()).unwrap_or_default();
    Ok((status.success(), text(stdout), text(stderr)))
}
