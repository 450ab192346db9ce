//! From source text or a `.mpy` file to code objects.
//!
//! The compiler works inside the heap, with blocks that no collection touches; if it runs out of room, the heap is
//! collected once and the text compiled again. Code that did not come from this compiler is verified first.

use core::ptr::NonNull;

use allocator_api2::alloc::Allocator;
use krait_bytecode::prelude::{Prelude, flags};
use krait_bytecode::{Const, Op, Unit, insn};
use krait_compiler::{CompileError, CompileOptions, ErrorKind, InputKind, Source, compile};
use krait_memory::{BlockKind, HeapAllocator};

use super::code::{Code, UnitData};
use crate::obj::dict::Dict;
use crate::obj::exception;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::{Gc, NewObject, NewTailed, Outcome, Qstr, Raised, Ref, Value, ValueBuf, Vm};

/// Bits of this target's small integers, sign included.
pub const SMALL_INT_BITS: u8 = usize::BITS as u8 - 1;

/// How to compile; see [`CompileOptions`].
#[derive(Clone, Copy)]
pub struct SourceKind {
    /// The name for tracebacks.
    pub file: Qstr,
    /// A module, one statement, or an expression.
    pub input: InputKind,
    /// Whether values of expression statements are printed.
    pub repl: bool,
}

struct Text<'t>(&'t [u8]);

impl Source for Text<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, krait_compiler::SourceFailed> {
        let n = self.0.len().min(into.len());
        let (now, later) = self.0.split_at(n);
        if let Some(to) = into.get_mut(..n) {
            to.copy_from_slice(now);
        }
        self.0 = later;
        Ok(n)
    }
}

