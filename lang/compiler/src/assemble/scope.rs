//! One scope's intermediate code to its final bytes: operands, stack depth, line table, prelude.
//!
//! Code after an unconditional jump and before the next label is left out, but still counts: its
//! names and constants are in the tables, its functions are children, and its stack depth and
//! lines go on.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::opcode::{
    self, DYNAMIC, FAST_MULTI_COUNT, Operand, SMALL_INT_MULTI_MAX, SMALL_INT_MULTI_MIN, byte, comp, typed,
};
use krait_bytecode::prelude::{self, Signature};
use krait_bytecode::{Unit, lines, varint};

use super::jumps::{Code, Place};
use crate::buffer::Grow;
use crate::error::{Fail, Result};
use crate::ir::{self, Item, pseudo};
use crate::names::{Names, well_known};
use crate::scopes::{MODULE, PARAM, Scope, ScopeKind, Scopes, VarKind};

/// Where a line begins, and by how much it is greater than the one before.
struct LineStep {
    place: Place,
    lines: u32,
}

/// Turns scopes into code, one after another.
pub(super) struct Assembler<A: Allocator> {
    code: Code<A>,
    lines: Vec<LineStep, A>,
    children: Vec<u32, A>,
    /// The code after the prelude's fixed part: names, lines, cells.
    info: Vec<u8, A>,
    out: Vec<u8, A>,
    dead: bool,
    depth: i32,
    deepest: i32,
    last_line: u32,
}

/// What a scope's walk refers to.
struct Tables<'a, A: Allocator + Clone> {
    scopes: &'a Scopes<A>,
    scope: &'a Scope<A>,
    is_module: bool,
    names: &'a mut Names<A>,
    unit: &'a mut Unit<A>,
    constants: &'a [u32],
}

impl<A: Allocator + Clone> Assembler<A> {
    pub(super) fn new(allocator: A) -> Self {
        Assembler {
            code: Code::new(allocator.clone()),
            lines: Vec::new_in(allocator.clone()),
            children: Vec::new_in(allocator.clone()),
            info: Vec::new_in(allocator.clone()),
            out: Vec::new_in(allocator),
            dead: false,
            depth: 0,
            deepest: 0,
            last_line: 1,
        }
    }

    /// The finished code of the scope run last.
    pub(super) fn take_code(&mut self) -> Result<Vec<u8, A>> {
        let mut code = Vec::new_in(self.out.allocator().clone());
        code.try_reserve_exact(self.out.len()).map_err(|_| Fail::memory())?;
        code.extend_from_slice(&self.out);
        Ok(code)
    }

    /// The scopes whose functions it makes.
    pub(super) fn children(&self) -> &[u32] {
        &self.children
    }

    pub(super) fn run(
        &mut self,
        scopes: &Scopes<A>,
        names: &mut Names<A>,
        unit: &mut Unit<A>,
        constants: &[u32],
        number: u32,
    ) -> Result<()> {
        let Some(scope) = scopes.get(number) else { return Ok(()) };
        self.code.reset(scope.labels)?;
        self.lines.clear();
        self.children.clear();
        self.info.clear();
        self.out.clear();
        (self.dead, self.depth, self.deepest, self.last_line) = (false, 0, 0, 1);

        let name = names.index_in(unit, scope.name)?;
        self.info.add_all(varint::uint(name).as_slice())?;
        self.argument_names(scope, names, unit)?;
        let is_module = number == MODULE;
        let mut tables = Tables { scopes, scope, is_module, names, unit, constants };
        let mut at = 0;
        while let Some(item) = ir::read(&scope.code, &mut at) {
            self.item(&mut tables, item)?;
        }
        self.finish(scope)
    }

    /// Names by which arguments can be given; closed-over cells have none.
    fn argument_names(&mut self, scope: &Scope<A>, names: &mut Names<A>, unit: &mut Unit<A>) -> Result<()> {
        let count = scope.n_pos + scope.n_kwonly;
        let mut arguments = Vec::new_in(self.out.allocator().clone());
        arguments.try_reserve_exact(count as usize).map_err(|_| Fail::memory())?;
        arguments.resize(count as usize, well_known::STAR);
        for var in scope.ordered() {
            if var.flags & PARAM != 0
                && let Some(place) = arguments.get_mut(var.local as usize)
            {
                *place = var.name;
            }
        }
        for name in arguments {
            let index = names.index_in(unit, name)?;
            self.info.add_all(varint::uint(index).as_slice())?;
        }
        Ok(())
    }

    // ---- output ----

    fn stack(&mut self, words: i32) {
        self.depth = self.depth.saturating_add(words);
        self.deepest = self.deepest.max(self.depth);
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.dead {
            return Ok(());
        }
        self.code.bytes(bytes)
    }

