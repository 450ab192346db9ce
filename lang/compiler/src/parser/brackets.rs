//! Lists with commas, displays in brackets, comprehensions, `yield`.

use allocator_api2::alloc::Allocator;

use super::{Parser, Step, Task, operators};
use crate::ast::{Kind, Node, Tree};
use crate::error::Result;
use crate::fold;
use crate::token::Token;

/// Lists of tests.
pub(super) const TESTS: u8 = 0;
/// Lists of tests and `*expr`.
pub(super) const STARRED: u8 = 1;
/// Lists of `expr` and `*expr`: assignment targets.
pub(super) const TARGETS: u8 = 2;
/// Lists of subscripts.
pub(super) const SUBSCRIPTS: u8 = 3;

/// Whether a test can begin with this token.
pub(super) fn begins_test(token: Token) -> bool {
    use Token::*;
    matches!(
        token,
        Name | Integer
            | Float
            | Str
            | Bytes
            | Ellipsis
            | None
            | True
            | False
            | Not
            | Lambda
            | Plus
            | Minus
            | Tilde
            | Await
            | ParenOpen
            | BracketOpen
            | BraceOpen
    )
}

fn begins_item(token: Token, list: u8) -> bool {
    match list {
        TESTS => begins_test(token),
        STARRED => begins_test(token) || token == Token::Star,
        SUBSCRIPTS => begins_test(token) || token == Token::Colon,
        _ => token == Token::Star || begins_test(token) && !matches!(token, Token::Not | Token::Lambda),
    }
}

