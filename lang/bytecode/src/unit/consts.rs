//! The unit's constants, and when two of them are the same.

use allocator_api2::alloc::Allocator;

use super::{OutOfMemory, Span, Unit};
use crate::index::hash_bytes;

/// Deepest nesting of tuples in a constant: a tuple of plain constants has depth 1.
pub const MAX_TUPLE_DEPTH: usize = 16;

/// A constant object. Spans refer to the unit that made it; see [`Unit::text`], [`Unit::items`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Const {
    /// `None`
    None,
    /// `False`
    False,
    /// `True`
    True,
    /// `...`
    Ellipsis,
    /// A string too long to be a name: UTF-8 text.
    Str(Span),
    /// A bytes object.
    Bytes(Span),
    /// An integer beyond the small ones: decimal text, with `-` if negative.
    Int(Span),
    /// A float: its `repr` (`1.0`, `1e+22`, `inf`, `nan`, ...).
    Float(Span),
    /// A complex number: its `repr` (`3j`, ...).
    Complex(Span),
    /// A tuple of constants.
    Tuple(Span),
}

/// A position of a unit's arenas; see [`Unit::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub(super) text: usize,
    items: usize,
}

impl<A: Allocator + Clone> Unit<A> {
    /// How many constants there are.
    pub fn const_count(&self) -> usize {
        self.consts.len()
    }

    /// The constant with this index.
    pub fn constant(&self, index: usize) -> Option<Const> {
        self.consts.get(index).copied()
    }

    /// The bytes of a string, bytes object or number made by this unit.
    pub fn text(&self, span: Span) -> &[u8] {
        span.of(&self.text)
    }

    /// The elements of a tuple made by this unit.
    pub fn items(&self, span: Span) -> &[Const] {
        span.of(&self.items)
    }

    /// A string constant, not yet in the table: give it to [`Unit::add_const`] or
    /// [`Unit::const_tuple`].
    pub fn const_str(&mut self, text: &[u8]) -> Result<Const, OutOfMemory> {
        self.push_text(text).map(Const::Str)
    }

    /// A bytes constant, not yet in the table.
    pub fn const_bytes(&mut self, bytes: &[u8]) -> Result<Const, OutOfMemory> {
        self.push_text(bytes).map(Const::Bytes)
    }

    /// An integer constant from canonical decimal text, not yet in the table.
    pub fn const_int(&mut self, decimal: &[u8]) -> Result<Const, OutOfMemory> {
        self.push_text(decimal).map(Const::Int)
    }

    /// A float constant from its `repr`, not yet in the table. Equal text means equal value.
    pub fn const_float(&mut self, repr: &[u8]) -> Result<Const, OutOfMemory> {
        self.push_text(repr).map(Const::Float)
    }

    /// A complex constant from its `repr`, not yet in the table.
    pub fn const_complex(&mut self, repr: &[u8]) -> Result<Const, OutOfMemory> {
        self.push_text(repr).map(Const::Complex)
    }

    /// A tuple of constants of this unit, not yet in the table.
    ///
    /// The caller keeps nesting within [`MAX_TUPLE_DEPTH`]; deeper tuples can neither be written nor
    /// compared (they are then taken as different).
    pub fn const_tuple(&mut self, items: &[Const]) -> Result<Const, OutOfMemory> {
        let start = u32::try_from(self.items.len()).map_err(|_| OutOfMemory)?;
        let len = u32::try_from(items.len()).map_err(|_| OutOfMemory)?;
        start.checked_add(len).ok_or(OutOfMemory)?;
        self.items.try_reserve(items.len()).map_err(|_| OutOfMemory)?;
        self.items.extend_from_slice(items);
        Ok(Const::Tuple(Span { start, len }))
    }

    /// Where the arenas end now. Anything made after a mark can be forgotten with
    /// [`Unit::release`].
    pub fn mark(&self) -> Mark {
        Mark { text: self.text.len(), items: self.items.len() }
    }

    /// Forgets the text and tuple elements made since `mark`.
    ///
    /// The caller must not have added any name or constant since. Later use of a forgotten
    /// constant yields other bytes or none, never a fault.
    pub fn release(&mut self, mark: Mark) {
        self.text.truncate(mark.text);
        self.items.truncate(mark.items);
    }

