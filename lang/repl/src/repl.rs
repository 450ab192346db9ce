//! The state machine: which mode a byte belongs to.

use crate::host::Host;
use krait_lineedit::{Editor, History, Storage, TextBuf};

/// The two modes that survive a soft reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// For people: prompt, echo, editing.
    #[default]
    Friendly,
    /// For programs: no echo, `\x04` as separator.
    Raw,
}

/// Why the REPL was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Ctrl-D on an empty line.
    EndOfInput,
    /// The program raised SystemExit.
    Exit,
}

/// What a byte led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Feed the next.
    Continue,
    /// The REPL is over until [`Repl::start`] is called again.
    Leave(Leave),
}

/// What differs between ports.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of a raw-paste window. The console's input buffer must hold two
    /// windows and one byte (the end mark), or the last byte can be lost. 128 is
    /// the reference's, whose buffer of 256 is in fact that byte too small.
    pub window: u16,
    /// In paste mode, take LF for Enter: for a host, where it may stand in a
    /// pipe or a script. (On a serial line the reference echoes it as it is, and
    /// tools count on that.)
    pub lf_is_enter: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { window: 128, lf_is_enter: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// At the first prompt, or at a further one.
    Line { more: bool },
    /// In paste mode.
    Paste { after_cr: bool },
    /// In the raw REPL.
    Raw,
}

/// The REPL. `S` holds the text under edit or received, `H` the history.
#[derive(Debug)]
pub struct Repl<S, H> {
    pub(crate) editor: Editor<S>,
    pub(crate) history: H,
    pub(crate) options: Options,
    pub(crate) state: State,
    /// Some of the input did not fit: what there is must not be run.
    pub(crate) overflowed: bool,
    /// A line feed that comes next belongs to the line that ended paste mode.
    pub(crate) skip_lf: bool,
}

impl<S: Storage, H: History> Repl<S, H> {
    /// A REPL in friendly mode, which has printed nothing yet.
    pub const fn new(storage: S, history: H, options: Options) -> Self {
        Repl {
            editor: Editor::new(storage),
            history,
            options,
            state: State::Line { more: false },
            overflowed: false,
            skip_lf: false,
        }
    }

    /// The mode it is in, or was left in.
    pub fn mode(&self) -> Mode {
        match self.state {
            State::Raw => Mode::Raw,
            _ => Mode::Friendly,
        }
    }

    /// Sets the mode that [`start`](Self::start) opens.
    pub fn set_mode(&mut self, mode: Mode) {
        self.state = match mode {
            Mode::Friendly => State::Line { more: false },
            Mode::Raw => State::Raw,
        };
    }

    /// The history, to load and to save.
    pub fn history(&mut self) -> &mut H {
        &mut self.history
    }

    /// Opens the REPL, at first and after each soft reset: prints the banner
    /// and the prompt of its mode.
    pub fn start<T: Host + ?Sized>(&mut self, host: &mut T) {
        match self.mode() {
            Mode::Friendly => self.open_friendly(host),
            Mode::Raw => self.open_raw(host),
        }
    }

    /// Takes one byte from the console, and does all that it leads to: running
    /// a program may be part of it.
    pub fn feed<T: Host + ?Sized>(&mut self, byte: u8, host: &mut T) -> Step {
        if core::mem::take(&mut self.skip_lf) && byte == b'\n' {
            return Step::Continue;
        }
        match self.state {
            State::Line { more } => self.feed_line(byte, more, host),
            State::Paste { after_cr } => self.feed_paste(byte, after_cr, host),
            State::Raw => self.feed_raw(byte, host),
        }
    }

    /// The buffer, for modes without an editor.
    pub(crate) fn buffer(&mut self) -> &mut TextBuf<S> {
        self.editor.lend()
    }

    /// Keeps a byte of paste or raw mode; false if it did not fit, the first
    /// time that happens.
    pub(crate) fn keep(&mut self, byte: u8) -> bool {
        if self.overflowed || self.buffer().push(&[byte]).is_ok() {
            return true;
        }
        self.overflowed = true;
        false
    }

    /// Drops what paste or raw mode has kept.
    pub(crate) fn drop_kept(&mut self) {
        self.buffer().clear();
        self.overflowed = false;
    }
}

/// Said in place of running an input that did not fit.
pub(crate) const TOO_LONG: &[u8] = b"MemoryError: input too long\r\n";
