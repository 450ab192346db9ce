//! Scopes and their variables: which names are local, global, cells or free, and their numbers.
//!
//! A scope lists its variables in the order in which its text (parameters first) mentions them;
//! bytecode depends on that order throughout. The first scope is the module's. Scopes are analysed
//! parent before child, so a child may still turn its ancestors' locals into cells.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::unit::MAX_DEPTH;

use crate::ast::Node;
use crate::buffer::{Grow, position};
use crate::error::{Fail, Result};
use crate::names::{Name, Names, well_known};
use crate::viper::Type;

/// What a scope belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Lambda,
    ListComp,
    DictComp,
    SetComp,
    GenExpr,
    Function,
}

impl ScopeKind {
    /// Whether assignment makes a local variable.
    pub(crate) fn has_locals(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }

    pub(crate) fn is_comprehension(self) -> bool {
        use ScopeKind::*;
        matches!(self, ListComp | DictComp | SetComp | GenExpr)
    }

    /// The name of scopes that have none of their own.
    pub(crate) fn name(self) -> Name {
        match self {
            ScopeKind::Lambda => well_known::LAMBDA,
            ScopeKind::ListComp => well_known::LIST_COMP,
            ScopeKind::DictComp => well_known::DICT_COMP,
            ScopeKind::SetComp => well_known::SET_COMP,
            ScopeKind::GenExpr => well_known::GEN_EXPR,
            _ => well_known::MODULE,
        }
    }
}

/// What a name means in a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VarKind {
    /// Not yet known.
    Undecided,
    /// Read only: global unless a surrounding function has it.
    Implicit,
    /// Assigned in a module or class body.
    Assigned,
    /// Declared global, or found to be.
    Global,
    Local,
    /// Local, and used by an inner function.
    Cell,
    /// Belongs to a surrounding function.
    Free,
}

/// Flag of a variable: a parameter.
pub(crate) const PARAM: u8 = 1;
/// Flag of a variable: the parameter `*args`.
pub(crate) const STAR: u8 = 2;
/// Flag of a variable: the parameter `**kwargs`.
pub(crate) const DOUBLE_STAR: u8 = 4;

/// Flag of `__class__` in a class: the body itself mentions it.
pub(crate) const MENTIONED: u8 = 8;

/// Most variables of a scope.
const MOST: usize = 0xffff;
/// Most variables that a function may take from around it; the count is one byte.
const MOST_FREE: usize = 255;

/// One name in a scope.
#[derive(Clone, Copy)]
pub(crate) struct Var {
    pub(crate) name: Name,
    pub(crate) kind: VarKind,
    pub(crate) flags: u8,
    /// The type of a viper function's parameter.
    pub(crate) ty: Type,
    /// Number of the local, once computed.
    pub(crate) local: u32,
}

/// No scope.
const NONE: u32 = u32::MAX;
/// The module's scope.
pub(crate) const MODULE: u32 = 0;

pub(crate) struct Scope<A: Allocator> {
    pub(crate) kind: ScopeKind,
    parent: u32,
    pub(crate) level: u32,
    pub(crate) name: Name,
    /// The definition, as long as its statement's tree lives.
    pub(crate) node: Node,
    /// Flags of the prelude.
    pub(crate) flags: u8,
    pub(crate) n_pos: u32,
    pub(crate) n_kwonly: u32,
    pub(crate) n_defaults: u32,
    /// Defaults of keyword-only parameters.
    pub(crate) n_kw_defaults: u32,
    /// Whether the list of parameters has reached its star.
    pub(crate) after_star: bool,
    /// Whether it is a function with machine types.
    pub(crate) is_viper: bool,
    /// What that function returns.
    pub(crate) returns: Type,
    pub(crate) n_locals: u32,
    /// Blocks open at once, at most.
    pub(crate) blocks: u32,
    /// Labels given out.
    pub(crate) labels: u32,
    pub(crate) vars: Vec<Var, A>,
    pub(crate) code: Vec<u8, A>,
    /// The two variables that exchange their places in the list, when it is final.
    swap: Option<(u32, u32)>,
}

impl<A: Allocator> Scope<A> {
    pub(crate) fn var(&self, place: u32) -> Option<Var> {
        self.vars.get(place as usize).copied()
    }

    /// The variables in their final order.
    pub(crate) fn ordered(&self) -> impl Iterator<Item = &Var> {
        (0..self.vars.len()).filter_map(|i| self.vars.get(self.place_of(i)))
    }

    fn place_of(&self, index: usize) -> usize {
        match self.swap {
            Some((a, b)) if index == a as usize => b as usize,
            Some((a, b)) if index == b as usize => a as usize,
            _ => index,
        }
    }

    fn find(&self, name: Name) -> Option<usize> {
        self.vars.iter().position(|v| v.name == name)
    }
}

