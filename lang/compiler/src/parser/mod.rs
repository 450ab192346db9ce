//! Tokens to trees, one top-level statement at a time.
//!
//! A predictive parser without recursion: what remains to be recognised is a stack of [`Task`]s
//! on the heap, finished subtrees are a stack of values. Nesting is therefore bounded by memory
//! alone. A task is popped, looks at the current token, and pushes the tasks that replace it,
//! last one first.

mod assignments;
mod atoms;
mod blocks;
mod brackets;
mod definitions;
mod operators;
mod simple;

pub(crate) use operators::{IS_NOT, NOT_IN};

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::ast::{Kind, Node, Tree};
use crate::buffer::Grow;
use crate::compile::{CompileOptions, InputKind};
use crate::constants::Constants;
use crate::error::{ErrorKind, Fail, Result};
use crate::lexer::Lexer;
use crate::names::{Name, Names};
use crate::source::Source;
use crate::token::Token;

/// What a task does; the words in brackets say what its fields hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Step {
    // blocks.rs
    Statement,
    Suite,
    /// [base, line] more statements, or the end of the block
    SuiteNext,
    /// [base, line] after `if`'s condition
    IfBody,
    /// [base, line] after a body: `elif`, `else` or nothing
    IfNext,
    WhileBody,
    /// [base, line] optional `else` of a loop
    LoopElse,
    ForIn,
    ForBody,
    /// [base, line] builds `while` or `for` (kind in `flag`)
    LoopEnd,
    IfEnd,
    TryNext,
    HandlerName,
    HandlerEnd,
    TryElse,
    TryFinally,
    TryEnd,
    WithItem,
    WithAs,
    WithNext,
    WithEnd,
    AsyncEnd,
    // simple.rs
    SimpleLine,
    SimpleNext,
    Small,
    ReturnEnd,
    DelEnd,
    RaiseFrom,
    RaiseEnd,
    AssertMessage,
    AssertEnd,
    // assignments.rs
    ExprStatement,
    Annotation,
    AnnotatedEnd,
    AugEnd,
    AssignNext,
    /// `yield` or a list
    Right,
    // definitions.rs
    Decorators,
    DecoratorNext,
    DecoratorEnd,
    DecoratedEnd,
    FuncReturns,
    FuncBody,
    FuncEnd,
    ClassBody,
    ClassEnd,
    ParamNext,
    ParamAnnotation,
    ParamDefault,
    ParamEnd,
    StarParamEnd,
    LambdaBody,
    LambdaEnd,
    // operators.rs
    Named,
    NamedNext,
    NamedEnd,
    Test,
    TestNoCondition,
    TernaryNext,
    TernaryElse,
    TernaryEnd,
    Climb,
    ClimbNext,
    Group,
    NotEnd,
    Factor,
    UnaryEnd,
    PowerEnd,
    // atoms.rs
    Trailers,
    ArgNext,
    Arg,
    ArgTail,
    ArgEnd,
    CallEnd,
    IndexEnd,
    Subscript,
    SliceStart,
    SliceStop,
    SliceEnd,
    // brackets.rs
    List,
    ListNext,
    ListItem,
    StarEnd,
    YieldEnd,
    ParenNext,
    ParenYieldEnd,
    BracketNext,
    BraceNext,
    DictItem,
    DictValue,
    DictItemEnd,
    CompFor,
    CompIn,
    CompIter,
    CompNext,
    CompForEnd,
    CompIfNext,
    CompEnd,
}

/// Something still to be recognised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) step: Step,
    /// A small parameter of the step.
    pub(crate) flag: u8,
    /// Where its values begin.
    pub(crate) base: u32,
    /// Line of its first token.
    pub(crate) line: u32,
}

impl Task {
    fn plain(step: Step) -> Task {
        Task::at(step, 0, 0)
    }

    fn at(step: Step, base: u32, line: u32) -> Task {
        Task { step, flag: 0, base, line }
    }

