//! The REPL's host over the virtual machine, for every port.
//!
//! Invariant: jobs run in `__main__` as `<stdin>`. Names are looked up for completion without a visible trace: what
//! an attribute raises is dropped.
//! The surprise: the exception of a job waits here, between [`Host::run`] and [`Host::report`], because in raw mode
//! a byte goes before the traceback.

use krait_compiler::{InputKind, SourceFailed};
use krait_hal::Stream as To;
use krait_runtime::obj::exception;
use krait_runtime::vm::load::SourceKind;
use krait_runtime::{Gc, Out, PrintKind, Raised, Ref, Value, Vm, q};

use crate::complete::{Namespace, Scope};
use crate::host::{Console, Grammar, Host, Job, Outcome, Prompt, Source};
use crate::stream::Stream;

/// Ctrl-C, as a byte.
const CTRL_C: u8 = 3;

/// What differs between ports.
pub trait Port {
    /// Called before a prompt: the terminal is to deliver every byte as it is typed.
    fn before_input(&mut self) {}
    /// Called before a program runs: the terminal is to work as programs expect it.
    fn before_program(&mut self) {}
    /// Prints the banner.
    fn banner(&mut self, out: &mut dyn FnMut(&str));
}

/// The host; see the head of the file.
pub struct VmHost<'v, P> {
    vm: &'v mut Vm,
    port: P,
    left: Option<Value>,
}

impl<'v, P: Port> VmHost<'v, P> {
    /// A host that runs jobs in `vm`.
    pub fn new(vm: &'v mut Vm, port: P) -> Self {
        VmHost { vm, port, left: None }
    }

    /// The exception that the last job has left, such as the `SystemExit` that ended the REPL.
    pub fn left(&self) -> Option<Value> {
        self.left
    }

    /// The interpreter.
    pub fn vm(&mut self) -> &mut Vm {
        self.vm
    }

    fn execute(&mut self, job: Job<'_>) -> Result<(), Raised> {
        let input = match job.grammar {
            Grammar::Single => InputKind::Single,
            Grammar::File => InputKind::File,
        };
        let kind = SourceKind { file: q!(stdin_), input, repl: job.echo };
        let globals = self.vm.main_globals();
        let function = match job.source {
            Source::Text(text) => self.vm.compile_text(text, kind, globals)?,
            Source::Stream(stream) => {
                let mut source = Typed { stream, console: PlatformConsole(self.vm.platform()), interrupted: false };
                let made = self.vm.compile_source(&mut source, kind, globals);
                if source.interrupted {
                    self.vm.take_raised();
                    return Err(self.vm.raise_args(&exception::KEYBOARD_INTERRUPT, &[]));
                }
                made?
            }
        };
        self.vm.with_scope(globals, globals, |vm| vm.call(function, &[])).map(|_| ())
    }
}

/// The platform's console as the REPL's.
struct PlatformConsole(&'static dyn krait_hal::Platform);

impl Console for PlatformConsole {
    fn write(&mut self, bytes: &[u8]) {
        self.0.console().write(To::Out, bytes);
    }

    fn read(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.0.console().flush();
        match self.0.console().read(&mut byte) {
            0 if self.0.take_interrupt() => Some(CTRL_C),
            0 => None,
            _ => byte.first().copied(),
        }
    }
}

/// Source text that is typed, or sent, while it is compiled.
struct Typed<'s> {
    stream: &'s mut Stream,
    console: PlatformConsole,
    interrupted: bool,
}

impl krait_compiler::Source for Typed<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, SourceFailed> {
        let mut n = 0;
        for to in into {
            match self.stream.next(&mut self.console) {
                Ok(Some(byte)) => *to = byte,
                Ok(None) => break,
                Err(_) => {
                    self.interrupted = true;
                    return Err(SourceFailed);
                }
            }
            n += 1;
        }
        Ok(n)
    }
}