impl<A: Allocator + Clone> Parser<'_, A> {
    // ---- bare lists ----

    pub(super) fn list(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::ListNext, base: self.depth(), ..task })?;
        self.list_item(task)
    }

    pub(super) fn list_item(&mut self, task: Task) -> Result<()> {
        if self.token() == Token::Star && matches!(task.flag, STARRED | TARGETS) {
            return self.star();
        }
        match task.flag {
            TARGETS => self.push(Task::plain(Step::Climb).flagged(operators::PIPE)),
            SUBSCRIPTS => self.push_step(Step::Subscript),
            _ => self.push_step(Step::Test),
        }
    }

    fn star(&mut self) -> Result<()> {
        let line = self.lexer.line;
        self.lexer.advance()?;
        self.push(Task::at(Step::StarEnd, self.depth(), line))?;
        self.push(Task::plain(Step::Climb).flagged(operators::PIPE))
    }

    pub(super) fn list_next(&mut self, task: Task) -> Result<()> {
        let comma = self.accept(Token::Comma)?;
        if comma && begins_item(self.token(), task.flag) {
            self.push(task)?;
            return self.push(Task { step: Step::ListItem, ..task });
        }
        if !comma && self.values_from(task.base).len() == 1 {
            return Ok(());
        }
        if task.flag != TARGETS && self.constant_tuple(task.base, task.line, task.line)? {
            return Ok(());
        }
        self.reduce(Kind::BareTuple, task)
    }

    /// Folds the values from `base` into a constant tuple, if all are constant.
    fn constant_tuple(&mut self, base: u32, line: u32, first_line: u32) -> Result<bool> {
        let Parser { tree, nodes, .. } = self;
        let items = nodes.get(base as usize..).unwrap_or(&[]);
        let Some(node) = fold::tuple(tree, items, line)? else {
            return Ok(false);
        };
        self.drop_from(base);
        self.give(node, first_line)?;
        Ok(true)
    }

    // ---- yield ----

    /// At `yield`: its operand. A [`Step::YieldEnd`] must have been pushed.
    pub(super) fn yields(&mut self) -> Result<()> {
        self.lexer.advance()?;
        let line = self.lexer.line;
        if self.token() == Token::From {
            self.lexer.advance()?;
            if let Some(end) = self.tasks.last_mut() {
                end.flag |= FROM;
            }
            return self.push_step(Step::Test);
        }
        if begins_test(self.token()) {
            return self.push(Task::at(Step::List, 0, line).flagged(TESTS));
        }
        Ok(())
    }

    pub(super) fn yield_end(&mut self, task: Task) -> Result<()> {
        let from = task.flag & FROM != 0;
        self.reduce(if from { Kind::YieldFrom } else { Kind::Yield }, task)?;
        if task.flag & !FROM != 0 {
            self.reduce(Kind::Expr, task)?;
        }
        Ok(())
    }

    // ---- parentheses ----

    /// An item of a tuple or list display.
    fn display_item(&mut self) -> Result<()> {
        if self.token() == Token::Star {
            return self.star();
        }
        self.push_step(Step::Named)
    }

    fn begins_display_item(&self) -> bool {
        begins_item(self.token(), STARRED)
    }

    pub(super) fn parenthesis(&mut self) -> Result<()> {
        let line = self.lexer.line;
        let base = self.depth();
        self.lexer.advance()?;
        let task = Task::at(Step::ParenNext, base, line);
        if self.accept(Token::ParenClose)? {
            return self.reduce(Kind::ParenTuple, task);
        }
        if self.token() == Token::Yield {
            self.push(Task { step: Step::ParenYieldEnd, ..task })?;
            self.push(Task::at(Step::YieldEnd, base, self.lexer.line))?;
            return self.yields();
        }
        self.push(task)?;
        self.display_item()
    }

    pub(super) fn paren_yield_end(&mut self, task: Task) -> Result<()> {
        self.expect(Token::ParenClose)?;
        self.set_top_line(task.line);
        Ok(())
    }

    fn set_top_line(&mut self, line: u32) {
        if let Some(top) = self.lines.last_mut() {
            *top = line;
        }
    }

    /// After an item within parentheses.
    pub(super) fn paren_next(&mut self, task: Task) -> Result<()> {
        let count = self.values_from(task.base).len();
        if count == 1 && self.token() == Token::For {
            return self.comprehension(Kind::GenExpr, Token::ParenClose, task);
        }
        let comma = self.accept(Token::Comma)?;
        if comma && self.begins_display_item() {
            self.push(task)?;
            return self.display_item();
        }
        self.expect(Token::ParenClose)?;
        if !comma && count == 1 {
            self.set_top_line(task.line);
            return Ok(());
        }
        // The line is that of the first item of the longest list that the grammar sees.
        let first = usize::from(count > 2 || count == 2 && comma);
        let line = self.lines.get(task.base as usize + first).copied().unwrap_or(task.line);
        if self.constant_tuple(task.base, line, task.line)? {
            return Ok(());
        }
        self.reduce(Kind::ParenTuple, task)
    }

    // ---- square brackets ----

    pub(super) fn bracket(&mut self) -> Result<()> {
        let task = Task::at(Step::BracketNext, self.depth(), self.lexer.line);
        self.lexer.advance()?;
        if self.accept(Token::BracketClose)? {
            return self.reduce(Kind::List, task);
        }
        self.push(task)?;
        self.display_item()
    }

    pub(super) fn bracket_next(&mut self, task: Task) -> Result<()> {
        if self.token() == Token::For && self.values_from(task.base).len() == 1 {
            return self.comprehension(Kind::ListComp, Token::BracketClose, task);
        }
        if self.accept(Token::Comma)? && self.begins_display_item() {
            self.push(task)?;
            return self.display_item();
        }
        self.expect(Token::BracketClose)?;
        self.reduce(Kind::List, task)
    }

    // ---- braces ----

    pub(super) fn brace(&mut self) -> Result<()> {
        let task = Task::at(Step::BraceNext, self.depth(), self.lexer.line);
        self.lexer.advance()?;
        self.give(Tree::<A>::number(self.lexer.line), 0)?;
        if self.accept(Token::BraceClose)? {
            return self.reduce(Kind::Braces, task);
        }
        self.push(task)?;
        self.push_step(Step::DictItem)
    }

    pub(super) fn brace_next(&mut self, task: Task) -> Result<()> {
        if self.token() == Token::For && self.values_from(task.base).len() == 2 {
            let is_dict = self.tree.is(self.top(), Kind::DictItem);
            let kind = if is_dict { Kind::DictComp } else { Kind::SetComp };
            // The line within the braces gives way to the comprehension's own fields.
            let line = self.top_line();
            let element = self.take();
            self.take();
            self.give(element, line)?;
            return self.comprehension(kind, Token::BraceClose, task);
        }
        if self.accept(Token::Comma)? && begins_test(self.token()) {
            self.push(task)?;
            return self.push_step(Step::DictItem);
        }
        self.expect(Token::BraceClose)?;
        self.reduce(Kind::Braces, task)
    }

    pub(super) fn dict_item(&mut self) -> Result<()> {
        self.push(Task::at(Step::DictValue, self.depth(), self.lexer.line))?;
        self.push_step(Step::Test)
    }

    pub(super) fn dict_value(&mut self, task: Task) -> Result<()> {
        if self.accept(Token::Colon)? {
            self.push(Task { step: Step::DictItemEnd, ..task })?;
            return self.push_step(Step::Test);
        }
        Ok(())
    }

    // ---- comprehensions ----

    /// After the element: the loop and the closing bracket.
    fn comprehension(&mut self, kind: Kind, close: Token, task: Task) -> Result<()> {
        // The branch has the element's line; the bracket's is kept beside.
        let line = self.top_line();
        self.give(Tree::<A>::number(task.line), task.line)?;
        let end = Task::at(Step::CompEnd, task.base, line).flagged(kind as u8);
        self.push(Task { flag: end.flag | if close == Token::ParenClose { PAREN } else { 0 }, ..end })?;
        self.push_step(Step::CompFor)
    }

    pub(super) fn comp_end(&mut self, task: Task) -> Result<()> {
        let kinds = [
            (Kind::GenExpr, Token::ParenClose),
            (Kind::ListComp, Token::BracketClose),
            (Kind::SetComp, Token::BraceClose),
            (Kind::DictComp, Token::BraceClose),
        ];
        let number = task.flag & !PAREN;
        let found = kinds.into_iter().find(|(k, _)| *k as u8 == number);
        let (kind, close) = found.unwrap_or(kinds[0]);
        // An argument's comprehension has no bracket of its own.
        let bracketed = kind != Kind::GenExpr || task.flag & PAREN != 0;
        if bracketed {
            self.expect(close)?;
        }
        let chain = self.take();
        let bracket = self.take();
        let element = self.take();
        let node = self.tree.add(kind, task.line, &[element, chain, bracket])?;
        let outer = Tree::<A>::number_of(bracket);
        self.give(node, if bracketed { outer } else { task.line })
    }

    pub(super) fn comp_for(&mut self) -> Result<()> {
        let line = self.lexer.line;
        self.expect(Token::For)?;
        self.push(Task::at(Step::CompIn, self.depth(), line))?;
        self.push(Task::at(Step::List, 0, self.lexer.line).flagged(TARGETS))
    }

    pub(super) fn comp_in(&mut self, task: Task) -> Result<()> {
        self.expect(Token::In)?;
        self.push(Task { step: Step::CompIter, ..task })?;
        self.push(Task::plain(Step::Climb).flagged(operators::OR))
    }

    pub(super) fn comp_iter(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::CompForEnd, ..task })?;
        self.comp_more()
    }

    /// Another `for` or `if` of the comprehension, or no value.
    fn comp_more(&mut self) -> Result<()> {
        let line = self.lexer.line;
        match self.token() {
            Token::For => self.push_step(Step::CompFor),
            Token::If => {
                self.lexer.advance()?;
                self.push(Task::at(Step::CompNext, self.depth(), line))?;
                self.push_step(Step::TestNoCondition)
            }
            _ => self.give(Node::NONE, 0),
        }
    }

    pub(super) fn comp_next(&mut self, task: Task) -> Result<()> {
        self.push(Task { step: Step::CompIfNext, ..task })?;
        self.comp_more()
    }
}

/// Flag of [`Step::YieldEnd`]: `yield from`. The rest of the flag asks for a statement.
const FROM: u8 = 0x80;
/// Flag of [`Step::CompEnd`]: a generator expression in parentheses of its own.
const PAREN: u8 = 0x80;
