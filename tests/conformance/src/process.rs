//! A child process that cannot outstay its welcome: bounded in time and in what it prints.
//!
//! Standard output and error go into one pipe, in the order in which they were written. At the limit
//! the child is killed with its whole family, so a test that starts helpers leaves none behind.

use crate::family::Family;
use anyhow::{Result, bail};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How a child came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It left with this exit status.
    Status(i32),
    /// This signal ended it.
    Signal(i32),
    /// It was killed at its time limit.
    TimedOut,
    /// It was killed because it had printed more than it may.
    TooMuchOutput,
}

/// What a child did.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Everything it printed, on both streams.
    pub output: Vec<u8>,
    /// Its end.
    pub ended: Ended,
    /// From start to end.
    pub took: Duration,
}

impl Ran {
    /// Whether it left with status 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.ended == Ended::Status(0)
    }
}

/// Most that a child may print, in bytes.
const OUTPUT_LIMIT: usize = 16 << 20;

/// Runs `command` with no input, for at most `limit`.
///
/// # Errors
/// The program cannot be started, or the pipe breaks.
pub fn bounded(mut command: Command, limit: Duration) -> Result<Ran> {
    let (mut reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::null());
    command.stdout(writer.try_clone()?).stderr(writer);
    let start = Instant::now();
    let mut family = Family::spawn(&mut command)?;
    drop(command); // holds the pipe's writing end, which must close for the reader to see the end
    let (tell, told) = channel();
    let collector = std::thread::spawn(move || {
        let mut output = Vec::new();
        let mut chunk = vec![0; 1 << 16];
        while output.len() < OUTPUT_LIMIT {
            match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => output.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let full = output.len() >= OUTPUT_LIMIT;
        // The receiver is gone only when the limit struck first; the output is joined all the same.
        let _ = tell.send(full);
        output
    });
    let ended = match told.recv_timeout(limit) {
        Ok(true) => Some(Ended::TooMuchOutput),
        Ok(false) | Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => Some(Ended::TimedOut),
    };
    let ended = match ended {
        Some(reason) => {
            family.kill()?;
            reason
        }
        // Output closed: the child is at its end, or has closed its streams and goes on.
        None => match family.wait_until(start + limit)? {
            Some(status) => ending(status),
            None => {
                family.kill()?;
                Ended::TimedOut
            }
        },
    };
    let took = start.elapsed();
    let output = collector.join().unwrap_or_default();
    Ok(Ran { output, ended, took })
}

fn ending(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Status(code),
        (None, Some(signal)) => Ended::Signal(signal),
        (None, None) => Ended::Status(-1),
    }
}

/// Runs a tool for its effect, within `limit`.
///
/// # Errors
/// It cannot be started, runs too long, or fails: the message has the last lines it printed.
pub fn tool(command: Command, limit: Duration) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ran = bounded(command, limit)?;
    if ran.is_success() {
        return Ok(ran.output);
    }
    let text = String::from_utf8_lossy(&ran.output);
    let mut tail: Vec<&str> = text.lines().rev().filter(|l| !l.trim().is_empty()).take(3).collect();
    tail.reverse();
    match ran.ended {
        Ended::TimedOut => bail!("{name} took longer than {} s", limit.as_secs()),
        Ended::Status(code) => bail!("{name} failed ({code}): {}", tail.join(" | ")),
        other => bail!("{name} failed ({other:?}): {}", tail.join(" | ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        bounded(command, limit).expect("sh starts")
    }

    #[test]
    fn both_streams_in_order() {
        let ran = sh("echo a; echo b >&2; echo c; exit 3", Duration::from_secs(10));
        assert_eq!(ran.output, b"a\nb\nc\n");
        assert_eq!(ran.ended, Ended::Status(3));
    }

    #[test]
    fn killed_at_the_limit_with_its_children() {
        let ran = sh("echo start; sleep 60 & wait", Duration::from_millis(300));
        assert_eq!(ran.ended, Ended::TimedOut);
        assert_eq!(ran.output, b"start\n");
        assert!(ran.took < Duration::from_secs(20));
    }

    #[test]
    fn output_is_bounded() {
        let ran = sh("yes", Duration::from_secs(60));
        assert_eq!(ran.ended, Ended::TooMuchOutput);
    }

    #[test]
    fn closed_streams_do_not_end_the_wait() {
        let ran = sh("exec >&- 2>&-; sleep 0.3; exit 5", Duration::from_secs(10));
        assert_eq!(ran.ended, Ended::Status(5));
    }
}
