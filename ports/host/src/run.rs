//! Running one program: the interpreter in its thread, from settings to exit status.
//!
//! Invariant: the interpreter's native stack is a thread's of known size, so that its depth can be bounded.
//! Exit statuses are the reference's: 1 for an uncaught exception, the low eight bits of `SystemExit`'s integer,
//! 1 for any other value of it.

use std::io::IsTerminal;

use krait_compiler::InputKind;
use krait_hal::{Console, Platform};
use krait_modules::{micropython, sys, vfs};
use krait_runtime::memory::Personality;
use krait_runtime::obj::exception;
use krait_runtime::obj::list::List;
use krait_runtime::vm::load::SourceKind;
use krait_runtime::{Config, Gc, Out, Outcome, Raised, Ref, Value, Vm, q};

use crate::manifest::MODULES;
use crate::platform::{CONSOLE, ENVIRONMENT, PLATFORM};
use crate::{repl, terminal};

/// Bytes of native stack of the interpreter's thread. Calls between Python functions need none of it; the
/// reference has 80,000 for those too.
const STACK: usize = 512 << 10;
/// Of it, what natives may not use, since they look at the depth only now and then.
const STACK_MARGIN: usize = 128 << 10;
/// The part of the heap that frames may fill. With less than half, recursion without end finds room for its
/// traceback, and is a RuntimeError, not a MemoryError.
const FRAMES_OF_HEAP: usize = 4;
/// Bytes that frames may fill in any case: some ten thousands of calls.
const FRAMES_MOST: usize = 4 << 20;
/// A script on standard input may be this long.
const STDIN_LIMIT: usize = 64 << 20;

/// What is run.
#[derive(Debug, Clone)]
pub enum Program {
    /// Nothing: the prompt on a terminal, otherwise what standard input holds.
    None,
    /// A file.
    Script(String),
    /// Source text.
    Command(String),
    /// A module, as `__main__`.
    Module(String),
    /// Standard input, even if it is a terminal.
    Stdin,
}

/// Test personality, from `KRAIT_HARD`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hard {
    /// How the heap behaves.
    pub heap: Personality,
    /// Bytes of native stack, if not as usual.
    pub stack: Option<usize>,
}

/// How it is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program.
    pub program: Program,
    /// `sys.argv`
    pub argv: Vec<String>,
    /// `sys.path` after its first entry.
    pub path: Vec<String>,
    /// How this program was called, for messages.
    pub name: String,
    /// Bytes of heap.
    pub heap: usize,
    /// `-O`
    pub opt_level: u8,
    /// `-v`: figures about memory at the end; twice or more: the program's bytecode first.
    pub verbose: u8,
    /// Whether the prompt follows the program.
    pub inspect: bool,
    /// Whether the program is compiled only.
    pub compile_only: bool,
    /// Test personality.
    pub hard: Hard,
}

/// The banner's first line, without its end.
pub fn banner() -> String {
    let id = PLATFORM.identity();
    format!("{}; {}", sys::BANNER, id.machine)
}

/// Runs a program in a new interpreter, and returns the exit status.
pub fn run(settings: Settings) -> u8 {
    // Before the thread, so that a Ctrl-C from now on is not lost.
    PLATFORM.pending();
    let stack = settings.hard.stack.unwrap_or(STACK).max(32 << 10);
    let thread = std::thread::Builder::new().name("krait".into()).stack_size(stack + BIRTH);
    let margin = STACK_MARGIN.min(stack / 4);
    let started = thread.spawn(move || interpret(&settings, stack - margin));
    let status = match started.map(std::thread::JoinHandle::join) {
        Ok(Ok(status)) => status,
        // The panic has told its story.
        Ok(Err(_)) => 101,
        Err(e) => {
            eprintln!("krait: no thread for the interpreter: {e}");
            1
        }
    };
    CONSOLE.flush();
    terminal::cooked();
    status
}

/// Memory for a heap: zeroed by the system, page by page when it is used; never given back, since the process ends
/// with the interpreter.
fn heap(settings: &Settings) -> Option<&'static mut [u8]> {
    match memmap2::MmapMut::map_anon(settings.heap) {
        Ok(map) => Some(&mut *Box::leak(Box::new(map))),
        Err(e) => {
            eprintln!("{}: no room for a heap of {} bytes: {e}", settings.name, settings.heap);
            None
        }
    }
}

