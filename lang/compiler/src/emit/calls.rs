//! Calls, attributes and subscripts.

use allocator_api2::alloc::Allocator;
use krait_bytecode::opcode::byte;

use super::{Call, Emitter, Job};
use crate::ast::{Kind, Node, Tree};
use crate::buffer::Grow;
use crate::error::{Fail, Result};
use crate::names::well_known;
use crate::scopes::{PARAM, ScopeKind};

/// Arguments from this one on cannot be marked as `*args` in the mask, which is a small integer.
const STAR_LIMIT: u32 = 30;
/// Arguments of each sort are counted in one byte.
const MOST_ARGUMENTS: u32 = 255;

impl<A: Allocator + Clone> Emitter<'_, A> {
    /// An atom with trailers; also of `await`.
    pub(super) fn primary(&mut self, node: Node) -> Result<()> {
        self.plan(&[Job::Node(self.tree.child(node, 0)), Job::Trailers { node, next: 1 }])
    }

    fn is_trailer(&self, node: Node, child: u32, kind: Kind) -> bool {
        self.tree.is(self.tree.child(node, child), kind)
    }

    /// Whether the children from this one on are an attribute and its call.
    fn is_method_call(&self, node: Node, child: u32) -> bool {
        self.is_trailer(node, child, Kind::Attr) && self.is_trailer(node, child + 1, Kind::Call)
    }

    pub(super) fn trailers(&mut self, node: Node, next: u32) -> Result<()> {
        if next >= self.tree.count(node) {
            return Ok(());
        }
        let trailer = self.tree.child(node, next);
        if next == 1 && self.is_trailer(node, 1, Kind::Call) {
            let atom = self.tree.child(node, 0).as_ident();
            let arguments = self.tree.count(trailer);
            if atom == Some(well_known::SUPER) && arguments == 0 && self.kind == ScopeKind::Function {
                return self.super_call(node);
            }
            let display = self.tree.child(trailer, 0);
            if self.program.ordered_dict
                && atom == Some(well_known::ORDERED_DICT)
                && arguments == 1
                && self.tree.is(display, Kind::Braces)
            {
                // The display's items are stored in the dict that the call makes.
                self.op_with(byte::CALL_FUNCTION, 0)?;
                self.push(Job::Trailers { node, next: 2 })?;
                return self.braces(display, false);
            }
        }
        if self.is_method_call(node, next) {
            let name = self.ident(trailer, 0);
            self.op_name(byte::LOAD_METHOD, name)?;
            self.push(Job::Trailers { node, next: next + 2 })?;
            return self.call(self.tree.child(node, next + 1), 0, 0, true);
        }
        self.plan(&[Job::Node(trailer), Job::Trailers { node, next: next + 1 }])
    }

    /// `super()` without arguments means `super(__class__, first parameter)`.
    fn super_call(&mut self, node: Node) -> Result<()> {
        self.load_name(well_known::CLASS)?;
        let vars = self.scope().map(|s| s.vars.iter());
        let first = vars.and_then(|mut v| v.find(|v| v.flags & PARAM != 0)).map(|v| v.name);
        let Some(first) = first else {
            let call = self.tree.child(node, 1);
            return Err(self.error("super() can't find self", call));
        };
        self.load_name(first)?;
        if self.is_method_call(node, 2) {
            let name = self.ident(self.tree.child(node, 2), 0);
            self.op_name(byte::LOAD_SUPER_METHOD, name)?;
            self.push(Job::Trailers { node, next: 4 })?;
            return self.call(self.tree.child(node, 3), 0, 0, true);
        }
        self.op_with(byte::CALL_FUNCTION, 2)?;
        self.push(Job::Trailers { node, next: 2 })
    }

    /// Arguments from child `first` on, of which `extra` are on the stack already, and the call.
    pub(super) fn call(&mut self, node: Node, first: u32, extra: u32, method: bool) -> Result<()> {
        self.program.calls.add(Call {
            positional: extra,
            keyword: 0,
            stars: 0,
            double: false,
            single: false,
            method,
            first,
        })?;
        self.push(Job::Arguments { node, next: first })
    }

    /// Whether a generator expression is an argument without parentheses of its own.
    pub(super) fn is_bare_argument(&self, node: Node) -> bool {
        self.tree.is(node, Kind::GenExpr) && Tree::<A>::number_of(self.tree.child(node, 2)) == 0
    }

    pub(super) fn arguments(&mut self, node: Node, next: u32) -> Result<()> {
        let Some(mut call) = self.program.calls.last().copied() else { return Ok(()) };
        if next >= self.tree.count(node) {
            self.program.calls.pop();
            return self.call_end(call);
        }
        self.push(Job::Arguments { node, next: next + 1 })?;
        let argument = self.tree.child(node, next);
        let value = |child| Job::Node(self.tree.child(argument, child));
        match self.tree.kind(argument) {
            Some(Kind::StarArg) => {
                if call.double {
                    return Err(self.error("* arg after **", argument));
                }
                if call.keyword > 0 {
                    return Err(self.error("* arg after kwarg", argument));
                }
                let place = next - call.first;
                if place >= STAR_LIMIT {
                    return Err(self.error("too many args", argument));
                }
                call.single = true;
                call.stars |= 1 << place;
                call.positional += 1;
                self.push(value(0))?;
            }
            Some(Kind::DoubleStarArg) => {
                call.double = true;
                call.keyword += 1;
                self.op(byte::LOAD_NULL)?;
                self.push(value(0))?;
            }
            Some(Kind::Keyword) => {
                let Some(name) = self.tree.child(argument, 0).as_ident() else {
                    return Err(self.error("LHS of keyword arg must be an id", argument));
                };
                call.keyword += 1;
                let value = value(1);
                self.op_name(byte::LOAD_CONST_STRING, name)?;
                self.push(value)?;
            }
            kind => {
                // The reference checks this only of plain arguments, and mistakes the others for
                // parts of keyword arguments.
                if call.double {
                    return Err(self.error("positional arg after **", argument));
                }
                if call.keyword > 0 {
                    return Err(self.error("positional arg after keyword arg", argument));
                }
                call.positional += 1;
                match kind {
                    Some(Kind::NamedArg) => self.named(argument)?,
                    _ => self.push(Job::Node(argument))?,
                }
            }
        }
        if let Some(last) = self.program.calls.last_mut() {
            *last = call;
        }
        Ok(())
    }

    fn call_end(&mut self, call: Call) -> Result<()> {
        if call.positional > MOST_ARGUMENTS || call.keyword > MOST_ARGUMENTS {
            return Err(Fail::syntax("too many args", 0));
        }
        let starred = call.single || call.double;
        if starred {
            self.small_int(call.stars as i32)?;
        }
        let op = match (call.method, starred) {
            (false, false) => byte::CALL_FUNCTION,
            (false, true) => byte::CALL_FUNCTION_VAR_KW,
            (true, false) => byte::CALL_METHOD,
            (true, true) => byte::CALL_METHOD_VAR_KW,
        };
        self.op_with(op, call.keyword << 8 | call.positional)
    }

    /// A start or stop that is absent is None; an absent step is nothing.
    pub(super) fn slice(&mut self, node: Node) -> Result<()> {
        let step = self.tree.child(node, 2);
        let part = |child: Node| match child.is_some() {
            true => Job::Node(child),
            false => Job::Op(byte::LOAD_CONST_NONE),
        };
        let (start, stop) = (self.tree.child(node, 0), self.tree.child(node, 1));
        let count = 2 + u32::from(step.is_some());
        self.plan(&[part(start), part(stop), Job::Node(step), Job::OpWith(byte::BUILD_SLICE, count)])
    }
}
