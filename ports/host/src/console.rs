//! Standard input, output and error.
//!
//! Output is buffered: a terminal gets it line by line, anything else by the buffer or when the program waits,
//! reads, writes to standard error or ends. Invariant: nothing is read, and nothing goes to standard error,
//! before what was written to standard output is out; standard error goes out line by line. Errors of output are ignored, as in the reference: there is
//! nobody left to tell.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use krait_hal::{Console, Stream};

use crate::interrupt::Interrupt;

const ROOM: usize = 8192;

/// The console of the process.
pub(crate) struct HostConsole {
    out: Mutex<Output>,
    input: Mutex<Input>,
    interrupt: &'static Interrupt,
}

struct Output {
    bytes: Vec<u8>,
    /// The line for standard error that is not ended yet.
    error: Vec<u8>,
    terminal: Option<bool>,
}

struct Input {
    bytes: Vec<u8>,
    at: usize,
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves bytes in order at worst.
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HostConsole {
    pub(crate) const fn new(interrupt: &'static Interrupt) -> HostConsole {
        HostConsole {
            out: Mutex::new(Output { bytes: Vec::new(), error: Vec::new(), terminal: None }),
            input: Mutex::new(Input { bytes: Vec::new(), at: 0 }),
            interrupt,
        }
    }

    /// Writes out what is buffered unless the buffer is in use; for the panic hook.
    pub(crate) fn try_flush(&self) {
        match self.out.try_lock() {
            Ok(mut out) => out.flush(),
            Err(TryLockError::Poisoned(p)) => p.into_inner().flush(),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Whether bytes of standard input were read from the system but not by the program.
    pub(crate) fn has_input(&self) -> bool {
        let input = lock(&self.input);
        input.at < input.bytes.len()
    }

    /// All that is left of standard input, up to `limit` bytes.
    pub(crate) fn read_all(&self, limit: usize) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            match self.read(&mut chunk) {
                0 => return Some(all),
                n if all.len() + n > limit => return None,
                n => all.extend_from_slice(chunk.get(..n).unwrap_or(&[])),
            }
        }
    }
}

impl Output {
    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            write_all(rustix::stdio::stdout(), &self.bytes);
            self.bytes.clear();
        }
        if !self.error.is_empty() {
            write_all(rustix::stdio::stderr(), &self.error);
            self.error.clear();
        }
    }
}

fn write_all(fd: impl AsFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or(&[]),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let mut list = [rustix::event::PollFd::new(&fd, rustix::event::PollFlags::OUT)];
                if rustix::event::poll(&mut list, None).is_err_and(|e| e != rustix::io::Errno::INTR) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

impl Console for HostConsole {
    fn write(&self, to: Stream, bytes: &[u8]) {
        let mut out = lock(&self.out);
        if to == Stream::Err {
            out.error.extend_from_slice(bytes);
            if out.error.len() >= ROOM || bytes.contains(&b'\n') {
                out.flush();
            }
            return;
        }
        if out.bytes.len() + bytes.len() > ROOM {
            out.flush();
            if bytes.len() >= ROOM {
                write_all(rustix::stdio::stdout(), bytes);
                return;
            }
        }
        out.bytes.extend_from_slice(bytes);
        let terminal = *out.terminal.get_or_insert_with(|| std::io::stdout().is_terminal());
        if terminal && bytes.contains(&b'\n') {
            out.flush();
        }
    }

    fn read(&self, buf: &mut [u8]) -> usize {
        if buf.is_empty() {
            return 0;
        }
        loop {
            {
                let mut input = lock(&self.input);
                if let Some(n) = input.give(buf) {
                    return n;
                }
            }
            self.flush();
            // Without the lock: another thread may want to know whether there is anything to read.
            if !self.interrupt.wait(Some(rustix::stdio::stdin()), None) {
                return 0;
            }
            let mut input = lock(&self.input);
            if input.is_empty() && readable_now() {
                input.refill();
                return input.give(buf).unwrap_or(0);
            }
            // Another thread was faster.
        }
    }

    fn readable(&self) -> bool {
        !lock(&self.input).is_empty() || readable_now()
    }

    fn flush(&self) {
        lock(&self.out).flush();
    }
}

/// Whether standard input can be read without waiting.
fn readable_now() -> bool {
    let mut list = [rustix::event::PollFd::from_borrowed_fd(rustix::stdio::stdin(), rustix::event::PollFlags::IN)];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut list, Some(&now)).is_ok_and(|n| n > 0)
}

impl Input {
    fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Gives what is there; `None` if that is nothing.
    fn give(&mut self, buf: &mut [u8]) -> Option<usize> {
        let rest = self.bytes.get(self.at..).filter(|r| !r.is_empty())?;
        let n = rest.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(rest) {
            *to = *from;
        }
        self.at += n;
        Some(n)
    }

    /// Reads what standard input has; nothing at its end.
    fn refill(&mut self) {
        self.at = 0;
        self.bytes.resize(4096, 0);
        let got = loop {
            match rustix::io::read(rustix::stdio::stdin(), &mut self.bytes) {
                Ok(n) => break n,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => break 0,
            }
        };
        self.bytes.truncate(got);
    }
}
