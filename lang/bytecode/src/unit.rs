//! A compilation unit: everything compiled from one source text, or read from one `.mpy` file.
//!
//! Shared by the compiler (builds it), the `.mpy` writer and the runtime's loader. Names and
//! constants belong to the unit, not to a function; functions ("codes") form a tree. Names and
//! the text of constants lie in one arena of bytes. Name 0 is the source file's name.
//! The bytes of each code are a buffer of their own, so that a loader can take it without a copy
//! and so that the module's own code can be freed when it has run.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use crate::index::{Index, hash_bytes};
use crate::static_names;

/// The allocator had no room. Everything built before remains valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

/// A range of some table of the unit: `start..start + len`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Number of entries.
    #[inline]
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    fn of<T>(self, table: &[T]) -> &[T] {
        let start = self.start as usize;
        start
            .checked_add(self.len as usize)
            .and_then(|end| table.get(start..end))
            .unwrap_or(&[])
    }
}

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

/// What the bytes of a code are. Only bytecode is executed by Krait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CodeKind {
    /// Prelude and bytecode.
    Bytecode = 0,
}

/// One function, class body, comprehension or module body.
pub struct Code<A: Allocator> {
    kind: CodeKind,
    ready: bool,
    bytes: Vec<u8, A>,
    children: Span,
}

impl<A: Allocator> Code<A> {
    /// What the bytes are.
    pub fn kind(&self) -> CodeKind {
        self.kind
    }

    /// Prelude and instructions, as they stand in a `.mpy` file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Deepest nesting of codes that a unit may have, the module's own code included.
///
/// The same bound holds for reading and for writing; it keeps every walk's stack small.
pub const MAX_DEPTH: usize = 64;

/// Deepest nesting of tuples in a constant: a tuple of plain constants has depth 1.
pub const MAX_TUPLE_DEPTH: usize = 16;

/// Why a unit's code tree cannot be finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// An index refers to no code, or a reserved code was never set.
    Missing,
    /// A code has two parents, is its own ancestor, or does not belong to the root.
    NotATree,
    /// Codes nest deeper than [`MAX_DEPTH`].
    TooDeep,
    /// No memory for the check.
    OutOfMemory,
}

/// A name: a range of the arena, or (`start` = [`STATIC`]) a number of the static list.
#[derive(Clone, Copy)]
struct Name {
    start: u32,
    len: u32,
}

const STATIC: u32 = u32::MAX;

/// Everything compiled from one source text.
///
/// `A` is the allocator of all its tables; on the chip that is Krait's own heap.
pub struct Unit<A: Allocator + Clone> {
    text: Vec<u8, A>,
    names: Vec<Name, A>,
    name_index: Index<A>,
    consts: Vec<Const, A>,
    const_index: Index<A>,
    items: Vec<Const, A>,
    codes: Vec<Code<A>, A>,
    children: Vec<u32, A>,
    root: u32,
    small_int_bits: u8,
}

/// Small-int width that a unit declares if nothing else is asked for: that of a 32-bit target.
pub const DEFAULT_SMALL_INT_BITS: u8 = 31;

impl<A: Allocator + Clone> Unit<A> {
    /// A unit without names, constants or codes.
    pub fn new_in(allocator: A) -> Self {
        Unit {
            text: Vec::new_in(allocator.clone()),
            names: Vec::new_in(allocator.clone()),
            name_index: Index::new_in(allocator.clone()),
            consts: Vec::new_in(allocator.clone()),
            const_index: Index::new_in(allocator.clone()),
            items: Vec::new_in(allocator.clone()),
            codes: Vec::new_in(allocator.clone()),
            children: Vec::new_in(allocator),
            root: 0,
            small_int_bits: DEFAULT_SMALL_INT_BITS,
        }
    }

    /// The allocator given to [`Unit::new_in`].
    pub fn allocator(&self) -> &A {
        self.text.allocator()
    }

    /// Bits of the largest small integer that the code loads by itself, sign included.
    pub fn small_int_bits(&self) -> u8 {
        self.small_int_bits
    }

    /// Declares the small-int width the code was compiled for.
    pub fn set_small_int_bits(&mut self, bits: u8) {
        self.small_int_bits = bits;
    }

