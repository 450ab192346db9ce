//! The prompt on a terminal, or on whatever standard input is.

use krait_repl::{Console as _, Leave, Options, Port, Repl, Step, VmHost};
use krait_runtime::{Value, Vm};

use crate::{history, terminal};

struct HostPort;

impl Port for HostPort {
    fn before_input(&mut self) {
        terminal::raw();
    }

    fn before_program(&mut self) {
        terminal::cooked();
    }

    fn banner(&mut self, out: &mut dyn FnMut(&str)) {
        out(&crate::run::banner());
        out("\nUse Ctrl-D to exit, Ctrl-E for paste mode\n");
    }
}

/// Runs the REPL to its end; the `SystemExit` that ended it, if one did.
pub(crate) fn run(vm: &mut Vm) -> Option<Value> {
    let options = Options { lf_is_enter: true, ..Options::default() };
    let mut repl = Repl::new(Vec::new(), history::load(), options);
    let mut host = VmHost::new(vm, HostPort);
    repl.start(&mut host);
    let left = loop {
        let Some(byte) = host.read() else { break None };
        match repl.feed(byte, &mut host) {
            Step::Continue => {}
            Step::Leave(Leave::Exit) => break host.left(),
            Step::Leave(Leave::EndOfInput) => break None,
        }
    };
    terminal::cooked();
    history::save(repl.history());
    left
}
