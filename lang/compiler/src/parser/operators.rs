//! Expressions above the atom, by precedence climbing.
//!
//! Operators of one level make one branch (`a + b - c` has five children), because constants fold
//! only if all operands of the level are constant, and because lines depend on it.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task};
use crate::ast::{Kind, Node};
use crate::error::Result;
use crate::fold;
use crate::token::Token;

/// Levels of binding, loosest first. `not` is a prefix at its level.
pub(super) const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
/// The loosest level of an `expr`, which may be an assignment's target.
pub(super) const PIPE: u8 = 5;
const CARET: u8 = 6;
const AMPERSAND: u8 = 7;
const SHIFT: u8 = 8;
const SUM: u8 = 9;
const PRODUCT: u8 = 10;

/// The level of a binary operator; 0 if the token is none. `**` is not among them.
fn level(token: Token) -> u8 {
    use Token::*;
    match token {
        Or => OR,
        And => AND,
        Less | More | Equal | LessEqual | MoreEqual | NotEqual | In | Not | Is => COMPARE,
        Pipe => PIPE,
        Caret => CARET,
        Ampersand => AMPERSAND,
        ShiftLeft | ShiftRight => SHIFT,
        Plus | Minus => SUM,
        Star | At | Slash | Percent | SlashSlash => PRODUCT,
        _ => 0,
    }
}

/// How `not in` and `is not` stand in the tree.
pub(crate) const NOT_IN: Node = Node::token(Token::Not);
/// See [`NOT_IN`].
pub(crate) const IS_NOT: Node = Node::token(Token::Lambda);

impl<A: Allocator + Clone> Parser<'_, A> {
    pub(super) fn named(&mut self) -> Result<()> {
        self.push(Task::at(Step::NamedNext, self.depth(), self.lexer.line))?;
        self.push_step(Step::Test)
    }

    pub(super) fn named_next(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Walrus)? {
            self.push(Task { step: Step::NamedEnd, ..task })?;
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    pub(super) fn test(&mut self) -> Result<()> {
        if self.token() == Token::Lambda {
            return self.lambda(0);
        }
        self.push_step(Step::TernaryNext)?;
        self.climb(Task::plain(Step::Climb).flagged(OR))
    }

    pub(super) fn test_no_condition(&mut self) -> Result<()> {
        if self.token() == Token::Lambda {
            return self.lambda(1);
        }
        self.climb(Task::plain(Step::Climb).flagged(OR))
    }

    pub(super) fn ternary_next(&mut self) -> Result<()> {
        if self.accept(Token::If)? {
            self.push_step(Step::TernaryElse)?;
            return self.push(Task::plain(Step::Climb).flagged(OR));
        }
        Ok(())
    }

    pub(super) fn ternary_else(&mut self) -> Result<()> {
        self.expect(Token::Else)?;
        self.push_step(Step::TernaryEnd)?;
        self.push_step(Step::Test)
    }

    pub(super) fn ternary_end(&mut self) -> Result<()> {
        let otherwise = self.take();
        let condition = self.take();
        let line = self.top_line();
        let then = self.take();
        let node = self.tree.add(Kind::Ternary, line, &[condition, then, otherwise])?;
        self.give(node, line)
    }

    /// An operand and all operators that bind at least as tightly as the task's flag.
    pub(super) fn climb(&mut self, task: Task) -> Result<()> {
        let line = self.lexer.line;
        self.push(Task { step: Step::ClimbNext, ..task })?;
        if self.token() == Token::Not && task.flag <= NOT {
            self.lexer.advance()?;
            self.push(Task::at(Step::NotEnd, self.depth(), line))?;
            return self.push(Task::plain(Step::Climb).flagged(NOT));
        }
        self.factor()
    }

    pub(super) fn climb_next(&mut self, task: Task) -> Result<()> {
        let found = level(self.token());
        if found < task.flag || found == 0 {
            return Ok(());
        }
        self.push(task)?;
        let base = self.depth().saturating_sub(1);
        self.group(Task::at(Step::Group, base, self.top_line()).flagged(found))
    }

    /// After an operand of a level: the next operator of the level, or its end.
    pub(super) fn group(&mut self, task: Task) -> Result<()> {
        let token = self.token();
        if level(token) != task.flag {
            return self.group_end(task);
        }
        let line = self.lexer.line;
        self.lexer.advance()?;
        if task.flag >= COMPARE {
            let operator = match token {
                Token::Not => {
                    self.expect(Token::In)?;
                    NOT_IN
                }
                Token::Is if self.accept(Token::Not)? => IS_NOT,
                _ => Node::token(token),
            };
            self.give(operator, line)?;
        }
        self.push(task)?;
        self.push(Task::plain(Step::Climb).flagged(task.flag + 1))
    }

    fn group_end(&mut self, task: Task) -> Result<()> {
        let kind = match task.flag {
            OR | AND => {
                let any = task.flag == OR;
                let Parser { tree, nodes, lines, .. } = self;
                fold::settle(tree, nodes, task.base as usize, any);
                lines.truncate(nodes.len());
                if self.values_from(task.base).len() == 1 {
                    if let Some(line) = self.lines.last_mut() {
                        *line = task.line;
                    }
                    return Ok(());
                }
                if any { Kind::Or } else { Kind::And }
            }
            COMPARE => Kind::Compare,
            _ => {
                let Parser { tree, nodes, .. } = self;
                let operands = nodes.get(task.base as usize..).unwrap_or(&[]);
                if let Some(node) = fold::binary(tree, operands)? {
                    self.drop_from(task.base);
                    return self.give(node, task.line);
                }
                Kind::Binary
            }
        };
        self.reduce(kind, task)
    }

    pub(super) fn not_end(&mut self, task: Task) -> Result<()> {
        if let Some(truth) = fold::truth(&self.tree, self.top()) {
            self.take();
            let token = if truth { Token::False } else { Token::True };
            return self.give(Node::token(token), task.line);
        }
        self.reduce(Kind::Not, task)
    }

    pub(super) fn factor(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let token = self.token();
        if matches!(token, Token::Plus | Token::Minus | Token::Tilde) {
            self.lexer.advance()?;
            let base = self.depth();
            self.give(Node::token(token), line)?;
            self.push(Task::at(Step::UnaryEnd, base, line))?;
            return self.push_step(Step::Factor);
        }
        self.atom()
    }

    pub(super) fn unary_end(&mut self, task: Task) -> Result<()> {
        if let [operator, operand] = *self.values_from(task.base)
            && let Some(node) = fold::unary(&mut self.tree, operator, operand)?
        {
            self.drop_from(task.base);
            return self.give(node, task.line);
        }
        self.reduce(Kind::Unary, task)
    }

    /// After an atom with its trailers: `**` binds its right side as tightly as a sign.
    pub(super) fn power(&mut self) -> Result<()> {
        let line = self.lexer.line;
        if self.accept(Token::StarStar)? {
            self.give(Node::token(Token::StarStar), line)?;
            self.push_step(Step::PowerEnd)?;
            return self.push_step(Step::Factor);
        }
        Ok(())
    }

    pub(super) fn power_end(&mut self) -> Result<()> {
        let base = self.depth().saturating_sub(3);
        let line = self.lines.get(base as usize).copied().unwrap_or(0);
        self.group_end(Task::at(Step::Group, base, line).flagged(u8::MAX))
    }
}
