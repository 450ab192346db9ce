//! Trees to intermediate code.
//!
//! No recursion: what remains to be emitted is a stack of [`Job`]s. A job that stands for a
//! subtree emits what it can and pushes the jobs for the rest, in reverse. Scopes found on the way
//! wait in a queue, so that every scope is analysed after the one around it.

mod asynchronous;
mod blocks;
mod calls;
mod displays;
mod expressions;
mod functions;
mod simple;
mod targets;
mod variables;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::opcode::byte;
use krait_bytecode::{BinaryOp, Unit};

use crate::ast::{Kind, Node, Tree};
use crate::buffer::Grow;
use crate::compile::CompileOptions;
use crate::error::{ErrorKind, Fail, Result};
use crate::ir::{self, pseudo};
use crate::names::{Name, Names};
use crate::scopes::{Scope, ScopeKind, Scopes};
use crate::viper;

/// A place in the code of the current scope; the number means nothing but itself.
type Label = u32;
/// Stands for the lack of a label.
const NO_LABEL: Label = u32::MAX;

/// The loop that `break` and `continue` refer to.
#[derive(Clone, Copy)]
pub(crate) struct Loop {
    break_to: Label,
    continue_to: Label,
    /// Blocks open around the loop.
    blocks: u16,
    /// Leaving it must drop an iterator.
    iterates: bool,
}

const NO_LOOP: Loop = Loop { break_to: NO_LABEL, continue_to: NO_LABEL, blocks: 0, iterates: false };

/// What is assigned to, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Store the value on top of the stack.
    Store,
    /// Load the old value and keep what is needed to store the new one.
    AugLoad,
    /// Store what [`Access::AugLoad`] prepared.
    AugStore,
}

/// Something still to be emitted.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    Node(Node),
    /// Children of the node, from this one on.
    Each(Node, u32),
    /// Statements of a block, from this one on.
    Statements(Node, u32),
    Op(u8),
    OpWith(u8, u32),
    Label(Label),
    Jump(u8, Label),
    Adjust(i8),
    Cond {
        node: Node,
        jump_if: bool,
        to: Label,
    },
    /// Operands of `and`/`or` as a condition.
    Conds {
        node: Node,
        next: u32,
        jump_if: bool,
        to: Label,
        last: Label,
    },
    Assign(Node, Access),
    /// Items of a tuple target from this one on.
    Targets(Node, u32),
    /// Targets of `a = b = value`.
    Chain(Node, u32),
    Delete(Node),
    DeleteItems(Node, u32),
    StoreName(Name),
    DeleteName(Name),
    SetLoop(Loop),
    /// Opens a block: the opcode and its handler.
    Open(u8, Label),
    /// Closes the block.
    Close,
    If {
        node: Node,
        pair: u32,
        end: Label,
    },
    Handlers {
        node: Node,
        next: u32,
        end: Label,
    },
    With {
        node: Node,
        item: u32,
    },
    AsyncWith {
        node: Node,
        item: u32,
    },
    Operands {
        node: Node,
        next: u32,
        to: Label,
    },
    Comparison {
        node: Node,
        next: u32,
        fail: Label,
    },
    Trailers {
        node: Node,
        next: u32,
    },
    Arguments {
        node: Node,
        next: u32,
    },
    DictItems {
        node: Node,
        next: u32,
    },
    SetItems {
        node: Node,
        next: u32,
    },
    Params {
        node: Node,
        next: u32,
        scope: u32,
    },
    Decorators {
        node: Node,
        next: u32,
    },
    CompLoop {
        node: Node,
        element: Node,
        depth: u32,
    },
    CompNext {
        node: Node,
        element: Node,
        depth: u32,
        top: Label,
    },
    NamedStore(Node),
    Imports(Node, u32),
    LambdaReturn,
    Generator(u32),
    YieldFrom,
}

/// A call whose arguments are being emitted.
#[derive(Clone, Copy)]
struct Call {
    positional: u32,
    keyword: u32,
    /// Which arguments are `*args`, by position.
    stars: u32,
    double: bool,
    single: bool,
    method: bool,
    /// Place of the first argument among the node's children.
    first: u32,
}

