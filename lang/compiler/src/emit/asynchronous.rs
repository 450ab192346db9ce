//! `async` statements and `await`.

use allocator_api2::alloc::Allocator;
use krait_bytecode::BinaryOp;
use krait_bytecode::opcode::byte;
use krait_bytecode::prelude::flags;

use super::{Access, Emitter, Job, binary};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::names::{Name, well_known};
use crate::scopes::ScopeKind;

const MATCH: Job = Job::Op(binary(BinaryOp::ExceptionMatch));

/// Loads a method of the object on the stack.
fn method(name: Name) -> Job {
    Job::OpWith(byte::LOAD_METHOD, name.0)
}

fn call_method(arguments: u32) -> Job {
    Job::OpWith(byte::CALL_METHOD, arguments)
}

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn async_statement(&mut self, node: Node) -> Result<()> {
        let inner = self.tree.child(node, 0);
        if self.tree.is(inner, Kind::FuncDef) {
            self.push(Job::StoreName(self.ident(inner, 0)))?;
            let scope = self.function(inner)?;
            self.mark_generator(scope);
            return Ok(());
        }
        if self.scope().is_none_or(|s| s.flags & flags::GENERATOR == 0) {
            return Err(self.error("async for/with outside async function", inner));
        }
        if self.tree.is(inner, Kind::For) {
            return self.async_for(inner);
        }
        self.push(Job::AsyncWith { node: inner, item: 1 })
    }

    fn async_for(&mut self, node: Node) -> Result<()> {
        let no_more = self.new_label()?;
        let raised = self.new_label()?;
        let found = self.new_label()?;
        let other = self.new_label()?;
        // The loop's labels are only known to its body; the iterable belongs to the outer loop.
        let (inner, leave) = self.enter_loop(false)?;
        let Job::SetLoop(outer) = leave else { return Ok(()) };
        self.looping = outer;
        self.plan(&[
            Job::Node(self.tree.child(node, 1)),
            method(well_known::AITER),
            call_method(0),
            Job::SetLoop(inner),
            Job::Label(inner.continue_to),
            Job::Open(byte::SETUP_EXCEPT, raised),
            Job::Op(byte::DUP_TOP),
            method(well_known::ANEXT),
            call_method(0),
            Job::YieldFrom,
            Job::Assign(self.tree.child(node, 0), Access::Store),
            Job::Jump(byte::POP_EXCEPT_JUMP, found),
            Job::Label(raised),
            Job::Adjust(4),
            Job::Op(byte::DUP_TOP),
            Job::OpWith(byte::LOAD_GLOBAL, well_known::STOP_ASYNC_ITERATION.0),
            MATCH,
            Job::Jump(byte::POP_JUMP_IF_FALSE, other),
            Job::Op(byte::POP_TOP),
            Job::Jump(byte::POP_EXCEPT_JUMP, no_more),
            Job::Label(other),
            Job::Adjust(1),
            Job::Close,
            Job::Adjust(-3),
            Job::Label(found),
            Job::Node(self.tree.child(node, 2)),
            Job::Jump(byte::JUMP, inner.continue_to),
            leave,
            Job::Label(no_more),
            Job::Node(self.tree.child(node, 3)),
            Job::Label(inner.break_to),
            Job::Op(byte::POP_TOP),
        ])
    }

    /// The exit method is looked up late, to keep the stack shallow: the context manager stays
    /// below, and whatever happens in the body comes on top of it.
    pub(super) fn async_with(&mut self, node: Node, item: u32) -> Result<()> {
        if item >= self.tree.count(node) {
            return self.push(Job::Node(self.tree.child(node, 0)));
        }
        let finally = self.new_label()?;
        let no_exception = self.new_label()?;
        let leaves = self.new_label()?;
        let end = self.new_label()?;
        let (context, bind) = self.with_item(self.tree.child(node, item));
        // No exception: None, None, None. Then the body's outcome is left.
        self.plan(&[
            Job::Jump(byte::JUMP, end),
            Job::Adjust(2),
            Job::Label(leaves),
            Job::Op(byte::ROT_THREE),
            Job::Op(byte::ROT_THREE),
            Job::Label(no_exception),
            method(well_known::AEXIT),
            Job::Op(byte::LOAD_CONST_NONE),
            Job::Op(byte::DUP_TOP),
            Job::Op(byte::DUP_TOP),
            call_method(3),
            Job::YieldFrom,
            Job::Op(byte::POP_TOP),
            Job::Adjust(-1),
            Job::Label(end),
            Job::Close,
        ])?;
        // An exception: pass its class and itself, and swallow it if asked to.
        self.plan(&[
            Job::Op(byte::DUP_TOP),
            Job::Op(byte::ROT_THREE),
            Job::Op(byte::ROT_TWO),
            method(well_known::AEXIT),
            Job::Op(byte::ROT_THREE),
            Job::Op(byte::ROT_THREE),
            Job::Op(byte::DUP_TOP),
            Job::OpWith(byte::LOAD_ATTR, well_known::CLASS.0),
            Job::Op(byte::ROT_TWO),
            Job::Op(byte::LOAD_CONST_NONE),
            call_method(3),
            Job::YieldFrom,
            Job::Jump(byte::POP_JUMP_IF_FALSE, end),
            Job::Op(byte::POP_TOP),
            Job::Op(byte::LOAD_CONST_NONE),
        ])?;
        self.plan(&[
            Job::Node(context),
            Job::Op(byte::DUP_TOP),
            method(well_known::AENTER),
            call_method(0),
            Job::YieldFrom,
            bind,
            Job::Open(byte::SETUP_FINALLY, finally),
            Job::Adjust(3),
            Job::AsyncWith { node, item: item + 1 },
            Job::Adjust(-3),
            Job::Op(byte::LOAD_CONST_NONE),
            Job::Op(byte::ROT_TWO),
            Job::Jump(byte::JUMP, no_exception),
            Job::Label(finally),
            Job::Op(byte::DUP_TOP),
            Job::OpWith(byte::LOAD_GLOBAL, well_known::BASE_EXCEPTION.0),
            MATCH,
            Job::Jump(byte::POP_JUMP_IF_FALSE, leaves),
        ])
    }

    pub(super) fn await_expression(&mut self, node: Node) -> Result<()> {
        if !matches!(self.kind, ScopeKind::Function | ScopeKind::Lambda) {
            return Err(self.error("'await' outside function", node));
        }
        self.push(Job::YieldFrom)?;
        self.primary(node)
    }

    pub(super) fn yield_from(&mut self) -> Result<()> {
        self.op(byte::GET_ITER)?;
        self.op(byte::LOAD_CONST_NONE)?;
        self.op(byte::YIELD_FROM)?;
        self.mark_generator(self.scope);
        Ok(())
    }
}