    fn op_uint(&mut self, op: u8, operand: u32) -> Result<()> {
        self.bytes(&[op])?;
        self.bytes(varint::uint(operand).as_slice())
    }

    fn local(&mut self, words: i32, multi: Option<u8>, op: u8, local: u32) -> Result<()> {
        self.stack(words);
        match multi {
            Some(multi) if local < u32::from(FAST_MULTI_COUNT) => self.bytes(&[multi + local as u8]),
            _ => self.op_uint(op, local),
        }
    }

    fn item(&mut self, tables: &mut Tables<A>, item: Item) -> Result<()> {
        match item.op {
            pseudo::LINE => {
                if item.operand > self.last_line {
                    let lines = item.operand - self.last_line;
                    self.last_line = item.operand;
                    self.lines.add(LineStep { place: self.code.here(), lines })?;
                }
                return Ok(());
            }
            pseudo::LABEL => {
                self.dead = false;
                self.code.label(item.operand);
                return Ok(());
            }
            pseudo::ADJUST => {
                self.stack(item.signed());
                return Ok(());
            }
            pseudo::DROP => {
                for _ in 0..item.operand {
                    self.bytes(&[byte::POP_TOP])?;
                }
                return Ok(());
            }
            pseudo::LOAD | pseudo::STORE | pseudo::DELETE => return self.variable(tables, item),
            pseudo::MAKE | pseudo::MAKE_DEFAULTS => return self.make(tables, item),
            pseudo::CLASS_CELL => {
                let cell = tables.scope.var(0).filter(|v| v.kind != VarKind::Local);
                return match cell {
                    Some(var) => self.load_fast(var.local),
                    None => {
                        self.stack(1);
                        self.bytes(&[byte::LOAD_CONST_NONE])
                    }
                };
            }
            _ => {}
        }
        self.stack(effect(item));
        match ir::operand_of(item.op) {
            Operand::None | Operand::Embedded => self.bytes(&[item.op])?,
            Operand::Name => {
                let index = tables.names.index_in(tables.unit, crate::names::Name(item.operand))?;
                self.op_uint(item.op, index)?;
            }
            Operand::Const => {
                let number = tables.constants.get(item.operand as usize).copied().unwrap_or(0);
                self.op_uint(item.op, number)?;
            }
            Operand::SmallInt => {
                let value = item.signed();
                if (SMALL_INT_MULTI_MIN..=SMALL_INT_MULTI_MAX).contains(&value) {
                    let distance = (value - SMALL_INT_MULTI_MIN) as u8;
                    self.bytes(&[byte::LOAD_CONST_SMALL_INT_MULTI + distance])?;
                } else {
                    self.bytes(&[item.op])?;
                    self.bytes(varint::int(i64::from(value)).as_slice())?;
                }
            }
            Operand::Forward | Operand::Jump | Operand::Unwind => {
                if !self.dead {
                    let extra = (item.op == byte::UNWIND_JUMP).then_some(item.extra);
                    self.code.jump(item.op, item.operand, extra)?;
                }
            }
            _ => self.op_uint(item.op, item.operand)?,
        }
        if matches!(
            item.op,
            byte::JUMP
                | byte::UNWIND_JUMP
                | byte::POP_EXCEPT_JUMP
                | byte::RETURN_VALUE
                | byte::RAISE_LAST
                | byte::RAISE_OBJ
                | byte::RAISE_FROM
        ) {
            self.dead = true;
        }
        Ok(())
    }

    fn variable(&mut self, tables: &mut Tables<A>, item: Item) -> Result<()> {
        let Some(var) = tables.scope.var(item.operand) else { return Ok(()) };
        let declared = tables.is_module && tables.names.marks(var.name).global;
        let global = match var.kind {
            VarKind::Local => None,
            VarKind::Cell | VarKind::Free => {
                let (words, op) = match item.op {
                    pseudo::LOAD => (1, byte::LOAD_DEREF),
                    pseudo::STORE => (-1, byte::STORE_DEREF),
                    _ => (0, byte::DELETE_DEREF),
                };
                return self.local(words, None, op, var.local);
            }
            VarKind::Global => Some(true),
            _ => Some(declared),
        };
        let Some(global) = global else {
            return match item.op {
                pseudo::LOAD => self.load_fast(var.local),
                pseudo::STORE => {
                    let multi = Some(byte::STORE_FAST_MULTI);
                    self.local(-1, multi, byte::STORE_FAST_N, var.local)
                }
                _ => self.local(0, None, byte::DELETE_FAST, var.local),
            };
        };
        let (words, op) = match (item.op, global) {
            (pseudo::LOAD, false) => (1, byte::LOAD_NAME),
            (pseudo::LOAD, true) => (1, byte::LOAD_GLOBAL),
            (pseudo::STORE, false) => (-1, byte::STORE_NAME),
            (pseudo::STORE, true) => (-1, byte::STORE_GLOBAL),
            (_, false) => (0, byte::DELETE_NAME),
            (_, true) => (0, byte::DELETE_GLOBAL),
        };
        self.stack(words);
        let index = tables.names.index_in(tables.unit, var.name)?;
        self.op_uint(op, index)
    }

