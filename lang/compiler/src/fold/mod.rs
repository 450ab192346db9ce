//! Constant folding: what the parser computes while it builds the tree.
//!
//! Folding is all or nothing within one level of operators: `1 + 2 + x` stays as it is. Whatever
//! would raise at run time, or has no memory to be computed in, is left to run time.

mod arith;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::ast::{Kind, Leaf, Node, Tree};
use crate::error::Result;
use crate::literal::{Literal, MAX_TUPLE_DEPTH};
use crate::names::{Names, well_known};
use crate::token::Token;
use arith::Number;

/// Whether the node's value is known: leaves but identifiers, literals, and `()`.
pub(crate) fn is_constant<A: Allocator + Clone>(tree: &Tree<A>, node: Node) -> bool {
    match tree.kind(node) {
        Some(Kind::Const) => true,
        Some(Kind::ParenTuple) => tree.count(node) == 0,
        Some(_) => false,
        None => match tree.leaf(node) {
            Some(Leaf::Int(_) | Leaf::Str(_)) => true,
            Some(Leaf::Token(token)) => {
                matches!(token, Token::None | Token::False | Token::True | Token::Ellipsis)
            }
            _ => false,
        },
    }
}

/// Whether a constant counts as true; `None` if the node is no constant.
pub(crate) fn truth<A: Allocator + Clone>(tree: &Tree<A>, node: Node) -> Option<bool> {
    if !is_constant(tree, node) {
        return None;
    }
    Some(match tree.literal(node).and_then(|n| tree.literals.get(n)) {
        Some(Literal::Int(negative, range)) => !tree.literals.int(negative, range).is_zero(),
        Some(Literal::Float(value) | Literal::Imaginary(value)) => value != 0.0,
        Some(Literal::Nan) => true,
        Some(Literal::Str(range) | Literal::Bytes(range)) => !tree.literals.text(range).is_empty(),
        Some(Literal::Tuple(range, _)) => !tree.literals.items(range).is_empty(),
        Some(Literal::Name(name)) => name != well_known::EMPTY,
        Some(Literal::Token(token)) => token_truth(token),
        None => match tree.leaf(node) {
            Some(Leaf::Int(value)) => value != 0,
            Some(Leaf::Str(name)) => name != well_known::EMPTY,
            Some(Leaf::Token(token)) => token_truth(token),
            _ => false,
        },
    })
}

fn token_truth(token: Token) -> bool {
    matches!(token, Token::True | Token::Ellipsis)
}

/// The number that a node is.
fn number<A: Allocator + Clone>(tree: &Tree<A>, node: Node) -> Option<Number<A>> {
    if let Some(value) = tree.as_small_int(node) {
        return Some(Number::Small(i64::from(value)));
    }
    match tree.literals.get(tree.literal(node)?)? {
        Literal::Float(value) => Some(Number::Float(value)),
        Literal::Nan => Some(Number::Float(f64::NAN)),
        Literal::Int(negative, range) => Number::copy_of(tree.literals.int(negative, range), tree.literals.allocator()),
        _ => None,
    }
}

fn is_number<A: Allocator + Clone>(tree: &Tree<A>, node: Node) -> bool {
    tree.as_small_int(node).is_some()
        || matches!(
            tree.literal(node).and_then(|n| tree.literals.get(n)),
            Some(Literal::Float(_) | Literal::Nan | Literal::Int(..))
        )
}

/// The node of a computed number. It has no line.
fn number_node<A: Allocator + Clone>(tree: &mut Tree<A>, number: &Number<A>) -> Result<Node> {
    let literal = match number {
        Number::Small(value) => return integer(tree, *value, 0),
        Number::Big(negative, limbs) => tree.literals.add_int(*negative, limbs)?,
        Number::Float(value) => tree.literals.add_float(*value)?,
    };
    tree.constant(literal, 0)
}

/// Smallest and largest integers that bytecode loads without a constant object.
const SMALL: core::ops::RangeInclusive<i64> = -(1 << 30)..=(1 << 30) - 1;

/// The node of an integer: a leaf if it is small.
pub(crate) fn integer<A: Allocator + Clone>(tree: &mut Tree<A>, value: i64, line: u32) -> Result<Node> {
    if SMALL.contains(&value) {
        return tree.small_int(value as i32);
    }
    let operand = krait_bignum::Small::from(value);
    let int = operand.int();
    let literal = tree.literals.add_int(int.is_negative(), int.limbs())?;
    tree.constant(literal, line)
}