    fn push_text(&mut self, bytes: &[u8]) -> Result<Span, OutOfMemory> {
        let start = u32::try_from(self.text.len()).map_err(|_| OutOfMemory)?;
        let len = u32::try_from(bytes.len()).map_err(|_| OutOfMemory)?;
        // Offsets must stay below `STATIC`.
        start
            .checked_add(len)
            .filter(|end| *end < STATIC)
            .ok_or(OutOfMemory)?;
        self.text
            .try_reserve(bytes.len())
            .map_err(|_| OutOfMemory)?;
        self.text.extend_from_slice(bytes);
        Ok(Span { start, len })
    }

    // ---- names ----

    /// How many names there are.
    pub fn name_count(&self) -> usize {
        self.names.len()
    }

    /// The name with this index.
    pub fn name(&self, index: usize) -> Option<&[u8]> {
        self.names.get(index).map(|n| self.name_bytes(*n))
    }

    fn name_bytes(&self, name: Name) -> &[u8] {
        if name.start == STATIC {
            static_names::name(name.len).unwrap_or("").as_bytes()
        } else {
            Span {
                start: name.start,
                len: name.len,
            }
            .of(&self.text)
        }
    }

    /// The index of a name already in the table.
    pub fn find_name(&self, name: &[u8]) -> Option<u32> {
        if self.name_index.is_active() {
            self.name_index.find(hash_bytes(0, name), |i| {
                self.name(i as usize).is_some_and(|n| n == name)
            })
        } else {
            self.names
                .iter()
                .position(|n| self.name_bytes(*n) == name)
                .map(|i| i as u32)
        }
    }

    /// The index of a name, which is added at the end if it is new.
    ///
    /// A `.mpy` file lists names in the order in which code first used them, so call this when
    /// (and only when) the emitted code comes to mention the name; the source file's name first.
    pub fn intern_name(&mut self, name: &[u8]) -> Result<u32, OutOfMemory> {
        match self.find_name(name) {
            Some(index) => Ok(index),
            None => self.push_name(name),
        }
    }

    /// Adds a name without looking for an equal one, as a reader of files must.
    pub fn push_name(&mut self, name: &[u8]) -> Result<u32, OutOfMemory> {
        let index = self.names.len();
        self.names.try_reserve(1).map_err(|_| OutOfMemory)?;
        let Unit {
            names,
            name_index,
            text,
            ..
        } = self;
        name_index.reserve(index, |i| {
            let n = names
                .get(i as usize)
                .copied()
                .unwrap_or(Name { start: 0, len: 0 });
            hash_bytes(
                0,
                match n.start {
                    STATIC => static_names::name(n.len).unwrap_or("").as_bytes(),
                    start => Span { start, len: n.len }.of(text),
                },
            )
        })?;
        let entry = match static_names::number(name) {
            Some(number) => Name {
                start: STATIC,
                len: u32::from(number),
            },
            None => {
                let span = self.push_text(name)?;
                Name {
                    start: span.start,
                    len: span.len,
                }
            }
        };
        self.names.push(entry);
        self.name_index.insert(hash_bytes(0, name), index as u32);
        Ok(index as u32)
    }

