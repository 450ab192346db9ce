//! Code as data: `compile`, `eval`, `exec`, `execfile`, and the scopes it runs in.

use krait_compiler::InputKind;

use crate::obj::bytes::Bytes;
use crate::obj::dict::Dict;
use crate::vm::load::SourceKind;
use crate::{Args, NewObject, Outcome, Raised, Ref, Str, Tracer, Value, Vm, class, q};

/// What `compile` gives: a function of no arguments, run with whatever globals `exec` has.
pub struct CodeObject {
    function: Value,
}

impl CodeObject {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.function);
    }
}

class! {
    /// `code`
    pub static CODE_OBJECT: q!(code) for CodeObject;
    slots { print: crate::obj::function::print_plain }
}

impl CodeObject {
    /// The function whose code it is.
    pub fn function(&self) -> Value {
        self.function
    }
}

/// The code object of a function: `f.__code__`.
///
/// # Errors
/// Out of memory.
pub fn code_object(vm: &mut Vm, function: Value) -> Outcome {
    Ok(vm.new_object(CodeObject { function })?.value())
}

/// The slot `new` of `function`: `function(code, globals)`.
pub(crate) fn new_function(vm: &mut Vm, _: Ref<crate::Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 2)?;
    let [code, globals] = [0, 1].map(|i| args.get(i).unwrap_or(Value::NONE));
    match (code.downcast::<CodeObject>(), vm.cast::<Dict>(globals)) {
        (Some(code), Some(globals)) => vm.function_of(code.function, globals),
        _ => Err(vm.type_error(format_args!("code and dict expected"))),
    }
}

/// Source text as an argument: a `str`, or anything with bytes.
enum Text {
    Str(Str),
    Bytes(Ref<Bytes>),
}

impl Text {
    fn of(vm: &mut Vm, v: Value) -> Result<Text, Raised> {
        if let Some(s) = vm.as_str(v) {
            return Ok(Text::Str(s));
        }
        let buffer = vm.need_buffer(v, false)?;
        // A copy, since a bytearray may change while it is compiled.
        let copy = vm.new_bytes_from(&buffer)?;
        match copy.downcast::<Bytes>() {
            Some(b) => Ok(Text::Bytes(b)),
            None => Err(vm.type_error(format_args!("object with buffer protocol required"))),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Text::Str(s) => s.as_bytes(),
            Text::Bytes(b) => b.tail(),
        }
    }
}

/// `compile(source, filename, mode)`
pub(super) fn compile(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [source, file, mode] = [0, 1, 2].map(|i| args.get(i).unwrap_or(Value::NONE));
    let text = Text::of(vm, source)?;
    let file = vm.need_qstr(file)?;
    let mode = vm.need_str(mode)?;
    let input = match mode.as_str() {
        "exec" => InputKind::File,
        "single" => InputKind::Single,
        "eval" => InputKind::Eval,
        _ => return Err(vm.value_error("bad compile mode")),
    };
    let kind = SourceKind { file, input, repl: input == InputKind::Single };
    let globals = vm.globals();
    let function = vm.compile_text(text.bytes(), kind, globals)?;
    Ok(vm.new_object(CodeObject { function })?.value())
}

/// The globals and locals that code is to run with: those given, or the current ones.
fn scope(vm: &mut Vm, args: &Args<'_>) -> Result<(Ref<Dict>, Ref<Dict>), Raised> {
    let (mut globals, mut locals) = (vm.globals(), vm.locals());
    for i in 1..3 {
        let Some(v) = args.get(i).filter(|v| !v.is_none()) else { continue };
        match vm.cast::<Dict>(v) {
            Some(d) => {
                locals = d;
                if i == 1 {
                    globals = d;
                }
            }
            None => return Err(vm.raise_args(&crate::obj::exception::TYPE_ERROR, &[])),
        }
    }
    Ok((globals, locals))
}

fn run(vm: &mut Vm, args: &Args<'_>, input: InputKind) -> Outcome {
    let (globals, locals) = scope(vm, args)?;
    let source = args.get(0).unwrap_or(Value::NONE);
    let function = match source.downcast::<CodeObject>() {
        Some(code) => vm.with_globals(code.function, globals)?,
        None => {
            let text = Text::of(vm, source)?;
            vm.compile_text(text.bytes(), SourceKind { file: q!(string_), input, repl: false }, globals)?
        }
    };
    vm.with_scope(globals, locals, |vm| vm.call(function, &[]))
}

/// `eval(source[, globals[, locals]])`
pub(super) fn eval(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    run(vm, args, InputKind::Eval)
}

/// `exec(source[, globals[, locals]])`
pub(super) fn exec(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    run(vm, args, InputKind::File)
}

/// `execfile(path[, globals[, locals]])`
pub(super) fn execfile(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (globals, locals) = scope(vm, args)?;
    let path = vm.need_str(args.get(0).unwrap_or(Value::NONE))?;
    let function = vm.compile_file(&path, globals)?;
    vm.with_scope(globals, locals, |vm| vm.call(function, &[]))
}

/// `globals()`
pub(super) fn globals(vm: &mut Vm) -> Outcome {
    Ok(vm.globals().value())
}

/// `locals()`
pub(super) fn locals(vm: &mut Vm) -> Outcome {
    Ok(vm.locals().value())
}
