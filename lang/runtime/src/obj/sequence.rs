//! What lists and tuples have in common: comparison, search, counting, printing.
//!
//! Invariant: comparing items may run Python, which may change a list; so a [`Seq`] is asked for its length and
//! its item anew after each comparison, and no slice of items outlives one.

use core::cell::Cell;

use krait_memory::{Heap, OutOfMemory};

use crate::obj::list::List;
use crate::obj::slice::SliceRange;
use crate::obj::tuple::Tuple;
use crate::{BinaryOp, Gc, Out, PrintKind, Raised, Ref, Tailed, Value, ValueBuf, Vm};

/// A list or a tuple.
#[derive(Clone, Copy)]
pub enum Seq {
    /// A list.
    List(Ref<List>),
    /// A tuple.
    Tuple(Ref<Tuple>),
}

impl Seq {
    /// `v` as a sequence, if it is a list or tuple or inherits from one.
    #[inline]
    pub fn of(vm: &Vm, v: Value) -> Option<Seq> {
        if let Some(l) = v.downcast::<List>() {
            return Some(Seq::List(l));
        }
        if let Some(t) = v.downcast::<Tuple>() {
            return Some(Seq::Tuple(t));
        }
        vm.cast::<List>(v).map(Seq::List).or_else(|| vm.cast::<Tuple>(v).map(Seq::Tuple))
    }

    /// Items now.
    #[inline(always)]
    pub fn len(&self) -> usize {
        match self {
            Seq::List(l) => l.items.len(),
            Seq::Tuple(t) => t.tail_len(),
        }
    }

    /// Whether there are none now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `i`, if there is one now.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        match self {
            Seq::List(l) => l.items.get(i),
            Seq::Tuple(t) => t.tail().get(i).copied(),
        }
    }

    /// The items, while nothing can change them.
    #[inline(always)]
    pub fn cells<'a>(&'a self, heap: &'a Heap) -> &'a [Cell<Value>] {
        match self {
            Seq::List(l) => l.items.cells(heap),
            Seq::Tuple(t) => t.tail_cells(),
        }
    }
}

/// Where `item` first is, from `from` on and before `to`.
///
/// # Errors
/// What comparing raises.
pub fn find(vm: &mut Vm, seq: Seq, item: Value, from: usize, to: usize) -> Result<Option<usize>, Raised> {
    // Different small ints and interned strings are never equal: these can be passed over word by word.
    let plain = |v: Value| v.is_small_int() || v.is_qstr();
    let mut i = from;
    loop {
        if plain(item) {
            let cells = seq.cells(vm.heap());
            let rest = cells.get(i..to.min(cells.len())).unwrap_or(&[]);
            match rest.iter().position(|c| c.get() == item || !plain(c.get())) {
                Some(skip) => i += skip,
                None => return Ok(None),
            }
        }
        if i >= to {
            return Ok(None);
        }
        let Some(v) = seq.get(i) else { return Ok(None) };
        if vm.equal(v, item)? {
            return Ok(Some(i));
        }
        i += 1;
    }
}

/// How often `item` is there.
///
/// # Errors
/// What comparing raises.
pub fn count(vm: &mut Vm, seq: Seq, item: Value) -> Result<usize, Raised> {
    let (mut n, mut from) = (0, 0);
    while let Some(i) = find(vm, seq, item, from, usize::MAX)? {
        n += 1;
        from = i + 1;
    }
    Ok(n)
}

/// `index(item[, start[, stop]])`; `args` begins with `item`.
///
/// # Errors
/// `ValueError: object not in sequence`; `TypeError`; what comparing raises.
pub fn index(vm: &mut Vm, seq: Seq, args: &[Value]) -> Result<Value, Raised> {
    let item = args.first().copied().unwrap_or(Value::NONE);
    let bound = |vm: &mut Vm, n: usize| match args.get(n) {
        Some(v) => vm.clamped_int(*v).map(Some),
        None => Ok(None),
    };
    let (start, stop) = (bound(vm, 1)?, bound(vm, 2)?);
    let (from, to) = SliceRange::fit(start, stop, 1, seq.len()).bounds();
    match find(vm, seq, item, from, to)? {
        Some(i) => Ok(Value::small_int(i as isize)),
        None => Err(vm.value_error("object not in sequence")),
    }
}

/// `a op b` for the comparison operators; of sequences, the first difference decides, then the length.
///
/// # Errors
/// What comparing items raises; too deep a nesting.
pub fn compare(vm: &mut Vm, op: BinaryOp, a: Seq, b: Seq) -> Result<bool, Raised> {
    vm.check_stack()?;
    if op == BinaryOp::Equal && a.len() != b.len() {
        return Ok(false);
    }
    let mut i = 0;
    while let (Some(x), Some(y)) = (a.get(i), b.get(i)) {
        if let (Some(m), Some(n)) = (x.as_small_int(), y.as_small_int()) {
            if m == n {
                i += 1;
                continue;
            }
            return Ok(holds(op, m, n));
        }
        if !vm.equal(x, y)? {
            if op == BinaryOp::Equal {
                return Ok(false);
            }
            let r = vm.binary(op, x, y)?;
            return vm.truth(r);
        }
        i += 1;
    }
    Ok(holds(op, a.len(), b.len()))
}

/// `m op n` for the comparison operators.
fn holds<T: Ord>(op: BinaryOp, m: T, n: T) -> bool {
    match op {
        BinaryOp::Less => m < n,
        BinaryOp::LessEqual => m <= n,
        BinaryOp::More => m > n,
        BinaryOp::MoreEqual => m >= n,
        _ => m == n,
    }
}

/// Whether `op` is one that [`compare`] answers.
pub fn is_comparison(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Equal | BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::More | BinaryOp::MoreEqual)
}

/// The kind in which the items of a container are printed.
#[inline]
pub fn item_kind(kind: PrintKind) -> PrintKind {
    if kind == PrintKind::Json { kind } else { PrintKind::Repr }
}

/// Writes the items between commas. A list that shrinks meanwhile ends early.
///
/// # Errors
/// As [`Vm::print_value`].
pub fn print(vm: &mut Vm, seq: Seq, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    vm.print_items(out, item_kind(kind), |i| seq.get(i))
}

/// Appends a copy of the items of `from`, which may be the owner of `to`.
///
/// # Errors
/// Out of memory, and then nothing was appended.
pub fn append_all(vm: &mut Vm, to: &ValueBuf, from: Seq) -> Result<(), Raised> {
    let (at, n) = (to.len(), from.len());
    if n == 0 {
        return Ok(());
    }
    to.extend_fill(vm, n, Value::NONE)?;
    for i in 0..n {
        to.set(at + i, from.get(i).unwrap_or(Value::NONE));
    }
    Ok(())
}

/// The length of `n` repeats of `len` items.
///
/// # Errors
/// Out of memory, if that is no length.
pub fn repeated_len(vm: &mut Vm, len: usize, n: isize) -> Result<usize, Raised> {
    let n = usize::try_from(n).unwrap_or(0);
    match len.checked_mul(n) {
        Some(total) => Ok(total),
        None => Err(vm.out_of_memory(OutOfMemory(usize::MAX))),
    }
}