impl Vm {
    /// An allocator over the heap that does not borrow the interpreter.
    ///
    /// While something allocated with it lives, the heap may be used and collected as usual: its blocks are in the
    /// list that the collector keeps.
    pub(super) fn free_allocator(&mut self) -> HeapAllocator<'static> {
        // SAFETY: only the lifetime changes. The allocator is used by this file only, while the Vm lives, and
        // never at the same time as a reference into the heap's own fields.
        unsafe { core::mem::transmute::<HeapAllocator<'_>, HeapAllocator<'static>>(self.heap_mut().allocator()) }
    }

    /// Compiles text to a function of no arguments that runs with `globals`.
    ///
    /// # Errors
    /// `SyntaxError` and its like, with the place in the traceback; out of memory.
    pub fn compile_text(&mut self, text: &[u8], kind: SourceKind, globals: Ref<Dict>) -> Outcome {
        match self.compile_source(&mut Text(text), kind, globals) {
            Err(_) if self.raised_is(&exception::MEMORY_ERROR) && !self.heap_locked() => {
                self.take_raised();
                self.reclaim();
                self.compile_source(&mut Text(text), kind, globals)
            }
            other => other,
        }
    }

    /// As [`Vm::compile_text`], for text that comes in pieces.
    ///
    /// # Errors
    /// As [`Vm::compile_text`].
    pub fn compile_source(&mut self, source: &mut dyn Source, kind: SourceKind, globals: Ref<Dict>) -> Outcome {
        let name = self.qstr_text(kind.file);
        let options = CompileOptions {
            file_name: name.as_str().as_bytes(),
            input_kind: kind.input,
            opt_level: self.st.opt_level,
            is_repl: kind.repl,
            ordered_dict: false,
            viper: true,
        };
        let allocator = self.free_allocator();
        match compile(source, &options, allocator) {
            Ok(unit) => self.load(&unit, globals),
            Err(e) => Err(self.compile_error(kind.file, &e)),
        }
    }

    #[cold]
    pub(super) fn compile_error(&mut self, file: Qstr, e: &CompileError) -> Raised {
        let ty = match e.kind {
            ErrorKind::Syntax => &exception::SYNTAX_ERROR,
            ErrorKind::Indentation => &exception::INDENTATION_ERROR,
            ErrorKind::NotImplemented => &exception::NOT_IMPLEMENTED_ERROR,
            ErrorKind::Runtime => &exception::RUNTIME_ERROR,
            ErrorKind::Viper => &exception::VIPER_TYPE_ERROR,
            ErrorKind::OutOfMemory => return self.memory_error(0),
            // Whoever gave the source has raised.
            ErrorKind::Source if self.st.raised.is_some() => return Raised(()),
            ErrorKind::Source => &exception::OS_ERROR,
        };
        let r = self.raise_fmt(ty, format_args!("{}", e.message));
        if e.line == 0 {
            return r;
        }
        let block = match &e.block {
            Some(b) => match core::str::from_utf8(b.as_bytes()).map(|t| self.intern(t)) {
                Ok(Ok(name)) => name,
                _ => q!(null),
            },
            None => q!(null),
        };
        if let Some(exc) = self.st.raised {
            self.add_traceback(exc, file, e.line as usize, block);
        }
        r
    }

    /// Makes a function of a unit's root code.
    pub(super) fn load<A: Allocator + Clone>(&mut self, unit: &Unit<A>, globals: Ref<Dict>) -> Outcome {
        let names = unit.name_count();
        let data = self.new_tailed(UnitData::new(names), names, Value::qstr(q!(empty_)))?;
        for (i, to) in data.tail_cells().iter().enumerate() {
            // The compiler takes any bytes for text, as the reference's does.
            let Some(Ok(text)) = unit.name(i).map(core::str::from_utf8) else { return Err(self.not_utf8()) };
            to.set(Value::qstr(self.intern(text)?));
        }
        data.consts.reserve_exact(self, unit.const_count())?;
        for i in 0..unit.const_count() {
            let v = match unit.constant(i) {
                Some(c) => self.constant(unit, c, 0)?,
                None => Value::NONE,
            };
            data.consts.push(self, v)?;
        }
        let codes = self.new_list(&[])?;
        for i in 0..unit.code_count() {
            let bytes = unit.code(i as u32).map_or(&[][..], |c| c.bytes());
            let code = self.load_code(data, bytes)?;
            codes.items.push(self, code.value())?;
        }
        for i in 0..unit.code_count() {
            let (Some(code), Some(made)) = (unit.code(i as u32), code_at(codes, i as u32)) else { continue };
            for child in unit.children(code) {
                if let Some(c) = codes.items.get(*child as usize) {
                    made.children.push(self, c)?;
                }
            }
        }
        let root = codes.items.get(unit.root() as usize).unwrap_or(Value::NONE);
        self.make_function(root, globals, None, None, &[])
    }

    #[cold]
    fn not_utf8(&mut self) -> Raised {
        self.raise_str(&exception::UNICODE_ERROR, "source text is not UTF-8")
    }

    pub(super) fn load_code(&mut self, unit: Ref<UnitData>, bytes: &[u8]) -> Result<Ref<Code>, Raised> {
        let block = self.alloc_block(bytes.len(), BlockKind::Buffer)?;
        // SAFETY: a fresh block of that size.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), block.as_ptr(), bytes.len()) };
        self.make_code(unit, bytes, block, true)
    }

    /// The code whose bytes, which `bytes` shows, stay at `place`: a block that the code will own, or for ever.
    pub(super) fn make_code(
        &mut self,
        unit: Ref<UnitData>,
        bytes: &[u8],
        place: NonNull<u8>,
        owns_bytes: bool,
    ) -> Result<Ref<Code>, Raised> {
        // A file's was verified; the compiler's own may need a larger stack than there can be.
        let Ok(prelude) = Prelude::parse(bytes) else {
            return Err(self.runtime_error("function too large"));
        };
        let s = prelude.signature;
        let n_locals = locals_of(&prelude).max(s.n_arg_slots());
        let fits = |n: u32| n <= u16::MAX as u32;
        let small = [n_locals, s.n_exc_stack, s.n_pos_args, s.n_kwonly_args, s.n_def_pos_args].into_iter().all(fits);
        if !small || n_locals > s.n_state {
            return Err(self.runtime_error("function too large"));
        }
        let name = unit.tail().get(prelude.block_name as usize).and_then(|n| n.as_qstr()).unwrap_or(q!(empty_));
        let code = Code {
            unit,
            bytes: place,
            len: bytes.len() as u32,
            start: prelude.code_at() as u32,
            n_state: s.n_state,
            n_locals: n_locals as u16,
            n_exc: s.n_exc_stack as u16,
            n_pos: s.n_pos_args as u16,
            n_kwonly: s.n_kwonly_args as u16,
            n_cells: prelude.cells().len() as u16,
            n_quick: 0,
            frame_bytes: 0,
            flags: s.flags & flags::ALL,
            owns_bytes,
            name,
            children: ValueBuf::new(),
        };
        self.new_object(code.ready())
    }

    fn constant<A: Allocator + Clone>(&mut self, unit: &Unit<A>, c: Const, depth: usize) -> Outcome {
        let text = |span| core::str::from_utf8(unit.text(span)).unwrap_or("");
        match c {
            Const::None => Ok(Value::NONE),
            Const::False => Ok(Value::FALSE),
            Const::True => Ok(Value::TRUE),
            Const::Ellipsis => Ok(Value::ELLIPSIS),
            Const::Str(s) => match core::str::from_utf8(unit.text(s)) {
                Ok(text) => self.new_str(text),
                Err(_) => Err(self.not_utf8()),
            },
            Const::Bytes(s) => self.new_bytes(unit.text(s)),
            Const::Int(s) => self.int_constant(text(s)),
            Const::Float(s) => self.float_constant(unit.text(s)),
            Const::Complex(s) => self.complex_constant(text(s)),
            Const::Tuple(s) => {
                // The reader bounds the nesting of constants.
                if depth > krait_bytecode::unit::MAX_TUPLE_DEPTH {
                    return Err(self.value_error("malformed .mpy file"));
                }
                let n = unit.items(s).len();
                let t: Ref<Tuple> = self.new_tuple_of(n)?;
                for (to, item) in t.tail_cells().iter().zip(unit.items(s)) {
                    to.set(self.constant(unit, *item, depth + 1)?);
                }
                Ok(t.value())
            }
        }
    }
}