/// A new interpreter. It is made in a box, and here, so that it takes nothing from the stack that it runs on.
#[inline(never)]
fn make(settings: &Settings, native_stack: usize) -> Option<&'static mut Vm> {
    let config = Config {
        platform: &PLATFORM,
        modules: MODULES,
        native_stack,
        frame_words_max: (settings.heap / FRAMES_OF_HEAP).min(FRAMES_MOST) / size_of::<usize>(),
        personality: settings.hard.heap,
    };
    match Vm::in_place(Box::leak(Box::new_uninit()), heap(settings)?, &config) {
        Ok(vm) => Some(vm.allow_threads()),
        Err(_) => {
            eprintln!("{}: a heap of {} bytes is too small", settings.name, settings.heap);
            None
        }
    }
}

fn interpret(settings: &Settings, native_stack: usize) -> u8 {
    let Some(vm) = make(settings, native_stack) else { return 1 };
    if settings.hard.stack.is_some() {
        // What making the interpreter needed is not for it to use.
        return with_ballast(|| program(vm, settings));
    }
    program(vm, settings)
}

/// Stack that making an interpreter needs at most.
const BIRTH: usize = 4 * size_of::<Vm>();

#[inline(never)]
fn with_ballast(f: impl FnOnce() -> u8) -> u8 {
    let ballast = [0u8; BIRTH];
    std::hint::black_box(&ballast);
    let status = f();
    std::hint::black_box(&ballast);
    status
}

#[inline(never)]
fn program(vm: &mut Vm, settings: &Settings) -> u8 {
    vm.enter();
    // In a frame of its own: values that natives hold must lie below the place just noted.
    program_below(vm, settings)
}

#[inline(never)]
fn program_below(vm: &mut Vm, settings: &Settings) -> u8 {
    vm.st.opt_level = settings.opt_level;
    vm.st.frozen = krait_python::ALL;
    if set_up(vm, settings).is_err() {
        return uncaught(vm);
    }
    let status = run_program(vm, settings);
    let status = match sys::run_atexit(vm) {
        Ok(()) => status,
        Err(_) => uncaught(vm),
    };
    vm.finalise_all();
    if settings.hard.heap.count {
        let t = vm.heap().tally();
        eprintln!("heap: {} {} {} {}", t.blocks, t.requested, t.rounded, t.reference);
    }
    if settings.verbose > 0 && micropython::print_mem_info(vm, false).is_err() {
        vm.take_raised();
    }
    status
}

fn set_up(vm: &mut Vm, settings: &Settings) -> Result<(), Raised> {
    let fs = vm.call(Ref::of_static(&vfs::posix::VFS_POSIX).value(), &[])?;
    vfs::mount_root(vm, fs)?;
    vm.st.import_files = Some(&vfs::IMPORT);
    let first = match &settings.program {
        Program::Script(path) => std::fs::canonicalize(path)
            .ok()
            .and_then(|p| p.parent().and_then(|p| p.to_str()).map(str::to_owned))
            .unwrap_or_default(),
        _ => String::new(),
    };
    if let Some(path) = vm.st.modules.path {
        push(vm, path, &first)?;
        for entry in &settings.path {
            push(vm, path, entry)?;
        }
    }
    if let Some(argv) = vm.st.modules.argv {
        for arg in &settings.argv {
            push(vm, argv, arg)?;
        }
    }
    Ok(())
}

fn push(vm: &mut Vm, list: Ref<List>, text: &str) -> Result<(), Raised> {
    let v = vm.new_str(text)?;
    list.items.push(vm, v)
}

fn run_program(vm: &mut Vm, settings: &Settings) -> u8 {
    let mut status = None;
    match &settings.program {
        Program::None => {}
        Program::Command(text) => status = Some(run_text(vm, settings, text.as_bytes())),
        Program::Script(path) => {
            if let Err(e) = std::fs::metadata(path) {
                complain(settings, path, &e);
                status = Some(2);
            } else {
                let done = run_script(vm, settings, path);
                status = Some(end(vm, done));
            }
        }
        Program::Module(name) => {
            if let Err(status) = run_module(vm, name) {
                return status;
            }
            status = Some(0);
        }
        Program::Stdin => status = Some(run_stdin(vm, settings)),
    }
    // The program may have asked for the prompt meanwhile.
    let inspect = settings.inspect || ENVIRONMENT.variable("MICROPYINSPECT").is_some_and(|v| !v.is_empty());
    match status {
        Some(status) if !inspect => status,
        None if !inspect && !std::io::stdin().is_terminal() => run_stdin(vm, settings),
        _ => match repl::run(vm) {
            Some(exit) => exit_code(vm, exit).unwrap_or(0),
            None => 0,
        },
    }
}

