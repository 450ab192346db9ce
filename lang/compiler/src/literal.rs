//! Literals too large for a leaf of the tree: numbers, long strings, bytes, constant tuples.
//!
//! They lie in three arenas that live as long as the tree (or, for values of `const()`, as long
//! as the compilation). A tuple holds nodes of the same tree. Tuples nest at most
//! [`MAX_TUPLE_DEPTH`] deep, so that walks over them are bounded; deeper ones are built at run time.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bignum::{Int, Limb};
pub(crate) use krait_bytecode::unit::MAX_TUPLE_DEPTH;

use crate::ast::Node;
use crate::buffer::{Grow, position};
use crate::error::{Fail, Result};
use crate::names::Name;
use crate::token::Token;

/// A range of an arena.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Range {
    start: u32,
    len: u32,
}

impl Range {
    fn of<T>(self, arena: &[T]) -> &[T] {
        let start = self.start as usize;
        arena.get(start..start + self.len as usize).unwrap_or(&[])
    }
}

/// One literal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Literal {
    /// An integer that is no small one: sign and limbs.
    Int(bool, Range),
    Float(f64),
    /// `math.nan`: one object wherever it is used, unlike a NaN that was computed.
    Nan,
    /// A number of imaginary units.
    Imaginary(f64),
    Str(Range),
    Bytes(Range),
    /// A string that is a name, where a constant object is wanted.
    Name(Name),
    /// `None`, `False`, `True` or `...`, where a constant object is wanted.
    Token(Token),
    /// Items and how deep tuples nest, 1 for a plain one.
    Tuple(Range, u8),
}

/// The arenas and the list of literals.
pub(crate) struct Literals<A: Allocator> {
    list: Vec<Literal, A>,
    text: Vec<u8, A>,
    limbs: Vec<Limb, A>,
    items: Vec<Node, A>,
}

fn append<T: Copy, A: Allocator>(arena: &mut Vec<T, A>, items: &[T]) -> Result<Range> {
    let range = Range { start: position(arena.len())?, len: position(items.len())? };
    position(arena.len().saturating_add(items.len()))?;
    arena.add_all(items)?;
    Ok(range)
}

impl<A: Allocator + Clone> Literals<A> {
    pub(crate) fn new(allocator: A) -> Self {
        Literals {
            list: Vec::new_in(allocator.clone()),
            text: Vec::new_in(allocator.clone()),
            limbs: Vec::new_in(allocator.clone()),
            items: Vec::new_in(allocator),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.text.clear();
        self.limbs.clear();
        self.items.clear();
    }

    pub(crate) fn get(&self, number: u32) -> Option<Literal> {
        self.list.get(number as usize).copied()
    }

    pub(crate) fn text(&self, range: Range) -> &[u8] {
        range.of(&self.text)
    }

    pub(crate) fn int(&self, negative: bool, range: Range) -> Int<'_> {
        Int::new(negative, range.of(&self.limbs))
    }

    pub(crate) fn items(&self, range: Range) -> &[Node] {
        range.of(&self.items)
    }

    pub(crate) fn allocator(&self) -> &A {
        self.text.allocator()
    }

    pub(crate) fn add(&mut self, literal: Literal) -> Result<u32> {
        let number = position(self.list.len())?;
        self.list.add(literal)?;
        Ok(number)
    }

    pub(crate) fn add_int(&mut self, negative: bool, limbs: &[Limb]) -> Result<u32> {
        let range = append(&mut self.limbs, limbs)?;
        self.add(Literal::Int(negative, range))
    }

    pub(crate) fn add_float(&mut self, value: f64) -> Result<u32> {
        self.add(Literal::Float(value))
    }

    pub(crate) fn add_imaginary(&mut self, value: f64) -> Result<u32> {
        self.add(Literal::Imaginary(value))
    }

    pub(crate) fn add_str(&mut self, text: &[u8]) -> Result<u32> {
        let range = append(&mut self.text, text)?;
        self.add(Literal::Str(range))
    }

    pub(crate) fn add_bytes(&mut self, bytes: &[u8]) -> Result<u32> {
        let range = append(&mut self.text, bytes)?;
        self.add(Literal::Bytes(range))
    }

    pub(crate) fn add_tuple(&mut self, items: &[Node], depth: u8) -> Result<u32> {
        let range = append(&mut self.items, items)?;
        self.add(Literal::Tuple(range, depth))
    }

    /// Forgets a string or bytes literal if it is the newest; a doc string need not wait for the
    /// end of its statement.
    pub(crate) fn forget(&mut self, number: u32) {
        if number as usize + 1 != self.list.len() {
            return;
        }
        if let Some(Literal::Str(range) | Literal::Bytes(range)) = self.list.pop() {
            self.text.truncate(range.start as usize);
        }
    }

    /// Copies a literal of other arenas that is no tuple.
    pub(crate) fn copy_plain(&mut self, from: &Literals<A>, literal: Literal) -> Result<u32> {
        match literal {
            Literal::Int(negative, range) => self.add_int(negative, range.of(&from.limbs)),
            Literal::Str(range) => self.add_str(range.of(&from.text)),
            Literal::Bytes(range) => self.add_bytes(range.of(&from.text)),
            Literal::Float(_) | Literal::Nan | Literal::Imaginary(_) | Literal::Name(_) | Literal::Token(_) => {
                self.add(literal)
            }
            Literal::Tuple(..) => Err(Fail::too_deep()),
        }
    }
}
