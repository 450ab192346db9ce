//! The receiving end of raw-paste mode.
//!
//! Invariant: the sender never has more than two windows and the end mark on
//! their way, so a console buffer of that size loses nothing.
//! Protocol: after the window size (two bytes, little-endian) each `\x01` allows
//! one window more; `\x04` from either side ends the transfer and is answered by
//! `\x04`.

use crate::host::Console;

pub(crate) const CTRL_C: u8 = 3;
pub(crate) const END: u8 = 4;
const MORE: u8 = 1;

/// Ctrl-C (or a lost connection) in the middle of a raw paste: KeyboardInterrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// Source text on its way in.
#[derive(Debug)]
pub struct Stream {
    window: u16,
    remaining: u16,
    ended: bool,
}

impl Stream {
    /// Opens the transfer: tells the window and allows two of it. A
    /// `window` of none is taken for one.
    pub(crate) fn open<C: Console + ?Sized>(window: u16, console: &mut C) -> Self {
        let window = window.max(1);
        let [low, high] = window.to_le_bytes();
        console.write(&[low, high, MORE]);
        Stream { window, remaining: window, ended: false }
    }

    /// The next byte of source, or `None` at the end.
    pub fn next<C: Console + ?Sized>(&mut self, console: &mut C) -> Result<Option<u8>, Interrupted> {
        if self.ended {
            return Ok(None);
        }
        let byte = match console.read() {
            Some(END) => None,
            Some(CTRL_C) | None => {
                self.acknowledge(console);
                return Err(Interrupted);
            }
            Some(byte) => Some(byte),
        };
        if byte.is_none() {
            self.acknowledge(console);
            return Ok(None);
        }
        self.remaining -= 1;
        if self.remaining == 0 {
            self.remaining = self.window;
            console.write(&[MORE]);
        }
        Ok(byte)
    }

    /// Breaks the transfer off, if it is not over: asks the sender to stop and
    /// drops what is still on its way. The REPL does this when a job returns; a
    /// port that runs code before its job returns does it first.
    pub fn finish<C: Console + ?Sized>(&mut self, console: &mut C) {
        if self.ended {
            return;
        }
        self.acknowledge(console);
        while let Some(byte) = console.read() {
            if byte == END || byte == CTRL_C {
                break;
            }
        }
    }

    fn acknowledge<C: Console + ?Sized>(&mut self, console: &mut C) {
        self.ended = true;
        console.write(&[END]);
    }
}