fn complain(settings: &Settings, path: &str, e: &std::io::Error) {
    CONSOLE.flush();
    let number = e.raw_os_error().unwrap_or(2);
    // The library adds the number to the system's words.
    let text = e.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    eprintln!("{}: can't open file '{path}': [Errno {number}] {words}", settings.name);
}

fn run_stdin(vm: &mut Vm, settings: &Settings) -> u8 {
    match CONSOLE.read_all(STDIN_LIMIT) {
        Some(text) => run_text(vm, settings, &text),
        None => {
            eprintln!("{}: the script on standard input is too long", settings.name);
            1
        }
    }
}

fn run_text(vm: &mut Vm, settings: &Settings, text: &[u8]) -> u8 {
    let done = (|| {
        let globals = vm.main_globals();
        globals.set_qstr(vm, q!(__file__), Value::qstr(q!(stdin_)))?;
        let kind = SourceKind { file: q!(stdin_), input: InputKind::File, repl: false };
        show(settings, "<stdin>", text);
        let f = vm.compile_text(text, kind, globals)?;
        call(vm, settings, f)
    })();
    end(vm, done)
}

fn run_script(vm: &mut Vm, settings: &Settings, path: &str) -> Outcome {
    let globals = vm.main_globals();
    let file = vm.intern(path)?;
    globals.set_qstr(vm, q!(__file__), Value::qstr(file))?;
    if settings.verbose > 1
        && let Ok(text) = std::fs::read(path)
    {
        show(settings, path, &text);
    }
    let f = vm.compile_file(path, globals)?;
    call(vm, settings, f)
}

/// Prints the bytecode of the program, if that is wanted.
fn show(settings: &Settings, file: &str, text: &[u8]) {
    if settings.verbose > 1 {
        CONSOLE.write(krait_hal::Stream::Out, crate::listing::of(text, file, settings.opt_level).as_bytes());
    }
}

fn call(vm: &mut Vm, settings: &Settings, f: Value) -> Outcome {
    if settings.compile_only {
        return Ok(Value::NONE);
    }
    let globals = vm.main_globals();
    vm.with_scope(globals, globals, |vm| vm.call(f, &[]))
}

/// Imports a module as `__main__`; of a package its submodule `__main__` too, if it has one.
fn run_module(vm: &mut Vm, name: &str) -> Result<(), u8> {
    let globals = vm.main_globals();
    let done = (|| {
        let package = vm.new_str(name)?;
        let text = vm.need_str(package)?;
        let m = vm.import(text, Value::FALSE, 0, globals)?;
        if vm.get_attr_or_none(m, q!(__path__))?.is_some() {
            let inner = vm.new_str(&format!("{name}.__main__"))?;
            let text = vm.need_str(inner)?;
            vm.import(text, Value::FALSE, 0, globals)?;
        }
        Ok(())
    })();
    done.map_err(|_: Raised| uncaught(vm))
}

fn end(vm: &mut Vm, done: Outcome) -> u8 {
    // A Ctrl-C, or a scheduled call, that came at the very end still counts.
    match done.and_then(|_| vm.poll()) {
        Ok(()) => 0,
        Err(_) => uncaught(vm),
    }
}

/// The status for the exception that was raised last; one that is no `SystemExit` is printed.
fn uncaught(vm: &mut Vm) -> u8 {
    let exc = vm.take_raised();
    if let Some(status) = exit_code(vm, exc) {
        return status;
    }
    if vm.print_exception(exc, &mut Out::Error).is_err() {
        vm.take_raised();
        eprintln!("exception could not be printed");
    }
    1
}

/// The exit status that a `SystemExit` asks for; `None` for another exception.
pub fn exit_code(vm: &mut Vm, exc: Value) -> Option<u8> {
    if !vm.is_instance(exc, Ref::of_static(&exception::SYSTEM_EXIT)) {
        return None;
    }
    let args = vm.as_exception(exc).and_then(|e| e.args.get());
    let Some(v) = args.and_then(|t| t.tail().first().copied()).filter(|v| !v.is_none()) else { return Some(0) };
    match vm.int_maybe(v) {
        Ok(Some(n)) => Some(n as u8),
        Ok(None) => Some(1),
        Err(_) => {
            vm.take_raised();
            Some(1)
        }
    }
}
