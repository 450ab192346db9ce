//! Code objects as bytes: a `.mpy` file of one function and what it contains, for the module `marshal`.
//!
//! Of the names and constants that the function shares with its module, those that it does not use are left out:
//! their places hold an empty name, or `None`.

use krait_bytecode::mpy::{MAGIC, VERSION, object};
use krait_bytecode::prelude::Prelude;
use krait_bytecode::unit::MAX_TUPLE_DEPTH;
use krait_bytecode::{CodeKind, Op, Operand, insn, static_names, varint};

use super::code::{Code, Function, UnitData};
use super::load::SMALL_INT_BITS;
use crate::obj::bytearray::ByteArray;
use crate::obj::bytes::Bytes;
use crate::obj::complex::Complex;
use crate::obj::tuple::Tuple;
use crate::{Gc, Outcome, Raised, Ref, StrBuf, Value, Vm};

/// What is written.
struct Dump {
    out: StrBuf<Bytes>,
    /// By number: whether a name, or a constant, is used.
    names: Ref<ByteArray>,
    consts: Ref<ByteArray>,
}

impl Vm {
    /// The code of a function, with the codes of the functions inside it, as a `.mpy` file.
    ///
    /// # Errors
    /// `ValueError` for a closure, or a constant that no file can hold; out of memory.
    pub fn dump_function(&mut self, f: Value) -> Outcome {
        let Some(f) = f.downcast::<Function>() else { return Err(self.value_error("unmarshallable object")) };
        if f.n_closed > 0 {
            return Err(self.value_error("unmarshallable closure"));
        }
        let (code, unit) = (f.code, f.code.unit);
        let names = self.new_bytearray_of(unit.names)?;
        let consts = self.new_bytearray_of(unit.consts.len())?;
        let mut d = Dump { out: StrBuf::new(), names, consts };
        // The first name is the file's.
        mark(self, d.names, 0);
        self.mark_code(&d, code)?;
        let used = |b: Ref<ByteArray>, vm: &Vm| {
            b.get(vm.heap()).bytes.as_slice(vm.heap()).iter().rposition(|u| *u != 0).map_or(0, |last| last + 1)
        };
        let (n_names, n_consts) = (used(d.names, self), used(d.consts, self));
        d.out.push_bytes(self, &[MAGIC, VERSION, 0, SMALL_INT_BITS])?;
        self.put_uint(&mut d, n_names)?;
        self.put_uint(&mut d, n_consts)?;
        for i in 0..n_names {
            self.put_name(&mut d, unit, i)?;
        }
        for i in 0..n_consts {
            let v = if d.consts.bytes.get(i) == Some(1) { unit.consts.get(i) } else { None };
            self.put_constant(&mut d, v.unwrap_or(Value::NONE), MAX_TUPLE_DEPTH)?;
        }
        self.put_code(&mut d, code)?;
        self.finish_bytes(d.out)
    }

    /// Notes the names and constants that a code uses, and those inside it.
    fn mark_code(&mut self, d: &Dump, code: Ref<Code>) -> Result<(), Raised> {
        self.check_stack()?;
        let Ok(prelude) = Prelude::parse(code.bytes()) else { return Err(self.runtime_error("bad code")) };
        mark(self, d.names, prelude.block_name as usize);
        for name in prelude.arg_names() {
            mark(self, d.names, name as usize);
        }
        let bytes = prelude.instructions();
        let mut at = 0;
        while let Ok(i) = insn::decode(bytes, at) {
            let set = match operand(i.op) {
                Operand::Name => Some(d.names),
                Operand::Const => Some(d.consts),
                _ => None,
            };
            if let (Some(set), Ok(n)) = (set, usize::try_from(i.arg)) {
                mark(self, set, n);
            }
            at = i.next;
        }
        for i in 0..code.children.len() {
            if let Some(child) = code.children.get(i).and_then(|c| c.downcast::<Code>()) {
                self.mark_code(d, child)?;
            }
        }
        Ok(())
    }

