//! The interactive prompt of Krait, one for host and chip: friendly REPL, paste
//! mode, raw REPL and raw-paste mode, as a state machine over a [`Host`].
//!
//! Invariant: bytes come in through [`Repl::feed`] (and, while a raw paste is
//! compiled, through [`Console::read`]) and go out through [`Console::write`];
//! nothing else is touched. No input can grow memory beyond what the
//! [`Storage`](krait_lineedit::Storage) behind the editor allows.
//!
//! The one surprise: a raw paste is pulled, not pushed. The compiler reads the
//! source from a [`Stream`] while the other end is still sending it, so the text
//! never stands in memory whole.
//!
//! A port implements [`Console`], [`Namespace`] and [`Host`], then runs
//!
//! ```text
//! let mut repl = Repl::new(line_storage, history, Options::default());
//! loop {
//!     // banner or "raw REPL; CTRL-B to exit", and the prompt
//!     repl.start(&mut host);
//!     let why = loop {
//!         let Some(byte) = host.read() else { return };
//!         if let Step::Leave(why) = repl.feed(byte, &mut host) { break why }
//!     };
//!     // Leave::EndOfInput (Ctrl-D) or Leave::Exit (SystemExit): a program on a
//!     // host ends; a chip resets softly and starts the REPL again in the mode
//!     // that `repl.mode()` tells (main.py runs in friendly mode only).
//! }
//! ```
//!
//! The bytes are those of MicroPython 1.29's `pyexec` (which its unix port
//! shares), as mpremote and Thonny expect them.
//!
//! Absent on purpose: the compiler, the heap, the terminal's mode, the soft
//! reset itself and its `MPY: soft reboot` line.
#![no_std]
#![forbid(unsafe_code)]

mod complete;
mod continuation;
mod friendly;
mod host;
mod paste;
mod raw;
mod repl;
mod stream;
#[cfg(feature = "runtime")]
mod vm_host;

pub use complete::{Namespace, Scope, complete};
pub use continuation::needs_more;
pub use host::{Console, Grammar, Host, Job, Outcome, Prompt, Source};
pub use repl::{Leave, Mode, Options, Repl, Step};
pub use stream::{Interrupted, Stream};
#[cfg(feature = "runtime")]
pub use vm_host::{Port, VmHost};
