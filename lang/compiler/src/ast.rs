//! The syntax tree of one top-level statement.
//!
//! A [`Node`] is one word: a leaf (small integer, identifier, short string, constant or operator)
//! or the position of a branch in the [`Tree`]. Branches are kind, line and children; a child may
//! be [`Node::NONE`]. The whole tree is dropped when its statement has been translated.
//! The surprising fact: leaves have no line, and a branch's line is that of its first token even
//! where an inner branch begins on a later one; the line tables depend on it.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::buffer::{Grow, position};
use crate::enumeration::enumeration;
use crate::error::{Fail, Result};
use crate::literal::Literals;
use crate::names::Name;
use crate::token::Token;

/// A subtree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Node(u32);

enumeration! {
    /// What a branch is. The comment lists its children; `?` marks one that may be absent.
    pub(crate) enum Kind {
        // Statements.
        /// statements
        Block,
        Pass,
        /// value
        Expr,
        /// target, value
        Assign,
        /// targets, then the value
        AssignChain,
        /// target, operator, value
        AugAssign,
        /// target
        Annotate,
        /// targets
        Del,
        Break,
        Continue,
        /// value?
        Return,
        /// exception?, cause?
        Raise,
        /// modules
        Import,
        /// level, module?, `*` or imported names
        ImportFrom,
        /// module or name, new name
        ImportAs,
        /// names
        Dotted,
        /// names
        Global,
        /// names
        Nonlocal,
        /// condition, message?
        Assert,
        /// condition, body, condition, body, ..., else?
        If,
        /// condition, body, else?
        While,
        /// target, iterable, body, else?
        For,
        /// body, else?, finally?, handlers
        Try,
        /// exception?, name?, body
        Handler,
        /// body, items
        With,
        /// context, target
        WithAs,
        /// name, body, parameters
        FuncDef,
        /// name, body, arguments
        ClassDef,
        /// definition, decorators
        Decorated,
        /// dotted name, call?
        Decorator,
        /// function definition, `for` or `with`
        Async,

        // Parameters. A plain one is an identifier.
        /// name, default?
        Param,
        /// name?
        StarParam,
        /// name
        DoubleStarParam,

        // Expressions.
        /// literal's number
        Const,
        /// value
        SmallInt,
        /// items
        BareTuple,
        /// items; without any it is the constant `()`
        ParenTuple,
        /// items
        List,
        /// line within the braces, items
        Braces,
        /// key, value
        DictItem,
        /// element, loop, line of the bracket (0 in an argument)
        GenExpr,
        /// as above
        ListComp,
        /// as above
        SetComp,
        /// as above
        DictComp,
        /// target, iterable, next?
        CompFor,
        /// condition, next?
        CompIf,
        /// condition, then, else
        Ternary,
        /// body, parameters
        Lambda,
        /// target, value
        Named,
        /// operands
        Or,
        /// operands
        And,
        /// operand
        Not,
        /// operand, operator, operand, ...
        Compare,
        /// operand, operator, operand, ...
        Binary,
        /// operator, operand
        Unary,
        /// atom, trailers
        Await,
        /// atom, trailers
        Primary,
        /// arguments
        Call,
        /// subscript
        Index,
        /// name
        Attr,
        /// start?, stop?, step?
        Slice,
        /// value
        Star,
        /// value?
        Yield,
        /// value
        YieldFrom,
        /// value
        StarArg,
        /// value
        DoubleStarArg,
        /// name, value
        Keyword,
        /// target, value
        NamedArg,
    }
}

const BRANCH: u32 = 0b00;
const INT: u32 = 0b01;
const IDENT: u32 = 0b010;
const STRING: u32 = 0b110;
const TOKEN: u32 = 0b11;

/// Leaves and branches apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Leaf {
    /// A small integer.
    Int(i32),
    /// An identifier.
    Ident(Name),
    /// A string that is a name.
    Str(Name),
    /// A constant or an operator.
    Token(Token),
}

impl Node {
    /// No subtree.
    pub(crate) const NONE: Node = Node(0);

    pub(crate) const fn token(token: Token) -> Node {
        Node((token as u32) << 2 | TOKEN)
    }

    pub(crate) const fn ident(name: Name) -> Node {
        Node(name.0 << 3 | IDENT)
    }

    pub(crate) const fn string(name: Name) -> Node {
        Node(name.0 << 3 | STRING)
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn is_some(self) -> bool {
        self.0 != 0
    }

    fn branch(self) -> Option<usize> {
        (self.0 & 0b11 == BRANCH && self.0 != 0).then_some((self.0 >> 2) as usize)
    }

    /// The identifier that the node is, if it is one.
    pub(crate) fn as_ident(self) -> Option<Name> {
        (self.0 & 0b111 == IDENT).then_some(Name(self.0 >> 3))
    }

    pub(crate) fn is_token(self, token: Token) -> bool {
        self == Node::token(token)
    }
}

/// Words before a branch's children: kind and their number, and the line.
const HEAD: usize = 2;

/// The tree and the literals it refers to.
pub(crate) struct Tree<A: Allocator> {
    words: Vec<u32, A>,
    pub(crate) literals: Literals<A>,
}

impl<A: Allocator + Clone> Tree<A> {
    pub(crate) fn new(allocator: A) -> Self {
        Tree { words: Vec::new_in(allocator.clone()), literals: Literals::new(allocator) }
    }

