//! `sys`
//!
//! What a program can set (`ps1`, `ps2`, `tracebacklimit`, and `path`) is kept in the interpreter; the rest stands
//! in ROM or is computed.

use krait_runtime::obj::list::List;
use krait_runtime::{Args, Gc, Maybe, Obj, Out, Outcome, Qstr, Raised, UnaryOp, Value, Vm, module, q, rom_object};

use crate::attr_tuple::{AttrTuple, Field, version_tuple};
use crate::stdio::{STDERR, STDIN, STDOUT, output};

/// The version of MicroPython that Krait is.
pub const VERSION: [isize; 3] = [1, 29, 0];

/// What stands before the machine's name in the banner.
pub const BANNER: &str = concat!("MicroPython v1.29.0; Krait ", env!("CARGO_PKG_VERSION"));

/// `.mpy` version 6, sub-version 3, no native code.
const MPY: isize = 6 | 3 << 8;

module! {
    /// `sys`
    pub static SYS: q!(sys), attr(computed), set_attr(set);
    q!(argv) => value(Value::SENTINEL),
    q!(path) => value(Value::SENTINEL),
    q!(modules) => value(Value::SENTINEL),
    q!(version) => value(Value::SENTINEL),
    q!(version_info) => value(Value::SENTINEL),
    q!(implementation) => obj(&IMPLEMENTATION),
    q!(platform) => value(Value::SENTINEL),
    q!(executable) => value(Value::SENTINEL),
    q!(maxsize) => value(Value::SENTINEL),
    q!(ps1) => value(Value::SENTINEL),
    q!(ps2) => value(Value::SENTINEL),
    q!(byteorder) => str(q!(little)),
    q!(stdin) => obj(&STDIN),
    q!(stdout) => obj(&STDOUT),
    q!(stderr) => obj(&STDERR),
    q!(exit) => var(0, 1, exit),
    q!(print_exception) => var(1, 2, print_exception),
    q!(exc_info) => f0(exc_info),
    q!(getsizeof) => f1(getsizeof),
    q!(intern) => f1(intern),
    q!(atexit) => f1(atexit),
}

static IMPLEMENTATION: Obj<AttrTuple> = rom_object(AttrTuple(&[
    Field(q!(name), |_| Ok(Value::qstr(q!(micropython)))),
    Field(q!(version), |vm| version_tuple(vm, VERSION, Some(q!(empty_)))),
    Field(q!(_machine), |vm| vm.new_str(vm.platform().identity().machine)),
    Field(q!(_mpy), |_| Ok(Value::small_int(MPY))),
    Field(q!(_build), |vm| vm.new_str(vm.platform().identity().build)),
]));

fn computed(vm: &mut Vm, name: Qstr) -> Maybe {
    let m = &vm.st.modules;
    let v = if name == q!(argv) {
        m.argv.map(|l| l.value())
    } else if name == q!(path) {
        match kept(vm, name) {
            Some(v) => Some(v),
            None => vm.st.modules.path.map(|l| l.value()),
        }
    } else if name == q!(modules) {
        m.modules.map(|d| d.value())
    } else if name == q!(version) {
        Some(vm.format_str(format_args!("3.4.0; {BANNER}"))?)
    } else if name == q!(version_info) {
        Some(version_tuple(vm, [3, 4, 0], None)?)
    } else if name == q!(platform) {
        let name = vm.platform().identity().platform;
        Some(Value::qstr(vm.intern(name)?))
    } else if name == q!(executable) {
        Some(executable(vm)?)
    } else if name == q!(maxsize) {
        Some(vm.new_int(isize::MAX)?)
    } else if name == q!(ps1) {
        Some(prompt(vm, name, ">>> ")?)
    } else if name == q!(ps2) {
        Some(prompt(vm, name, "... ")?)
    } else {
        kept(vm, name)
    };
    Ok(v)
}

fn kept(vm: &Vm, name: Qstr) -> Option<Value> {
    vm.st.modules.values.and_then(|d| d.get_qstr(vm, name))
}

/// A prompt: what the program has set, or the usual one.
///
/// # Errors
/// Out of memory.
pub fn prompt(vm: &mut Vm, name: Qstr, usual: &str) -> Outcome {
    match kept(vm, name) {
        Some(v) => Ok(v),
        None => vm.new_str(usual),
    }
}

