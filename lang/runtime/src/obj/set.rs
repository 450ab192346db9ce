//! `set` and `frozenset`: their bodies, how they are made, and their operators. Methods are in `set_methods.rs`.
//!
//! Invariant: iteration is in the order of insertion. A [`SetRef`] is either of the two; the result of an operator
//! on two sets has the type of the left one.

use core::ops::Deref;

use crate::obj::set_methods as methods;
use crate::obj::table::Table;
use crate::obj::table_iter::TableIter;
use crate::{
    Args, BinaryOp, Gc, Maybe, NewObject, Obj, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm,
};

/// A set's body.
pub struct Set {
    /// The items.
    pub table: Table<1>,
}

/// A frozenset's body.
pub struct FrozenSet {
    /// The items.
    pub table: Table<1>,
}

impl Set {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }
}

impl FrozenSet {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }
}

/// A set of either kind. Dereferences to its table.
#[derive(Clone, Copy)]
pub enum SetRef {
    /// A `set`.
    Set(Ref<Set>),
    /// A `frozenset`.
    Frozen(Ref<FrozenSet>),
}

impl Deref for SetRef {
    type Target = Table<1>;

    #[inline(always)]
    fn deref(&self) -> &Table<1> {
        match self {
            SetRef::Set(s) => &s.table,
            SetRef::Frozen(s) => &s.table,
        }
    }
}

impl SetRef {
    /// The object.
    pub fn value(self) -> Value {
        match self {
            SetRef::Set(s) => s.value(),
            SetRef::Frozen(s) => s.value(),
        }
    }

    pub(crate) fn trace(self, t: &mut Tracer<'_>) {
        t.value(self.value());
    }

    /// A new empty set of the same type.
    ///
    /// # Errors
    /// Out of memory.
    pub(crate) fn empty_like(self, vm: &mut Vm) -> Result<SetRef, Raised> {
        let table = Table::new();
        Ok(match self {
            SetRef::Set(_) => SetRef::Set(vm.new_object(Set { table })?),
            SetRef::Frozen(_) => SetRef::Frozen(vm.new_object(FrozenSet { table })?),
        })
    }

    /// A copy, of the same type.
    ///
    /// # Errors
    /// Out of memory; what hashing raises.
    pub(crate) fn copy(self, vm: &mut Vm) -> Result<SetRef, Raised> {
        let to = self.empty_like(vm)?;
        to.copy_from(vm, &self)?;
        Ok(to)
    }
}

/// The set, if `v` is one of either kind (or inherits from one).
pub fn as_set(vm: &Vm, v: Value) -> Option<SetRef> {
    vm.cast::<Set>(v).map(SetRef::Set).or_else(|| vm.cast::<FrozenSet>(v).map(SetRef::Frozen))
}

/// A new set of `items`.
///
/// # Errors
/// Out of memory; what hashing and comparing raises.
pub fn new_set(vm: &mut Vm, items: &[Value]) -> Outcome {
    let set = vm.new_object(Set { table: Table::new() })?;
    for v in items {
        set.table.insert(vm, *v, *v)?;
    }
    Ok(set.value())
}

/// Adds an item to a set.
///
/// # Errors
/// `TypeError` if `set` is none; out of memory; what hashing and comparing raises.
pub fn add(vm: &mut Vm, set: Value, item: Value) -> Result<(), Raised> {
    methods::add(vm, set, item).map(|_| ())
}

/// A new set of what iterating gives.
///
/// # Errors
/// What iterating, hashing and comparing raises; out of memory.
pub fn set_from(vm: &mut Vm, iterable: Value) -> Result<Ref<Set>, Raised> {
    let set = vm.new_object(Set { table: Table::new() })?;
    match as_set(vm, iterable) {
        Some(other) if !vm.type_of(iterable).is_class() => set.table.copy_from(vm, &other)?,
        _ => vm.each(iterable, |vm, v| set.table.insert(vm, v, v).map(|_| ()))?,
    }
    Ok(set)
}

class! {
    /// `set`
    pub static SET: q!(set) for Set;
    slots { new: new, print: print, unary: unary, binary: binary, iter: iter }
    attrs {
        q!(add) => f2(methods::add),
        q!(clear) => f1(methods::clear),
        q!(copy) => f1(methods::copy),
        q!(discard) => f2(methods::discard),
        q!(difference) => var(1, 255, methods::difference),
        q!(difference_update) => var(1, 255, methods::difference_update),
        q!(intersection) => var(1, 255, methods::intersection),
        q!(intersection_update) => var(1, 255, methods::intersection_update),
        q!(isdisjoint) => f2(methods::isdisjoint),
        q!(issubset) => f2(methods::issubset),
        q!(issuperset) => f2(methods::issuperset),
        q!(pop) => f1(methods::pop),
        q!(remove) => f2(methods::remove),
        q!(symmetric_difference) => f2(methods::symmetric_difference),
        q!(symmetric_difference_update) => f2(methods::symmetric_difference_update),
        q!(union) => var(1, 255, methods::union),
        q!(update) => var(1, 255, methods::update),
        q!(__contains__) => f2(methods::contains),
    }
}