/// All scopes of a module, parents before children.
pub(crate) struct Scopes<A: Allocator> {
    list: Vec<Scope<A>, A>,
}

impl<A: Allocator + Clone> Scopes<A> {
    pub(crate) fn new(allocator: A) -> Self {
        Scopes { list: Vec::new_in(allocator) }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, scope: u32) -> Option<&Scope<A>> {
        self.list.get(scope as usize)
    }

    pub(crate) fn get_mut(&mut self, scope: u32) -> Option<&mut Scope<A>> {
        self.list.get_mut(scope as usize)
    }

    pub(crate) fn parent(&self, scope: u32) -> Option<u32> {
        self.get(scope).map(|s| s.parent).filter(|p| *p != NONE)
    }

    /// A new scope inside `parent`.
    pub(crate) fn add(&mut self, kind: ScopeKind, parent: Option<u32>, name: Name, node: Node) -> Result<u32> {
        let number = position(self.list.len())?;
        let level = parent.and_then(|p| self.get(p)).map_or(0, |p| p.level + 1);
        if level as usize >= MAX_DEPTH {
            return Err(Fail::too_deep());
        }
        let allocator = self.list.allocator().clone();
        self.list.add(Scope {
            kind,
            parent: parent.unwrap_or(NONE),
            level,
            name,
            node,
            flags: 0,
            n_pos: 0,
            n_kwonly: 0,
            n_defaults: 0,
            n_kw_defaults: 0,
            after_star: false,
            is_viper: false,
            returns: Type::Object,
            n_locals: 0,
            blocks: 0,
            labels: 0,
            vars: Vec::new_in(allocator.clone()),
            code: Vec::new_in(allocator),
            swap: None,
        })?;
        Ok(number)
    }

    /// The place of a name in the scope being analysed, where it is added if it is new.
    ///
    /// Only one scope besides the module's is analysed at a time, so the name's stamp tells
    /// whether the scope has it.
    pub(crate) fn place(&mut self, names: &mut Names<A>, scope: u32, name: Name, kind: VarKind) -> Result<u32> {
        if let Some(place) = names.place_in(name, scope) {
            return Ok(place);
        }
        let place = self.append(scope, name, kind)?;
        names.set_place(name, scope, place);
        Ok(place)
    }

    /// As [`Scopes::place`], for a scope whose own analysis is over (or the module's).
    fn place_outside(&mut self, names: &mut Names<A>, scope: u32, name: Name, kind: VarKind) -> Result<u32> {
        if scope == MODULE {
            return self.place(names, scope, name, kind);
        }
        match self.get(scope).and_then(|s| s.find(name)) {
            Some(place) => Ok(place as u32),
            None => self.append(scope, name, kind),
        }
    }

    fn append(&mut self, scope: u32, name: Name, kind: VarKind) -> Result<u32> {
        let Some(scope) = self.get_mut(scope) else { return Err(Fail::memory()) };
        let place = scope.vars.len();
        let limit = if scope.parent == NONE { NONE as usize } else { MOST };
        if place >= limit {
            return Err(Fail::runtime("too many variables"));
        }
        scope.vars.add(Var { name, kind, flags: 0, ty: Type::Object, local: 0 })?;
        Ok(place as u32)
    }

    pub(crate) fn var_mut(&mut self, scope: u32, place: u32) -> Option<&mut Var> {
        self.get_mut(scope)?.vars.get_mut(place as usize)
    }

    pub(crate) fn kind_of(&self, scope: u32, place: u32) -> VarKind {
        self.get(scope).and_then(|s| s.var(place)).map_or(VarKind::Undecided, |v| v.kind)
    }

    pub(crate) fn set_kind(&mut self, scope: u32, place: u32, kind: VarKind) {
        if let Some(var) = self.var_mut(scope, place) {
            var.kind = kind;
        }
    }

    /// The place of a name that the scope being analysed assigns or deletes.
    pub(crate) fn assign(&mut self, names: &mut Names<A>, scope: u32, name: Name) -> Result<u32> {
        let place = self.place(names, scope, name, VarKind::Implicit)?;
        self.note_assigned(scope, place);
        Ok(place)
    }

    /// As [`Scopes::assign`], for a scope that is not being analysed.
    pub(crate) fn assign_outside(&mut self, names: &mut Names<A>, scope: u32, name: Name) -> Result<u32> {
        let place = self.place_outside(names, scope, name, VarKind::Implicit)?;
        self.note_assigned(scope, place);
        Ok(place)
    }

    fn note_assigned(&mut self, scope: u32, place: u32) {
        if self.kind_of(scope, place) == VarKind::Implicit {
            let local = self.get(scope).is_some_and(|s| s.kind.has_locals());
            self.set_kind(scope, place, if local { VarKind::Local } else { VarKind::Assigned });
        }
    }

