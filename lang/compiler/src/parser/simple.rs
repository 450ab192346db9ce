//! Statements on one line, without assignments.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task, brackets};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::token::Token;

impl<A: Allocator + Clone> Parser<'_, A> {
    pub(super) fn simple_line(&mut self) -> Result<()> {
        self.push(Task::at(Step::SimpleNext, self.depth(), self.lexer.line))?;
        self.push_step(Step::Small)
    }

    pub(super) fn simple_next(&mut self, task: Task) -> Result<()> {
        let more = self.accept(Token::Semicolon)?;
        if more && self.token() != Token::Newline {
            self.push(task)?;
            return self.push_step(Step::Small);
        }
        self.expect(Token::Newline)?;
        if !more && self.values_from(task.base).len() == 1 {
            return Ok(());
        }
        self.reduce(Kind::Block, task)
    }

    pub(super) fn small(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let token = self.token();
        let task = |step| Task::at(step, 0, line);
        let base = self.depth();
        match token {
            Token::Pass | Token::Break | Token::Continue => {
                self.lexer.advance()?;
                let kind = match token {
                    Token::Pass => Kind::Pass,
                    Token::Break => Kind::Break,
                    _ => Kind::Continue,
                };
                self.reduce(kind, Task { base, ..task(Step::Small) })
            }
            Token::Return => {
                self.lexer.advance()?;
                self.push(Task { base, ..task(Step::ReturnEnd) })?;
                self.optional_tests()
            }
            Token::Del => {
                self.lexer.advance()?;
                self.push(Task { base, ..task(Step::DelEnd) })?;
                self.push(Task::at(Step::List, 0, self.lexer.line).flagged(brackets::TARGETS))
            }
            Token::Raise => {
                self.lexer.advance()?;
                if !brackets::begins_test(self.token()) {
                    return self.reduce(Kind::Raise, Task { base, ..task(Step::Small) });
                }
                self.push(Task { base, ..task(Step::RaiseFrom) })?;
                self.push_step(Step::Test)
            }
            Token::Yield => {
                let kind = Kind::Expr as u8;
                self.push(Task { base, ..task(Step::YieldEnd) }.flagged(kind))?;
                self.yields()
            }
            Token::Import => self.import(line),
            Token::From => self.import_from(line),
            Token::Global | Token::Nonlocal => self.declaration(line),
            Token::Assert => {
                self.lexer.advance()?;
                self.push(Task { base, ..task(Step::AssertMessage) })?;
                self.push_step(Step::Test)
            }
            _ => {
                self.push(Task { base, ..task(Step::ExprStatement) })?;
                self.push(task(Step::List).flagged(brackets::STARRED))
            }
        }
    }

    /// A list of tests if one begins here.
    pub(super) fn optional_tests(&mut self) -> Result<()> {
        if !brackets::begins_test(self.token()) {
            return Ok(());
        }
        self.push(Task::at(Step::List, 0, self.lexer.line).flagged(brackets::TESTS))
    }

    /// `del a, b` has the items as children, `del (a, b)` the tuple.
    pub(super) fn del_end(&mut self, task: Task) -> Result<()> {
        let list = self.top();
        if self.tree.is(list, Kind::BareTuple) {
            self.take();
            for i in 0..self.tree.count(list) {
                self.give(self.tree.child(list, i), 0)?;
            }
        }
        self.reduce(Kind::Del, task)
    }

    pub(super) fn raise_from(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::RaiseEnd, ..task })?;
        if self.accept(Token::From)? {
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    pub(super) fn assert_message(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::AssertEnd, ..task })?;
        if self.accept(Token::Comma)? {
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    fn declaration(&mut self, line: u32) -> Result<()> {
        let kind = match self.token() {
            Token::Global => Kind::Global,
            _ => Kind::Nonlocal,
        };
        let base = self.depth();
        loop {
            self.lexer.advance()?;
            let name = self.expect_name()?;
            self.give(Node::ident(name), line)?;
            if self.token() != Token::Comma {
                return self.reduce(kind, Task::at(Step::Small, base, line));
            }
        }
    }

    // ---- imports ----

    /// `a`, or a branch for `a.b.c`.
    pub(super) fn dotted_name(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let base = self.depth();
        loop {
            let name = self.expect_name()?;
            self.give(Node::ident(name), line)?;
            if !self.accept(Token::Period)? {
                break;
            }
        }
        if self.values_from(base).len() == 1 {
            return Ok(());
        }
        self.reduce(Kind::Dotted, Task::at(Step::Small, base, line))
    }

    /// `as name` makes the newest value an [`Kind::ImportAs`].
    fn as_name(&mut self) -> Result<()> {
        if !self.accept(Token::As)? {
            return Ok(());
        }
        let base = self.depth().saturating_sub(1);
        let line = self.top_line();
        let name = self.expect_name()?;
        self.give(Node::ident(name), line)?;
        self.reduce(Kind::ImportAs, Task::at(Step::Small, base, line))
    }

    fn import(&mut self, line: u32) -> Result<()> {
        let base = self.depth();
        loop {
            self.lexer.advance()?;
            self.dotted_name()?;
            self.as_name()?;
            if self.token() != Token::Comma {
                return self.reduce(Kind::Import, Task::at(Step::Small, base, line));
            }
        }
    }

    fn import_from(&mut self, line: u32) -> Result<()> {
        self.lexer.advance()?;
        let base = self.depth();
        let mut level = 0i32;
        loop {
            level = level.saturating_add(match self.token() {
                Token::Period => 1,
                Token::Ellipsis => 3,
                _ => break,
            });
            self.lexer.advance()?;
        }
        let level_node = self.tree.small_int(level)?;
        self.give(level_node, line)?;
        if level == 0 || self.token() == Token::Name {
            self.dotted_name()?;
        } else {
            self.give(Node::NONE, line)?;
        }
        self.expect(Token::Import)?;
        if self.accept(Token::Star)? {
            self.give(Node::token(Token::Star), line)?;
            return self.reduce(Kind::ImportFrom, Task::at(Step::Small, base, line));
        }
        let parenthesised = self.accept(Token::ParenOpen)?;
        loop {
            let line = self.lexer.line;
            let name = self.expect_name()?;
            self.give(Node::ident(name), line)?;
            self.as_name()?;
            if !self.accept(Token::Comma)? || self.token() != Token::Name {
                break;
            }
        }
        if parenthesised {
            self.expect(Token::ParenClose)?;
        }
        self.reduce(Kind::ImportFrom, Task::at(Step::Small, base, line))
    }
}
