//! Exceptions: one body for all native exception types, and the table of these.

use core::cell::Cell;

use crate::obj::tuple::Tuple;
use crate::ty::TypeFlags;
use crate::vm::exception_core;
use crate::{Args, Maybe, Obj, Out, Outcome, PrintKind, Qstr, Raised, Ref, Slots, Tracer, Type, Value, ValueBuf, Vm};

/// An exception's body.
pub struct Exception {
    /// `args`.
    pub args: Cell<Option<Ref<Tuple>>>,
    /// File, line and block name of each frame that it has left, innermost first.
    pub traceback: ValueBuf,
    /// Bytes that a failed allocation asked for, of the one `MemoryError` that needs no memory.
    bytes: Cell<usize>,
}

impl Exception {
    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        t.opt_reference(self.args.get());
        self.traceback.trace(t);
    }

    pub(crate) fn empty() -> Exception {
        Exception { args: Cell::new(None), traceback: ValueBuf::new(), bytes: Cell::new(0) }
    }

    /// A new exception object of the native type `ty`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn make(vm: &mut Vm, ty: Ref<Type>, args: &[Value]) -> Outcome {
        if vm.heap_locked() {
            let args = vm.emergency_args(args);
            let e = vm.emergency_exception(ty);
            e.args.set(args);
            return Ok(e.value());
        }
        let args = if args.is_empty() { None } else { Some(vm.new_tuple(args)?) };
        let e = vm.alloc_exception(ty, Exception { args: Cell::new(args), ..Exception::empty() })?;
        Ok(e.value())
    }

    /// The exception for when the heap is full: the one that was made before, if nothing of `args` gets lost.
    pub(crate) fn make_without_heap(vm: &mut Vm, ty: Ref<Type>, args: &[Value]) -> Option<Value> {
        let kept = if args.is_empty() { None } else { Some(vm.emergency_args(args)?) };
        let e = vm.emergency_exception(ty);
        e.args.set(kept);
        Some(e.value())
    }

    pub(crate) fn reset_for_memory(vm: &mut Vm, e: Ref<Exception>, bytes: usize) {
        e.args.set(None);
        e.traceback.truncate(0);
        e.bytes.set(if vm.heap_locked() { usize::MAX } else { bytes.min(usize::MAX - 1) });
    }
}