    fn put_uint(&mut self, d: &mut Dump, n: usize) -> Result<(), Raised> {
        match u32::try_from(n) {
            Ok(n) => d.out.push_bytes(self, varint::uint(n).as_slice()),
            Err(_) => Err(self.value_error("function too large")),
        }
    }

    fn put_name(&mut self, d: &mut Dump, unit: Ref<UnitData>, i: usize) -> Result<(), Raised> {
        let wanted = d.names.bytes.get(i) == Some(1);
        let name = unit.tail().get(i).and_then(|v| v.as_qstr()).filter(|_| wanted).unwrap_or(q!(empty_));
        let text = self.qstr_text(name);
        if let Some(number) = static_names::number(text.as_bytes()) {
            return self.put_uint(d, usize::from(number) << 1 | 1);
        }
        self.put_uint(d, text.len() << 1)?;
        d.out.push_bytes(self, text.as_bytes())?;
        d.out.push_bytes(self, &[0])
    }

    fn put_constant(&mut self, d: &mut Dump, v: Value, depth: usize) -> Result<(), Raised> {
        let singles = [
            (Value::NONE, object::NONE),
            (Value::FALSE, object::FALSE),
            (Value::TRUE, object::TRUE),
            (Value::ELLIPSIS, object::ELLIPSIS),
        ];
        let single = singles.into_iter().find(|(s, _)| *s == v).map(|(_, kind)| kind);
        if let Some(kind) = single {
            return d.out.push_bytes(self, &[kind]);
        }
        if let Some(t) = v.downcast::<Tuple>() {
            let Some(depth) = depth.checked_sub(1) else { return Err(self.value_error("tuple nested too deeply")) };
            d.out.push_bytes(self, &[object::TUPLE])?;
            self.put_uint(d, t.tail().len())?;
            for item in t.tail_cells() {
                self.put_constant(d, item.get(), depth)?;
            }
            return Ok(());
        }
        if let Some(b) = v.downcast::<Bytes>() {
            return self.put_text(d, object::BYTES, b.tail(), true);
        }
        if let Some(s) = self.as_str(v) {
            return self.put_text(d, object::STR, s.as_bytes(), true);
        }
        let kind = if crate::obj::int::is_int(v) {
            object::INT
        } else if crate::obj::float::as_float(v).is_some() {
            object::FLOAT
        } else if v.downcast::<Complex>().is_some() {
            object::COMPLEX
        } else {
            return Err(self.value_error("unmarshallable object"));
        };
        let text = self.repr_of(v)?;
        let text = self.need_str(text)?;
        let bytes = text.as_str().trim_start_matches('(').trim_end_matches(')').as_bytes();
        self.put_text(d, kind, bytes, false)
    }

    fn put_text(&mut self, d: &mut Dump, kind: u8, text: &[u8], ends: bool) -> Result<(), Raised> {
        d.out.push_bytes(self, &[kind])?;
        self.put_uint(d, text.len())?;
        d.out.push_bytes(self, text)?;
        if ends { d.out.push_bytes(self, &[0]) } else { Ok(()) }
    }

    fn put_code(&mut self, d: &mut Dump, code: Ref<Code>) -> Result<(), Raised> {
        self.check_stack()?;
        let n = code.children.len();
        let Some(head) = code.bytes().len().checked_mul(8).map(|n| n | CodeKind::Bytecode as usize) else {
            return Err(self.value_error("function too large"));
        };
        self.put_uint(d, head | usize::from(n > 0) << 2)?;
        d.out.push_bytes(self, code.bytes())?;
        if n > 0 {
            self.put_uint(d, n)?;
        }
        for i in 0..n {
            if let Some(child) = code.children.get(i).and_then(|c| c.downcast::<Code>()) {
                self.put_code(d, child)?;
            }
        }
        Ok(())
    }
}

/// What follows an opcode.
fn operand(op: Op) -> Operand {
    op.info().operand
}

fn mark(vm: &mut Vm, set: Ref<ByteArray>, i: usize) {
    if let Some(b) = set.bytes_mut(|b| &b.bytes, vm.heap_mut()).get_mut(i) {
        *b = 1;
    }
}
