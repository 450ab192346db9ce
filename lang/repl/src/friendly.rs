//! The friendly REPL: a line editor that runs what it is given.

use crate::complete::complete;
use crate::continuation::needs_more;
use crate::host::{Grammar, Host, Job, Outcome, Prompt, Source};
use crate::repl::{Leave, Repl, State, Step, TOO_LONG};
use krait_lineedit::{Completed, Event, History, Insertion, Scene, Storage};

const CTRL_A: u8 = 1;
const CTRL_B: u8 = 2;
const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const CTRL_E: u8 = 5;

/// The host as the editor sees it, with the prompt in force.
struct Stage<'h, T: ?Sized> {
    host: &'h mut T,
    prompt: Prompt,
}

impl<T: Host + ?Sized> Scene for Stage<'_, T> {
    fn write(&mut self, bytes: &[u8]) {
        self.host.write(bytes);
    }
    fn prompt(&mut self) {
        self.host.prompt(self.prompt);
    }
    fn complete(&mut self, before: &str, insertion: &mut Insertion) -> Completed {
        complete(self.host, before, insertion)
    }
}

impl<S: Storage, H: History> Repl<S, H> {
    /// Banner and prompt.
    pub(crate) fn open_friendly<T: Host + ?Sized>(&mut self, host: &mut T) {
        host.banner();
        self.first_line(host);
    }

    /// A fresh prompt.
    pub(crate) fn first_line<T: Host + ?Sized>(&mut self, host: &mut T) {
        self.state = State::Line { more: false };
        self.overflowed = false;
        self.editor.begin(&mut Stage { host, prompt: Prompt::First });
    }

    pub(crate) fn feed_line<T: Host + ?Sized>(&mut self, byte: u8, more: bool, host: &mut T) -> Step {
        let prompt = if more { Prompt::More } else { Prompt::First };
        let event = self.editor.feed(byte, &mut self.history, &mut Stage { host, prompt });
        match event {
            Event::None => {}
            Event::Control(CTRL_C) => {
                host.write(b"\r\n");
                self.first_line(host);
            }
            Event::Control(CTRL_D) if more => return self.run_text(host),
            // In the midst of a statement the other codes count as Enter.
            Event::Control(_) | Event::Line if more => return self.line_entered(host),
            Event::Control(CTRL_A) => {
                host.write(b"\r\n");
                self.open_raw(host);
            }
            Event::Control(CTRL_B) => {
                host.write(b"\r\n");
                self.open_friendly(host);
            }
            Event::Control(CTRL_D) => {
                host.write(b"\r\n");
                return Step::Leave(Leave::EndOfInput);
            }
            Event::Control(CTRL_E) => self.open_paste(host),
            Event::Control(_) => {}
            Event::Line if self.editor.text().is_empty() => self.first_line(host),
            Event::Line => return self.line_entered(host),
        }
        Step::Continue
    }

    /// Goes on to another line, or runs the lines there are.
    fn line_entered<T: Host + ?Sized>(&mut self, host: &mut T) -> Step {
        if !needs_more(self.editor.text()) {
            return self.run_text(host);
        }
        self.state = State::Line { more: true };
        if self.editor.begin_next(&mut Stage { host: &mut *host, prompt: Prompt::More }).is_err() {
            host.write(TOO_LONG);
            self.first_line(host);
        }
        Step::Continue
    }

    fn run_text<T: Host + ?Sized>(&mut self, host: &mut T) -> Step {
        let source = Source::Text(self.editor.text().as_bytes());
        let outcome = host.run(Job { source, grammar: Grammar::Single, echo: true });
        self.after_run(outcome, host)
    }

    /// Reports how a job of the friendly REPL ended, and prompts again.
    pub(crate) fn after_run<T: Host + ?Sized>(&mut self, outcome: Outcome, host: &mut T) -> Step {
        if outcome != Outcome::Done {
            host.report(outcome);
        }
        if outcome == Outcome::Exit {
            self.state = State::Line { more: false };
            return Step::Leave(Leave::Exit);
        }
        self.first_line(host);
        Step::Continue
    }
}