/// What translation produces over all statements of a text.
pub(crate) struct Program<A: Allocator + Clone> {
    pub(crate) scopes: Scopes<A>,
    /// Holds the constants, in provisional order.
    pub(crate) unit: Unit<A>,
    /// The constant NaN, which is equal to nothing but is one object all the same.
    nan: Option<u32>,
    /// What the last viper error was about.
    pub(crate) fault: viper::Fault,
    jobs: Vec<Job, A>,
    calls: Vec<Call, A>,
    /// Interactive input: expressions at the top print their value.
    repl: bool,
    asserts: bool,
    lines: bool,
    /// `OrderedDict({...})` keeps the order of its display.
    ordered_dict: bool,
    /// Functions may be viper.
    viper: bool,
}

impl<A: Allocator + Clone> Program<A> {
    /// A program without scopes; [`Program::start`] adds the module's.
    pub(crate) fn new(options: &CompileOptions, allocator: A) -> Self {
        Program {
            scopes: Scopes::new(allocator.clone()),
            unit: Unit::new_in(allocator.clone()),
            nan: None,
            fault: viper::Fault::default(),
            jobs: Vec::new_in(allocator.clone()),
            calls: Vec::new_in(allocator),
            repl: options.is_repl,
            asserts: options.opt_level == 0,
            lines: options.opt_level < 3,
            ordered_dict: options.ordered_dict,
            viper: options.viper,
        }
    }

    pub(crate) fn start(&mut self) -> Result<()> {
        let module = ScopeKind::Module;
        self.scopes.add(module, None, module.name(), Node::NONE).map(|_| ())
    }
}

/// An error and how soon the reference would have met it: scopes are analysed level by level.
pub(crate) struct Fault {
    pub(crate) error: Fail,
    pub(crate) level: u32,
    /// The scope's name.
    pub(crate) block: Name,
}

/// The translation of one statement.
pub(crate) struct Emitter<'t, A: Allocator + Clone> {
    tree: &'t Tree<A>,
    names: &'t mut Names<A>,
    program: &'t mut Program<A>,
    scope: u32,
    kind: ScopeKind,
    looping: Loop,
    /// Blocks open in the current scope.
    blocks: u16,
    /// The last line noted in this scope, to keep the code short.
    line: u32,
}

impl<'t, A: Allocator + Clone> Emitter<'t, A> {
    pub(crate) fn new(tree: &'t Tree<A>, names: &'t mut Names<A>, program: &'t mut Program<A>) -> Self {
        Emitter { tree, names, program, scope: 0, kind: ScopeKind::Module, looping: NO_LOOP, blocks: 0, line: 0 }
    }

    /// Translates a statement of the module and every scope within it.
    pub(crate) fn statement(mut self, node: Node) -> core::result::Result<(), Fault> {
        let first = self.program.scopes.len();
        self.begin(Job::Node(node));
        self.finish_scope(self.tree.line(node))?;
        self.inner_scopes(first)
    }

    /// Ends the module's code.
    pub(crate) fn end_of_module(mut self) -> Result<()> {
        self.op(byte::LOAD_CONST_NONE)?;
        self.op(byte::RETURN_VALUE)
    }

    /// Translates the expression that is the whole text.
    pub(crate) fn expression(mut self, node: Node) -> core::result::Result<(), Fault> {
        let first = self.program.scopes.len();
        self.begin(Job::Node(node));
        self.finish_scope(self.tree.line(node))?;
        self.op(byte::RETURN_VALUE).map_err(|error| self.fault(error, 0))?;
        self.inner_scopes(first)
    }

    fn begin(&mut self, job: Job) {
        self.program.jobs.clear();
        self.program.calls.clear();
        // The stack is empty, and room for one job is all that is asked for.
        if self.program.jobs.try_reserve(1).is_ok() {
            self.program.jobs.push(job);
        }
    }