fn executable(vm: &mut Vm) -> Outcome {
    let mut made = Ok(Value::qstr(q!(empty_)));
    vm.platform().executable(&mut |path| made = vm.new_str(path));
    made
}

fn set(vm: &mut Vm, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    if name == q!(path)
        && let Some(v) = to
    {
        return set_path(vm, v).map(|()| true);
    }
    if name != q!(path) && name != q!(ps1) && name != q!(ps2) && name != q!(tracebacklimit) {
        return Ok(false);
    }
    let Some(values) = vm.st.modules.values else { return Ok(false) };
    match to {
        Some(v) => values.set_qstr(vm, name, v).map(|()| true),
        None => Ok(values.remove_qstr(vm, name).is_some()),
    }
}

/// `sys.path = v`: what is no list is kept as it is, and searched as the list of its items.
fn set_path(vm: &mut Vm, v: Value) -> Result<(), Raised> {
    let list = match v.downcast::<List>() {
        Some(list) => list,
        None => vm.list_from(v)?,
    };
    if let Some(values) = vm.st.modules.values {
        match v == list.value() {
            true => {
                values.remove_qstr(vm, q!(path));
            }
            false => values.set_qstr(vm, q!(path), v)?,
        }
    }
    vm.st.modules.path = Some(list);
    Ok(())
}

/// `exit([status])`
fn exit(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    Err(vm.raise_args(&krait_runtime::obj::exception::SYSTEM_EXIT, args.pos))
}

/// `print_exception(exc[, file])`
fn print_exception(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let exc = args.get(0).unwrap_or(Value::NONE);
    let mut out = match args.get(1) {
        None => Out::Console,
        Some(file) => match output(file) {
            Some(krait_hal::Stream::Out) => Out::Console,
            Some(krait_hal::Stream::Err) => Out::Error,
            None => vm.output_to(file)?,
        },
    };
    vm.print_exception(exc, &mut out)?;
    Ok(Value::NONE)
}

/// `exc_info()`: type, value, and `None` for the traceback.
fn exc_info(vm: &mut Vm) -> Outcome {
    let items = match vm.st.current_exception {
        Some(e) => [vm.type_of(e).value(), e, Value::NONE],
        None => [Value::NONE; 3],
    };
    Ok(vm.new_tuple(&items)?.value())
}

/// `getsizeof(object)`: bytes of the heap that are the object's alone.
fn getsizeof(vm: &mut Vm, v: Value) -> Outcome {
    if let Some(f) = vm.type_of(v).slots.unary
        && let Some(n) = f(vm, UnaryOp::Sizeof, v)?
    {
        return Ok(n);
    }
    let own = v.as_head().map_or(0, |p| vm.heap().block_size(p.cast()));
    let more = match (v.downcast::<List>(), vm.as_str(v)) {
        (Some(l), _) => l.items.len() * size_of::<Value>(),
        (None, Some(s)) if own == 0 => s.len(),
        (None, _) => 0,
    };
    Ok(Value::small_int((own + more).max(size_of::<Value>()) as isize))
}

/// `intern(string)`
fn intern(vm: &mut Vm, v: Value) -> Outcome {
    vm.need_qstr(v).map(Value::qstr)
}

/// `atexit(f)`: sets what is called at the end; returns what was to be called before.
fn atexit(vm: &mut Vm, f: Value) -> Outcome {
    let Some(values) = vm.st.modules.values else { return Ok(Value::NONE) };
    let old = values.get_qstr(vm, q!(atexit)).unwrap_or(Value::NONE);
    values.set_qstr(vm, q!(atexit), f)?;
    Ok(old)
}

/// Calls what `atexit` has set. Ports call it when a program has ended.
///
/// # Errors
/// What it raises.
pub fn run_atexit(vm: &mut Vm) -> Result<(), Raised> {
    let Some(values) = vm.st.modules.values else { return Ok(()) };
    match values.remove_qstr(vm, q!(atexit)) {
        Some(f) if !f.is_none() => vm.call(f, &[]).map(|_| ()),
        _ => Ok(()),
    }
}