    /// The index in the table of a constant equal to `constant`, which is added if it is new.
    ///
    /// Equality is of type and value, so `1.0` and `True` are not `1` and `-0.0` is not `0.0`;
    /// a NaN equals nothing, itself included. `.mpy` files list constants in the order in which
    /// code first used them.
    pub fn add_const(&mut self, constant: Const) -> Result<u32, OutOfMemory> {
        match self.find_const(constant) {
            Some(index) => Ok(index),
            None => self.push_const(constant),
        }
    }

    /// As [`Unit::add_const`], and releases `mark` if an equal constant was there already.
    pub fn add_const_since(&mut self, mark: Mark, constant: Const) -> Result<u32, OutOfMemory> {
        match self.find_const(constant) {
            Some(index) => {
                self.release(mark);
                Ok(index)
            }
            None => self.push_const(constant),
        }
    }

    fn find_const(&self, constant: Const) -> Option<u32> {
        let same = |other: Const| const_eq(&self.text, &self.items, constant, other, MAX_TUPLE_DEPTH);
        if self.const_index.is_active() {
            let hash = const_hash(&self.text, &self.items, constant, MAX_TUPLE_DEPTH);
            self.const_index.find(hash, |i| self.constant(i as usize).is_some_and(same))
        } else {
            self.consts.iter().position(|c| same(*c)).map(|i| i as u32)
        }
    }

    /// Adds a constant without looking for an equal one, as a reader of files must.
    pub fn push_const(&mut self, constant: Const) -> Result<u32, OutOfMemory> {
        let index = self.consts.len();
        self.consts.try_reserve(1).map_err(|_| OutOfMemory)?;
        let Unit { consts, const_index, text, items, .. } = self;
        const_index.reserve(index, |i| {
            let c = consts.get(i as usize).copied().unwrap_or(Const::None);
            const_hash(text, items, c, MAX_TUPLE_DEPTH)
        })?;
        let hash = const_hash(text, items, constant, MAX_TUPLE_DEPTH);
        self.consts.push(constant);
        self.const_index.insert(hash, index as u32);
        Ok(index as u32)
    }
}

/// Numbers a constant's type, for hashing and comparison.
fn const_kind(c: Const) -> u8 {
    match c {
        Const::None => 1,
        Const::False => 2,
        Const::True => 3,
        Const::Ellipsis => 4,
        Const::Str(_) => 5,
        Const::Bytes(_) => 6,
        Const::Int(_) => 7,
        Const::Float(_) => 8,
        Const::Complex(_) => 9,
        Const::Tuple(_) => 10,
    }
}

fn const_hash(text: &[u8], items: &[Const], c: Const, depth: usize) -> u32 {
    let seed = u32::from(const_kind(c));
    match c {
        Const::None | Const::False | Const::True | Const::Ellipsis => hash_bytes(seed, &[]),
        Const::Str(s) | Const::Bytes(s) | Const::Int(s) | Const::Float(s) | Const::Complex(s) => {
            hash_bytes(seed, s.of(text))
        }
        Const::Tuple(s) if depth == 0 => seed ^ s.len,
        Const::Tuple(s) => s
            .of(items)
            .iter()
            .fold(seed ^ s.len, |h, item| h.wrapping_mul(31) ^ const_hash(text, items, *item, depth - 1)),
    }
}

fn const_eq(text: &[u8], items: &[Const], a: Const, b: Const, depth: usize) -> bool {
    match (a, b) {
        (Const::Str(x), Const::Str(y)) | (Const::Bytes(x), Const::Bytes(y)) | (Const::Int(x), Const::Int(y)) => {
            x.of(text) == y.of(text)
        }
        (Const::Float(x), Const::Float(y)) | (Const::Complex(x), Const::Complex(y)) => {
            let (x, y) = (x.of(text), y.of(text));
            x == y && !x.windows(3).any(|w| w == b"nan")
        }
        (Const::Tuple(x), Const::Tuple(y)) => {
            depth > 0
                && x.len == y.len
                && x.of(items).iter().zip(y.of(items)).all(|(x, y)| const_eq(text, items, *x, *y, depth - 1))
        }
        _ => const_kind(a) == const_kind(b),
    }
}