macro_rules! exceptions {
    ($($(#[$doc:meta])* $name:ident $py:ident ($($base:ident)?);)*) => {
        $(
            $(#[$doc])*
            #[allow(unsafe_code)]
            // SAFETY: objects of `type` have the body Type.
            pub static $name: Obj<Type> = unsafe {
                Obj::new_static(crate::obj::type_::type_ptr(), Type::native(
                    exception_core(),
                    q!($py),
                    TypeFlags::EXCEPTION,
                    exceptions!(@base $($base)?),
                    &SLOTS,
                    exceptions!(@attrs $($base)?),
                ))
            };
        )*
        /// Every native exception type with its name, for `builtins`.
        pub static ALL: &[(Qstr, &Obj<Type>)] = &[$((q!($py), &$name)),*];
    };
    (@base) => { None };
    (@base $base:ident) => { Some(Ref::of_static(&$base)) };
    (@attrs) => { crate::rom_table!(q!(__init__) => var(1, 255, init)) };
    (@attrs $base:ident) => { &[] };
}

exceptions! {
    /// The root.
    BASE_EXCEPTION BaseException ();
    /// `sys.exit()`
    SYSTEM_EXIT SystemExit (BASE_EXCEPTION);
    /// Ctrl-C
    KEYBOARD_INTERRUPT KeyboardInterrupt (BASE_EXCEPTION);
    /// A generator is closed.
    GENERATOR_EXIT GeneratorExit (BASE_EXCEPTION);
    /// Errors.
    EXCEPTION Exception (BASE_EXCEPTION);
    /// Async iteration ends.
    STOP_ASYNC_ITERATION StopAsyncIteration (EXCEPTION);
    /// Iteration ends.
    STOP_ITERATION StopIteration (EXCEPTION);
    /// Numbers.
    ARITHMETIC_ERROR ArithmeticError (EXCEPTION);
    /// A result is too large.
    OVERFLOW_ERROR OverflowError (ARITHMETIC_ERROR);
    /// Division by zero.
    ZERO_DIVISION_ERROR ZeroDivisionError (ARITHMETIC_ERROR);
    /// `assert`
    ASSERTION_ERROR AssertionError (EXCEPTION);
    /// No such attribute.
    ATTRIBUTE_ERROR AttributeError (EXCEPTION);
    /// End of input.
    EOF_ERROR EOFError (EXCEPTION);
    /// Import.
    IMPORT_ERROR ImportError (EXCEPTION);
    /// Look-up.
    LOOKUP_ERROR LookupError (EXCEPTION);
    /// No such index.
    INDEX_ERROR IndexError (LOOKUP_ERROR);
    /// No such key.
    KEY_ERROR KeyError (LOOKUP_ERROR);
    /// Out of memory.
    MEMORY_ERROR MemoryError (EXCEPTION);
    /// No such name.
    NAME_ERROR NameError (EXCEPTION);
    /// The system.
    OS_ERROR OSError (EXCEPTION);
    /// Others.
    RUNTIME_ERROR RuntimeError (EXCEPTION);
    /// Abstract.
    NOT_IMPLEMENTED_ERROR NotImplementedError (RUNTIME_ERROR);
    /// The source text.
    SYNTAX_ERROR SyntaxError (EXCEPTION);
    /// Its indentation.
    INDENTATION_ERROR IndentationError (SYNTAX_ERROR);
    /// Wrong type.
    TYPE_ERROR TypeError (EXCEPTION);
    /// Types of viper code.
    VIPER_TYPE_ERROR ViperTypeError (TYPE_ERROR);
    /// Wrong value.
    VALUE_ERROR ValueError (EXCEPTION);
    /// Not valid UTF-8.
    UNICODE_ERROR UnicodeError (VALUE_ERROR);
}

static SLOTS: Slots =
    Slots { new: Some(new), print: Some(print), get_attr: Some(get_attr), set_attr: Some(set_attr), ..Slots::NONE };

fn new(vm: &mut Vm, ty: Ref<Type>, args: &Args<'_>) -> Outcome {
    if !args.kw.is_empty() {
        return Err(vm.type_error(format_args!("function doesn't take keyword arguments")));
    }
    Exception::make(vm, ty, args.pos)
}

/// `Exception.__init__(self, *args)`: sets `args` of an instance of a class that inherits.
fn init(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    match vm.as_exception(this) {
        Some(e) => {
            let t = vm.new_tuple(args.skip_first().pos)?;
            e.args.set(Some(t));
            Ok(Value::NONE)
        }
        None => Err(vm.type_error(format_args!("exception expected"))),
    }
}

/// The text of the message of the exception that needs no memory.
fn print_memory(vm: &mut Vm, bytes: usize, out: &mut Out<'_>) -> Result<(), Raised> {
    if bytes == usize::MAX {
        out.write(vm, "memory allocation failed, heap is locked")
    } else {
        out.fmt(vm, format_args!("memory allocation failed, allocating {bytes} bytes"))
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(e) = vm.as_exception(v) else { return Ok(()) };
    let ty = vm.type_of(v);
    let name = vm.qstr_text(ty.name);
    if kind != PrintKind::Str {
        out.write(vm, &name)?;
    }
    if kind == PrintKind::Exception {
        out.write(vm, ": ")?;
    }
    let args = e.args.get();
    let items = args.as_ref().map_or(&[][..], |t| t.tail());
    if kind != PrintKind::Repr {
        if items.is_empty() && e.bytes.get() != 0 {
            return print_memory(vm, e.bytes.get(), out);
        }
        match items {
            [] => return Ok(()),
            [code] | [code, _]
                if vm.is_subclass(vm.native_type(v), Ref::of_static(&OS_ERROR)) && code.is_small_int() =>
            {
                if let Some(n) = code.as_small_int()
                    && let Some(symbol) = crate::ops::errno::name(n)
                {
                    out.fmt(vm, format_args!("[Errno {n}] {symbol}"))?;
                    if let [_, text] = items {
                        out.write(vm, ": ")?;
                        out.value(vm, *text, PrintKind::Str)?;
                    }
                    return Ok(());
                }
                if let [one] = items {
                    return out.value(vm, *one, PrintKind::Str);
                }
            }
            [one] => {
                let is_key_error = vm.is_subclass(vm.native_type(v), Ref::of_static(&KEY_ERROR));
                return out.value(vm, *one, if is_key_error { PrintKind::Repr } else { PrintKind::Str });
            }
            _ => {}
        }
    }
    match args {
        Some(t) => out.value(vm, t.value(), PrintKind::Repr),
        None => out.write(vm, "()"),
    }
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(e) = vm.as_exception(v) else { return Ok(None) };
    let args = e.args.get();
    if name == q!(args) {
        return match args {
            Some(t) => Ok(Some(t.value())),
            None => vm.new_tuple(&[]).map(|t| Some(t.value())),
        };
    }
    let native = vm.native_type(v);
    let is_value = name == q!(value) && vm.is_subclass(native, Ref::of_static(&STOP_ITERATION));
    let is_errno = name == q!(errno) && vm.is_subclass(native, Ref::of_static(&OS_ERROR));
    if is_value || is_errno {
        return Ok(Some(args.and_then(|t| t.tail().first().copied()).unwrap_or(Value::NONE)));
    }
    Ok(None)
}

fn set_attr(vm: &mut Vm, v: Value, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    // `e.__traceback__ = None` is a common way to free memory; it is accepted and does that.
    if name == q!(__traceback__)
        && let (Some(e), Some(to)) = (vm.as_exception(v), to)
        && to.is_none()
    {
        e.traceback.truncate(0);
        return Ok(true);
    }
    Ok(false)
}

impl Vm {
    /// Adds a frame to the traceback, unless memory is short.
    pub(crate) fn add_traceback(&mut self, exc: Value, file: Qstr, line: usize, block: Qstr) {
        let Some(e) = self.as_exception(exc) else { return };
        let room = e.traceback.len() + 3;
        // Room for as many again, so that a deep traceback is not copied once a frame; if need be, for these three.
        let ample = room.max(12).next_power_of_two();
        if self.reserve_quietly(&e.traceback, ample) || self.reserve_quietly(&e.traceback, room) {
            for v in [Value::qstr(file), Value::small_int(line as isize), Value::qstr(block)] {
                let _ = e.traceback.push(self, v);
            }
        }
    }

    /// Prints the traceback and the exception, as at the top level.
    ///
    /// # Errors
    /// What printing the exception raises.
    pub fn print_exception(&mut self, exc: Value, out: &mut Out<'_>) -> Result<(), Raised> {
        let limit = self.st.modules.values.and_then(|d| d.get_qstr(self, q!(tracebacklimit)));
        let limit = match limit.and_then(|v| v.as_small_int()) {
            // `sys.tracebacklimit`: so many frames, from the outermost.
            Some(n) => usize::try_from(n).unwrap_or(0).saturating_mul(3),
            None => usize::MAX,
        };
        if let Some(e) = self.as_exception(exc)
            && e.traceback.len() >= 3
            && limit > 0
        {
            out.write(self, "Traceback (most recent call last):\n")?;
            let mut at = e.traceback.len();
            let end = at.saturating_sub(limit);
            while at >= end + 3 {
                at -= 3;
                let [file, line, block] = [0, 1, 2].map(|i| e.traceback.get(at + i).unwrap_or(Value::NONE));
                out.write(self, "  File \"")?;
                out.value(self, file, PrintKind::Str)?;
                out.write(self, "\", line ")?;
                out.value(self, line, PrintKind::Str)?;
                if block.as_qstr().is_some_and(|b| b.index() != 0) {
                    out.write(self, ", in ")?;
                    out.value(self, block, PrintKind::Str)?;
                }
                out.write(self, "\n")?;
            }
        }
        self.print_value(exc, out, PrintKind::Exception)?;
        out.write(self, "\n")
    }
}
