//! Sorting: a stable merge sort of short insertion-sorted runs.
//!
//! Invariant: while it runs, the items lie in a list of its own that no Python code can reach, so that key functions
//! and comparisons may do to the sorted list what they like (they see it empty). Whatever happens, every item is
//! back in the list afterwards.
//!
//! With a key function the work is done on pairs: key, item. Each key is computed once.

use core::cmp::Ordering;

use crate::obj::list::List;
use crate::obj::list_methods::this;
use crate::obj::sequence::{self, Seq};
use crate::obj::str_::StrBody;
use crate::obj::tuple::Tuple;
use crate::{Args, BinaryOp, Gc, Outcome, Param, Raised, Ref, Str, Value, ValueBuf, Vm};

/// Entries of the runs that are sorted by insertion.
const RUN: usize = 8;

/// How entries are ordered.
#[derive(Clone, Copy)]
struct Order {
    /// Words of an entry; the first is compared.
    stride: usize,
    reverse: bool,
}

/// `list.sort(*, key=None, reverse=False)`
pub(crate) fn sort(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 2] = [Param::kw(q!(key), Value::NONE), Param::kw(q!(reverse), Value::FALSE)];
    let list = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let [key, reverse] = args.skip_first().bind(vm, &PARAMS)?;
    let reverse = vm.truth(reverse)?;
    sort_list(vm, list, key, reverse)?;
    Ok(Value::NONE)
}