/// The value of `operand, operator, operand, ...`, if all operands are numbers.
pub(crate) fn binary<A: Allocator + Clone>(tree: &mut Tree<A>, operands: &[Node]) -> Result<Option<Node>> {
    let foldable = operands.chunks(2).all(|pair| match pair {
        [value, operator] => is_number(tree, *value) && !operator.is_token(Token::At),
        [value] => is_number(tree, *value),
        _ => false,
    });
    if !foldable {
        return Ok(None);
    }
    Ok(match fold_chain(tree, operands) {
        Some(value) => Some(number_node(tree, &value)?),
        None => None,
    })
}

fn fold_chain<A: Allocator + Clone>(tree: &Tree<A>, operands: &[Node]) -> Option<Number<A>> {
    let (first, rest) = operands.split_first()?;
    let mut value = number(tree, *first)?;
    for pair in rest.chunks_exact(2) {
        let [operator, operand] = *pair else { return None };
        let Some(Leaf::Token(token)) = tree.leaf(operator) else { return None };
        value = arith::binary(token, &value, &number(tree, operand)?, tree.literals.allocator())?;
    }
    Some(value)
}

/// The value of a sign or `~` before a number.
pub(crate) fn unary<A: Allocator + Clone>(tree: &mut Tree<A>, operator: Node, operand: Node) -> Result<Option<Node>> {
    let Some(value) = number(tree, operand) else { return Ok(None) };
    let Some(Leaf::Token(token)) = tree.leaf(operator) else { return Ok(None) };
    Ok(match arith::unary(token, value, tree.literals.allocator()) {
        Some(value) => Some(number_node(tree, &value)?),
        None => None,
    })
}

/// The value of `module.NAME` for the constants of `math`, whether imported or not.
pub(crate) fn module_constant<A: Allocator + Clone>(
    tree: &mut Tree<A>,
    names: &Names<A>,
    atom: Node,
    trailer: Node,
) -> Result<Option<Node>> {
    if atom.as_ident() != Some(well_known::MATH) || !tree.is(trailer, Kind::Attr) {
        return Ok(None);
    }
    let Some(attribute) = tree.child(trailer, 0).as_ident() else { return Ok(None) };
    let value = match names.text(attribute) {
        b"pi" => core::f64::consts::PI,
        b"e" => core::f64::consts::E,
        b"tau" => core::f64::consts::TAU,
        b"inf" => f64::INFINITY,
        b"nan" => f64::NAN,
        _ => return Ok(None),
    };
    let literal = match value.is_nan() {
        true => tree.literals.add(Literal::Nan)?,
        false => tree.literals.add_float(value)?,
    };
    tree.constant(literal, 0).map(Some)
}

/// The constant tuple of items that are all constant.
pub(crate) fn tuple<A: Allocator + Clone>(tree: &mut Tree<A>, items: &[Node], line: u32) -> Result<Option<Node>> {
    let mut depth = 0;
    for item in items {
        if !is_constant(tree, *item) {
            return Ok(None);
        }
        depth = depth.max(match tree.literal(*item).and_then(|n| tree.literals.get(n)) {
            Some(Literal::Tuple(_, depth)) => depth,
            None if tree.kind(*item).is_some() => 1,
            _ => 0,
        });
    }
    if usize::from(depth) >= MAX_TUPLE_DEPTH {
        return Ok(None);
    }
    let literal = tree.literals.add_tuple(items, depth + 1)?;
    tree.constant(literal, line).map(Some)
}

/// Leaves only what run time must decide of the operands of `or` (`any`) or `and` from `base` on.
///
/// An operand that settles the result ends the list; one that cannot is dropped, unless it is the
/// last.
pub(crate) fn settle<A: Allocator + Clone>(tree: &Tree<A>, nodes: &mut Vec<Node, A>, base: usize, any: bool) {
    let mut kept = base;
    for at in base..nodes.len() {
        let Some(node) = nodes.get(at).copied() else { break };
        let last = at + 1 == nodes.len();
        let known = if last { None } else { truth(tree, node) };
        if known == Some(!any) {
            continue;
        }
        if let Some(place) = nodes.get_mut(kept) {
            *place = node;
            kept += 1;
        }
        if known == Some(any) {
            break;
        }
    }
    nodes.truncate(kept);
}