    fn inner_scopes(&mut self, first: usize) -> core::result::Result<(), Fault> {
        let mut at = first;
        while at < self.program.scopes.len() {
            self.scope = at as u32;
            let (kind, node) = match self.program.scopes.get(self.scope) {
                Some(scope) => (scope.kind, scope.node),
                None => break,
            };
            self.kind = kind;
            self.looping = NO_LOOP;
            self.blocks = 0;
            self.line = 0;
            self.program.jobs.clear();
            self.program.calls.clear();
            let line = self.tree.line(node);
            if let Err(error) = self.scope_body(node) {
                return Err(self.fault(error, line));
            }
            self.finish_scope(line)?;
            at += 1;
        }
        Ok(())
    }

    /// Runs the jobs of the current scope; `line` is the scope's own.
    fn finish_scope(&mut self, line: u32) -> core::result::Result<(), Fault> {
        let result = self.drain().and_then(|()| match self.scope {
            0 => Ok(()),
            scope => self.program.scopes.analysed(scope),
        });
        result.map_err(|error| self.fault(error, line))
    }

    /// Adds to an error the line, if it has none, and the block.
    #[cold]
    fn fault(&self, mut error: Fail, line: u32) -> Fault {
        if error.kind == ErrorKind::Syntax && error.line == 0 {
            error.line = self.statement_line().unwrap_or(line);
        }
        let (level, block) = self.scope().map_or((0, Name(0)), |s| (s.level, s.name));
        Fault { error, level, block }
    }

    /// The line of the innermost statement in progress that has one.
    fn statement_line(&self) -> Option<u32> {
        self.program.jobs.iter().rev().find_map(|job| match *job {
            Job::Statements(node, next) => {
                let line = self.tree.line(self.tree.child(node, next.checked_sub(1)?));
                (line != 0).then_some(line)
            }
            _ => None,
        })
    }

    fn drain(&mut self) -> Result<()> {
        while let Some(job) = self.program.jobs.pop() {
            self.run(job)?;
        }
        Ok(())
    }

    fn run(&mut self, job: Job) -> Result<()> {
        match job {
            Job::Node(node) => self.node(node),
            Job::Each(node, next) => self.each(node, next),
            Job::Statements(node, next) => {
                if next < self.tree.count(node) {
                    self.push(Job::Statements(node, next + 1))?;
                    self.push(Job::Node(self.tree.child(node, next)))?;
                }
                Ok(())
            }
            Job::Op(op) => self.op(op),
            Job::OpWith(op, operand) => self.op_with(op, operand),
            Job::Label(label) => self.label(label),
            Job::Jump(op, to) => self.op_with(op, to),
            Job::Adjust(words) => self.adjust(words),
            Job::Cond { node, jump_if, to } => self.cond(node, jump_if, to),
            Job::Conds { node, next, jump_if, to, last } => self.conds(node, next, jump_if, to, last),
            Job::Assign(node, access) => self.assign(node, access),
            Job::Targets(node, next) => self.targets(node, next),
            Job::Chain(node, next) => self.chain(node, next),
            Job::Delete(node) => self.delete(node),
            Job::DeleteItems(node, next) => self.delete_items(node, next),
            Job::StoreName(name) => self.store_name(name),
            Job::DeleteName(name) => self.delete_name(name),
            Job::SetLoop(looping) => {
                self.looping = looping;
                Ok(())
            }
            Job::Open(op, handler) => self.open(op, handler),
            Job::Close => self.close(),
            Job::If { node, pair, end } => self.if_pair(node, pair, end),
            Job::Handlers { node, next, end } => self.handlers(node, next, end),
            Job::With { node, item } => self.with(node, item),
            Job::AsyncWith { node, item } => self.async_with(node, item),
            Job::Operands { node, next, to } => self.operands(node, next, to),
            Job::Comparison { node, next, fail } => self.comparison_next(node, next, fail),
            Job::Trailers { node, next } => self.trailers(node, next),
            Job::Arguments { node, next } => self.arguments(node, next),
            Job::DictItems { node, next } => self.dict_items(node, next),
            Job::SetItems { node, next } => self.set_items(node, next),
            Job::Params { node, next, scope } => self.params(node, next, scope),
            Job::Decorators { node, next } => self.decorators(node, next),
            Job::CompLoop { node, element, depth } => self.comp_loop(node, element, depth),
            Job::CompNext { node, element, depth, top } => self.comp_next(node, element, depth, top),
            Job::NamedStore(node) => self.named_store(node),
            Job::Imports(node, next) => self.imports(node, next),
            Job::LambdaReturn => self.lambda_return(),
            Job::Generator(scope) => {
                self.mark_generator(scope);
                Ok(())
            }
            Job::YieldFrom => self.yield_from(),
        }
    }

