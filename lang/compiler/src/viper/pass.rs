//! The pass over a scope's code.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::opcode::{INFO, byte, typed};
use krait_bytecode::{BinaryOp, UnaryOp};

use super::kind::{Native, Type};
use super::operators::{self, Refusal};
use super::{Fault, type_error};
use crate::assemble::effect;
use crate::buffer::Grow;
use crate::error::{ErrorKind, Excerpt, Fail, Result};
use crate::ir::{self, Item, pseudo};
use crate::names::{Name, Names};
use crate::scopes::{DOUBLE_STAR, PARAM, STAR, Scope, VarKind};

/// Types a viper scope's code; says in `fault` what an error's text needs.
pub(crate) fn retype<A: Allocator + Clone>(scope: &mut Scope<A>, names: &Names<A>, fault: &mut Fault) -> Result<()> {
    let allocator = scope.code.allocator().clone();
    let code = core::mem::replace(&mut scope.code, Vec::new_in(allocator.clone()));
    let mut pass = Pass {
        scope: &*scope,
        names,
        fault,
        locals: Vec::new_in(allocator.clone()),
        stack: Vec::new_in(allocator.clone()),
        out: Vec::new_in(allocator),
        saved: Type::Object,
        line: 0,
    };
    pass.parameters()?;
    let mut at = 0;
    while let Some(item) = ir::read(&code, &mut at) {
        pass.item(item)?;
    }
    let out = pass.out;
    scope.code = out;
    Ok(())
}

struct Pass<'a, A: Allocator + Clone> {
    scope: &'a Scope<A>,
    names: &'a Names<A>,
    fault: &'a mut Fault,
    locals: Vec<Type, A>,
    stack: Vec<Type, A>,
    out: Vec<u8, A>,
    /// The type of the word that the last conditional jump has looked at.
    saved: Type,
    line: u32,
}