    fn flagged(self, flag: u8) -> Task {
        Task { flag, ..self }
    }
}

pub(crate) struct Parser<'s, A: Allocator> {
    pub(crate) lexer: Lexer<'s, A>,
    pub(crate) names: Names<A>,
    pub(crate) tree: Tree<A>,
    constants: Constants<A>,
    tasks: Vec<Task, A>,
    /// Finished subtrees, and the line of each one's first token.
    nodes: Vec<Node, A>,
    lines: Vec<u32, A>,
    /// Whether statements without effect are dropped.
    drop_constants: bool,
}

impl<'s, A: Allocator + Clone> Parser<'s, A> {
    /// A parser of a text not yet begun; see [`Parser::start`].
    pub(crate) fn new(source: &'s mut dyn Source, options: &CompileOptions, allocator: A) -> Self {
        Parser {
            lexer: Lexer::new(source, options.opt_level == 0, allocator.clone()),
            names: Names::new(allocator.clone()),
            tree: Tree::new(allocator.clone()),
            constants: Constants::new(allocator.clone()),
            tasks: Vec::new_in(allocator.clone()),
            nodes: Vec::new_in(allocator.clone()),
            lines: Vec::new_in(allocator),
            drop_constants: options.input_kind != InputKind::Single,
        }
    }

    /// Begins the text. The source's name counts as met.
    pub(crate) fn start(&mut self, source_name: &[u8]) -> Result<Name> {
        self.names.start()?;
        let name = self.names.parse(source_name)?;
        self.lexer.start()?;
        Ok(name)
    }

    /// The next statement of a module, or none at the end of the text. The tree is emptied first.
    pub(crate) fn next_statement(&mut self) -> Result<Option<Node>> {
        self.tree.clear();
        while self.token() == Token::Newline {
            self.lexer.advance()?;
        }
        if self.token() == Token::End {
            return Ok(None);
        }
        self.run(Step::Statement).map(Some)
    }

    /// The one statement of an interactive input; a blank line is none.
    pub(crate) fn single_statement(&mut self) -> Result<Option<Node>> {
        self.tree.clear();
        if self.accept(Token::Newline)? {
            self.expect_end()?;
            return Ok(None);
        }
        let node = self.run(Step::Statement)?;
        self.expect_end()?;
        Ok(Some(node))
    }

    /// The expression that is the whole text.
    pub(crate) fn expression(&mut self) -> Result<Node> {
        self.tree.clear();
        self.tasks.clear();
        self.nodes.clear();
        self.lines.clear();
        let line = self.lexer.line;
        self.push(Task::at(Step::List, 0, line).flagged(brackets::TESTS))?;
        let node = self.drain()?;
        self.accept(Token::Newline)?;
        self.expect_end()?;
        Ok(node)
    }

    fn expect_end(&self) -> Result<()> {
        if self.token() == Token::End { Ok(()) } else { Err(self.unexpected()) }
    }

    fn run(&mut self, step: Step) -> Result<Node> {
        self.tasks.clear();
        self.nodes.clear();
        self.lines.clear();
        self.push(Task::plain(step))?;
        self.drain()
    }

    fn drain(&mut self) -> Result<Node> {
        while let Some(task) = self.tasks.pop() {
            self.step(task)?;
        }
        Ok(self.nodes.last().copied().unwrap_or(Node::NONE))
    }