impl<P: Port> Console for VmHost<'_, P> {
    fn write(&mut self, bytes: &[u8]) {
        self.vm.console_write(To::Out, bytes);
    }

    fn read(&mut self) -> Option<u8> {
        let platform = self.vm.platform();
        self.vm.blocking(|| PlatformConsole(platform).read())
    }
}

impl<P: Port> Namespace for VmHost<'_, P> {
    fn each_name(&mut self, scope: Scope<'_>, visit: &mut dyn FnMut(&str)) {
        let vm = &mut *self.vm;
        let mut tell = |vm: &mut Vm, name| {
            let text = vm.qstr_text(name);
            visit(&text);
            Ok(())
        };
        let done = match scope {
            Scope::Main => {
                let globals = vm.main_globals();
                vm.each_key(&globals.table, &mut tell)
            }
            Scope::Attributes(path) => match resolve(vm, path) {
                Ok(Some(v)) => vm.each_name(v, &mut tell),
                Ok(None) => Ok(()),
                Err(r) => Err(r),
            },
            Scope::Modules => {
                for m in vm.st.builtin_modules {
                    let text = vm.qstr_text(m.body.name);
                    visit(&text);
                }
                Ok(())
            }
        };
        if done.is_err() {
            vm.take_raised();
        }
    }
}

/// What a dotted name stands for, beginning in `__main__`.
fn resolve(vm: &mut Vm, path: &str) -> Result<Option<Value>, Raised> {
    let mut found: Option<Value> = None;
    for part in path.split('.') {
        // A name that was never interned names nothing.
        let Some(name) = vm.qstrs().find(part) else { return Ok(None) };
        found = match found {
            None => vm.main_globals().get_qstr(vm, name).or_else(|| vm.builtin(name)),
            Some(v) => vm.get_attr_or_none(v, name)?,
        };
        if found.is_none() {
            return Ok(None);
        }
    }
    Ok(found)
}

impl<P: Port> Host for VmHost<'_, P> {
    fn run(&mut self, job: Job<'_>) -> Outcome {
        self.left = None;
        self.port.before_program();
        // A Ctrl-C from before counts for nothing.
        self.vm.platform().take_interrupt();
        let done = self.execute(job);
        let outcome = match done {
            Ok(()) => Outcome::Done,
            Err(_) => {
                let exc = self.vm.take_raised();
                self.left = Some(exc);
                let exit = Ref::of_static(&exception::SYSTEM_EXIT);
                if self.vm.is_instance(exc, exit) { Outcome::Exit } else { Outcome::Raised }
            }
        };
        self.vm.platform().console().flush();
        outcome
    }

    fn report(&mut self, outcome: Outcome) {
        let Some(exc) = self.left else { return };
        let printed = match outcome {
            Outcome::Raised => {
                self.left = None;
                self.vm.print_exception(exc, &mut Out::Console)
            }
            _ => Ok(()),
        };
        if printed.is_err() {
            self.vm.take_raised();
            self.vm.console_write(To::Out, b"exception could not be printed\n");
        }
    }

    fn prompt(&mut self, which: Prompt) {
        // A heap lock that a program has left must not outlive it.
        while self.vm.heap_locked() {
            self.vm.heap_mut().unlock();
        }
        let (name, usual) = match which {
            Prompt::First => {
                self.port.before_input();
                (q!(ps1), &b">>> "[..])
            }
            Prompt::More => (q!(ps2), &b"... "[..]),
        };
        let set = self.vm.st.modules.values.and_then(|d| d.get_qstr(self.vm, name));
        match set {
            Some(v) => {
                if self.vm.print_value(v, &mut Out::Console, PrintKind::Str).is_err() {
                    self.vm.take_raised();
                    self.vm.console_write(To::Out, usual);
                }
            }
            None => self.vm.console_write(To::Out, usual),
        }
    }

    fn banner(&mut self) {
        let vm = &mut *self.vm;
        self.port.banner(&mut |text| vm.console_write(To::Out, text.as_bytes()));
    }
}