    fn load_fast(&mut self, local: u32) -> Result<()> {
        self.local(1, Some(byte::LOAD_FAST_MULTI), byte::LOAD_FAST_N, local)
    }

    /// Loads the cells that the function closes over, in the order of this scope's list, and
    /// makes it.
    fn make(&mut self, tables: &mut Tables<A>, item: Item) -> Result<()> {
        let defaults = item.op == pseudo::MAKE_DEFAULTS;
        let mut cells = 0i32;
        if let Some(function) = tables.scopes.get(item.operand)
            && tables.scope.kind != ScopeKind::Module
            && function.vars.iter().any(|v| v.kind == VarKind::Free)
        {
            for outer in tables.scope.ordered() {
                if matches!(outer.kind, VarKind::Cell | VarKind::Free)
                    && function.vars.iter().any(|v| v.kind == VarKind::Free && v.name == outer.name)
                {
                    self.load_fast(outer.local)?;
                    cells += 1;
                }
            }
        }
        let child = self.children.len() as u32;
        self.children.add(item.operand)?;
        let below = if defaults { 2 } else { 0 };
        self.stack(1 - below - cells);
        let op = match (cells > 0, defaults) {
            (false, false) => byte::MAKE_FUNCTION,
            (false, true) => byte::MAKE_FUNCTION_DEFARGS,
            (true, false) => byte::MAKE_CLOSURE,
            (true, true) => byte::MAKE_CLOSURE_DEFARGS,
        };
        self.op_uint(op, child)?;
        if cells > 0 {
            // Numbering has refused more than a byte can count.
            self.bytes(&[cells as u8])?;
        }
        Ok(())
    }

    // ---- prelude ----

    fn finish(&mut self, scope: &Scope<A>) -> Result<()> {
        self.code.settle();
        let mut last = 0;
        for step in &self.lines {
            let offset = self.code.offset(step.place);
            lines::encode(offset - last, step.lines as usize, &mut self.info)?;
            last = offset;
        }
        let info = self.info.len();
        for var in scope.ordered() {
            if var.kind == VarKind::Cell {
                let Ok(local) = u8::try_from(var.local) else {
                    return Err(Fail::runtime("too many locals before a cell"));
                };
                self.info.add(local)?;
            }
        }
        let cells = self.info.len() - info;
        let n_state = scope.n_locals.saturating_add(self.deepest.max(0) as u32).max(1);
        let signature = Signature {
            n_state,
            n_exc_stack: scope.blocks,
            flags: scope.flags,
            n_pos_args: scope.n_pos,
            n_kwonly_args: scope.n_kwonly,
            n_def_pos_args: scope.n_defaults,
        };
        signature.encode(&mut self.out)?;
        prelude::encode_sizes(info as u32, cells as u32, &mut self.out)?;
        self.out.add_all(&self.info)?;
        self.code.write(&mut self.out)
    }
}

/// By how many words an instruction changes the stack, on the path that goes on.
pub(crate) fn effect(item: Item) -> i32 {
    let operand = item.operand as i32;
    let (keyword, positional) = (operand >> 8, operand & 0xff);
    let arguments = positional + 2 * keyword;
    match item.op {
        byte::BUILD_TUPLE | byte::BUILD_LIST | byte::BUILD_SET | byte::BUILD_SLICE => 1 - operand,
        byte::STORE_COMP if operand as u32 & 3 == comp::DICT => -2,
        byte::STORE_COMP => -1,
        byte::UNPACK_SEQUENCE => operand - 1,
        byte::UNPACK_EX => (operand & 0xff) + (operand >> 8),
        byte::CALL_FUNCTION => -arguments,
        byte::CALL_FUNCTION_VAR_KW => -arguments - 1,
        byte::CALL_METHOD => -arguments - 1,
        byte::CALL_METHOD_VAR_KW => -arguments - 2,
        byte::UNWIND_JUMP => 0,
        byte::JUMP_IF_TRUE_OR_POP | byte::JUMP_IF_FALSE_OR_POP => -1,
        byte::FOR_ITER => 1,
        byte::WITH_CLEANUP => 2,
        byte::END_FINALLY => -1,
        byte::TYPED => typed::effect(item.operand),
        op => match opcode::INFO.get(op as usize) {
            Some(info) if info.pops != DYNAMIC && info.pushes != DYNAMIC => {
                i32::from(info.pushes) - i32::from(info.pops)
            }
            _ => 0,
        },
    }
}
