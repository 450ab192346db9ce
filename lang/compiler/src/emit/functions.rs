//! Functions, classes, lambdas, comprehensions: their definitions and their bodies.

use allocator_api2::alloc::Allocator;
use krait_bytecode::opcode::{ITER_SLOTS, byte, comp};
use krait_bytecode::prelude::flags;

use super::{Access, Emitter, Job, Label};
use crate::ast::{Kind, Node};
use crate::error::{Excerpt, Fail, Result};
use crate::ir::pseudo;
use crate::names::{Name, well_known};
use crate::scopes::{DOUBLE_STAR, PARAM, STAR, ScopeKind, VarKind};
use crate::viper::{self, Type};

/// Children of a function definition before its parameters: name and body.
const FUNC_PARAMS: u32 = 2;
/// Children of a parameter: its name, annotation and default.
const ANNOTATION: u32 = 1;
const DEFAULT: u32 = 2;
/// Children of a lambda before its parameters: the body.
const LAMBDA_PARAMS: u32 = 1;

impl<A: Allocator + Clone> Emitter<'_, A> {
    fn new_scope(&mut self, kind: ScopeKind, name: Name, node: Node) -> Result<u32> {
        self.program.scopes.add(kind, Some(self.scope), name, node)
    }

    // ---- definitions ----

    pub(super) fn func_statement(&mut self, node: Node) -> Result<()> {
        self.push(Job::StoreName(self.ident(node, 0)))?;
        self.function(node).map(|_| ())
    }

    /// Adds the scope of a function and plans its making.
    pub(super) fn function(&mut self, node: Node) -> Result<u32> {
        let scope = self.new_scope(ScopeKind::Function, self.ident(node, 0), node)?;
        self.push(Job::Params { node, next: FUNC_PARAMS, scope })?;
        Ok(scope)
    }

    pub(super) fn lambda(&mut self, node: Node) -> Result<()> {
        let kind = ScopeKind::Lambda;
        let scope = self.new_scope(kind, kind.name(), node)?;
        self.push(Job::Params { node, next: LAMBDA_PARAMS, scope })
    }

    /// Defaults of the parameters from this one on, then the function.
    pub(super) fn params(&mut self, node: Node, next: u32, scope: u32) -> Result<()> {
        let end = self.params_end(node);
        let Some(function) = self.program.scopes.get_mut(scope) else { return Ok(()) };
        if next >= end {
            let (defaults, keyword) = (function.n_defaults, function.n_kw_defaults);
            if defaults > 0 && keyword == 0 {
                self.op_with(byte::BUILD_TUPLE, defaults)?;
                self.op(byte::LOAD_NULL)?;
            }
            return self.make(scope);
        }
        let again = Job::Params { node, next: next + 1, scope };
        let param = self.tree.child(node, next);
        let default = match self.tree.kind(param) {
            Some(Kind::StarParam) => {
                function.after_star = true;
                return self.push(again);
            }
            Some(Kind::DoubleStarParam) => return self.push(again),
            _ => self.tree.child(param, DEFAULT),
        };
        if default.is_none() {
            if !function.after_star && function.n_defaults != 0 {
                let text = "non-default argument follows default argument";
                return Err(self.error(text, param));
            }
            return self.push(again);
        }
        if !function.after_star {
            function.n_defaults += 1;
            return self.plan(&[Job::Node(default), again]);
        }
        function.n_kw_defaults += 1;
        let (defaults, first) = (function.n_defaults, function.n_kw_defaults == 1);
        if first {
            // The positional defaults lie below the dict of the others.
            match defaults {
                0 => self.op(byte::LOAD_NULL)?,
                _ => self.op_with(byte::BUILD_TUPLE, defaults)?,
            }
            self.op_with(byte::BUILD_MAP, 0)?;
        }
        let name = self.ident(param, 0);
        self.plan(&[Job::Node(default), Job::OpWith(byte::LOAD_CONST_STRING, name.0), Job::Op(byte::STORE_MAP), again])
    }

    pub(super) fn make(&mut self, scope: u32) -> Result<()> {
        let Some(function) = self.program.scopes.get_mut(scope) else { return Ok(()) };
        let defaults = function.n_defaults > 0 || function.n_kw_defaults > 0;
        if function.n_kw_defaults > 0 {
            function.flags |= flags::KEYWORD_DEFAULTS;
        }
        // The body decides anew which parameters are keyword-only.
        function.after_star = false;
        self.op_with(if defaults { pseudo::MAKE_DEFAULTS } else { pseudo::MAKE }, scope)
    }

    pub(super) fn class_statement(&mut self, node: Node) -> Result<()> {
        let name = self.ident(node, 0);
        self.push(Job::StoreName(name))?;
        self.class(node)
    }

    fn class(&mut self, node: Node) -> Result<()> {
        let name = self.ident(node, 0);
        let scope = self.new_scope(ScopeKind::Class, name, node)?;
        self.op(byte::LOAD_BUILD_CLASS)?;
        self.make(scope)?;
        self.op_name(byte::LOAD_CONST_STRING, name)?;
        self.call(node, 2, 2, false)
    }

    /// Decorators from this one on, then the definition and the calls.
    pub(super) fn decorators(&mut self, node: Node, next: u32) -> Result<()> {
        if next < self.tree.count(node) {
            self.push(Job::Decorators { node, next: next + 1 })?;
            let decorator = self.tree.child(node, next);
            let dotted = self.tree.child(decorator, 0);
            if self.is_builtin_decorator(dotted)? {
                return Ok(());
            }
            match dotted.as_ident() {
                Some(name) => self.load_name(name)?,
                None => {
                    let name = self.ident(dotted, 0);
                    self.load_name(name)?;
                    for part in 1..self.tree.count(dotted) {
                        let name = self.ident(dotted, part);
                        self.op_name(byte::LOAD_ATTR, name)?;
                    }
                }
            }
            return self.push(Job::Node(self.tree.child(decorator, 1)));
        }
        let mut definition = self.tree.child(node, 0);
        let is_async = self.tree.is(definition, Kind::Async);
        if is_async {
            definition = self.tree.child(definition, 0);
        }
        self.push(Job::StoreName(self.ident(definition, 0)))?;
        let mut is_viper = false;
        for child in 1..self.tree.count(node) {
            let dotted = self.tree.child(self.tree.child(node, child), 0);
            if !self.is_builtin_decorator(dotted)? {
                self.push(Job::OpWith(byte::CALL_FUNCTION, 1))?;
            } else {
                is_viper |= self.ident(dotted, 1) == well_known::VIPER;
            }
        }
        if self.tree.is(definition, Kind::ClassDef) {
            return self.class(definition);
        }
        let scope = self.function(definition)?;
        if let Some(function) = self.program.scopes.get_mut(scope) {
            function.is_viper = is_viper;
        }
        if is_async {
            self.mark_generator(scope);
        }
        Ok(())
    }

    /// `@micropython.bytecode` and `native` both mean bytecode here, and so does `viper`, with types.
    fn is_builtin_decorator(&self, dotted: Node) -> Result<bool> {
        let first = dotted.as_ident().unwrap_or_else(|| self.ident(dotted, 0));
        if first != well_known::MICROPYTHON {
            return Ok(false);
        }
        let known = [well_known::BYTECODE, well_known::NATIVE, well_known::VIPER];
        let second = self.ident(dotted, 1);
        if self.tree.count(dotted) == 2 && known.contains(&second) {
            if second == well_known::VIPER && !self.program.viper {
                return Err(Fail::syntax("invalid arch", 0));
            }
            return Ok(true);
        }
        Err(Fail::syntax("invalid micropython decorator", 0))
    }

    pub(super) fn comprehension(&mut self, node: Node, kind: ScopeKind) -> Result<()> {
        let scope = self.new_scope(kind, kind.name(), node)?;
        self.make(scope)?;
        let source = self.tree.child(self.tree.child(node, 1), 1);
        self.push(Job::OpWith(byte::CALL_FUNCTION, 1))?;
        if kind == ScopeKind::GenExpr {
            self.push(Job::Op(byte::GET_ITER))?;
        }
        self.push(Job::Node(source))
    }

    // ---- bodies ----

    /// Plans the body of a scope.
    pub(super) fn scope_body(&mut self, node: Node) -> Result<()> {
        match self.kind {
            ScopeKind::Module => Ok(()),
            ScopeKind::Function => {
                self.declare_params(node, FUNC_PARAMS)?;
                self.declare_result(node)?;
                self.plan(&[
                    Job::Node(self.tree.child(node, 1)),
                    Job::Op(byte::LOAD_CONST_NONE),
                    Job::Op(byte::RETURN_VALUE),
                ])
            }
            ScopeKind::Lambda => {
                self.set_line(self.tree.line(node))?;
                self.declare_params(node, LAMBDA_PARAMS)?;
                self.plan(&[Job::Node(self.tree.child(node, 0)), Job::LambdaReturn])
            }
            ScopeKind::Class => self.class_body(node),
            _ => self.comp_body(node),
        }
    }

    pub(super) fn lambda_return(&mut self) -> Result<()> {
        if self.scope().is_some_and(|s| s.flags & flags::GENERATOR != 0) {
            self.op(byte::POP_TOP)?;
            self.op(byte::LOAD_CONST_NONE)?;
        }
        self.op(byte::RETURN_VALUE)
    }

    /// The place after the last parameter: a function's result has an annotation, too, or an absent one.
    fn params_end(&self, node: Node) -> u32 {
        self.tree.count(node) - u32::from(self.tree.is(node, Kind::FuncDef))
    }

    /// Notes what a viper function returns.
    fn declare_result(&mut self, node: Node) -> Result<()> {
        let annotation = self.tree.child(node, self.params_end(node));
        if self.current()?.is_viper {
            self.current()?.returns = self.viper_type(annotation)?;
        }
        Ok(())
    }

    /// The machine type that an annotation names.
    fn viper_type(&mut self, annotation: Node) -> Result<Type> {
        if annotation.is_none() {
            return Ok(Type::Object);
        }
        let Some(name) = annotation.as_ident() else {
            return Err(self.error("annotation must be an identifier", annotation));
        };
        if let Some(ty) = Type::of_name(name) {
            return Ok(ty);
        }
        let name = Excerpt::new(self.names.text(name));
        self.program.fault = viper::Fault { name: Some(name), ..viper::Fault::default() };
        Err(viper::type_error("unknown type '%1'", 0))
    }

    fn declare_params(&mut self, node: Node, first: u32) -> Result<()> {
        for child in first..self.params_end(node) {
            self.declare_param(self.tree.child(node, child))?;
        }
        Ok(())
    }

    fn declare_param(&mut self, param: Node) -> Result<()> {
        let ty = match self.current()?.is_viper && self.tree.is(param, Kind::Param) {
            true => self.viper_type(self.tree.child(param, ANNOTATION))?,
            false => Type::Object,
        };
        let (tree, names) = (self.tree, &mut *self.names);
        let scopes = &mut self.program.scopes;
        let Some(scope) = scopes.get_mut(self.scope) else { return Ok(()) };
        let invalid = Fail::syntax("invalid syntax", tree.line(param));
        if scope.flags & flags::VAR_KEYWORDS != 0 {
            return Err(invalid);
        }
        let mut var_flags = PARAM;
        let name = match tree.kind(param) {
            Some(Kind::StarParam) => {
                if scope.after_star {
                    return Err(invalid);
                }
                scope.after_star = true;
                var_flags |= STAR;
                let name = tree.child(param, 0).as_ident();
                if name.is_some() {
                    scope.flags |= flags::VAR_ARGS;
                }
                name
            }
            Some(Kind::DoubleStarParam) => {
                scope.flags |= flags::VAR_KEYWORDS;
                var_flags |= DOUBLE_STAR;
                tree.child(param, 0).as_ident()
            }
            _ => {
                match scope.after_star {
                    true => scope.n_kwonly += 1,
                    false => scope.n_pos += 1,
                }
                param.as_ident().or_else(|| tree.child(param, 0).as_ident())
            }
        };
        let Some(name) = name else { return Ok(()) };
        let place = scopes.place(names, self.scope, name, VarKind::Undecided)?;
        let Some(var) = scopes.var_mut(self.scope, place) else { return Ok(()) };
        if var.kind != VarKind::Undecided {
            return Err(Fail::syntax("argument name reused", tree.line(param)));
        }
        var.kind = VarKind::Local;
        var.flags = var_flags;
        var.ty = ty;
        Ok(())
    }

    fn class_body(&mut self, node: Node) -> Result<()> {
        let scopes = &mut self.program.scopes;
        scopes.place(self.names, self.scope, well_known::CLASS, VarKind::Local)?;
        self.load_name(well_known::NAME)?;
        self.store_name(well_known::DUNDER_MODULE)?;
        let name = self.ident(node, 0);
        self.op_name(byte::LOAD_CONST_STRING, name)?;
        self.store_name(well_known::QUALNAME)?;
        self.plan(&[Job::Node(self.tree.child(node, 1)), Job::Op(pseudo::CLASS_CELL), Job::Op(byte::RETURN_VALUE)])
    }

    // ---- comprehensions ----

    fn comp_body(&mut self, node: Node) -> Result<()> {
        let scopes = &mut self.program.scopes;
        scopes.place(self.names, self.scope, well_known::EMPTY, VarKind::Local)?;
        self.current()?.n_pos = 1;
        self.set_line(self.tree.line(node))?;
        let build = match self.kind {
            ScopeKind::ListComp => Some(byte::BUILD_LIST),
            ScopeKind::DictComp => Some(byte::BUILD_MAP),
            ScopeKind::SetComp => Some(byte::BUILD_SET),
            _ => None,
        };
        match build {
            Some(build) => {
                self.op_with(build, 0)?;
                self.load_name(well_known::EMPTY)?;
                self.op(byte::GET_ITER_STACK)?;
            }
            // The argument is an iterator already; it takes the second of its four words.
            None => {
                self.op(byte::LOAD_NULL)?;
                self.load_name(well_known::EMPTY)?;
                self.op(byte::LOAD_NULL)?;
                self.op(byte::LOAD_NULL)?;
                self.push(Job::Op(byte::RETURN_VALUE))?;
                self.push(Job::Op(byte::LOAD_CONST_NONE))?;
            }
        }
        if build.is_some() {
            self.push(Job::Op(byte::RETURN_VALUE))?;
        }
        let element = self.tree.child(node, 0);
        self.push(Job::CompLoop { node: self.tree.child(node, 1), element, depth: 0 })
    }

    pub(super) fn comp_loop(&mut self, node: Node, element: Node, depth: u32) -> Result<()> {
        let top = self.new_label()?;
        let end = self.new_label()?;
        self.label(top)?;
        self.op_with(byte::FOR_ITER, end)?;
        self.plan(&[
            Job::Assign(self.tree.child(node, 0), Access::Store),
            Job::CompNext { node: self.tree.child(node, 2), element, depth, top },
            Job::Jump(byte::JUMP, top),
            Job::Label(end),
            Job::Adjust(-(ITER_SLOTS as i8)),
        ])
    }

    /// What stands in a loop: a condition, another loop, or the element. A condition that fails
    /// goes back to the loop's top.
    pub(super) fn comp_next(&mut self, node: Node, element: Node, depth: u32, top: Label) -> Result<()> {
        match self.tree.kind(node) {
            Some(Kind::CompIf) => self.plan(&[
                Job::Cond { node: self.tree.child(node, 0), jump_if: false, to: top },
                Job::CompNext { node: self.tree.child(node, 1), element, depth, top },
            ]),
            Some(Kind::CompFor) => self.plan(&[
                Job::Node(self.tree.child(node, 1)),
                Job::Op(byte::GET_ITER_STACK),
                Job::CompLoop { node, element, depth: depth + 1 },
            ]),
            _ => self.comp_element(element, depth),
        }
    }

    fn comp_element(&mut self, element: Node, depth: u32) -> Result<()> {
        // Below the element lie the iterators of all loops, four words each, and the collection.
        let below = depth
            .checked_mul(u32::from(ITER_SLOTS))
            .and_then(|n| n.checked_add(5))
            .filter(|n| *n < 1 << 20)
            .ok_or(Fail::too_deep())?;
        let operand = match self.kind {
            ScopeKind::ListComp => below << 2 | comp::LIST,
            ScopeKind::DictComp => (below + 1) << 2 | comp::DICT,
            ScopeKind::SetComp => below << 2 | comp::SET,
            _ => {
                return self.plan(&[
                    Job::Node(element),
                    Job::Op(byte::YIELD_VALUE),
                    Job::Generator(self.scope),
                    Job::Op(byte::POP_TOP),
                ]);
            }
        };
        self.plan(&[Job::Node(element), Job::OpWith(byte::STORE_COMP, operand)])
    }
}