    // ---- constants ----

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
        self.items
            .try_reserve(items.len())
            .map_err(|_| OutOfMemory)?;
        self.items.extend_from_slice(items);
        Ok(Const::Tuple(Span { start, len }))
    }

    /// Where the arenas end now. Anything made after a mark can be forgotten with
    /// [`Unit::release`].
    pub fn mark(&self) -> Mark {
        Mark {
            text: self.text.len(),
            items: self.items.len(),
        }
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
        let same =
            |other: Const| const_eq(&self.text, &self.items, constant, other, MAX_TUPLE_DEPTH);
        if self.const_index.is_active() {
            let hash = const_hash(&self.text, &self.items, constant, MAX_TUPLE_DEPTH);
            self.const_index
                .find(hash, |i| self.constant(i as usize).is_some_and(same))
        } else {
            self.consts.iter().position(|c| same(*c)).map(|i| i as u32)
        }
    }

    /// Adds a constant without looking for an equal one, as a reader of files must.
    pub fn push_const(&mut self, constant: Const) -> Result<u32, OutOfMemory> {
        let index = self.consts.len();
        self.consts.try_reserve(1).map_err(|_| OutOfMemory)?;
        let Unit {
            consts,
            const_index,
            text,
            items,
            ..
        } = self;
        const_index.reserve(index, |i| {
            let c = consts.get(i as usize).copied().unwrap_or(Const::None);
            const_hash(text, items, c, MAX_TUPLE_DEPTH)
        })?;
        let hash = const_hash(text, items, constant, MAX_TUPLE_DEPTH);
        self.consts.push(constant);
        self.const_index.insert(hash, index as u32);
        Ok(index as u32)
    }

    // ---- codes ----

    /// How many codes there are.
    pub fn code_count(&self) -> usize {
        self.codes.len()
    }

    /// The code with this index.
    pub fn code(&self, index: u32) -> Option<&Code<A>> {
        self.codes.get(index as usize)
    }

    /// The indexes of a code's children; `MAKE_FUNCTION n` makes a function of the nth.
    pub fn children(&self, code: &Code<A>) -> &[u32] {
        code.children.of(&self.children)
    }

    /// The index of the module's own code.
    pub fn root(&self) -> u32 {
        self.root
    }

    /// Takes the bytes of a code out of the unit, leaving it empty: for a loader in RAM.
    pub fn take_code_bytes(&mut self, index: u32) -> Option<Vec<u8, A>> {
        let empty = Vec::new_in(self.text.allocator().clone());
        self.codes
            .get_mut(index as usize)
            .map(|c| core::mem::replace(&mut c.bytes, empty))
    }

    /// Sets aside the index of a code to be given later, so that a parent can be emitted before
    /// its children.
    pub fn reserve_code(&mut self) -> Result<u32, OutOfMemory> {
        let index = u32::try_from(self.codes.len()).map_err(|_| OutOfMemory)?;
        let bytes = Vec::new_in(self.text.allocator().clone());
        self.codes.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.codes.push(Code {
            kind: CodeKind::Bytecode,
            ready: false,
            bytes,
            children: Span::default(),
        });
        Ok(index)
    }

    /// Gives a reserved code its bytes (prelude included) and children.
    ///
    /// An index that was not reserved is reported by [`Unit::finish`].
    pub fn set_code(
        &mut self,
        index: u32,
        kind: CodeKind,
        bytes: Vec<u8, A>,
        children: &[u32],
    ) -> Result<(), OutOfMemory> {
        self.set_children(index, children)?;
        if let Some(code) = self.codes.get_mut(index as usize) {
            *code = Code {
                kind,
                ready: true,
                bytes,
                children: code.children,
            };
        }
        Ok(())
    }

    /// Gives a code its children, in place of any it had.
    pub fn set_children(&mut self, index: u32, children: &[u32]) -> Result<(), OutOfMemory> {
        let start = u32::try_from(self.children.len()).map_err(|_| OutOfMemory)?;
        let len = u32::try_from(children.len()).map_err(|_| OutOfMemory)?;
        start.checked_add(len).ok_or(OutOfMemory)?;
        self.children
            .try_reserve(children.len())
            .map_err(|_| OutOfMemory)?;
        self.children.extend_from_slice(children);
        if let Some(code) = self.codes.get_mut(index as usize) {
            code.children = Span { start, len };
        }
        Ok(())
    }

    /// [`Unit::reserve_code`] and [`Unit::set_code`] in one.
    pub fn add_code(
        &mut self,
        kind: CodeKind,
        bytes: Vec<u8, A>,
        children: &[u32],
    ) -> Result<u32, OutOfMemory> {
        let index = self.reserve_code()?;
        self.set_code(index, kind, bytes, children)?;
        Ok(index)
    }

    /// Names the module's own code and checks that the codes form one tree below it.
    pub fn finish(&mut self, root: u32) -> Result<(), TreeFault> {
        let mut parents: Vec<bool, A> = Vec::new_in(self.text.allocator().clone());
        parents
            .try_reserve_exact(self.codes.len())
            .map_err(|_| TreeFault::OutOfMemory)?;
        parents.resize(self.codes.len(), false);
        let mut claim = |index: u32| match parents.get_mut(index as usize) {
            None => Err(TreeFault::Missing),
            Some(true) => Err(TreeFault::NotATree),
            Some(claimed) => {
                *claimed = true;
                Ok(())
            }
        };
        claim(root)?;
        for code in &self.codes {
            if !code.ready {
                return Err(TreeFault::Missing);
            }
            for child in self.children(code) {
                claim(*child)?;
            }
        }
        // One parent each, none for the root: what the walk from the root reaches is a tree, and
        // it is all of them if the count is right (a detached cycle would be missing).
        self.root = root;
        let mut reached = 0;
        let mut walk = Walk::new(self);
        while walk.next().map_err(|_| TreeFault::TooDeep)?.is_some() {
            reached += 1;
        }
        if reached == self.codes.len() {
            Ok(())
        } else {
            Err(TreeFault::NotATree)
        }
    }

    /// Walks the finished tree in the order of the file: parent, then each child's subtree.
    pub fn walk(&self) -> Walk<'_, A> {
        Walk::new(self)
    }
}