    /// Makes a variable free if a surrounding function has it.
    pub(crate) fn close_over(&mut self, scope: u32, place: u32) -> Result<()> {
        let Some(name) = self.get(scope).and_then(|s| s.var(place)).map(|v| v.name) else {
            return Ok(());
        };
        let mut outer = self.parent(scope);
        while let Some(s) = outer.filter(|s| *s != MODULE) {
            if let Some(found) = self.get(s).and_then(|s| s.find(name)) {
                let kind = self.kind_of(s, found as u32);
                if matches!(kind, VarKind::Local | VarKind::Cell | VarKind::Free) {
                    self.set_kind(scope, place, VarKind::Free);
                    return self.close_over_outside(scope, name);
                }
                return Ok(());
            }
            outer = self.parent(s);
        }
        Ok(())
    }

    /// Passes a variable through every scope between its owner and `scope`.
    fn close_over_outside(&mut self, scope: u32, name: Name) -> Result<()> {
        let mut outer = self.parent(scope);
        while let Some(s) = outer.filter(|s| *s != MODULE) {
            let place = match self.get(s).and_then(|s| s.find(name)) {
                Some(place) => place as u32,
                None => self.append(s, name, VarKind::Undecided)?,
            };
            match self.kind_of(s, place) {
                VarKind::Undecided => self.set_kind(s, place, VarKind::Free),
                VarKind::Local => {
                    self.set_kind(s, place, VarKind::Cell);
                    return Ok(());
                }
                _ => return Ok(()),
            }
            outer = self.parent(s);
        }
        Ok(())
    }

    /// Closes over what the scope reads but does not have, when all of it has been seen.
    pub(crate) fn analysed(&mut self, scope: u32) -> Result<()> {
        let count = self.get(scope).map_or(0, |s| s.vars.len());
        for place in 0..count as u32 {
            if self.kind_of(scope, place) == VarKind::Implicit {
                self.close_over(scope, place)?;
            }
        }
        Ok(())
    }

    /// Numbers the locals of every scope; kinds do not change any more.
    pub(crate) fn number(&mut self) -> Result<()> {
        for scope in 0..self.list.len() {
            if let Some(scope) = self.list.get_mut(scope) {
                number_own(scope);
            }
            self.number_free(scope)?;
        }
        Ok(())
    }

    /// Free variables come before all other locals, in the order of the parent's list.
    fn number_free(&mut self, scope: usize) -> Result<()> {
        let (before, rest) = self.list.split_at_mut(scope);
        let Some(scope) = rest.first_mut() else { return Ok(()) };
        let frees = scope.vars.iter().filter(|v| v.kind == VarKind::Free).count();
        let Some(parent) = before.get(scope.parent as usize) else { return Ok(()) };
        if frees == 0 {
            return Ok(());
        }
        if frees > MOST_FREE {
            return Err(Fail::runtime("too many closed over variables"));
        }
        let mut count = 0;
        for outer in parent.ordered() {
            if matches!(outer.kind, VarKind::Cell | VarKind::Free) {
                let same = |v: &&mut Var| v.kind == VarKind::Free && v.name == outer.name;
                if let Some(var) = scope.vars.iter_mut().find(same) {
                    var.local = count;
                    count += 1;
                }
            }
        }
        for var in scope.vars.iter_mut() {
            if var.kind != VarKind::Free || var.flags & PARAM != 0 {
                var.local += count;
            }
        }
        scope.n_pos += count;
        scope.n_locals += count;
        Ok(())
    }
}

/// `*args` changes places with the last plain parameter after it, then locals are numbered in
/// order, and after them the cells that are no parameters.
fn number_own<A: Allocator>(scope: &mut Scope<A>) {
    let star = scope.vars.iter().rposition(|v| v.flags & STAR != 0);
    let last = scope.vars.iter().rposition(|v| v.flags == PARAM);
    if let (Some(star), Some(last)) = (star, last)
        && last > star
    {
        scope.swap = Some((star as u32, last as u32));
    }
    let mut count = 0;
    for index in 0..scope.vars.len() {
        let place = scope.place_of(index);
        let Some(var) = scope.vars.get_mut(place) else { continue };
        let hidden = scope.kind == ScopeKind::Class && var.name == well_known::CLASS;
        if hidden && var.flags & MENTIONED == 0 {
            continue;
        }
        if scope.kind.has_locals() && var.kind == VarKind::Implicit {
            var.kind = VarKind::Global;
        }
        if var.kind == VarKind::Local || var.flags & PARAM != 0 {
            var.local = count;
            count += 1;
        }
    }
    for index in 0..scope.vars.len() {
        let place = scope.place_of(index);
        if let Some(var) = scope.vars.get_mut(place)
            && var.kind == VarKind::Cell
            && var.flags & PARAM == 0
        {
            var.local = count;
            count += 1;
        }
    }
    scope.n_locals = count;
}