    fn step(&mut self, task: Task) -> Result<()> {
        match task.step {
            Step::Statement => self.statement(),
            Step::Suite => self.suite(),
            Step::SuiteNext => self.suite_next(task),
            Step::IfBody => self.if_body(task),
            Step::IfNext => self.if_next(task),
            Step::WhileBody => self.while_body(task),
            Step::LoopElse => self.loop_else(task),
            Step::ForIn => self.for_in(task),
            Step::ForBody => self.for_body(task),
            Step::LoopEnd => self.loop_end(task),
            Step::IfEnd => self.reduce(Kind::If, task),
            Step::TryNext => self.try_next(task),
            Step::HandlerName => self.handler_name(task),
            Step::HandlerEnd => self.reduce(Kind::Handler, task),
            Step::TryElse => self.try_else(task),
            Step::TryFinally => self.try_finally(task),
            Step::TryEnd => self.try_end(task),
            Step::WithItem => self.with_item(),
            Step::WithAs => self.reduce(Kind::WithAs, task),
            Step::WithNext => self.with_next(task),
            Step::WithEnd => self.with_end(task),
            Step::AsyncEnd => self.reduce(Kind::Async, task),
            Step::SimpleLine => self.simple_line(),
            Step::SimpleNext => self.simple_next(task),
            Step::Small => self.small(),
            Step::ReturnEnd => self.reduce(Kind::Return, task),
            Step::DelEnd => self.del_end(task),
            Step::RaiseFrom => self.raise_from(task),
            Step::RaiseEnd => self.reduce(Kind::Raise, task),
            Step::AssertMessage => self.assert_message(task),
            Step::AssertEnd => self.reduce(Kind::Assert, task),
            Step::ExprStatement => self.expr_statement(task),
            Step::Annotation => self.annotation(task),
            Step::AnnotatedEnd => self.assign_one(task),
            Step::AugEnd => self.reduce(Kind::AugAssign, task),
            Step::AssignNext => self.assign_next(task),
            Step::Right => self.right(),
            Step::Decorators => self.decorators(task),
            Step::DecoratorNext => self.decorator_next(task),
            Step::DecoratorEnd => self.decorator_end(task),
            Step::DecoratedEnd => self.decorated_end(task),
            Step::FuncReturns => self.func_returns(task),
            Step::FuncBody => self.func_body(task),
            Step::FuncEnd => self.body_second(Kind::FuncDef, task),
            Step::ClassBody => self.class_body(task),
            Step::ClassEnd => self.body_second(Kind::ClassDef, task),
            Step::ParamNext => self.param_next(task),
            Step::ParamAnnotation => self.param_annotation(task),
            Step::ParamDefault => self.param_default(task),
            Step::ParamEnd => self.reduce(Kind::Param, task),
            Step::StarParamEnd => self.star_param_end(task),
            Step::LambdaBody => self.lambda_body(task),
            Step::LambdaEnd => self.lambda_end(task),
            Step::Named => self.named(),
            Step::NamedNext => self.named_next(task),
            Step::NamedEnd => self.reduce(Kind::Named, task),
            Step::Test => self.test(),
            Step::TestNoCondition => self.test_no_condition(),
            Step::TernaryNext => self.ternary_next(),
            Step::TernaryElse => self.ternary_else(),
            Step::TernaryEnd => self.ternary_end(),
            Step::Climb => self.climb(task),
            Step::ClimbNext => self.climb_next(task),
            Step::Group => self.group(task),
            Step::NotEnd => self.not_end(task),
            Step::Factor => self.factor(),
            Step::UnaryEnd => self.unary_end(task),
            Step::PowerEnd => self.power_end(),
            Step::Trailers => self.trailers(task),
            Step::ArgNext => self.arg_next(task),
            Step::Arg => self.arg(),
            Step::ArgTail => self.arg_tail(task),
            Step::ArgEnd => self.arg_end(task),
            Step::CallEnd => self.call_end(task),
            Step::IndexEnd => self.index_end(task),
            Step::Subscript => self.subscript(),
            Step::SliceStart => self.slice_start(task),
            Step::SliceStop => self.slice_stop(task),
            Step::SliceEnd => self.reduce(Kind::Slice, task),
            Step::List => self.list(task),
            Step::ListNext => self.list_next(task),
            Step::ListItem => self.list_item(task),
            Step::StarEnd => self.reduce(Kind::Star, task),
            Step::YieldEnd => self.yield_end(task),
            Step::ParenNext => self.paren_next(task),
            Step::ParenYieldEnd => self.paren_yield_end(task),
            Step::BracketNext => self.bracket_next(task),
            Step::BraceNext => self.brace_next(task),
            Step::DictItem => self.dict_item(),
            Step::DictValue => self.dict_value(task),
            Step::DictItemEnd => self.reduce(Kind::DictItem, task),
            Step::CompFor => self.comp_for(),
            Step::CompIn => self.comp_in(task),
            Step::CompIter => self.comp_iter(task),
            Step::CompNext => self.comp_next(task),
            Step::CompForEnd => self.reduce(Kind::CompFor, task),
            Step::CompIfNext => self.reduce(Kind::CompIf, task),
            Step::CompEnd => self.comp_end(task),
        }
    }

