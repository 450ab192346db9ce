//! `if`, loops, `try` and `with`.

use allocator_api2::alloc::Allocator;
use krait_bytecode::BinaryOp;
use krait_bytecode::opcode::{ITER_SLOTS, byte};

use super::{Access, Emitter, Job, Label, Loop, binary};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::fold;
use crate::names::well_known;

impl<A: Allocator + Clone> Emitter<'_, A> {
    // ---- conditions ----

    /// Jumps to a label if the condition has the given truth, else goes on.
    pub(super) fn cond(&mut self, node: Node, jump_if: bool, to: Label) -> Result<()> {
        if let Some(truth) = fold::truth(self.tree, node) {
            if truth == jump_if {
                return self.op_with(byte::JUMP, to);
            }
            return Ok(());
        }
        match self.tree.kind(node) {
            Some(kind @ (Kind::Or | Kind::And)) => {
                // Either every operand can decide the jump, or every one but the last can
                // decide against it.
                if (kind == Kind::Or) == jump_if {
                    return self.conds(node, 0, jump_if, to, to);
                }
                let past = self.new_label()?;
                self.push(Job::Label(past))?;
                self.conds(node, 0, !jump_if, past, to)
            }
            Some(Kind::Not) => self.push(Job::Cond { node: self.tree.child(node, 0), jump_if: !jump_if, to }),
            _ => {
                let op = if jump_if { byte::POP_JUMP_IF_TRUE } else { byte::POP_JUMP_IF_FALSE };
                self.plan(&[Job::Node(node), Job::Jump(op, to)])
            }
        }
    }

    /// Operands of `and`/`or`; the last one jumps to `last`, on the opposite truth if that is
    /// another label.
    pub(super) fn conds(&mut self, node: Node, next: u32, jump_if: bool, to: Label, last: Label) -> Result<()> {
        let child = self.tree.child(node, next);
        if next + 1 == self.tree.count(node) {
            let jump_if = jump_if == (to == last);
            return self.push(Job::Cond { node: child, jump_if, to: last });
        }
        self.plan(&[Job::Cond { node: child, jump_if, to }, Job::Conds { node, next: next + 1, jump_if, to, last }])
    }

    // ---- if ----

    pub(super) fn if_statement(&mut self, node: Node) -> Result<()> {
        let end = self.new_label()?;
        self.push(Job::If { node, pair: 0, end })
    }

    /// One condition with its block, or the final `else`.
    pub(super) fn if_pair(&mut self, node: Node, pair: u32, end: Label) -> Result<()> {
        let count = self.tree.count(node);
        let at = pair * 2;
        if at + 1 >= count {
            // The child is absent if there is no `else`.
            return self.plan(&[Job::Node(self.tree.child(node, at)), Job::Label(end)]);
        }
        let condition = self.tree.child(node, at);
        let truth = fold::truth(self.tree, condition);
        if truth == Some(false) {
            return self.push(Job::If { node, pair: pair + 1, end });
        }
        let fail = self.new_label()?;
        let body = Job::Node(self.tree.child(node, at + 1));
        let test = Job::Cond { node: condition, jump_if: false, to: fail };
        if truth == Some(true) {
            return self.plan(&[test, body, Job::Label(end)]);
        }
        self.plan(&[Job::Label(fail), Job::If { node, pair: pair + 1, end }])?;
        if pair > 0 || count > 2 {
            self.push(Job::Jump(byte::JUMP, end))?;
        }
        self.plan(&[test, body])
    }

    // ---- loops ----

    /// Begins a loop; the job ends it, so that `else` belongs to the loop around.
    pub(super) fn enter_loop(&mut self, iterates: bool) -> Result<(Loop, Job)> {
        let outer = self.looping;
        let inner = Loop { break_to: self.new_label()?, continue_to: self.new_label()?, blocks: self.blocks, iterates };
        self.looping = inner;
        Ok((inner, Job::SetLoop(outer)))
    }

    pub(super) fn while_statement(&mut self, node: Node) -> Result<()> {
        let (inner, leave) = self.enter_loop(false)?;
        let condition = self.tree.child(node, 0);
        let truth = fold::truth(self.tree, condition);
        self.plan(&[leave, Job::Node(self.tree.child(node, 2)), Job::Label(inner.break_to)])?;
        if truth == Some(false) {
            return Ok(());
        }
        let top = self.new_label()?;
        if truth != Some(true) {
            self.op_with(byte::JUMP, inner.continue_to)?;
        }
        self.label(top)?;
        self.plan(&[
            Job::Node(self.tree.child(node, 1)),
            Job::Label(inner.continue_to),
            Job::Cond { node: condition, jump_if: true, to: top },
        ])
    }

    pub(super) fn for_statement(&mut self, node: Node) -> Result<()> {
        if let Some((start, end, step)) = self.counted(node) {
            return self.counted_loop(node, start, end, step);
        }
        let (inner, leave) = self.enter_loop(true)?;
        let exhausted = self.new_label()?;
        self.plan(&[
            Job::Node(self.tree.child(node, 1)),
            Job::Op(byte::GET_ITER_STACK),
            Job::Label(inner.continue_to),
            Job::Jump(byte::FOR_ITER, exhausted),
            Job::Assign(self.tree.child(node, 0), Access::Store),
            Job::Node(self.tree.child(node, 2)),
            Job::Jump(byte::JUMP, inner.continue_to),
            Job::Label(exhausted),
            Job::Adjust(-(ITER_SLOTS as i8)),
            leave,
            Job::Node(self.tree.child(node, 3)),
            Job::Label(inner.break_to),
        ])
    }

    /// Start (if given), end and step of `for name in range(...)`, if the step is known.
    fn counted(&self, node: Node) -> Option<(Node, Node, i32)> {
        let tree = self.tree;
        tree.child(node, 0).as_ident()?;
        let range = tree.child(node, 1);
        let call = tree.child(range, 1);
        let is_range = tree.is(range, Kind::Primary)
            && tree.count(range) == 2
            && tree.child(range, 0).as_ident() == Some(well_known::RANGE)
            && tree.is(call, Kind::Call);
        if !is_range {
            return None;
        }
        let arg = |i| tree.child(call, i);
        let (start, end, step) = match tree.count(call) {
            1 => (Node::NONE, arg(0), 1),
            2 => (arg(0), arg(1), 1),
            3 => (arg(0), arg(1), tree.as_small_int(arg(2)).filter(|s| *s != 0)?),
            _ => return None,
        };
        let plain = |node| match tree.kind(node) {
            Some(Kind::StarArg | Kind::DoubleStarArg | Kind::Keyword | Kind::NamedArg) => false,
            Some(Kind::GenExpr) => !self.is_bare_argument(node),
            _ => true,
        };
        (plain(start) && plain(end)).then_some((start, end, step))
    }

    /// A loop that counts on the stack: the counter on top, below it the end unless it is a
    /// small integer. The variable is only assigned to.
    fn counted_loop(&mut self, node: Node, start: Node, end: Node, step: i32) -> Result<()> {
        let (inner, leave) = self.enter_loop(false)?;
        let top = self.new_label()?;
        let entry = self.new_label()?;
        let end_stays = self.tree.as_small_int(end).is_none();
        let otherwise = self.tree.child(node, 3);
        let pop = Job::Op(byte::POP_TOP);
        let past = self.new_label()?;

        // Planned from the end.
        if otherwise.is_some() {
            self.push(Job::Label(past))?;
        }
        if end_stays {
            self.push(pop)?;
        }
        self.plan(&[Job::Label(inner.break_to), pop])?;
        if otherwise.is_some() {
            self.plan(&[Job::Node(otherwise), Job::Jump(byte::JUMP, past), Job::Adjust(1 + i8::from(end_stays))])?;
            if end_stays {
                self.push(pop)?;
            }
            self.push(pop)?;
        }
        let compare = if step >= 0 { BinaryOp::Less } else { BinaryOp::More };
        self.plan(&[Job::Op(binary(compare)), Job::Jump(byte::POP_JUMP_IF_TRUE, top), leave])?;
        if end_stays {
            self.plan(&[Job::Op(byte::DUP_TOP_TWO), Job::Op(byte::ROT_TWO)])?;
        } else {
            self.plan(&[Job::Op(byte::DUP_TOP), Job::Node(end)])?;
        }
        self.plan(&[
            Job::Jump(byte::JUMP, entry),
            Job::Label(top),
            Job::Op(byte::DUP_TOP),
            Job::Assign(self.tree.child(node, 0), Access::Store),
            Job::Node(self.tree.child(node, 2)),
            Job::Label(inner.continue_to),
            Job::OpWith(byte::LOAD_CONST_SMALL_INT, crate::ir::zigzag(step)),
            Job::Op(binary(BinaryOp::InplaceAdd)),
            Job::Label(entry),
        ])?;
        let first = match start.is_none() {
            true => Job::OpWith(byte::LOAD_CONST_SMALL_INT, 0),
            false => Job::Node(start),
        };
        self.push(first)?;
        if end_stays {
            self.push(Job::Node(end))?;
        }
        Ok(())
    }

    // ---- try: children are the body, `else`, `finally`, handlers ----

    pub(super) fn try_statement(&mut self, node: Node) -> Result<()> {
        let last = self.tree.child(node, 2);
        let handlers = self.tree.count(node) > 3;
        if last.is_none() {
            return self.try_except(node);
        }
        let finally = self.new_label()?;
        self.plan(&[
            // None says that the body ended by itself.
            Job::Op(byte::LOAD_CONST_NONE),
            Job::Label(finally),
            // A value being returned may lie on the stack.
            Job::Adjust(1),
            Job::Node(last),
            Job::Adjust(-1),
            Job::Close,
        ])?;
        self.open(byte::SETUP_FINALLY, finally)?;
        if handlers {
            return self.try_except(node);
        }
        // Room for the state of a jump that leaves the body.
        self.plan(&[Job::Adjust(3), Job::Node(self.tree.child(node, 0)), Job::Adjust(-3)])
    }

    fn try_except(&mut self, node: Node) -> Result<()> {
        let handler = self.new_label()?;
        let success = self.new_label()?;
        let end = self.new_label()?;
        self.open(byte::SETUP_EXCEPT, handler)?;
        self.plan(&[
            Job::Node(self.tree.child(node, 0)),
            Job::Jump(byte::POP_EXCEPT_JUMP, success),
            Job::Label(handler),
            // The exception, and room for the state of a jump.
            Job::Adjust(4),
            Job::Handlers { node, next: 3, end },
            Job::Close,
            Job::Adjust(-3),
            Job::Label(success),
            Job::Node(self.tree.child(node, 1)),
            Job::Label(end),
        ])
    }

    pub(super) fn handlers(&mut self, node: Node, next: u32, end: Label) -> Result<()> {
        if next >= self.tree.count(node) {
            return Ok(());
        }
        let handler = self.tree.child(node, next);
        let exception = self.tree.child(handler, 0);
        let name = self.tree.child(handler, 1).as_ident();
        let no_match = self.new_label()?;
        if exception.is_none() && next + 1 < self.tree.count(node) {
            return Err(self.error("default 'except' must be last", handler));
        }
        self.plan(&[
            Job::Jump(byte::POP_EXCEPT_JUMP, end),
            Job::Label(no_match),
            Job::Adjust(1),
            Job::Handlers { node, next: next + 1, end },
        ])?;
        let body = Job::Node(self.tree.child(handler, 2));
        match name {
            None => self.plan(&[Job::Op(byte::POP_TOP), body])?,
            Some(name) => {
                // The name is unbound when the handler ends, however it ends.
                let unbind = self.new_label()?;
                self.plan(&[
                    Job::StoreName(name),
                    Job::Open(byte::SETUP_FINALLY, unbind),
                    body,
                    Job::Op(byte::LOAD_CONST_NONE),
                    Job::Label(unbind),
                    Job::Adjust(1),
                    Job::Op(byte::LOAD_CONST_NONE),
                    Job::StoreName(name),
                    Job::DeleteName(name),
                    Job::Adjust(-1),
                    Job::Close,
                ])?;
            }
        }
        if exception.is_some() {
            self.op(byte::DUP_TOP)?;
            self.plan(&[
                Job::Node(exception),
                Job::Op(binary(BinaryOp::ExceptionMatch)),
                Job::Jump(byte::POP_JUMP_IF_FALSE, no_match),
            ])?;
        }
        Ok(())
    }

    // ---- with: children are the body, then the items ----

    pub(super) fn with(&mut self, node: Node, item: u32) -> Result<()> {
        if item >= self.tree.count(node) {
            return self.push(Job::Node(self.tree.child(node, 0)));
        }
        let end = self.new_label()?;
        let (context, bind) = self.with_item(self.tree.child(node, item));
        self.plan(&[
            Job::Node(context),
            Job::Open(byte::SETUP_WITH, end),
            bind,
            Job::With { node, item: item + 1 },
            Job::Op(byte::LOAD_CONST_NONE),
            Job::Label(end),
            // The operation itself needs two words more to call `__exit__`.
            Job::Op(byte::WITH_CLEANUP),
            Job::Adjust(-4),
            Job::Close,
        ])
    }

    /// The context's expression, and what to do with the value it gives.
    pub(super) fn with_item(&self, item: Node) -> (Node, Job) {
        if self.tree.is(item, Kind::WithAs) {
            let target = self.tree.child(item, 1);
            (self.tree.child(item, 0), Job::Assign(target, Access::Store))
        } else {
            (item, Job::Op(byte::POP_TOP))
        }
    }
}
