//! Paste mode: text is taken as it comes, echoed with `=== ` before each line,
//! and run at Ctrl-D.

use crate::host::{Grammar, Host, Job, Source};
use crate::repl::{Repl, State, Step, TOO_LONG};
use krait_lineedit::{History, Storage};

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;

impl<S: Storage, H: History> Repl<S, H> {
    pub(crate) fn open_paste<T: Host + ?Sized>(&mut self, host: &mut T) {
        host.write(b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== ");
        self.drop_kept();
        self.state = State::Paste { after_cr: false };
    }

    pub(crate) fn feed_paste<T: Host + ?Sized>(&mut self, byte: u8, after_cr: bool, host: &mut T) -> Step {
        match byte {
            CTRL_C => {
                host.write(b"\r\n");
                self.first_line(host);
                return Step::Continue;
            }
            CTRL_D => {
                host.write(b"\r\n");
                // Where text comes from a file, Ctrl-D stands in a line of its own. A key sends CR.
                self.skip_lf = self.options.lf_is_enter;
                return self.run_paste(host);
            }
            _ => {}
        }
        self.state = State::Paste { after_cr: byte == b'\r' };
        let lf = byte == b'\n';
        // CR and CR LF are one newline each.
        let kept = match byte {
            b'\r' => self.keep(b'\n'),
            b'\n' if after_cr => true,
            _ => self.keep(byte),
        };
        if byte == b'\r' || (lf && self.options.lf_is_enter && !after_cr) {
            host.write(b"\r\n=== ");
        } else if !(lf && self.options.lf_is_enter) {
            host.write(&[byte]);
        }
        if !kept {
            host.write(b"\x07");
        }
        Step::Continue
    }

    fn run_paste<T: Host + ?Sized>(&mut self, host: &mut T) -> Step {
        if self.overflowed {
            host.write(TOO_LONG);
            self.first_line(host);
            return Step::Continue;
        }
        let source = Source::Text(self.buffer().as_bytes());
        let outcome = host.run(Job { source, grammar: Grammar::File, echo: true });
        self.after_run(outcome, host)
    }
}