    // ---- jobs ----

    fn push(&mut self, job: Job) -> Result<()> {
        self.program.jobs.add(job)
    }

    /// Puts jobs in front of all others, to be run in the given order.
    fn plan(&mut self, jobs: &[Job]) -> Result<()> {
        self.program.jobs.try_reserve(jobs.len()).map_err(|_| Fail::memory())?;
        self.program.jobs.extend(jobs.iter().rev().copied());
        Ok(())
    }

    fn each(&mut self, node: Node, next: u32) -> Result<()> {
        if next < self.tree.count(node) {
            self.push(Job::Each(node, next + 1))?;
            self.push(Job::Node(self.tree.child(node, next)))?;
        }
        Ok(())
    }

    // ---- code ----

    fn scope(&self) -> Option<&Scope<A>> {
        self.program.scopes.get(self.scope)
    }

    fn current(&mut self) -> Result<&mut Scope<A>> {
        let scope = self.scope;
        self.program.scopes.get_mut(scope).ok_or(Fail::memory())
    }

    fn op(&mut self, op: u8) -> Result<()> {
        ir::plain(&mut self.current()?.code, op)
    }

    fn op_with(&mut self, op: u8, operand: u32) -> Result<()> {
        ir::with(&mut self.current()?.code, op, operand)
    }

    fn op_name(&mut self, op: u8, name: Name) -> Result<()> {
        self.op_with(op, name.0)
    }

    fn small_int(&mut self, value: i32) -> Result<()> {
        self.op_with(byte::LOAD_CONST_SMALL_INT, ir::zigzag(value))
    }

    fn adjust(&mut self, words: i8) -> Result<()> {
        self.op_with(pseudo::ADJUST, ir::zigzag(i32::from(words)))
    }

    fn new_label(&mut self) -> Result<Label> {
        let scope = self.current()?;
        let label = scope.labels;
        scope.labels = label.checked_add(1).filter(|l| *l != NO_LABEL).ok_or(Fail::memory())?;
        Ok(label)
    }

    fn label(&mut self, label: Label) -> Result<()> {
        self.op_with(pseudo::LABEL, label)
    }

    /// Notes that what follows comes from this line. Lines only ever grow within a scope.
    fn set_line(&mut self, line: u32) -> Result<()> {
        if line > self.line && self.program.lines {
            self.line = line;
            self.op_with(pseudo::LINE, line)?;
        }
        Ok(())
    }

    fn error(&self, text: &'static str, node: Node) -> Fail {
        Fail::syntax(text, self.tree.line(node))
    }

    /// Opens a block whose handler is at a label.
    fn open(&mut self, op: u8, handler: Label) -> Result<()> {
        self.op_with(op, handler)?;
        self.blocks = self.blocks.checked_add(1).ok_or(Fail::too_deep())?;
        let blocks = u32::from(self.blocks);
        let scope = self.current()?;
        scope.blocks = scope.blocks.max(blocks);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.blocks = self.blocks.saturating_sub(1);
        self.op(byte::END_FINALLY)
    }

