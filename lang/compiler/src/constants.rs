//! Names declared as constants with `name = const(value)`, and their values.
//!
//! The values outlive the tree of the statement that declares them, so they lie in a tree of
//! their own. A string or `None` used through such a name is a constant object, not a leaf.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::ast::{Kind, Leaf, Node, Tree};
use crate::buffer::{Grow, position};
use crate::error::{Fail, Result};
use crate::literal::{Literal, MAX_TUPLE_DEPTH};
use crate::names::{Name, Names};

pub(crate) struct Constants<A: Allocator> {
    kept: Tree<A>,
    values: Vec<Node, A>,
}

impl<A: Allocator + Clone> Constants<A> {
    pub(crate) fn new(allocator: A) -> Self {
        Constants { kept: Tree::new(allocator.clone()), values: Vec::new_in(allocator) }
    }

    /// Gives `name` the value of `node`, a constant of `tree`.
    pub(crate) fn define(&mut self, names: &mut Names<A>, tree: &Tree<A>, name: Name, node: Node) -> Result<()> {
        let value = copy(tree, &mut self.kept, node, 0, MAX_TUPLE_DEPTH)?;
        self.values.add(value)?;
        let number = position(self.values.len())?;
        if let Some(marks) = names.marks_mut(name) {
            marks.constant = number;
        }
        Ok(())
    }

    /// The value that a name's mark stands for, as a node of `tree`.
    pub(crate) fn get(&self, tree: &mut Tree<A>, number: u32, line: u32) -> Result<Node> {
        let at = (number as usize).wrapping_sub(1);
        let value = self.values.get(at).copied().unwrap_or(Node::NONE);
        let literal = match self.kept.leaf(value) {
            Some(Leaf::Str(name)) => Literal::Name(name),
            Some(Leaf::Token(token)) => Literal::Token(token),
            Some(_) => return copy(&self.kept, tree, value, line, 0),
            None if self.kept.is(value, Kind::ParenTuple) => {
                let empty = tree.literals.add_tuple(&[], 1)?;
                return tree.constant(empty, line);
            }
            None => return copy(&self.kept, tree, value, line, MAX_TUPLE_DEPTH),
        };
        let literal = tree.literals.add(literal)?;
        tree.constant(literal, line)
    }
}

/// Copies a constant from one tree to another; `depth` bounds the nesting of tuples.
fn copy<A: Allocator + Clone>(from: &Tree<A>, to: &mut Tree<A>, node: Node, line: u32, depth: usize) -> Result<Node> {
    if let Some(value) = from.as_small_int(node) {
        return to.small_int(value);
    }
    match from.literal(node).and_then(|n| from.literals.get(n)) {
        None if from.is(node, Kind::ParenTuple) => to.add(Kind::ParenTuple, line, &[]),
        None => Ok(node),
        Some(Literal::Tuple(range, nesting)) => {
            let depth = depth.checked_sub(1).ok_or(Fail::too_deep())?;
            let mut items = Vec::new_in(from.literals.allocator().clone());
            for item in from.literals.items(range) {
                items.add(copy(from, to, *item, 0, depth)?)?;
            }
            let literal = to.literals.add_tuple(&items, nesting)?;
            to.constant(literal, line)
        }
        Some(literal) => {
            let literal = to.literals.copy_plain(&from.literals, literal)?;
            to.constant(literal, line)
        }
    }
}