/// A position of a unit's arenas; see [`Unit::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    text: usize,
    items: usize,
}

/// Codes nest deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep;

/// A depth-first walk over the codes of a unit, of bounded size and without allocation.
pub struct Walk<'u, A: Allocator + Clone> {
    unit: &'u Unit<A>,
    started: bool,
    depth: usize,
    /// For each open level: the code, and the place of its next child.
    open: [(u32, u32); MAX_DEPTH],
}

/// One step of a [`Walk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The code's index in the unit.
    pub index: u32,
    /// How many ancestors it has.
    pub depth: usize,
    /// Its place among its parent's children.
    pub place: u32,
}

impl<'u, A: Allocator + Clone> Walk<'u, A> {
    fn new(unit: &'u Unit<A>) -> Self {
        Walk {
            unit,
            started: false,
            depth: 0,
            open: [(0, 0); MAX_DEPTH],
        }
    }

    /// The next code, or `None` after the last.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Visit>, TooDeep> {
        let visit = if self.started {
            match self.step() {
                Some(visit) => visit,
                None => return Ok(None),
            }
        } else {
            Visit {
                index: self.unit.root,
                depth: 0,
                place: 0,
            }
        };
        self.started = true;
        if self.unit.code(visit.index).is_none() {
            return Ok(None);
        }
        *self.open.get_mut(self.depth).ok_or(TooDeep)? = (visit.index, 0);
        self.depth += 1;
        Ok(Some(visit))
    }

    /// Leaves finished codes and finds the next child of the innermost unfinished one.
    fn step(&mut self) -> Option<Visit> {
        loop {
            let top = self.depth.checked_sub(1)?;
            let (parent, place) = self.open.get_mut(top)?;
            let code = self.unit.code(*parent)?;
            if let Some(child) = self.unit.children(code).get(*place as usize) {
                let visit = Visit {
                    index: *child,
                    depth: self.depth,
                    place: *place,
                };
                *place += 1;
                return Some(visit);
            }
            self.depth = top;
        }
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
        Const::Tuple(s) => s.of(items).iter().fold(seed ^ s.len, |h, item| {
            h.wrapping_mul(31) ^ const_hash(text, items, *item, depth - 1)
        }),
    }
}

