//! The raw REPL and its raw-paste mode, for programs at the other end.
//!
//! After each job come `\x04`, the traceback if there is one, `\x04` and `>`.

use crate::host::{Grammar, Host, Job, Outcome, Source};
use crate::repl::{Leave, Repl, State, Step, TOO_LONG};
use crate::stream::{END, Stream};
use krait_lineedit::{History, Storage};

const CTRL_A: u8 = 1;
const CTRL_B: u8 = 2;
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_E: u8 = 5;

impl<S: Storage, H: History> Repl<S, H> {
    /// The raw REPL's banner and prompt.
    pub(crate) fn open_raw<T: Host + ?Sized>(&mut self, host: &mut T) {
        self.state = State::Raw;
        host.write(b"raw REPL; CTRL-B to exit\r\n");
        self.raw_prompt(host);
    }

    fn raw_prompt<T: Host + ?Sized>(&mut self, host: &mut T) {
        self.drop_kept();
        host.write(b">");
    }

    pub(crate) fn feed_raw<T: Host + ?Sized>(&mut self, byte: u8, host: &mut T) -> Step {
        match byte {
            CTRL_A => match *self.buffer().as_bytes() {
                [CTRL_E, b'A'] => return self.raw_paste(host),
                [CTRL_E, _] => {
                    host.write(b"R\x00");
                    self.raw_prompt(host);
                }
                _ => self.open_raw(host),
            },
            CTRL_B => {
                host.write(b"\r\n");
                self.open_friendly(host);
            }
            CTRL_C => self.drop_kept(),
            CTRL_D => return self.raw_run(host),
            _ => {
                self.keep(byte);
            }
        }
        Step::Continue
    }

    fn raw_run<T: Host + ?Sized>(&mut self, host: &mut T) -> Step {
        host.write(b"OK");
        if self.overflowed {
            host.write(&[END]);
            host.write(TOO_LONG);
            host.write(&[END]);
            self.raw_prompt(host);
            return Step::Continue;
        }
        if self.buffer().is_empty() {
            host.write(b"\r\n");
            return Step::Leave(Leave::EndOfInput);
        }
        let source = Source::Text(self.buffer().as_bytes());
        let outcome = host.run(Job { source, grammar: Grammar::File, echo: false });
        self.raw_report(outcome, host)
    }

    fn raw_paste<T: Host + ?Sized>(&mut self, host: &mut T) -> Step {
        host.write(b"R\x01");
        let mut stream = Stream::open(self.options.window, host);
        let source = Source::Stream(&mut stream);
        let outcome = host.run(Job { source, grammar: Grammar::File, echo: false });
        stream.finish(host);
        self.raw_report(outcome, host)
    }

    fn raw_report<T: Host + ?Sized>(&mut self, outcome: Outcome, host: &mut T) -> Step {
        host.write(&[END]);
        if outcome != Outcome::Done {
            host.report(outcome);
        }
        host.write(&[END]);
        if outcome == Outcome::Exit {
            self.drop_kept();
            return Step::Leave(Leave::Exit);
        }
        self.raw_prompt(host);
        Step::Continue
    }
}