    // ---- tokens ----

    fn token(&self) -> Token {
        self.lexer.token
    }

    fn accept(&mut self, token: Token) -> Result<bool> {
        if self.lexer.token == token {
            self.lexer.advance()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn expect(&mut self, token: Token) -> Result<()> {
        if self.accept(token)? { Ok(()) } else { Err(self.unexpected()) }
    }

    fn expect_name(&mut self) -> Result<Name> {
        if self.token() != Token::Name {
            return Err(self.unexpected());
        }
        let name = self.names.parse(self.lexer.text())?;
        self.lexer.advance()?;
        Ok(name)
    }

    /// The error that the current token is.
    #[cold]
    fn unexpected(&self) -> Fail {
        let (kind, text) = match self.token() {
            Token::Indent => (ErrorKind::Indentation, "unexpected indent"),
            Token::BadDedent => (ErrorKind::Indentation, "unindent doesn't match any outer indent level"),
            Token::MalformedFormat => (ErrorKind::Syntax, "malformed f-string"),
            _ => (ErrorKind::Syntax, "invalid syntax"),
        };
        Fail::new(kind, text, self.lexer.line)
    }

    // ---- stacks ----

    fn push(&mut self, task: Task) -> Result<()> {
        self.tasks.add(task)
    }

    fn push_step(&mut self, step: Step) -> Result<()> {
        self.tasks.add(Task::plain(step))
    }

    fn give(&mut self, node: Node, line: u32) -> Result<()> {
        self.nodes.add(node)?;
        self.lines.add(line)
    }

    fn take(&mut self) -> Node {
        self.lines.pop();
        self.nodes.pop().unwrap_or(Node::NONE)
    }

    fn top(&self) -> Node {
        self.nodes.last().copied().unwrap_or(Node::NONE)
    }

    /// Line of the first token of the newest value.
    fn top_line(&self) -> u32 {
        self.lines.last().copied().unwrap_or(0)
    }

    /// How many values there are: where the next one will be.
    fn depth(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn values_from(&self, base: u32) -> &[Node] {
        self.nodes.get(base as usize..).unwrap_or(&[])
    }

    fn drop_from(&mut self, base: u32) {
        self.nodes.truncate(base as usize);
        self.lines.truncate(base as usize);
    }

    /// Replaces the values from the task's base on by one branch over them.
    fn reduce(&mut self, kind: Kind, task: Task) -> Result<()> {
        let Parser { tree, nodes, .. } = self;
        let children = nodes.get(task.base as usize..).unwrap_or(&[]);
        let node = tree.add(kind, task.line, children)?;
        self.drop_from(task.base);
        self.give(node, task.line)
    }

    /// As [`Parser::reduce`], with the newest value as the first child.
    fn reduce_last_first(&mut self, kind: Kind, task: Task) -> Result<()> {
        let last = self.take();
        let Parser { tree, nodes, .. } = self;
        let children = nodes.get(task.base as usize..).unwrap_or(&[]);
        let node = tree.add_after(kind, task.line, &[last], children)?;
        self.drop_from(task.base);
        self.give(node, task.line)
    }
}
