//! Statements with a block: `if`, loops, `try`, `with`, `async`.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task, brackets};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::token::Token;

impl<A: Allocator + Clone> Parser<'_, A> {
    pub(super) fn statement(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let base = self.depth();
        match self.token() {
            Token::If => {
                self.lexer.advance()?;
                self.push(Task::at(Step::IfBody, base, line))?;
                self.push_step(Step::Named)
            }
            Token::While => {
                self.lexer.advance()?;
                self.push(Task::at(Step::WhileBody, base, line))?;
                self.push_step(Step::Named)
            }
            Token::For => self.for_statement(line),
            Token::Try => {
                self.lexer.advance()?;
                self.expect(Token::Colon)?;
                self.push(Task::at(Step::TryNext, base, line))?;
                self.push_step(Step::Suite)
            }
            Token::With => self.with_statement(line),
            Token::Def => self.function(line),
            Token::Class => self.class(line),
            Token::At => self.push(Task::at(Step::Decorators, base, line)),
            Token::Async => {
                self.lexer.advance()?;
                self.push(Task::at(Step::AsyncEnd, base, line))?;
                let line = self.lexer.line;
                match self.token() {
                    Token::Def => self.function(line),
                    Token::With => self.with_statement(line),
                    Token::For => self.for_statement(line),
                    _ => Err(self.unexpected()),
                }
            }
            _ => self.push_step(Step::SimpleLine),
        }
    }

    pub(super) fn suite(&mut self) -> Result<()> {
        if !self.accept(Token::Newline)? {
            return self.push_step(Step::SimpleLine);
        }
        self.expect(Token::Indent)?;
        self.push(Task::at(Step::SuiteNext, self.depth(), self.lexer.line))?;
        self.push_step(Step::Statement)
    }

    pub(super) fn suite_next(&mut self, task: Task) -> Result<()> {
        if !self.accept(Token::Dedent)? {
            self.push(task)?;
            return self.push_step(Step::Statement);
        }
        if self.values_from(task.base).len() == 1 {
            return Ok(());
        }
        self.reduce(Kind::Block, task)
    }

    fn colon_suite(&mut self) -> Result<()> {
        self.expect(Token::Colon)?;
        self.push_step(Step::Suite)
    }

    // ---- if ----

    pub(super) fn if_body(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::IfNext, ..task })?;
        self.colon_suite()
    }

    pub(super) fn if_next(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Elif)? {
            self.push(Task { step: Step::IfBody, ..task })?;
            return self.push_step(Step::Named);
        }
        self.push(Task { step: Step::IfEnd, ..task })?;
        if self.accept(Token::Else)? {
            return self.colon_suite();
        }
        Ok(())
    }

    // ---- loops ----

    pub(super) fn while_body(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::LoopElse, ..task }.flagged(Kind::While as u8))?;
        self.colon_suite()
    }

    fn for_statement(&mut self, line: u32) -> Result<()> {
        self.lexer.advance()?;
        self.push(Task::at(Step::ForIn, self.depth(), line))?;
        self.push(Task::at(Step::List, 0, self.lexer.line).flagged(brackets::TARGETS))
    }

    pub(super) fn for_in(&mut self, task: Task) -> Result<()> {
        self.expect(Token::In)?;
        self.push(Task { step: Step::ForBody, ..task })?;
        self.push(Task::at(Step::List, 0, self.lexer.line).flagged(brackets::TESTS))
    }

    pub(super) fn for_body(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::LoopElse, ..task }.flagged(Kind::For as u8))?;
        self.colon_suite()
    }

    pub(super) fn loop_else(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::LoopEnd, ..task })?;
        if self.accept(Token::Else)? {
            return self.colon_suite();
        }
        Ok(())
    }

    pub(super) fn loop_end(&mut self, task: Task) -> Result<()> {
        let kind = if task.flag == Kind::For as u8 { Kind::For } else { Kind::While };
        self.reduce(kind, task)
    }

    // ---- try: values are the body, then handlers, then `else` and `finally` with marks ----

    pub(super) fn try_next(&mut self, task: Task) -> Result<()> {
        let line = self.lexer.line;
        if self.accept(Token::Except)? {
            self.push(Task { step: Step::TryElse, ..task })?;
            let base = self.depth();
            if self.accept(Token::Colon)? {
                self.give(Node::NONE, 0)?;
                self.give(Node::NONE, 0)?;
                self.push(Task::at(Step::HandlerEnd, base, line))?;
                return self.push_step(Step::Suite);
            }
            self.push(Task::at(Step::HandlerName, base, line))?;
            return self.push_step(Step::Test);
        }
        if self.token() == Token::Finally {
            self.give(Node::NONE, 0)?;
            return self.push(Task { step: Step::TryFinally, ..task });
        }
        Err(self.unexpected())
    }

    pub(super) fn handler_name(&mut self, task: Task) -> Result<()> {
        let mut name = Node::NONE;
        if self.accept(Token::As)? {
            name = Node::ident(self.expect_name()?);
        }
        self.give(name, 0)?;
        self.push(Task { step: Step::HandlerEnd, ..task })?;
        self.colon_suite()
    }

    pub(super) fn try_else(&mut self, task: Task) -> Result<()> {
        if self.token() == Token::Except {
            return self.push(Task { step: Step::TryNext, ..task });
        }
        self.push(Task { step: Step::TryFinally, ..task })?;
        if self.accept(Token::Else)? {
            return self.colon_suite();
        }
        self.give(Node::NONE, 0)
    }

    pub(super) fn try_finally(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::TryEnd, ..task })?;
        if self.accept(Token::Finally)? {
            return self.colon_suite();
        }
        self.give(Node::NONE, 0)
    }

    pub(super) fn try_end(&mut self, task: Task) -> Result<()> {
        let last = self.take();
        let otherwise = self.take();
        let Parser { tree, nodes, .. } = self;
        let (body, handlers) = match nodes.get(task.base as usize..) {
            Some([body, handlers @ ..]) => (*body, handlers),
            _ => (Node::NONE, [].as_slice()),
        };
        let node = tree.add_after(Kind::Try, task.line, &[body, otherwise, last], handlers)?;
        self.drop_from(task.base);
        self.give(node, task.line)
    }

    // ---- with ----

    fn with_statement(&mut self, line: u32) -> Result<()> {
        self.lexer.advance()?;
        self.push(Task::at(Step::WithNext, self.depth(), line))?;
        self.push_step(Step::WithItem)
    }

    pub(super) fn with_item(&mut self) -> Result<()> {
        self.push_step(Step::Test)
    }

    pub(super) fn with_next(&mut self, task: Task) -> Result<()> {
        if self.token() == Token::As && !self.tree.is(self.top(), Kind::WithAs) {
            let base = self.depth().saturating_sub(1);
            let line = self.top_line();
            self.lexer.advance()?;
            self.push(task)?;
            self.push(Task::at(Step::WithAs, base, line))?;
            return self.push(Task::plain(Step::Climb).flagged(super::operators::PIPE));
        }
        if self.accept(Token::Comma)? {
            self.push(task)?;
            return self.push_step(Step::WithItem);
        }
        self.push(Task { step: Step::WithEnd, ..task })?;
        self.colon_suite()
    }

    pub(super) fn with_end(&mut self, task: Task) -> Result<()> {
        self.reduce_last_first(Kind::With, task)
    }
}
