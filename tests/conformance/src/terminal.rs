//! A conversation with a program at a pseudo terminal, line by line, as a person would type.
//!
//! The next line is sent when the program has fallen silent *and* has its terminal out of canonical
//! mode, that is, when it edits lines itself again: a line typed while it still computes would be
//! echoed by the kernel as well. A program that never leaves canonical mode is given a longer silence.

use crate::family::Family;
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest wait for a program to read what is typed.
const DEAF_LIMIT: Duration = Duration::from_secs(5);

/// Longest wait for a busy program to ask for input again, as a multiple of the usual silence.
const BUSY_FACTOR: u32 = 40;

/// A program at a pseudo terminal.
pub struct Terminal {
    master: OwnedFd,
    slave: File,
    family: Family,
    quiet: Duration,
}

impl Terminal {
    /// Starts `command` with the terminal as its three streams. `quiet` is the silence that counts
    /// as the end of an answer.
    ///
    /// # Errors
    /// No pseudo terminal is to be had, or the program cannot be started.
    pub fn start(mut command: Command, quiet: Duration) -> Result<Self> {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).context("no pseudo terminal")?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(i32::try_from(OFlags::NOCTTY.bits()).unwrap_or(0))
            .open(OsStr::from_bytes(name.as_bytes()))?;
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave.try_clone()?);
        let family = Family::spawn(&mut command)?;
        Ok(Self { master, slave, family, quiet })
    }

    /// What the program says first: waits until it says something at all.
    ///
    /// # Errors
    /// The terminal breaks.
    pub fn greeting(&mut self, limit: Duration) -> Result<Vec<u8>> {
        let deadline = Instant::now() + limit;
        let mut heard = Vec::new();
        while heard.is_empty() && Instant::now() < deadline {
            heard = self.listen()?;
        }
        Ok(heard)
    }

    /// Types `bytes` and returns what came back.
    ///
    /// # Errors
    /// The terminal breaks, or the program takes no input for too long.
    pub fn type_in(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut rest = bytes;
        let deadline = Instant::now() + DEAF_LIMIT;
        while !rest.is_empty() {
            anyhow::ensure!(Instant::now() < deadline, "the program no longer reads its terminal");
            let mut fds = [PollFd::new(&self.master, PollFlags::OUT)];
            if poll(&mut fds, Some(&timespec(Duration::from_millis(100))))? > 0 {
                let sent = rustix::io::write(&self.master, rest)?;
                rest = rest.get(sent..).unwrap_or_default();
            }
        }
        self.listen()
    }

    /// Reads until the program is silent and ready for input.
    fn listen(&mut self) -> Result<Vec<u8>> {
        let mut heard = Vec::new();
        let mut chunk = [0_u8; 4096];
        let start = Instant::now();
        loop {
            let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
            if poll(&mut fds, Some(&timespec(self.quiet)))? > 0 {
                match rustix::io::read(&self.master, &mut chunk) {
                    Ok(0) => return Ok(heard),
                    Ok(n) => heard.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                    Err(rustix::io::Errno::IO) => return Ok(heard),
                    Err(e) => return Err(e.into()),
                }
                if heard.len() > 1 << 20 {
                    return Ok(heard);
                }
            } else if self.reads_keys()
                || self.family.leader().try_wait()?.is_some()
                || start.elapsed() > self.quiet * BUSY_FACTOR
            {
                return Ok(heard);
            }
        }
    }

    fn reads_keys(&self) -> bool {
        tcgetattr(&self.slave).is_ok_and(|t| !t.local_modes.contains(LocalModes::ICANON))
    }

    /// Ends the conversation: Ctrl-D, a moment to leave, then the axe. Tells the exit status if the
    /// program left by itself.
    ///
    /// # Errors
    /// The operating system cannot say how it ended.
    pub fn finish(mut self) -> Result<Option<i32>> {
        // A program that is gone takes no Ctrl-D, which is what was wanted.
        let _ = self.type_in(b"\x04");
        let left = self.family.wait_until(Instant::now() + Duration::from_millis(500))?;
        if left.is_none() {
            self.family.kill()?;
        }
        Ok(left.and_then(|s| s.code()))
    }
}

fn timespec(d: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(d.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(d.subsec_nanos()) }
}

/// Turns the suite's way of writing control keys, `{\x04}` (two decimal digits), into the keys.
#[must_use]
pub fn keys(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&first, tail)) = rest.split_first() {
        if let [b'{', b'\\', b'x', a @ b'0'..=b'9', b @ b'0'..=b'9', b'}', after @ ..] = rest {
            out.push((a - b'0') * 10 + (b - b'0'));
            rest = after;
        } else {
            out.push(first);
            rest = tail;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_keys() {
        assert_eq!(keys(br"a{\x04}b{\x27}"), b"a\x04b\x1b");
        assert_eq!(keys(br"{\x4}{x04}"), br"{\x4}{x04}");
    }

    #[test]
    fn talks_to_a_program() {
        let mut terminal = Terminal::start(Command::new("cat"), Duration::from_millis(20)).expect("pty");
        let heard = terminal.type_in(b"hello\n").expect("types");
        assert!(heard.starts_with(b"hello\r\n"), "{heard:?}");
        assert_eq!(terminal.finish().expect("ends"), Some(0));
    }
}
