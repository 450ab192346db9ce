//! What the REPL asks of the port: a console, and a runtime to run source in.

use crate::complete::Namespace;
use crate::stream::Stream;

/// The terminal or serial line, as bytes.
pub trait Console {
    /// Sends bytes as they are (no translation of newlines).
    fn write(&mut self, bytes: &[u8]);
    /// Waits for one byte; `None` once the other end has gone for good. During a
    /// raw paste Ctrl-C must arrive here as the byte 3.
    fn read(&mut self) -> Option<u8>;
}

/// Source text to run.
#[derive(Debug)]
pub enum Source<'a> {
    /// All of it. UTF-8 from the friendly REPL; any bytes from the other modes.
    Text(&'a [u8]),
    /// A raw paste: to be pulled, with the host as console, until it says end.
    /// Everything must be read before the program's first output.
    Stream(&'a mut Stream),
}

/// How source is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// One interactive statement.
    Single,
    /// A whole module.
    File,
}

/// One piece of work for the runtime. It is compiled as `<stdin>` and run in
/// `__main__`.
#[derive(Debug)]
pub struct Job<'a> {
    /// The text.
    pub source: Source<'a>,
    /// How it is parsed.
    pub grammar: Grammar,
    /// Whether values of expression statements are printed (and kept in `_`).
    pub echo: bool,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To its end.
    Done,
    /// With an exception (of the compiler too), which the host holds until
    /// [`Host::report`].
    Raised,
    /// With SystemExit: the REPL is to be left. The host holds its value.
    Exit,
}

/// Which prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// `sys.ps1`, `>>> `. A good moment to undo a left-over heap lock, and for a
    /// host to put the terminal in raw mode.
    First,
    /// `sys.ps2`, `... `.
    More,
}

/// The port's side of the REPL.
pub trait Host: Console + Namespace {
    /// Compiles and runs a job, with Ctrl-C turned into KeyboardInterrupt. The
    /// traceback is not printed here: in raw mode a byte goes before it.
    fn run(&mut self, job: Job<'_>) -> Outcome;
    /// Prints what [`run`](Self::run) left behind: the traceback after
    /// `Raised`; after `Exit` nothing, or the value of SystemExit if it is
    /// neither None nor an integer.
    fn report(&mut self, outcome: Outcome);
    /// Prints a prompt.
    fn prompt(&mut self, which: Prompt);
    /// Prints the banner, ended by a newline.
    fn banner(&mut self);
}