fn const_eq(text: &[u8], items: &[Const], a: Const, b: Const, depth: usize) -> bool {
    match (a, b) {
        (Const::Str(x), Const::Str(y))
        | (Const::Bytes(x), Const::Bytes(y))
        | (Const::Int(x), Const::Int(y)) => x.of(text) == y.of(text),
        (Const::Float(x), Const::Float(y)) | (Const::Complex(x), Const::Complex(y)) => {
            let (x, y) = (x.of(text), y.of(text));
            x == y && !x.windows(3).any(|w| w == b"nan")
        }
        (Const::Tuple(x), Const::Tuple(y)) => {
            depth > 0
                && x.len == y.len
                && x.of(items)
                    .iter()
                    .zip(y.of(items))
                    .all(|(x, y)| const_eq(text, items, *x, *y, depth - 1))
        }
        _ => const_kind(a) == const_kind(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_api2::alloc::Global;
    use std::format;

    fn bytes(b: &[u8]) -> Vec<u8, Global> {
        let mut v = Vec::new_in(Global);
        v.extend_from_slice(b);
        v
    }

    #[test]
    fn names_are_found_again_whether_few_or_many() {
        let mut u = Unit::new_in(Global);
        for round in 0..2 {
            assert_eq!(u.intern_name(b"main.py"), Ok(0), "round {round}");
            assert_eq!(u.intern_name(b"append"), Ok(1));
            for i in 0..1000u32 {
                assert_eq!(u.intern_name(format!("name{i}").as_bytes()), Ok(i + 2));
            }
        }
        assert_eq!(u.name(1), Some(&b"append"[..]));
        assert_eq!(u.name(1001), Some(&b"name999"[..]));
        assert_eq!(u.name(1002), None);
    }

    #[test]
    fn constants_are_equal_by_type_and_value() {
        let mut u = Unit::new_in(Global);
        for _ in 0..2 {
            let mut next = 0;
            let mut expect = |u: &mut Unit<Global>, c: Const| {
                assert_eq!(u.add_const(c), Ok(next));
                next += 1;
            };
            let s = u.const_str(b"text").unwrap();
            let b = u.const_bytes(b"text").unwrap();
            let zero = u.const_float(b"0.0").unwrap();
            let minus = u.const_float(b"-0.0").unwrap();
            let t1 = u.const_tuple(&[s, zero, Const::None]).unwrap();
            let t2 = u.const_tuple(&[s, minus, Const::None]).unwrap();
            let t3 = u.const_tuple(&[t1, t2]).unwrap();
            for c in [
                s,
                b,
                zero,
                minus,
                t1,
                t2,
                t3,
                Const::None,
                Const::True,
                Const::Ellipsis,
            ] {
                expect(&mut u, c);
            }
            for i in 0..300 {
                let c = u
                    .const_int(format!("{}", 1u64 << 40 | i).as_bytes())
                    .unwrap();
                expect(&mut u, c);
            }
        }
        let nan = u.const_float(b"nan").unwrap();
        let first = u.add_const(nan).unwrap();
        assert_eq!(u.add_const(nan), Ok(first + 1));
        let before = u.mark();
        let again = u.const_str(b"text").unwrap();
        assert_eq!(u.add_const_since(before, again), Ok(0));
        assert_eq!(u.mark().text, before.text);
    }

    #[test]
    fn codes_must_form_one_tree() {
        let mut u = Unit::new_in(Global);
        let root = u.reserve_code().unwrap();
        let a = u.add_code(CodeKind::Bytecode, bytes(b"a"), &[]).unwrap();
        let b = u.add_code(CodeKind::Bytecode, bytes(b"b"), &[a]).unwrap();
        assert_eq!(u.finish(root), Err(TreeFault::Missing));
        u.set_code(root, CodeKind::Bytecode, bytes(b"r"), &[b])
            .unwrap();
        assert_eq!(u.finish(root), Ok(()));
        let mut seen = std::vec::Vec::new();
        let mut walk = u.walk();
        while let Ok(Some(v)) = walk.next() {
            seen.push((v.index, v.depth, v.place));
        }
        assert_eq!(seen, [(root, 0, 0), (b, 1, 0), (a, 2, 0)]);
        let stray = u.add_code(CodeKind::Bytecode, bytes(b"s"), &[]).unwrap();
        assert_eq!(u.finish(root), Err(TreeFault::NotATree));
        u.set_code(stray, CodeKind::Bytecode, bytes(b"s"), &[a])
            .unwrap();
        assert_eq!(u.finish(root), Err(TreeFault::NotATree));
        u.set_code(stray, CodeKind::Bytecode, bytes(b"s"), &[stray])
            .unwrap();
        assert_eq!(u.finish(root), Err(TreeFault::NotATree));
    }

    #[test]
    fn nesting_has_a_bound() {
        let mut u = Unit::new_in(Global);
        let mut inner = u.add_code(CodeKind::Bytecode, bytes(b""), &[]).unwrap();
        for depth in 2..MAX_DEPTH + 3 {
            inner = u
                .add_code(CodeKind::Bytecode, bytes(b""), &[inner])
                .unwrap();
            let fits = if depth <= MAX_DEPTH {
                Ok(())
            } else {
                Err(TreeFault::TooDeep)
            };
            assert_eq!(u.finish(inner), fits, "{depth}");
        }
    }
}
