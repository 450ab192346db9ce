//! Names: loading, storing, deleting, declaring.

use allocator_api2::alloc::Allocator;

use super::Emitter;
use crate::ast::Node;
use crate::error::Result;
use crate::ir::pseudo;
use crate::names::{Name, well_known};
use crate::scopes::{MENTIONED, MODULE, ScopeKind, VarKind};

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn load_name(&mut self, name: Name) -> Result<()> {
        let scopes = &mut self.program.scopes;
        let place = scopes.place(self.names, self.scope, name, VarKind::Implicit)?;
        self.mention(name, place);
        self.op_with(pseudo::LOAD, place)
    }

    /// A class body's own `__class__` takes a place among its locals only if the body mentions it.
    fn mention(&mut self, name: Name, place: u32) {
        if name == well_known::CLASS
            && self.kind == ScopeKind::Class
            && let Some(var) = self.program.scopes.var_mut(self.scope, place)
        {
            var.flags |= MENTIONED;
        }
    }

    pub(super) fn store_name(&mut self, name: Name) -> Result<()> {
        let place = self.program.scopes.assign(self.names, self.scope, name)?;
        self.mention(name, place);
        self.op_with(pseudo::STORE, place)
    }

    pub(super) fn delete_name(&mut self, name: Name) -> Result<()> {
        let place = self.program.scopes.assign(self.names, self.scope, name)?;
        self.mention(name, place);
        self.op_with(pseudo::DELETE, place)
    }

    /// `global` and `nonlocal` statements.
    pub(super) fn declaration(&mut self, node: Node, global: bool) -> Result<()> {
        if !global && self.kind == ScopeKind::Module {
            return Err(self.error("can't declare nonlocal in outer code", node));
        }
        for child in 0..self.tree.count(node) {
            let name = self.ident(node, child);
            let scopes = &mut self.program.scopes;
            let place = scopes.place(self.names, self.scope, name, VarKind::Undecided)?;
            self.declare(node, name, place, global)?;
        }
        Ok(())
    }

    fn declare(&mut self, node: Node, name: Name, place: u32, global: bool) -> Result<()> {
        let scopes = &mut self.program.scopes;
        let kind = scopes.kind_of(self.scope, place);
        match (global, kind) {
            (true, VarKind::Undecided | VarKind::Global) => {
                scopes.set_kind(self.scope, place, VarKind::Global);
                // The module's own use of the name is then explicit, too.
                if let Some(marks) = self.names.marks_mut(name) {
                    marks.global = true;
                }
                Ok(())
            }
            (true, _) => Err(self.error("identifier redefined as global", node)),
            (false, VarKind::Undecided) => {
                scopes.set_kind(self.scope, place, VarKind::Implicit);
                scopes.close_over(self.scope, place)?;
                if scopes.kind_of(self.scope, place) == VarKind::Implicit {
                    return Err(self.error("no binding for nonlocal found", node));
                }
                Ok(())
            }
            (false, VarKind::Free) => Ok(()),
            (false, _) => Err(self.error("identifier redefined as nonlocal", node)),
        }
    }

    /// Decides where the target of `:=` lives: in a comprehension, around it.
    pub(super) fn declare_named(&mut self, node: Node, name: Name) -> Result<()> {
        if !self.kind.is_comprehension() {
            return Ok(());
        }
        let scope = self.scope;
        let scopes = &mut self.program.scopes;
        let Some(parent) = scopes.parent(scope) else { return Ok(()) };
        let outer = scopes.assign_outside(self.names, parent, name)?;
        if scopes.kind_of(parent, outer) == VarKind::Global {
            scopes.place(self.names, scope, name, VarKind::Global)?;
            return Ok(());
        }
        let place = scopes.place(self.names, scope, name, VarKind::Undecided)?;
        let global = parent == MODULE;
        if !global && scopes.kind_of(scope, place) == VarKind::Implicit {
            // It was read before; it must be closed over now.
            scopes.set_kind(scope, place, VarKind::Undecided);
        }
        self.declare(node, name, place, global)
    }

    pub(super) fn mark_generator(&mut self, scope: u32) {
        if let Some(scope) = self.program.scopes.get_mut(scope) {
            scope.flags |= krait_bytecode::prelude::flags::GENERATOR;
        }
    }
}