impl Vm {
    /// The integer of these decimal digits, which a `-` may precede.
    pub(super) fn int_constant(&mut self, text: &str) -> Outcome {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(d) => (true, d),
            None => (false, text),
        };
        self.int_from_digits(negative, digits.as_bytes(), 10)
    }

    pub(super) fn float_constant(&mut self, text: &[u8]) -> Outcome {
        let f = krait_numfmt::parse::<crate::Float>(text).unwrap_or(0.0);
        self.new_float(f)
    }

    pub(super) fn complex_constant(&mut self, text: &str) -> Outcome {
        let t = self.new_str(text)?;
        self.call(Ref::of_static(&crate::obj::complex::COMPLEX).value(), &[t])
    }
}

fn code_at(codes: Ref<List>, i: u32) -> Option<Ref<Code>> {
    codes.items.get(i as usize).and_then(|c| c.downcast::<Code>())
}

/// How many locals the instructions name, and the cells of the prelude.
fn locals_of(prelude: &Prelude<'_>) -> u32 {
    let code = prelude.instructions();
    let mut n = prelude.cells().iter().map(|c| u32::from(*c) + 1).max().unwrap_or(0);
    let mut at = 0;
    while at < code.len() {
        let Ok(i) = insn::decode(code, at) else { break };
        let names_local = matches!(
            i.op,
            Op::LoadFastN
                | Op::StoreFastN
                | Op::DeleteFast
                | Op::LoadDeref
                | Op::StoreDeref
                | Op::DeleteDeref
                | Op::LoadFastMulti
                | Op::StoreFastMulti
        );
        if names_local {
            n = n.max(u32::try_from(i.arg).unwrap_or(u32::MAX - 1) + 1);
        }
        at = i.next;
    }
    n
}
