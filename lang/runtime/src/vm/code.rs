//! Compiled code as objects: the tables of a module, a code, a function, a cell.

use core::cell::Cell;
use core::ptr::NonNull;

use krait_bytecode::prelude::{Prelude, flags};

use crate::obj::dict::Dict;
use crate::{Args, Maybe, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Value, ValueBuf, Vm};

/// What the codes of one source text share: the names (which follow the body) and the constants.
pub struct UnitData {
    pub(super) names: usize,
    pub(super) consts: ValueBuf,
    /// The object that the codes' bytes are in, if they are executed where they were found.
    pub(super) keeper: Cell<Option<Value>>,
}

tailed!(UnitData, Value, |b| b.names);

impl UnitData {
    /// A body for so many names.
    pub(super) fn new(names: usize) -> UnitData {
        UnitData { names, consts: ValueBuf::new(), keeper: Cell::new(None) }
    }

    fn trace(&self, t: &mut Tracer<'_>) {
        // Names are interned strings and need no marking.
        self.consts.trace(t);
        t.opt(self.keeper.get());
    }
}

/// The name of the source file: the first name.
pub(super) fn file_of(unit: Ref<UnitData>) -> Qstr {
    unit.tail().first().and_then(|v| v.as_qstr()).unwrap_or(q!(empty_))
}

class! {
    /// Never seen by Python.
    pub static UNIT: q!(unit) for UnitData;
}

/// One code: a function's, class's, comprehension's or module's bytes, with what a call needs at hand.
pub struct Code {
    pub(super) unit: Ref<UnitData>,
    /// Prelude and instructions.
    pub(super) bytes: NonNull<u8>,
    pub(super) len: u32,
    /// Offset of the first instruction.
    pub(super) start: u32,
    /// Words of locals and evaluation stack.
    pub(super) n_state: u32,
    pub(super) n_locals: u16,
    pub(super) n_exc: u16,
    /// Positional parameters, closed-over cells included.
    pub(super) n_pos: u16,
    pub(super) n_kwonly: u16,
    pub(super) n_cells: u16,
    /// `n_pos`, if a call with just so many positional arguments (closed-over cells included) needs nothing but
    /// copying them; otherwise more than a call can have.
    pub(super) n_quick: u16,
    /// Bytes of a frame.
    pub(super) frame_bytes: u32,
    pub(super) flags: u8,
    /// Whether the bytes are a block of the heap that this object owns.
    pub(super) owns_bytes: bool,
    pub(super) name: Qstr,
    pub(super) children: ValueBuf,
}

impl Code {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.unit);
        if self.owns_bytes {
            t.block(self.bytes.as_ptr());
        }
        self.children.trace(t);
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: len bytes, which live as long as the code.
        unsafe { core::slice::from_raw_parts(self.bytes.as_ptr(), self.len as usize) }
    }

    #[inline(always)]
    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The first instruction.
    #[inline(always)]
    pub(super) fn entry(&self) -> *const u8 {
        // SAFETY: start <= len.
        unsafe { self.bytes.as_ptr().add(self.start as usize) }
    }

    pub(super) fn prelude(&self) -> Option<Prelude<'_>> {
        Prelude::parse(self.bytes()).ok()
    }

    /// Fills in what follows from the other figures.
    pub(super) fn ready(mut self) -> Code {
        let simple = self.flags & flags::ALL == 0 && self.n_kwonly == 0 && self.n_cells == 0;
        self.n_quick = if simple { self.n_pos } else { u16::MAX };
        self.frame_bytes = super::frame::bytes(self.n_state as usize, self.n_exc as usize) as u32;
        self
    }
}

class! {
    /// Never seen by Python.
    pub static CODE: q!(code_) for Code;
}

/// A function made by Python: its code, globals, closed-over cells and defaults (both follow the body).
pub struct Function {
    pub(super) code: Ref<Code>,
    pub(super) globals: Ref<Dict>,
    pub(super) kw_defaults: Option<Ref<Dict>>,
    pub(super) n_closed: u16,
    pub(super) n_defaults: u16,
}

tailed!(Function, Value, |b| (b.n_closed + b.n_defaults) as usize);

impl Function {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.code);
        t.reference(self.globals);
        t.opt_reference(self.kw_defaults);
        // The tail is traced through the object's address: the body is the first part of the block.
        t.values(function_tail(self));
    }

    /// `__name__`
    pub fn name(&self) -> Qstr {
        self.code.name
    }

    /// Whether calling it makes a generator.
    pub fn is_generator(&self) -> bool {
        self.code.has(flags::GENERATOR)
    }
}

fn function_tail(f: &Function) -> &[Value] {
    krait_memory::tail_of(f)
}

class! {
    /// `function`
    pub static FUNCTION: q!(function) for Function;
    slots { new: crate::builtins::new_function, call: call, print: print, get_attr: get_attr }
}

fn call(vm: &mut Vm, f: Value, args: &Args<'_>) -> Outcome {
    match f.downcast::<Function>() {
        Some(f) => vm.call_function(f, args),
        None => Err(vm.type_error(format_args!("object not callable"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(f) = v.downcast::<Function>() else { return Ok(()) };
    let name = vm.qstr_text(f.name());
    let kind = if f.is_generator() {
        "generator"
    } else if f.n_closed > 0 {
        "closure"
    } else {
        "function"
    };
    out.fmt(vm, format_args!("<{kind} {} at 0x{:x}>", name.as_str(), v.bits()))
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(f) = v.downcast::<Function>() else { return Ok(None) };
    if name == q!(__name__) {
        return Ok(Some(Value::qstr(f.name())));
    }
    if name == q!(__globals__) {
        return Ok(Some(f.globals.value()));
    }
    if name == q!(__code__) {
        return crate::builtins::code_object(vm, v).map(Some);
    }
    Ok(None)
}

/// A variable that a closure shares with its function.
pub struct CellBox {
    pub(super) v: Cell<Option<Value>>,
}

impl CellBox {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.v.get());
    }
}

class! {
    /// Never seen by Python.
    pub static CELL: q!(cell) for CellBox;
}
