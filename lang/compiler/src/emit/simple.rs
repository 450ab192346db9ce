//! Statements without a block, and assignments.

use allocator_api2::alloc::Allocator;
use krait_bytecode::BinaryOp;
use krait_bytecode::opcode::byte;

use super::{Access, Emitter, Job, NO_LABEL, binary};
use crate::ast::{Kind, Leaf, Node};
use crate::error::Result;
use crate::ir;
use crate::names::{Name, well_known};
use crate::scopes::{ScopeKind, VarKind};
use crate::token::Token;

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn expr_statement(&mut self, node: Node) -> Result<()> {
        let value = self.tree.child(node, 0);
        if self.program.repl && self.kind == ScopeKind::Module {
            self.load_name(well_known::REPL_PRINT)?;
            return self.plan(&[Job::Node(value), Job::OpWith(byte::CALL_FUNCTION, 1), Job::Op(byte::POP_TOP)]);
        }
        let lonely = match self.tree.kind(value) {
            None => value.as_ident().is_none(),
            kind => kind == Some(Kind::Const),
        };
        if lonely {
            return Ok(());
        }
        self.plan(&[Job::Node(value), Job::Op(byte::POP_TOP)])
    }

    /// `a, b = c, d` and its like of three exchange values on the stack.
    pub(super) fn assignment(&mut self, node: Node) -> Result<()> {
        let tree = self.tree;
        let target = tree.child(node, 0);
        let value = tree.child(node, 1);
        let count = tree.count(target);
        let exchange = tree.is(target, Kind::BareTuple)
            && tree.is(value, Kind::BareTuple)
            && count == tree.count(value)
            && (count == 2 || count == 3)
            && (0..count).all(|i| !tree.is(tree.child(target, i), Kind::Star));
        if !exchange {
            return self.plan(&[Job::Node(value), Job::Assign(target, Access::Store)]);
        }
        let store = |i| Job::Assign(tree.child(target, i), Access::Store);
        if count == 3 {
            self.push(store(2))?;
        }
        self.plan(&[Job::Op(byte::ROT_TWO), store(0), store(1)])?;
        if count == 3 {
            self.plan(&[Job::Node(tree.child(value, 2)), Job::Op(byte::ROT_THREE)])?;
        }
        self.plan(&[Job::Node(tree.child(value, 0)), Job::Node(tree.child(value, 1))])
    }

    pub(super) fn assign_chain(&mut self, node: Node) -> Result<()> {
        let last = self.tree.count(node).saturating_sub(1);
        self.plan(&[Job::Node(self.tree.child(node, last)), Job::Chain(node, 0)])
    }

    pub(super) fn chain(&mut self, node: Node, next: u32) -> Result<()> {
        let targets = self.tree.count(node).saturating_sub(1);
        if next >= targets {
            return Ok(());
        }
        if next + 1 < targets {
            self.op(byte::DUP_TOP)?;
        }
        let target = self.tree.child(node, next);
        self.plan(&[Job::Assign(target, Access::Store), Job::Chain(node, next + 1)])
    }

    pub(super) fn aug_assignment(&mut self, node: Node) -> Result<()> {
        let target = self.tree.child(node, 0);
        let number = match self.tree.leaf(self.tree.child(node, 1)) {
            Some(Leaf::Token(token)) => (token as u8).saturating_sub(Token::PipeAssign as u8),
            _ => 0,
        };
        let op = binary(BinaryOp::InplaceOr).saturating_add(number);
        self.plan(&[
            Job::Assign(target, Access::AugLoad),
            Job::Node(self.tree.child(node, 2)),
            Job::Op(op),
            Job::Assign(target, Access::AugStore),
        ])
    }

    /// A bare annotation makes a name local.
    pub(super) fn annotation(&mut self, node: Node) -> Result<()> {
        if self.kind == ScopeKind::Function
            && let Some(name) = self.tree.child(node, 0).as_ident()
        {
            self.program.scopes.place(self.names, self.scope, name, VarKind::Local)?;
        }
        Ok(())
    }

    pub(super) fn leave_loop(&mut self, node: Node, breaks: bool) -> Result<()> {
        let target = self.looping;
        let label = if breaks { target.break_to } else { target.continue_to };
        if label == NO_LABEL {
            return Err(self.error("'break'/'continue' outside loop", node));
        }
        let depth = self.blocks.saturating_sub(target.blocks);
        let drops = breaks && target.iterates;
        if depth == 0 {
            if drops {
                self.op_with(ir::pseudo::DROP, u32::from(krait_bytecode::opcode::ITER_SLOTS))?;
            }
            return self.op_with(byte::JUMP, label);
        }
        let Some(depth) = u8::try_from(depth).ok().filter(|d| *d < 0x80) else {
            return Err(crate::error::Fail::too_deep());
        };
        let flag = if drops { krait_bytecode::opcode::UNWIND_POP_ITER } else { 0 };
        ir::unwind(&mut self.current()?.code, label, flag | depth)
    }

    pub(super) fn return_statement(&mut self, node: Node) -> Result<()> {
        if self.kind != ScopeKind::Function {
            return Err(self.error("'return' outside function", node));
        }
        let value = self.tree.child(node, 0);
        if value.is_none() {
            self.op(byte::LOAD_CONST_NONE)?;
            return self.op(byte::RETURN_VALUE);
        }
        let result = Job::Op(byte::RETURN_VALUE);
        if self.tree.is(value, Kind::Ternary) {
            let fail = self.new_label()?;
            return self.plan(&[
                Job::Cond { node: self.tree.child(value, 0), jump_if: false, to: fail },
                Job::Node(self.tree.child(value, 1)),
                result,
                Job::Label(fail),
                Job::Node(self.tree.child(value, 2)),
                result,
            ]);
        }
        self.plan(&[Job::Node(value), result])
    }

    pub(super) fn raise(&mut self, node: Node) -> Result<()> {
        let op = match self.tree.count(node) {
            0 => return self.op(byte::RAISE_LAST),
            1 => byte::RAISE_OBJ,
            _ => byte::RAISE_FROM,
        };
        self.plan(&[Job::Each(node, 0), Job::Op(op)])
    }

    pub(super) fn assert(&mut self, node: Node) -> Result<()> {
        if !self.program.asserts {
            return Ok(());
        }
        let end = self.new_label()?;
        self.plan(&[Job::Op(byte::RAISE_OBJ), Job::Label(end)])?;
        let message = self.tree.child(node, 1);
        if message.is_some() {
            self.plan(&[Job::Node(message), Job::OpWith(byte::CALL_FUNCTION, 1)])?;
        }
        self.plan(&[
            Job::Cond { node: self.tree.child(node, 0), jump_if: true, to: end },
            Job::OpWith(byte::LOAD_GLOBAL, well_known::ASSERTION_ERROR.0),
        ])
    }

    // ---- imports ----

    /// One module of an `import` statement.
    pub(super) fn imports(&mut self, node: Node, next: u32) -> Result<()> {
        if next >= self.tree.count(node) {
            return Ok(());
        }
        self.small_int(0)?;
        self.op(byte::LOAD_CONST_NONE)?;
        let item = self.tree.child(node, next);
        let name = if self.tree.is(item, Kind::ImportAs) {
            let module = self.tree.child(item, 0);
            self.import_name(module)?;
            // `import a.b as c` binds the innermost module.
            for part in 1..self.tree.count(module) {
                let name = self.ident(module, part);
                self.op_name(byte::LOAD_ATTR, name)?;
            }
            self.ident(item, 1)
        } else {
            self.import_name(item)?;
            match item.as_ident() {
                Some(name) => name,
                None => self.ident(item, 0),
            }
        };
        self.store_name(name)?;
        self.push(Job::Imports(node, next + 1))
    }

    fn import_name(&mut self, module: Node) -> Result<()> {
        let name = if module.is_none() {
            well_known::EMPTY
        } else if let Some(name) = module.as_ident() {
            name
        } else {
            self.dotted(module)?
        };
        self.op_name(byte::IMPORT_NAME, name)
    }

    /// The name `a.b.c` of a [`Kind::Dotted`].
    fn dotted(&mut self, node: Node) -> Result<Name> {
        let mut text = [0u8; 256];
        let mut len = 0;
        for part in 0..self.tree.count(node) {
            let name = self.names.text(self.ident(node, part));
            let dot: &[u8] = if part == 0 { b"" } else { b"." };
            for byte in dot.iter().chain(name) {
                // One byte too many is enough for the table to refuse the name.
                if let Some(place) = text.get_mut(len) {
                    *place = *byte;
                    len += 1;
                }
            }
        }
        self.names.intern(text.get(..len).unwrap_or(&[]))
    }

    pub(super) fn import_from(&mut self, node: Node) -> Result<()> {
        let level = self.tree.as_small_int(self.tree.child(node, 0)).unwrap_or(0);
        let module = self.tree.child(node, 1);
        if self.tree.child(node, 2).is_token(Token::Star) {
            if self.kind != ScopeKind::Module {
                return Err(self.error("import * not at module level", node));
            }
            self.small_int(level)?;
            self.op_name(byte::LOAD_CONST_STRING, well_known::STAR)?;
            self.op_with(byte::BUILD_TUPLE, 1)?;
            self.import_name(module)?;
            return self.op(byte::IMPORT_STAR);
        }
        self.small_int(level)?;
        let count = self.tree.count(node);
        for item in 2..count {
            let (name, _) = self.imported(node, item);
            self.op_name(byte::LOAD_CONST_STRING, name)?;
        }
        self.op_with(byte::BUILD_TUPLE, count.saturating_sub(2))?;
        self.import_name(module)?;
        for item in 2..count {
            let (name, target) = self.imported(node, item);
            self.op_name(byte::IMPORT_FROM, name)?;
            self.store_name(target)?;
        }
        self.op(byte::POP_TOP)
    }

    /// A name to import and the one to bind.
    fn imported(&self, node: Node, item: u32) -> (Name, Name) {
        let child = self.tree.child(node, item);
        match child.as_ident() {
            Some(name) => (name, name),
            None => (self.ident(child, 0), self.ident(child, 1)),
        }
    }
}
