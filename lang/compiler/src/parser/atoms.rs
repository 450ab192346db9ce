//! Atoms and what follows them: calls, subscripts, attributes.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task, brackets};
use crate::ast::{Kind, Node, Tree};
use crate::error::Result;
use crate::fold;
use crate::names::{SHORT, is_pooled};
use crate::number;
use crate::token::Token;

/// The primary begins with `await`.
const AWAIT: u8 = 1;

impl<A: Allocator + Clone> Parser<'_, A> {
    pub(super) fn atom(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let base = self.depth();
        let awaits = self.accept(Token::Await)?;
        self.push(Task::at(Step::Trailers, base, line).flagged(u8::from(awaits) * AWAIT))?;
        let at = self.lexer.line;
        let node = match self.token() {
            Token::Name => {
                let name = self.names.parse(self.lexer.text())?;
                match self.names.marks(name).constant {
                    0 => Node::ident(name),
                    number => self.constants.get(&mut self.tree, number, at)?,
                }
            }
            Token::Integer => number::integer(&mut self.tree, self.lexer.text(), at)?,
            Token::Float => number::float(&mut self.tree, self.lexer.text(), at)?,
            Token::Str => self.string(at)?,
            Token::Bytes => {
                let literal = self.tree.literals.add_bytes(self.lexer.text())?;
                self.tree.constant(literal, at)?
            }
            token @ (Token::Ellipsis | Token::None | Token::True | Token::False) => Node::token(token),
            Token::ParenOpen => return self.parenthesis(),
            Token::BracketOpen => return self.bracket(),
            Token::BraceOpen => return self.brace(),
            _ => return Err(self.unexpected()),
        };
        self.lexer.advance()?;
        self.give(node, line)
    }

    /// A string is a name if it is short, or equal to a name met before.
    fn string(&mut self, line: u32) -> Result<Node> {
        let text = self.lexer.text();
        if text.len() <= SHORT {
            return Ok(Node::string(self.names.parse(text)?));
        }
        let known = self.names.find(text).filter(|n| self.names.marks(*n).parsed);
        if let Some(name) = known {
            return Ok(Node::string(name));
        }
        if is_pooled(text) {
            return Ok(Node::string(self.names.parse(text)?));
        }
        let literal = self.tree.literals.add_str(text)?;
        self.tree.constant(literal, line)
    }

    /// After an atom or a trailer.
    pub(super) fn trailers(&mut self, task: Task) -> Result<()> {
        let line = self.lexer.line;
        match self.token() {
            Token::ParenOpen => {
                self.lexer.advance()?;
                self.push(task)?;
                self.push(Task::at(Step::CallEnd, self.depth(), line))?;
                self.arguments()
            }
            Token::BracketOpen => {
                self.lexer.advance()?;
                self.push(task)?;
                self.push(Task::at(Step::IndexEnd, self.depth(), line))?;
                let list = Task::at(Step::List, 0, self.lexer.line);
                self.push(list.flagged(brackets::SUBSCRIPTS))
            }
            Token::Period => {
                self.lexer.advance()?;
                let name = self.expect_name()?;
                let node = self.tree.add(Kind::Attr, line, &[Node::ident(name)])?;
                self.give(node, line)?;
                self.push(task)
            }
            _ => self.primary_end(task),
        }
    }

    fn primary_end(&mut self, task: Task) -> Result<()> {
        if task.flag == AWAIT {
            self.reduce(Kind::Await, task)?;
        } else {
            match *self.values_from(task.base) {
                [_] => {}
                [atom, trailer] => {
                    let constant = fold::module_constant(&mut self.tree, &self.names, atom, trailer)?;
                    match constant {
                        Some(node) => {
                            self.drop_from(task.base);
                            self.give(node, task.line)?;
                        }
                        None => self.reduce(Kind::Primary, task)?,
                    }
                }
                _ => self.reduce(Kind::Primary, task)?,
            }
        }
        self.power()
    }

    // ---- calls ----

    /// Arguments up to the closing parenthesis, each one a value.
    pub(super) fn arguments(&mut self) -> Result<()> {
        if self.accept(Token::ParenClose)? {
            return Ok(());
        }
        self.push_step(Step::ArgNext)?;
        self.push_step(Step::Arg)
    }

    pub(super) fn arg_next(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Comma)? && self.token() != Token::ParenClose {
            self.push(task)?;
            return self.push_step(Step::Arg);
        }
        self.expect(Token::ParenClose)
    }

    pub(super) fn arg(&mut self) -> Result<()> {
        let task = Task::at(Step::ArgTail, self.depth(), self.lexer.line);
        let star = match self.token() {
            Token::Star => Kind::StarArg,
            Token::StarStar => Kind::DoubleStarArg,
            _ => {
                self.push(task)?;
                return self.push_step(Step::Test);
            }
        };
        self.lexer.advance()?;
        self.push(Task { step: Step::ArgEnd, ..task }.flagged(star as u8))?;
        self.push_step(Step::Test)
    }

    /// After an argument's first test.
    pub(super) fn arg_tail(&mut self, task: Task) -> Result<()> {
        let kind = match self.token() {
            Token::For => {
                self.give(Tree::<A>::number(0), 0)?;
                let end = Task { step: Step::CompEnd, ..task };
                self.push(end.flagged(Kind::GenExpr as u8))?;
                return self.push_step(Step::CompFor);
            }
            Token::Assign => Kind::Keyword,
            Token::Walrus => Kind::NamedArg,
            _ => return Ok(()),
        };
        self.lexer.advance()?;
        self.push(Task { step: Step::ArgEnd, ..task }.flagged(kind as u8))?;
        self.push_step(Step::Test)
    }

    pub(super) fn arg_end(&mut self, task: Task) -> Result<()> {
        let kinds = [Kind::StarArg, Kind::DoubleStarArg, Kind::Keyword, Kind::NamedArg];
        let kind = kinds.into_iter().find(|k| *k as u8 == task.flag);
        self.reduce(kind.unwrap_or(Kind::Keyword), task)
    }

    pub(super) fn call_end(&mut self, task: Task) -> Result<()> {
        self.reduce(Kind::Call, task)
    }

    // ---- subscripts ----

    pub(super) fn index_end(&mut self, task: Task) -> Result<()> {
        self.expect(Token::BracketClose)?;
        self.reduce(Kind::Index, task)
    }

    pub(super) fn subscript(&mut self) -> Result<()> {
        let task = Task::at(Step::SliceStart, self.depth(), self.lexer.line);
        self.push(task)?;
        if self.token() == Token::Colon {
            return self.give(Node::NONE, task.line);
        }
        self.push_step(Step::Test)
    }

    pub(super) fn slice_start(&mut self, task: Task) -> Result<()> {
        if !self.accept(Token::Colon)? {
            return Ok(());
        }
        self.push(Task { step: Step::SliceStop, ..task })?;
        if brackets::begins_test(self.token()) {
            return self.push_step(Step::Test);
        }
        self.give(Node::NONE, 0)
    }

    pub(super) fn slice_stop(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::SliceEnd, ..task })?;
        if self.accept(Token::Colon)? && brackets::begins_test(self.token()) {
            return self.push_step(Step::Test);
        }
        self.give(Node::NONE, 0)
    }
}
