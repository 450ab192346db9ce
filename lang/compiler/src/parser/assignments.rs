//! Expression statements: assignments of every sort, `const()`, and statements without effect.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task, brackets};
use crate::ast::{Kind, Node};
use crate::error::{Fail, Result};
use crate::fold;
use crate::names::well_known;
use crate::token::Token;

fn is_augmented(token: Token) -> bool {
    (Token::PipeAssign as u8..=Token::StarStarAssign as u8).contains(&(token as u8))
}

impl<A: Allocator + Clone> Parser<'_, A> {
    /// After the leftmost list of the statement.
    pub(super) fn expr_statement(&mut self, task: Task) -> Result<()> {
        let token = self.token();
        if token == Token::Colon {
            self.lexer.advance()?;
            self.push(Task { step: Step::Annotation, ..task })?;
            return self.push_step(Step::Test);
        }
        if is_augmented(token) {
            self.lexer.advance()?;
            self.give(Node::token(token), task.line)?;
            self.push(Task { step: Step::AugEnd, ..task })?;
            return self.push_step(Step::Right);
        }
        if token == Token::Assign {
            return self.push(Task { step: Step::AssignNext, ..task });
        }
        let value = self.top();
        let lonely = match self.tree.kind(value) {
            None => value.as_ident().is_none(),
            kind => kind == Some(Kind::Const),
        };
        if lonely && self.drop_constants {
            if let Some(literal) = self.tree.literal(value) {
                self.tree.forget(value);
                self.tree.literals.forget(literal);
            }
            self.take();
            return self.reduce(Kind::Pass, task);
        }
        self.reduce(Kind::Expr, task)
    }

    /// After `target: annotation`. Annotations have no effect.
    pub(super) fn annotation(&mut self, task: Task) -> Result<()> {
        self.take();
        if !self.accept(Token::Assign)? {
            return self.reduce(Kind::Annotate, task);
        }
        self.push(Task { step: Step::AnnotatedEnd, ..task })?;
        self.push_step(Step::Right)
    }

    /// What may stand right of an assignment operator.
    pub(super) fn right(&mut self) -> Result<()> {
        let line = self.lexer.line;
        if self.token() == Token::Yield {
            self.push(Task::at(Step::YieldEnd, self.depth(), line))?;
            return self.yields();
        }
        self.push(Task::at(Step::List, 0, line).flagged(brackets::STARRED))
    }

    /// After one more operand of `a = b = c`.
    pub(super) fn assign_next(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Assign)? {
            self.push(task)?;
            return self.push_step(Step::Right);
        }
        if self.values_from(task.base).len() > 2 {
            return self.reduce(Kind::AssignChain, task);
        }
        self.assign_one(task)
    }

    /// An assignment to one target, which may be the declaration of a constant.
    pub(super) fn assign_one(&mut self, task: Task) -> Result<()> {
        let [target, value] = *self.values_from(task.base) else { return Ok(()) };
        match self.declared_constant(target, value)? {
            None => {}
            Some(Node::NONE) => {
                self.drop_from(task.base);
                return self.reduce(Kind::Pass, Task { line: 0, ..task });
            }
            Some(value) => {
                self.take();
                self.give(value, 0)?;
            }
        }
        self.reduce(Kind::Assign, task)
    }

    /// The value of `name = const(value)`, or no node if the name is private and needs no
    /// assignment; the parser replaces the name by the value from here on.
    fn declared_constant(&mut self, target: Node, value: Node) -> Result<Option<Node>> {
        let tree = &self.tree;
        let call = tree.child(value, 1);
        let is_declaration = tree.is(value, Kind::Primary)
            && tree.count(value) == 2
            && tree.child(value, 0).as_ident() == Some(well_known::CONST)
            && tree.is(call, Kind::Call);
        let (Some(name), true) = (target.as_ident(), is_declaration) else {
            return Ok(None);
        };
        let constant = tree.child(call, 0);
        if tree.count(call) != 1 || !fold::is_constant(tree, constant) {
            return Err(Fail::syntax("not a constant", tree.line(value)));
        }
        self.constants.define(&mut self.names, &self.tree, name, constant)?;
        if self.names.text(name).first() == Some(&b'_') {
            return Ok(Some(Node::NONE));
        }
        Ok(Some(constant))
    }
}