    fn node(&mut self, node: Node) -> Result<()> {
        let Some(kind) = self.tree.kind(node) else { return self.leaf(node) };
        let outer = match kind {
            // Comprehensions in brackets begin on the bracket's line, in arguments on none.
            Kind::GenExpr | Kind::ListComp | Kind::SetComp | Kind::DictComp => {
                Tree::<A>::number_of(self.tree.child(node, 2))
            }
            _ => self.tree.line(node),
        };
        self.set_line(outer)?;
        match kind {
            Kind::Block => self.push(Job::Statements(node, 0)),
            Kind::Pass => Ok(()),
            Kind::Expr => self.expr_statement(node),
            Kind::Assign => self.assignment(node),
            Kind::AssignChain => self.assign_chain(node),
            Kind::AugAssign => self.aug_assignment(node),
            Kind::Annotate => self.annotation(node),
            Kind::Del => self.push(Job::DeleteItems(node, 0)),
            Kind::Break | Kind::Continue => self.leave_loop(node, kind == Kind::Break),
            Kind::Return => self.return_statement(node),
            Kind::Raise => self.raise(node),
            Kind::Import => self.push(Job::Imports(node, 0)),
            Kind::ImportFrom => self.import_from(node),
            Kind::Global | Kind::Nonlocal => self.declaration(node, kind == Kind::Global),
            Kind::Assert => self.assert(node),
            Kind::If => self.if_statement(node),
            Kind::While => self.while_statement(node),
            Kind::For => self.for_statement(node),
            Kind::Try => self.try_statement(node),
            Kind::With => self.push(Job::With { node, item: 1 }),
            Kind::FuncDef => self.func_statement(node),
            Kind::ClassDef => self.class_statement(node),
            Kind::Decorated => self.push(Job::Decorators { node, next: 1 }),
            Kind::Async => self.async_statement(node),
            Kind::Const => self.constant(node),
            Kind::BareTuple | Kind::ParenTuple => self.build(node, byte::BUILD_TUPLE),
            Kind::List => self.build(node, byte::BUILD_LIST),
            Kind::Braces => self.braces(node, true),
            Kind::DictItem => self.plan(&[Job::Node(self.tree.child(node, 1)), Job::Node(self.tree.child(node, 0))]),
            Kind::GenExpr => self.comprehension(node, ScopeKind::GenExpr),
            Kind::ListComp => self.comprehension(node, ScopeKind::ListComp),
            Kind::SetComp => self.comprehension(node, ScopeKind::SetComp),
            Kind::DictComp => self.comprehension(node, ScopeKind::DictComp),
            Kind::Ternary => self.ternary(node),
            Kind::Lambda => self.lambda(node),
            Kind::Named => self.named(node),
            Kind::Or | Kind::And => self.or_and(node),
            Kind::Not => self.plan(&[Job::Node(self.tree.child(node, 0)), Job::Op(NOT)]),
            Kind::Compare => self.comparison(node),
            Kind::Binary => self.binary_chain(node),
            Kind::Unary => self.unary(node),
            Kind::Await => self.await_expression(node),
            Kind::Primary => self.primary(node),
            Kind::Call => self.call(node, 0, 0, false),
            Kind::Index => self.plan(&[Job::Node(self.tree.child(node, 0)), Job::Op(byte::LOAD_SUBSCR)]),
            Kind::Attr => {
                let name = self.ident(node, 0);
                self.op_name(byte::LOAD_ATTR, name)
            }
            Kind::Slice => self.slice(node),
            Kind::Star => Err(self.error("*x must be assignment target", node)),
            Kind::Yield => self.yield_expression(node),
            Kind::YieldFrom => self.yield_from_expression(node),
            // Parts of other branches, never emitted by themselves.
            Kind::Handler
            | Kind::WithAs
            | Kind::ImportAs
            | Kind::Dotted
            | Kind::Decorator
            | Kind::Param
            | Kind::StarParam
            | Kind::DoubleStarParam
            | Kind::SmallInt
            | Kind::CompFor
            | Kind::CompIf
            | Kind::StarArg
            | Kind::DoubleStarArg
            | Kind::Keyword
            | Kind::NamedArg => Ok(()),
        }
    }

    /// The identifier that a child is.
    fn ident(&self, node: Node, child: u32) -> Name {
        self.tree.child(node, child).as_ident().unwrap_or(Name(0))
    }
}

/// The opcode of a binary operator.
const fn binary(op: BinaryOp) -> u8 {
    byte::BINARY_OP_MULTI + op as u8
}

/// The opcode of `not`.
const NOT: u8 = byte::UNARY_OP_MULTI + 3;