/// Sorts a list in place; `key` is `None` or a function.
///
/// # Errors
/// What the key function or a comparison raises: the list then has its items in some order.
/// `ValueError: list modified during sort`.
pub fn sort_list(vm: &mut Vm, list: Ref<List>, key: Value, reverse: bool) -> Result<(), Raised> {
    let items = vm.new_list(&[])?;
    list.items.swap(&items.items);
    let sorted = if key.is_none() {
        merge_sort(vm, &items.items, Order { stride: 1, reverse })
    } else {
        sort_by_key(vm, &items.items, key, reverse)
    };
    let modified = !list.items.is_empty();
    list.items.swap(&items.items);
    items.items.clear(vm.heap_mut());
    sorted?;
    if modified {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(())
}

fn sort_by_key(vm: &mut Vm, items: &ValueBuf, key: Value, reverse: bool) -> Result<(), Raised> {
    let pairs = vm.new_list_for(items.len().saturating_mul(2))?;
    let mut i = 0;
    while let Some(item) = items.get(i) {
        let k = vm.call(key, &[item])?;
        pairs.items.push(vm, k)?;
        pairs.items.push(vm, item)?;
        i += 1;
    }
    let sorted = merge_sort(vm, &pairs.items, Order { stride: 2, reverse });
    for i in 0..items.len() {
        items.set(i, pairs.items.get(2 * i + 1).unwrap_or(Value::NONE));
    }
    pairs.items.clear(vm.heap_mut());
    sorted
}

/// Sorts the entries of `a`, which nobody else can reach. On an error they are in some order.
fn merge_sort(vm: &mut Vm, a: &ValueBuf, order: Order) -> Result<(), Raised> {
    let n = a.len() / order.stride;
    let mut at = 0;
    while at < n {
        insertion_sort(vm, a, order, at, (at + RUN).min(n))?;
        at += RUN;
    }
    if n <= RUN {
        return Ok(());
    }
    let scratch = vm.new_list_for(n.div_ceil(2) * order.stride)?;
    let mut width = RUN;
    while width < n {
        let mut lo = 0;
        while lo + width < n {
            vm.poll()?;
            merge(vm, a, &scratch.items, order, lo, lo + width, (lo + width).saturating_add(width).min(n))?;
            lo += 2 * width;
        }
        width *= 2;
    }
    scratch.items.clear(vm.heap_mut());
    Ok(())
}

fn word(a: &ValueBuf, i: usize) -> Value {
    a.get(i).unwrap_or(Value::NONE)
}

fn insertion_sort(vm: &mut Vm, a: &ValueBuf, order: Order, lo: usize, hi: usize) -> Result<(), Raised> {
    let w = order.stride;
    for i in lo + 1..hi {
        let k = word(a, i * w);
        let mut to = i;
        while to > lo && before(vm, order, k, word(a, (to - 1) * w))? {
            to -= 1;
        }
        // The entry moves only now, so that an error in a comparison loses nothing.
        for j in 0..w {
            let moved = word(a, i * w + j);
            for p in (to..i).rev() {
                a.set((p + 1) * w + j, word(a, p * w + j));
            }
            a.set(to * w + j, moved);
        }
    }
    Ok(())
}

/// Merges the sorted runs `lo..mid` and `mid..hi`.
fn merge(
    vm: &mut Vm,
    a: &ValueBuf,
    scratch: &ValueBuf,
    order: Order,
    lo: usize,
    mid: usize,
    hi: usize,
) -> Result<(), Raised> {
    let w = order.stride;
    if !before(vm, order, word(a, mid * w), word(a, (mid - 1) * w))? {
        return Ok(());
    }
    // What is in its place already needs no copy.
    let mut lo = lo;
    while lo < mid && !before(vm, order, word(a, mid * w), word(a, lo * w))? {
        lo += 1;
    }
    // The right run can be the longer one only in the last, incomplete pair of runs; never the left one by more
    // than a width, for which the scratch has room or grows.
    scratch.truncate(0);
    for i in lo * w..mid * w {
        scratch.push(vm, word(a, i))?;
    }
    let (mut left, mut right, mut to) = (0, mid, lo);
    let lefts = mid - lo;
    let mut outcome = Ok(());
    while left < lefts && right < hi {
        let take_right = match before(vm, order, word(a, right * w), word(scratch, left * w)) {
            Ok(b) => b,
            Err(r) => {
                outcome = Err(r);
                break;
            }
        };
        let (from, at) = if take_right { (a, right) } else { (scratch, left) };
        for j in 0..w {
            a.set(to * w + j, word(from, at * w + j));
        }
        if take_right {
            right += 1;
        } else {
            left += 1;
        }
        to += 1;
    }
    // Also after an error: what waits in the scratch goes back.
    for i in left * w..lefts * w {
        a.set(to * w + (i - left * w), word(scratch, i));
    }
    outcome
}

/// Whether an entry with key `x` must stand before one with key `y` that came earlier.
#[inline]
fn before(vm: &mut Vm, order: Order, x: Value, y: Value) -> Result<bool, Raised> {
    if order.reverse { less(vm, y, x) } else { less(vm, x, y) }
}

/// `x < y`
///
/// # Errors
/// What comparing raises.
#[inline]
pub(crate) fn less(vm: &mut Vm, x: Value, y: Value) -> Result<bool, Raised> {
    if let (Some(i), Some(j)) = (x.as_small_int(), y.as_small_int()) {
        return Ok(i < j);
    }
    if let (Some(f), Some(g)) = (x.as_imm_float(), y.as_imm_float()) {
        return Ok(f < g);
    }
    if let (Some(s), Some(t)) = (plain_str(vm, x), plain_str(vm, y)) {
        return Ok(s.as_bytes().cmp(t.as_bytes()) == Ordering::Less);
    }
    if let (Some(s), Some(t)) = (x.downcast::<Tuple>(), y.downcast::<Tuple>()) {
        return sequence::compare(vm, BinaryOp::Less, Seq::Tuple(s), Seq::Tuple(t));
    }
    let r = vm.binary(BinaryOp::Less, x, y)?;
    vm.truth(r)
}

/// The text of a string that is exactly a `str`.
#[inline]
fn plain_str(vm: &Vm, v: Value) -> Option<Str> {
    match v.as_qstr() {
        Some(q) => Some(vm.qstr_text(q)),
        None => v.downcast::<StrBody>().map(Str::of_tail),
    }
}