impl<A: Allocator + Clone> Pass<'_, A> {
    // ---- errors ----

    #[cold]
    fn refuse(&mut self, text: &'static str, first: Type, second: Type) -> Fail {
        *self.fault = Fault { name: None, first, second };
        type_error(text, self.line)
    }

    #[cold]
    fn refuse_local(&mut self, text: &'static str, name: Name, first: Type, second: Type) -> Fail {
        let name = Some(Excerpt::new(self.names.text(name)));
        *self.fault = Fault { name, first, second };
        type_error(text, self.line)
    }

    fn missing(&self, text: &'static str) -> Fail {
        Fail::new(ErrorKind::NotImplemented, text, self.line)
    }

    // ---- the stack of types ----

    fn push(&mut self, ty: Type) -> Result<()> {
        self.stack.add(ty)
    }

    fn pop(&mut self) -> Type {
        self.stack.pop().unwrap_or_default()
    }

    /// The type of the word so many below the top.
    fn peek(&self, below: usize) -> Type {
        self.stack.len().checked_sub(below + 1).and_then(|i| self.stack.get(i)).copied().unwrap_or_default()
    }

    /// Pops a word that Python code is to see: a pointer has no object.
    fn pop_object(&mut self) -> Result<()> {
        let ty = self.pop();
        if ty.is_object() { Ok(()) } else { Err(self.missing("conversion to object")) }
    }

    fn pop_objects(&mut self, count: u32) -> Result<()> {
        (0..count).try_for_each(|_| self.pop_object())
    }

    fn adjust(&mut self, words: i32) -> Result<()> {
        for _ in 0..words {
            self.push(self.saved)?;
        }
        for _ in words..0 {
            self.pop();
        }
        Ok(())
    }

    // ---- output ----

    fn emit(&mut self, item: Item) -> Result<()> {
        ir::again(&mut self.out, item)
    }

    fn typed(&mut self, operation: u32) -> Result<()> {
        ir::with(&mut self.out, byte::TYPED, operation)
    }

    fn cut(&mut self, to: Option<Native>) -> Result<()> {
        match to {
            Some(native) => self.typed(typed::CONVERT + native as u32),
            None => Ok(()),
        }
    }

    // ---- code ----

    /// Parameters with types are converted first of all.
    fn parameters(&mut self) -> Result<()> {
        for place in 0..self.scope.vars.len() as u32 {
            let Some(var) = self.scope.var(place) else { continue };
            let is_param = var.flags & PARAM != 0;
            let ty = if is_param && var.flags & (STAR | DOUBLE_STAR) == 0 { var.ty } else { Type::Object };
            let local = var.kind == VarKind::Local;
            self.locals.add(if is_param || !local { ty } else { Type::Unbound })?;
            if let (true, Some(native)) = (is_param, ty.native()) {
                ir::with(&mut self.out, pseudo::LOAD, place)?;
                self.cut(Some(native))?;
                ir::with(&mut self.out, pseudo::STORE, place)?;
            }
        }
        Ok(())
    }

    fn item(&mut self, item: Item) -> Result<()> {
        match item.op {
            pseudo::LINE => self.line = item.operand,
            pseudo::ADJUST => self.adjust(item.signed())?,
            pseudo::LOAD => return self.load(item),
            pseudo::STORE => self.store(item)?,
            pseudo::MAKE => self.push(Type::Object)?,
            pseudo::MAKE_DEFAULTS => {
                self.pop();
                self.pop();
                self.push(Type::Object)?;
            }
            pseudo::LABEL | pseudo::DELETE | pseudo::CLASS_CELL | pseudo::DROP => {}
            byte::UNARY_OP_MULTI..byte::BINARY_OP_MULTI => return self.unary(item),
            byte::BINARY_OP_MULTI.. => return self.binary(item),
            byte::LOAD_SUBSCR => return self.load_subscript(item),
            byte::STORE_SUBSCR => return self.store_subscript(item),
            byte::CALL_FUNCTION => return self.call(item),
            byte::RETURN_VALUE => self.returns()?,
            byte::YIELD_VALUE | byte::YIELD_FROM => return Err(self.missing("native yield")),
            _ => self.plain(item)?,
        }
        self.emit(item)
    }

    /// Instructions that stay as they are.
    fn plain(&mut self, item: Item) -> Result<()> {
        match item.op {
            byte::LOAD_CONST_SMALL_INT => self.push(Type::Int),
            byte::LOAD_CONST_FALSE | byte::LOAD_CONST_TRUE => self.push(Type::Bool),
            byte::LOAD_CONST_NONE => self.push(Type::None),
            byte::DUP_TOP => self.push(self.peek(0)),
            byte::DUP_TOP_TWO => {
                let (below, top) = (self.peek(1), self.peek(0));
                self.push(below)?;
                self.push(top)
            }
            byte::POP_TOP => {
                self.pop();
                Ok(())
            }
            byte::ROT_TWO => self.rotate(2),
            byte::ROT_THREE => self.rotate(3),
            byte::POP_JUMP_IF_TRUE
            | byte::POP_JUMP_IF_FALSE
            | byte::JUMP_IF_TRUE_OR_POP
            | byte::JUMP_IF_FALSE_OR_POP => {
                let ty = self.pop();
                if ty.is_pointer() || matches!(ty, Type::Cast(_)) {
                    return Err(self.refuse("can't implicitly convert '%2' to 'bool'", ty, ty));
                }
                self.saved = ty;
                Ok(())
            }
            byte::RAISE_OBJ => match self.pop() {
                Type::Object => Ok(()),
                ty => Err(self.refuse("must raise an object", ty, ty)),
            },
            byte::BUILD_TUPLE | byte::BUILD_LIST | byte::BUILD_SET | byte::BUILD_SLICE => {
                self.pop_objects(item.operand)?;
                self.push(Type::Object)
            }
            byte::CALL_METHOD => {
                self.pop_objects((item.operand & 0xff) + 2 * (item.operand >> 8))?;
                self.adjust(-2)?;
                self.push(Type::Object)
            }
            byte::STORE_GLOBAL | byte::STORE_NAME => self.pop_object(),
            byte::STORE_ATTR => self.pop_objects(2),
            byte::STORE_MAP => {
                self.pop_objects(3)?;
                self.push(Type::Object)
            }
            _ => self.other(item),
        }
    }

    /// The types of anything else are objects, as many as its effect says.
    fn other(&mut self, item: Item) -> Result<()> {
        let words = effect(item);
        self.saved = Type::Object;
        self.adjust(words)?;
        let info = INFO.get(item.op as usize);
        let pushes = info.map_or(0, |i| i.pushes);
        if words <= 0 && pushes > 0 {
            self.pop();
            self.push(Type::Object)?;
        }
        Ok(())
    }

    fn rotate(&mut self, words: usize) -> Result<()> {
        let top = self.pop();
        let at = (self.stack.len() + 1).saturating_sub(words);
        self.push(top)?;
        if let Some(part) = self.stack.get_mut(at..) {
            part.rotate_right(1);
        }
        Ok(())
    }

    // ---- variables ----

    fn load(&mut self, item: Item) -> Result<()> {
        let Some(var) = self.scope.var(item.operand) else { return Ok(()) };
        let global = !matches!(var.kind, VarKind::Local | VarKind::Cell | VarKind::Free);
        if let (true, Some(native)) = (global, Native::of_name(var.name)) {
            self.push(Type::Cast(native))?;
            return match native.is_python() {
                true => self.emit(item),
                false => ir::plain(&mut self.out, byte::LOAD_CONST_NONE),
            };
        }
        let ty = match self.locals.get(item.operand as usize) {
            Some(ty) if var.kind == VarKind::Local => *ty,
            _ => Type::Object,
        };
        if ty == Type::Unbound {
            return Err(self.refuse_local("local '%1' used before type known", var.name, ty, ty));
        }
        self.push(ty)?;
        self.emit(item)
    }

    fn store(&mut self, item: Item) -> Result<()> {
        let Some(var) = self.scope.var(item.operand) else { return Ok(()) };
        if var.kind != VarKind::Local {
            return self.pop_object();
        }
        let mut ty = self.pop();
        if !ty.is_object() && !ty.is_pointer() {
            return Err(self.missing("conversion to object"));
        }
        if matches!(ty, Type::None | Type::Cast(_)) {
            ty = Type::Object;
        }
        let Some(local) = self.locals.get_mut(item.operand as usize) else { return Ok(()) };
        let known = *local;
        if known == Type::Unbound {
            *local = ty;
        } else if known != ty {
            return Err(self.refuse_local("local '%1' has type '%2' but source is '%3'", var.name, known, ty));
        }
        Ok(())
    }

    // ---- operators ----

    fn unary(&mut self, item: Item) -> Result<()> {
        let op = UnaryOp::from_number(item.op - byte::UNARY_OP_MULTI);
        let ty = self.peek(0);
        match (ty, op) {
            (Type::Object | Type::None, _) | (Type::Bool, Some(UnaryOp::Not)) => {
                self.pop();
                self.push(if ty == Type::Bool { ty } else { Type::Object })?;
                self.emit(item)
            }
            (Type::Int | Type::Uint, Some(UnaryOp::Positive)) => Ok(()),
            (Type::Int | Type::Uint, Some(UnaryOp::Not)) => Err(self.refuse("'not' not implemented", ty, ty)),
            (Type::Int | Type::Uint, _) => {
                self.emit(item)?;
                self.cut(ty.native())
            }
            _ => Err(self.refuse("can't do unary op of '%2'", ty, ty)),
        }
    }

    fn binary(&mut self, item: Item) -> Result<()> {
        let (left, right) = (self.peek(1), self.peek(0));
        let object = |ty: Type| ty.is_object() && matches!(ty, Type::Object | Type::None | Type::Cast(_));
        self.adjust(-2)?;
        if object(left) && object(right) {
            self.push(Type::Object)?;
            return self.emit(item);
        }
        if !left.is_number() || !right.is_number() {
            return Err(self.refuse("can't do binary op between '%2' and '%3'", left, right));
        }
        let Some(op) = BinaryOp::from_number(item.op - byte::BINARY_OP_MULTI) else { return Ok(()) };
        let plan = match operators::binary(op, left, right) {
            Ok(plan) => plan,
            Err(Refusal::MixedComparison) => return Err(self.refuse("comparison of int and uint", left, right)),
            Err(Refusal::DivisionOfUint) => return Err(self.refuse("div/mod not implemented for uint", left, right)),
            Err(Refusal::Missing(text)) => return Err(self.refuse(text, left, right)),
        };
        self.push(plan.result)?;
        match plan.instead {
            Some(operation) => self.typed(operation)?,
            None => self.emit(item)?,
        }
        self.cut(plan.cut)
    }

    // ---- subscripts ----

    fn load_subscript(&mut self, item: Item) -> Result<()> {
        let (base, index) = (self.peek(1), self.peek(0));
        if base == Type::Object {
            self.pop_objects(2)?;
            self.push(Type::Object)?;
            return self.emit(item);
        }
        let Some(width) = base.width() else {
            return Err(self.refuse("can't load from '%2'", base, base));
        };
        if !index.is_number() {
            return Err(self.refuse("can't load with '%2' index", index, index));
        }
        self.adjust(-2)?;
        self.push(Type::Int)?;
        self.typed(typed::LOAD + width)
    }

    fn store_subscript(&mut self, item: Item) -> Result<()> {
        let (value, base, index) = (self.peek(2), self.peek(1), self.peek(0));
        if base == Type::Object {
            self.pop_objects(3)?;
            return self.emit(item);
        }
        let Some(width) = base.width() else {
            return Err(self.refuse("can't store to '%2'", base, base));
        };
        if !value.is_number() && value != Type::Bool {
            return Err(self.refuse("can't store '%2'", value, value));
        }
        if !index.is_number() {
            return Err(self.refuse("can't store with '%2' index", index, index));
        }
        self.adjust(-3)?;
        self.typed(typed::STORE + width)
    }

    // ---- calls ----

    fn call(&mut self, item: Item) -> Result<()> {
        let words = (item.operand & 0xff) + 2 * (item.operand >> 8);
        let from = self.peek(0);
        let to = match self.peek(words as usize) {
            Type::Cast(to) if item.operand == 1 && !matches!(from, Type::Cast(_)) => to,
            Type::Cast(to) if item.operand == 1 || !to.is_python() => return Err(self.missing("casting")),
            _ => {
                self.pop_objects(words)?;
                self.pop();
                self.push(Type::Object)?;
                return self.emit(item);
            }
        };
        self.adjust(-2)?;
        self.push(to.ty())?;
        let to_number = matches!(to, Native::Int | Native::Uint);
        match from {
            Type::None => {
                // As in C, it is the number 0.
                ir::plain(&mut self.out, byte::POP_TOP)?;
                ir::with(&mut self.out, byte::LOAD_CONST_SMALL_INT, 0)?;
            }
            _ if from.is_pointer() && (to_number || to == Native::Bool) => self.typed(typed::ADDRESS)?,
            _ => {}
        }
        self.cut(Some(to))?;
        ir::plain(&mut self.out, byte::ROT_TWO)?;
        ir::plain(&mut self.out, byte::POP_TOP)
    }

    fn returns(&mut self) -> Result<()> {
        let (ty, expected) = (self.pop(), self.scope.returns);
        if ty == Type::None {
            if expected != Type::Object {
                ir::plain(&mut self.out, byte::POP_TOP)?;
                ir::with(&mut self.out, byte::LOAD_CONST_SMALL_INT, 0)?;
                self.cut(expected.native().filter(|_| expected == Type::Bool))?;
            }
            return Ok(());
        }
        if ty != expected {
            return Err(self.refuse("return expected '%2' but got '%3'", expected, ty));
        }
        if ty.is_pointer() {
            return self.typed(typed::ADDRESS);
        }
        Ok(())
    }
}