class! {
    /// `frozenset`
    pub static FROZENSET: q!(frozenset) for FrozenSet;
    slots { new: new_frozen, print: print, unary: unary, binary: binary, iter: iter }
    attrs {
        q!(copy) => f1(methods::copy),
        q!(difference) => var(1, 255, methods::difference),
        q!(intersection) => var(1, 255, methods::intersection),
        q!(isdisjoint) => f2(methods::isdisjoint),
        q!(issubset) => f2(methods::issubset),
        q!(issuperset) => f2(methods::issuperset),
        q!(symmetric_difference) => f2(methods::symmetric_difference),
        q!(union) => var(1, 255, methods::union),
        q!(__contains__) => f2(methods::contains),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    match args.get(0) {
        Some(v) => Ok(set_from(vm, v)?.value()),
        None => new_set(vm, &[]),
    }
}

fn new_frozen(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let frozen = vm.new_object(FrozenSet { table: Table::new() })?;
    if let Some(v) = args.get(0) {
        if v.downcast::<FrozenSet>().is_some() {
            return Ok(v);
        }
        frozen.table.swap(&set_from(vm, v)?.table);
    }
    Ok(frozen.value())
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(s) = as_set(vm, v) else { return Ok(()) };
    let frozen = matches!(s, SetRef::Frozen(_));
    if s.is_empty() {
        return out.write(vm, if frozen { "frozenset()" } else { "set()" });
    }
    out.write(vm, if frozen { "frozenset({" } else { "{" })?;
    let mut place = 0;
    while let Some((next, item, _)) = s.next_entry(place) {
        if place > 0 {
            out.write(vm, ", ")?;
        }
        place = next;
        out.value(vm, item, PrintKind::Repr)?;
    }
    out.write(vm, if frozen { "})" } else { "}" })
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(s) = as_set(vm, v) else { return Ok(None) };
    Ok(match (op, s) {
        (UnaryOp::Bool, _) => Some(Value::bool(!s.is_empty())),
        (UnaryOp::Len, _) => Some(Value::small_int(s.len() as isize)),
        (UnaryOp::Hash, SetRef::Frozen(_)) => Some(Value::small_int(hash(vm, s)? as isize)),
        (UnaryOp::Sizeof, _) => {
            Some(Value::small_int((size_of::<Obj<Set>>() + s.places() * size_of::<Value>()) as isize))
        }
        _ => None,
    })
}

/// A hash that does not depend on the order.
fn hash(vm: &mut Vm, s: SetRef) -> Result<usize, Raised> {
    vm.check_stack()?;
    let mut h = s.len().wrapping_mul(0x5bd1_e995);
    let mut place = 0;
    while let Some((next, item, _)) = s.next_entry(place) {
        place = next;
        let x = vm.hash(item)?;
        h = h.wrapping_add((x ^ (x >> 7)).wrapping_mul(0x9e37_79b1));
    }
    Ok(h)
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = as_set(vm, a) else { return Ok(None) };
    if op == BinaryOp::Contains {
        return Ok(Some(Value::bool(x.find(vm, b)?.is_some())));
    }
    let Some(y) = as_set(vm, b) else { return Ok(None) };
    if !op.is_inplace() {
        return combine(vm, op, x, y);
    }
    let SetRef::Set(_) = x else { return Ok(None) };
    let new = match op {
        BinaryOp::InplaceOr => {
            methods::add_all(vm, x, b)?;
            return Ok(Some(a));
        }
        BinaryOp::InplaceAnd => methods::common(vm, x, b)?,
        BinaryOp::InplaceSubtract => methods::without(vm, x, b)?,
        BinaryOp::InplaceXor => methods::either(vm, x, b)?,
        _ => return Ok(None),
    };
    x.swap(&new);
    new.clear(vm.heap_mut());
    Ok(Some(a))
}

/// Whether [`combine`] knows the operator.
pub(crate) fn is_set_operator(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Or | BinaryOp::And | BinaryOp::Xor | BinaryOp::Subtract)
        || crate::obj::sequence::is_comparison(op)
}

/// `x op y` for the operators and comparisons of sets; the result has the type of `x`.
///
/// # Errors
/// Out of memory; what hashing and comparing items raises.
pub(crate) fn combine(vm: &mut Vm, op: BinaryOp, x: SetRef, y: SetRef) -> Maybe {
    let (m, n) = (x.len(), y.len());
    let truth = match op {
        BinaryOp::Or => {
            let out = x.copy(vm)?;
            methods::add_all(vm, out, y.value())?;
            return Ok(Some(out.value()));
        }
        BinaryOp::And => return Ok(Some(methods::common(vm, x, y.value())?.value())),
        BinaryOp::Subtract => return Ok(Some(methods::without(vm, x, y.value())?.value())),
        BinaryOp::Xor => return Ok(Some(methods::either(vm, x, y.value())?.value())),
        BinaryOp::Equal => m == n && methods::is_within(vm, x, y)?,
        BinaryOp::Less => m < n && methods::is_within(vm, x, y)?,
        BinaryOp::LessEqual => m <= n && methods::is_within(vm, x, y)?,
        BinaryOp::More => m > n && methods::is_within(vm, y, x)?,
        BinaryOp::MoreEqual => m >= n && methods::is_within(vm, y, x)?,
        _ => return Ok(None),
    };
    Ok(Some(Value::bool(truth)))
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    match as_set(vm, v) {
        Some(s) => TableIter::set(vm, s),
        None => Ok(v),
    }
}
