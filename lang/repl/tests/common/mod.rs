//! A host for tests: a console on byte queues, and a "runtime" that knows a few
//! programs by heart.
#![allow(dead_code, missing_docs, unreachable_pub)]

pub mod scripts;

use krait_lineedit::Ring;
use krait_repl::*;
use std::collections::VecDeque;

/// What a program known by heart does.
pub struct Program {
    pub source: &'static str,
    pub output: &'static str,
    pub traceback: &'static str,
    pub outcome: Outcome,
}

pub const fn prints(source: &'static str, output: &'static str) -> Program {
    Program { source, output, traceback: "", outcome: Outcome::Done }
}

#[derive(Default)]
pub struct FakeHost {
    pub input: VecDeque<u8>,
    pub output: Vec<u8>,
    pub programs: &'static [Program],
    /// Source text of the jobs run, with how they were to be run.
    pub ran: Vec<(String, Grammar, bool)>,
    /// Names per scope: `""` is `__main__`, `"import"` the modules.
    pub names: &'static [(&'static str, &'static [&'static str])],
    pub left: &'static str,
}

impl FakeHost {
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }
}

impl Console for FakeHost {
    fn write(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }
    fn read(&mut self) -> Option<u8> {
        self.input.pop_front()
    }
}

impl Namespace for FakeHost {
    fn each_name(&mut self, scope: Scope<'_>, visit: &mut dyn FnMut(&str)) {
        let key = match scope {
            Scope::Main => "",
            Scope::Attributes(path) => path,
            Scope::Modules => "import",
        };
        for (_, names) in self.names.iter().filter(|(k, _)| *k == key) {
            names.iter().for_each(|n| visit(n));
        }
    }
}

/// Runs a job the way every test host does: reads it, looks it up, prints.
pub fn run_by_heart<H: Console>(
    host: &mut H,
    programs: &'static [Program],
    job: Job<'_>,
) -> (String, Outcome, &'static str) {
    let mut source = Vec::new();
    match job.source {
        Source::Text(text) => source.extend_from_slice(text),
        Source::Stream(stream) => loop {
            match stream.next(host) {
                Ok(Some(byte)) => source.push(byte),
                Ok(None) => break,
                Err(Interrupted) => {
                    return (String::new(), Outcome::Raised, "KeyboardInterrupt: \r\n");
                }
            }
            // The compiler gives up where the text says so.
            if source.ends_with(b"@@") {
                let text = String::from_utf8_lossy(&source).into_owned();
                return (text, Outcome::Raised, "SyntaxError: invalid syntax\r\n");
            }
        },
    }
    let text = String::from_utf8_lossy(&source).into_owned();
    match programs.iter().find(|p| p.source == text.trim_end_matches('\n')) {
        Some(p) => {
            host.write(p.output.as_bytes());
            (text, p.outcome, p.traceback)
        }
        None => (text, Outcome::Done, ""),
    }
}

impl Host for FakeHost {
    fn run(&mut self, job: Job<'_>) -> Outcome {
        let how = (job.grammar, job.echo);
        let (text, outcome, left) = run_by_heart(self, self.programs, job);
        self.ran.push((text, how.0, how.1));
        self.left = left;
        outcome
    }
    fn report(&mut self, _: Outcome) {
        self.write(self.left.as_bytes());
    }
    fn prompt(&mut self, which: Prompt) {
        self.write(match which {
            Prompt::First => b">>> ",
            Prompt::More => b"... ",
        });
    }
    fn banner(&mut self) {
        self.write(b"MicroPython\r\n");
    }
}

pub type TestRepl = Repl<Vec<u8>, Ring<Vec<u8>>>;

pub fn new_repl() -> TestRepl {
    Repl::new(Vec::new(), Ring::new(Vec::new(), 50), Options::default())
}

/// Feeds all bytes, or up to the one that leaves the REPL.
pub fn feed_all<S, H>(repl: &mut Repl<S, H>, host: &mut FakeHost, bytes: &[u8]) -> Step
where
    S: krait_lineedit::Storage,
    H: krait_lineedit::History,
{
    host.input.extend(bytes);
    while let Some(byte) = host.read() {
        let step = repl.feed(byte, host);
        if step != Step::Continue {
            return step;
        }
    }
    Step::Continue
}
