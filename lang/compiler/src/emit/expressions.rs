//! Operators, constants and other expressions.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bignum::{self as bignum, Watch};
use krait_bytecode::opcode::byte;
use krait_bytecode::{BinaryOp, Const};

use super::{Emitter, Job, Label, NOT, binary};
use crate::ast::{Kind, Leaf, Node};
use crate::error::{Fail, Result};
use crate::literal::Literal;
use crate::number;
use crate::parser::{IS_NOT, NOT_IN};
use crate::scopes::ScopeKind;
use crate::token::Token;

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn leaf(&mut self, node: Node) -> Result<()> {
        match self.tree.leaf(node) {
            Some(Leaf::Int(value)) => self.small_int(value),
            Some(Leaf::Ident(name)) => self.load_name(name),
            Some(Leaf::Str(name)) => self.op_name(byte::LOAD_CONST_STRING, name),
            Some(Leaf::Token(Token::None)) => self.op(byte::LOAD_CONST_NONE),
            Some(Leaf::Token(Token::False)) => self.op(byte::LOAD_CONST_FALSE),
            Some(Leaf::Token(Token::True)) => self.op(byte::LOAD_CONST_TRUE),
            Some(Leaf::Token(Token::Ellipsis)) => self.load_constant(Const::Ellipsis),
            _ => Ok(()),
        }
    }

    fn load_constant(&mut self, constant: Const) -> Result<()> {
        let number = self.program.unit.add_const(constant)?;
        self.op_with(byte::LOAD_CONST_OBJ, number)
    }

    pub(super) fn constant(&mut self, node: Node) -> Result<()> {
        let literal = self.tree.literal(node).and_then(|n| self.tree.literals.get(n));
        let is_nan = matches!(literal, Some(Literal::Nan));
        if let Some(number) = self.program.nan.filter(|_| is_nan) {
            return self.op_with(byte::LOAD_CONST_OBJ, number);
        }
        let mark = self.program.unit.mark();
        let constant = self.constant_of(node, crate::literal::MAX_TUPLE_DEPTH)?;
        let number = self.program.unit.add_const_since(mark, constant)?;
        if is_nan {
            self.program.nan = Some(number);
        }
        self.op_with(byte::LOAD_CONST_OBJ, number)
    }

    /// The unit's form of a constant; recursion is bounded by the nesting of tuples.
    fn constant_of(&mut self, node: Node, depth: usize) -> Result<Const> {
        let tree = self.tree;
        let unit = &mut self.program.unit;
        let literal = match tree.literal(node).and_then(|n| tree.literals.get(n)) {
            Some(literal) => literal,
            None => match tree.leaf(node) {
                Some(Leaf::Int(value)) => {
                    let mut text = [0; krait_numfmt::INT_TEXT_LEN];
                    let style = krait_numfmt::IntStyle::DECIMAL;
                    let text = krait_numfmt::signed_text(&mut text, i64::from(value), style);
                    return Ok(unit.const_int(text.as_bytes())?);
                }
                Some(Leaf::Str(name)) => Literal::Name(name),
                Some(Leaf::Token(token)) => Literal::Token(token),
                // What remains is the empty tuple.
                _ => return Ok(unit.const_tuple(&[])?),
            },
        };
        Ok(match literal {
            Literal::Name(name) => unit.const_str(self.names.text(name))?,
            Literal::Str(range) => unit.const_str(tree.literals.text(range))?,
            Literal::Bytes(range) => unit.const_bytes(tree.literals.text(range))?,
            Literal::Token(Token::False) => Const::False,
            Literal::Token(Token::True) => Const::True,
            Literal::Token(Token::Ellipsis) => Const::Ellipsis,
            Literal::Token(_) => Const::None,
            Literal::Nan => unit.const_float(b"nan")?,
            Literal::Float(value) => {
                let mut text = [0; krait_numfmt::REPR_LEN];
                unit.const_float(krait_numfmt::repr(&mut text, value).as_bytes())?
            }
            Literal::Imaginary(value) => {
                let mut text = [0; krait_numfmt::REPR_LEN + 1];
                let mut repr = [0; krait_numfmt::REPR_LEN];
                let repr = krait_numfmt::repr(&mut repr, value);
                let repr = repr.strip_suffix(".0").unwrap_or(repr);
                for (to, from) in text.iter_mut().zip(repr.bytes().chain(*b"j")) {
                    *to = from;
                }
                unit.const_complex(text.get(..repr.len() + 1).unwrap_or(&[]))?
            }
            Literal::Int(negative, range) => {
                let int = tree.literals.int(negative, range);
                let allocator = unit.allocator().clone();
                let len = bignum::text_len(int, 10, None).map_err(|_| Fail::memory())?;
                let mut text = Vec::new_in(allocator.clone());
                text.try_reserve_exact(len).map_err(|_| Fail::memory())?;
                text.resize(len, 0);
                let least = bignum::to_text_scratch_least(int, 10);
                let best = bignum::to_text_scratch_len(int, 10);
                let mut scratch =
                    number::zeroed(best, allocator.clone()).or_else(|_| number::zeroed(least, allocator))?;
                let watch = &mut Watch::never();
                let len = bignum::to_text(&mut text, int, 10, false, None, &mut scratch, watch)
                    .map_err(|_| Fail::memory())?;
                unit.const_int(text.get(..len).unwrap_or(&[]))?
            }
            Literal::Tuple(range, _) => {
                let depth = depth.checked_sub(1).ok_or(Fail::too_deep())?;
                let count = tree.literals.items(range).len();
                let mut items = Vec::new_in(unit.allocator().clone());
                items.try_reserve_exact(count).map_err(|_| Fail::memory())?;
                for item in tree.literals.items(range) {
                    items.push(self.constant_of(*item, depth)?);
                }
                self.program.unit.const_tuple(&items)?
            }
        })
    }

    // ---- operators ----

    pub(super) fn or_and(&mut self, node: Node) -> Result<()> {
        let end = self.new_label()?;
        self.push(Job::Label(end))?;
        self.operands(node, 0, end)
    }

    /// Operands as values: one that decides stays on the stack.
    pub(super) fn operands(&mut self, node: Node, next: u32, to: Label) -> Result<()> {
        let child = Job::Node(self.tree.child(node, next));
        if next + 1 == self.tree.count(node) {
            return self.push(child);
        }
        let op = match self.tree.kind(node) {
            Some(Kind::Or) => byte::JUMP_IF_TRUE_OR_POP,
            _ => byte::JUMP_IF_FALSE_OR_POP,
        };
        self.plan(&[child, Job::Jump(op, to), Job::Operands { node, next: next + 1, to }])
    }

    /// A chain keeps each middle operand for the next comparison.
    pub(super) fn comparison(&mut self, node: Node) -> Result<()> {
        let fail = self.new_label()?;
        if self.tree.count(node) > 3 {
            let end = self.new_label()?;
            self.plan(&[
                Job::Jump(byte::JUMP, end),
                Job::Label(fail),
                Job::Adjust(1),
                Job::Op(byte::ROT_TWO),
                Job::Op(byte::POP_TOP),
                Job::Label(end),
            ])?;
        }
        self.plan(&[Job::Node(self.tree.child(node, 0)), Job::Comparison { node, next: 1, fail }])
    }

    /// From the operator at this place on.
    pub(super) fn comparison_next(&mut self, node: Node, next: u32, fail: Label) -> Result<()> {
        let operator = self.tree.child(node, next);
        let more = next + 2 < self.tree.count(node);
        if more {
            self.plan(&[Job::Jump(byte::JUMP_IF_FALSE_OR_POP, fail), Job::Comparison { node, next: next + 2, fail }])?;
        }
        let (op, inverted) = match self.tree.leaf(operator) {
            _ if operator == NOT_IN => (BinaryOp::In, true),
            _ if operator == IS_NOT => (BinaryOp::Is, true),
            Some(Leaf::Token(Token::In)) => (BinaryOp::In, false),
            Some(Leaf::Token(Token::Is)) => (BinaryOp::Is, false),
            Some(Leaf::Token(Token::More)) => (BinaryOp::More, false),
            Some(Leaf::Token(Token::Equal)) => (BinaryOp::Equal, false),
            Some(Leaf::Token(Token::LessEqual)) => (BinaryOp::LessEqual, false),
            Some(Leaf::Token(Token::MoreEqual)) => (BinaryOp::MoreEqual, false),
            Some(Leaf::Token(Token::NotEqual)) => (BinaryOp::NotEqual, false),
            _ => (BinaryOp::Less, false),
        };
        if inverted {
            self.push(Job::Op(NOT))?;
        }
        self.push(Job::Op(binary(op)))?;
        if more {
            self.plan(&[Job::Op(byte::DUP_TOP), Job::Op(byte::ROT_THREE)])?;
        }
        self.push(Job::Node(self.tree.child(node, next + 1)))
    }

    /// Planned from the end, two jobs an operator.
    pub(super) fn binary_chain(&mut self, node: Node) -> Result<()> {
        let mut at = self.tree.count(node);
        while at >= 3 {
            at -= 2;
            let number = match self.tree.leaf(self.tree.child(node, at)) {
                Some(Leaf::Token(token)) => (token as u8).saturating_sub(Token::Pipe as u8),
                _ => 0,
            };
            let op = binary(BinaryOp::Or).saturating_add(number);
            self.plan(&[Job::Node(self.tree.child(node, at + 1)), Job::Op(op)])?;
        }
        self.push(Job::Node(self.tree.child(node, 0)))
    }

    pub(super) fn unary(&mut self, node: Node) -> Result<()> {
        let number = match self.tree.leaf(self.tree.child(node, 0)) {
            Some(Leaf::Token(Token::Minus)) => 1,
            Some(Leaf::Token(Token::Tilde)) => 2,
            _ => 0,
        };
        self.plan(&[Job::Node(self.tree.child(node, 1)), Job::Op(byte::UNARY_OP_MULTI + number)])
    }

    pub(super) fn ternary(&mut self, node: Node) -> Result<()> {
        let fail = self.new_label()?;
        let end = self.new_label()?;
        self.plan(&[
            Job::Cond { node: self.tree.child(node, 0), jump_if: false, to: fail },
            Job::Node(self.tree.child(node, 1)),
            Job::Jump(byte::JUMP, end),
            Job::Label(fail),
            Job::Adjust(-1),
            Job::Node(self.tree.child(node, 2)),
            Job::Label(end),
        ])
    }

    // ---- assignment expressions ----

    /// Also for arguments of the form `target := value`.
    pub(super) fn named(&mut self, node: Node) -> Result<()> {
        let target = self.tree.child(node, 0);
        if target.as_ident().is_none() {
            return Err(self.error("can't assign to expression", target));
        }
        self.plan(&[Job::Node(self.tree.child(node, 1)), Job::Op(byte::DUP_TOP), Job::NamedStore(target)])
    }

    pub(super) fn named_store(&mut self, target: Node) -> Result<()> {
        let Some(name) = target.as_ident() else { return Ok(()) };
        self.declare_named(target, name)?;
        self.store_name(name)
    }

    // ---- yield ----

    fn check_yield(&self, node: Node) -> Result<()> {
        if matches!(self.kind, ScopeKind::Function | ScopeKind::Lambda) {
            return Ok(());
        }
        Err(self.error("'yield' outside function", node))
    }

    pub(super) fn yield_expression(&mut self, node: Node) -> Result<()> {
        self.check_yield(node)?;
        let result = [Job::Op(byte::YIELD_VALUE), Job::Generator(self.scope)];
        self.plan(&result)?;
        let value = self.tree.child(node, 0);
        match value.is_some() {
            true => self.push(Job::Node(value)),
            false => self.op(byte::LOAD_CONST_NONE),
        }
    }

    pub(super) fn yield_from_expression(&mut self, node: Node) -> Result<()> {
        self.check_yield(node)?;
        self.plan(&[Job::Node(self.tree.child(node, 0)), Job::YieldFrom])
    }
}
