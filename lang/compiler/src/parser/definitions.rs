//! Functions, classes, decorators, lambdas and their parameters. Annotations matter to viper functions only.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::token::Token;

/// Parameters may have annotations: those of `def`.
const TYPED: u8 = 1;

impl<A: Allocator + Clone> Parser<'_, A> {
    // ---- def: values are the name, the parameters, the body ----

    pub(super) fn function(&mut self, line: u32) -> Result<()> {
        self.lexer.advance()?;
        let base = self.depth();
        let name = self.expect_name()?;
        self.expect(Token::ParenOpen)?;
        self.give(Node::ident(name), line)?;
        self.push(Task::at(Step::FuncReturns, base, line))?;
        self.parameters(TYPED)
    }

    pub(super) fn func_returns(&mut self, task: Task) -> Result<()> {
        self.expect(Token::ParenClose)?;
        self.push(Task { step: Step::FuncBody, ..task })?;
        if self.accept(Token::Arrow)? {
            return self.push_step(Step::Test);
        }
        self.give(Node::NONE, 0)
    }

    /// The annotation of the result, or its absence, stays behind the parameters.
    pub(super) fn func_body(&mut self, task: Task) -> Result<()> {
        self.expect(Token::Colon)?;
        self.push(Task { step: Step::FuncEnd, ..task })?;
        self.push_step(Step::Suite)
    }

    /// Moves the body, the newest value, to the second place.
    pub(super) fn body_second(&mut self, kind: Kind, task: Task) -> Result<()> {
        let body = self.take();
        let Parser { tree, nodes, .. } = self;
        let (name, rest) = match nodes.get(task.base as usize..) {
            Some([name, rest @ ..]) => (*name, rest),
            _ => (Node::NONE, [].as_slice()),
        };
        let node = tree.add_after(kind, task.line, &[name, body], rest)?;
        self.drop_from(task.base);
        self.give(node, task.line)
    }

    // ---- class ----

    pub(super) fn class(&mut self, line: u32) -> Result<()> {
        self.lexer.advance()?;
        let base = self.depth();
        let name = self.expect_name()?;
        self.give(Node::ident(name), line)?;
        self.push(Task::at(Step::ClassBody, base, line))?;
        if self.accept(Token::ParenOpen)? {
            return self.arguments();
        }
        Ok(())
    }

    pub(super) fn class_body(&mut self, task: Task) -> Result<()> {
        self.expect(Token::Colon)?;
        self.push(Task { step: Step::ClassEnd, ..task })?;
        self.push_step(Step::Suite)
    }

    // ---- decorators ----

    pub(super) fn decorators(&mut self, task: Task) -> Result<()> {
        let line = self.lexer.line;
        if self.accept(Token::At)? {
            self.push(task)?;
            self.push(Task::at(Step::DecoratorNext, self.depth(), line))?;
            return self.dotted_name();
        }
        self.push(Task { step: Step::DecoratedEnd, ..task })?;
        match self.token() {
            Token::Class => self.class(line),
            Token::Def => self.function(line),
            Token::Async => {
                self.lexer.advance()?;
                self.push(Task::at(Step::AsyncEnd, self.depth(), line))?;
                if self.token() != Token::Def {
                    return Err(self.unexpected());
                }
                self.function(self.lexer.line)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn decorator_next(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::DecoratorEnd, ..task })?;
        let line = self.lexer.line;
        if self.accept(Token::ParenOpen)? {
            self.push(Task::at(Step::CallEnd, self.depth(), line))?;
            return self.arguments();
        }
        Ok(())
    }

    pub(super) fn decorator_end(&mut self, task: Task) -> Result<()> {
        self.expect(Token::Newline)?;
        self.reduce(Kind::Decorator, task)
    }

    pub(super) fn decorated_end(&mut self, task: Task) -> Result<()> {
        self.reduce_last_first(Kind::Decorated, task)
    }

    // ---- parameters ----

    fn parameters(&mut self, flag: u8) -> Result<()> {
        if matches!(self.token(), Token::Name | Token::Star | Token::StarStar) {
            return self.parameter(flag);
        }
        Ok(())
    }

    fn parameter(&mut self, flag: u8) -> Result<()> {
        let line = self.lexer.line;
        self.push(Task::plain(Step::ParamNext).flagged(flag))?;
        let base = self.depth();
        let token = self.token();
        if token == Token::Name {
            let name = self.expect_name()?;
            self.give(Node::ident(name), line)?;
            self.push(Task::at(Step::ParamDefault, base, line))?;
            if flag == TYPED && self.accept(Token::Colon)? {
                self.push(Task::at(Step::ParamAnnotation, base, line))?;
                return self.push_step(Step::Test);
            }
            return Ok(());
        }
        self.lexer.advance()?;
        let kind = if token == Token::Star { Kind::StarParam } else { Kind::DoubleStarParam };
        self.push(Task::at(Step::StarParamEnd, base, line).flagged(kind as u8))?;
        if token == Token::Star && self.token() != Token::Name {
            return Ok(());
        }
        let name = self.expect_name()?;
        self.give(Node::ident(name), line)?;
        if flag == TYPED && self.accept(Token::Colon)? {
            self.push(Task::at(Step::ParamAnnotation, base, line).flagged(1))?;
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    pub(super) fn param_next(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Comma)? && matches!(self.token(), Token::Name | Token::Star | Token::StarStar) {
            return self.parameter(task.flag);
        }
        Ok(())
    }

    /// A parameter that has an annotation is a branch, and so has a line.
    pub(super) fn param_annotation(&mut self, task: Task) -> Result<()> {
        if task.flag == 1 {
            // That of `*args` has no use.
            self.take();
        }
        if task.flag == 0 && self.token() != Token::Assign {
            self.tasks.pop();
            return self.reduce(Kind::Param, task);
        }
        Ok(())
    }

    pub(super) fn param_default(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Assign)? {
            if self.depth() == task.base + 1 {
                self.give(Node::NONE, 0)?;
            }
            self.push(Task { step: Step::ParamEnd, ..task })?;
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    pub(super) fn star_param_end(&mut self, task: Task) -> Result<()> {
        let double = task.flag == Kind::DoubleStarParam as u8;
        self.reduce(if double { Kind::DoubleStarParam } else { Kind::StarParam }, task)
    }

    // ---- lambda: values are the parameters, the body ----

    /// `flag` 1: the body may not be a ternary, as in a comprehension's condition.
    pub(super) fn lambda(&mut self, flag: u8) -> Result<()> {
        let line = self.lexer.line;
        self.lexer.advance()?;
        self.push(Task::at(Step::LambdaBody, self.depth(), line).flagged(flag))?;
        self.parameters(0)
    }

    pub(super) fn lambda_body(&mut self, task: Task) -> Result<()> {
        self.expect(Token::Colon)?;
        self.push(Task { step: Step::LambdaEnd, ..task })?;
        self.push_step(if task.flag == 0 { Step::Test } else { Step::TestNoCondition })
    }

    pub(super) fn lambda_end(&mut self, task: Task) -> Result<()> {
        self.reduce_last_first(Kind::Lambda, task)
    }
}