    /// Drops every node and literal.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.literals.clear();
    }

    fn begin(&mut self, kind: Kind, count: usize, line: u32) -> Result<Node> {
        if self.words.is_empty() {
            self.words.add(0)?;
        }
        let at = position(self.words.len())?;
        let count = u32::try_from(count).ok().filter(|n| *n < 1 << 24);
        let (Some(count), true) = (count, at < 1 << 30) else {
            return Err(Fail::memory());
        };
        self.words.add_all(&[kind as u32 | count << 8, line])?;
        Ok(Node(at << 2 | BRANCH))
    }

    /// A branch with these children.
    pub(crate) fn add(&mut self, kind: Kind, line: u32, children: &[Node]) -> Result<Node> {
        let node = self.begin(kind, children.len(), line)?;
        self.words.try_reserve(children.len()).map_err(|_| Fail::memory())?;
        self.words.extend(children.iter().map(|n| n.0));
        Ok(node)
    }

    /// A branch with `first` before the other children.
    pub(crate) fn add_after(&mut self, kind: Kind, line: u32, first: &[Node], rest: &[Node]) -> Result<Node> {
        let node = self.begin(kind, first.len() + rest.len(), line)?;
        self.words.try_reserve(first.len() + rest.len()).map_err(|_| Fail::memory())?;
        self.words.extend(first.iter().chain(rest).map(|n| n.0));
        Ok(node)
    }

    /// A small integer, which becomes a branch if it does not fit into the leaf.
    pub(crate) fn small_int(&mut self, value: i32) -> Result<Node> {
        if value << 2 >> 2 == value {
            Ok(Node((value as u32) << 2 | INT))
        } else {
            let node = self.begin(Kind::SmallInt, 1, 0)?;
            self.words.add(value as u32)?;
            Ok(node)
        }
    }

    /// A constant of the literal with this number.
    pub(crate) fn constant(&mut self, literal: u32, line: u32) -> Result<Node> {
        let node = self.begin(Kind::Const, 1, line)?;
        self.words.add(literal)?;
        Ok(node)
    }

    /// A raw number as a child, such as a line.
    pub(crate) fn number(value: u32) -> Node {
        Node(value << 2 | INT)
    }

    /// What [`Tree::number`] holds.
    pub(crate) fn number_of(node: Node) -> u32 {
        node.0 >> 2
    }

    fn word(&self, at: usize) -> u32 {
        self.words.get(at).copied().unwrap_or(0)
    }

    fn head(&self, node: Node) -> Option<u32> {
        node.branch().map(|at| self.word(at))
    }

    /// Whether the node is a branch of this kind.
    pub(crate) fn is(&self, node: Node, kind: Kind) -> bool {
        self.head(node).is_some_and(|h| h as u8 == kind as u8)
    }

    /// The branch's kind; small integers are leaves, however they are stored.
    pub(crate) fn kind(&self, node: Node) -> Option<Kind> {
        let kind = Kind::from_number(self.head(node)? as u8)?;
        (kind != Kind::SmallInt).then_some(kind)
    }

    /// The line of a branch; 0 for leaves and for constants that were computed.
    pub(crate) fn line(&self, node: Node) -> u32 {
        node.branch().map_or(0, |at| self.word(at + 1))
    }

    /// How many children a branch has.
    pub(crate) fn count(&self, node: Node) -> u32 {
        self.head(node).map_or(0, |h| h >> 8)
    }

    /// A child, or [`Node::NONE`] beyond the last.
    pub(crate) fn child(&self, node: Node, index: u32) -> Node {
        match node.branch() {
            Some(at) if index < self.count(node) => Node(self.word(at + HEAD + index as usize)),
            _ => Node::NONE,
        }
    }

    /// The literal of a [`Kind::Const`].
    pub(crate) fn literal(&self, node: Node) -> Option<u32> {
        self.is(node, Kind::Const).then(|| self.child(node, 0).0)
    }

    /// The leaf that the node is.
    pub(crate) fn leaf(&self, node: Node) -> Option<Leaf> {
        if self.is(node, Kind::SmallInt) {
            return Some(Leaf::Int(self.child(node, 0).0 as i32));
        }
        match node.0 & 0b111 {
            IDENT => Some(Leaf::Ident(Name(node.0 >> 3))),
            STRING => Some(Leaf::Str(Name(node.0 >> 3))),
            0b001 | 0b101 => Some(Leaf::Int(node.0 as i32 >> 2)),
            0b011 | 0b111 => Token::from_number((node.0 >> 2) as u8).map(Leaf::Token),
            _ => None,
        }
    }

    /// The small integer that the node is.
    pub(crate) fn as_small_int(&self, node: Node) -> Option<i32> {
        match self.leaf(node) {
            Some(Leaf::Int(value)) => Some(value),
            _ => None,
        }
    }

    /// Forgets the newest branch if it is this one.
    pub(crate) fn forget(&mut self, node: Node) {
        if let Some(at) = node.branch()
            && at + HEAD + self.count(node) as usize == self.words.len()
        {
            self.words.truncate(at);
        }
    }
}
