//! Subscripts of lists: items, and slices of any step, to read, replace and delete.

use crate::obj::list::List;
use crate::obj::sequence::Seq;
use crate::obj::slice::{self, SliceRange};
use crate::{Gc, Outcome, Raised, Ref, Value, ValueBuf, Vm};

/// `a[i]`
pub(crate) fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let Some(list) = vm.cast::<List>(v) else {
        return Err(vm.not_subscriptable(v, "object isn't subscriptable"));
    };
    if let Some(n) = i.as_small_int()
        && let Some(item) = list.items.get(n as usize)
    {
        return Ok(item);
    }
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, list.items.len())?;
        return Ok(copy_range(vm, Seq::List(list), r)?.value());
    }
    let at = vm.need_index("list", list.items.len(), i)?;
    Ok(list.items.get(at).unwrap_or(Value::NONE))
}

/// A new list of what a slice selects.
///
/// # Errors
/// Out of memory.
pub(crate) fn copy_range(vm: &mut Vm, from: Seq, r: SliceRange) -> Result<Ref<List>, Raised> {
    let out = vm.new_list_for(r.len())?;
    if let Seq::List(l) = from {
        // There is room, so nothing is allocated, and the source stays as it is.
        out.items.extend_fill(vm, r.len(), Value::NONE)?;
        if r.step == 1 {
            out.items.copy_from(0, &l.items, r.bounds().0, r.len());
        } else {
            let source = l.items.cells(vm.heap());
            for (to, i) in out.items.cells(vm.heap()).iter().zip(r.indexes()) {
                if let Some(v) = source.get(i) {
                    to.set(v.get());
                }
            }
        }
        return Ok(out);
    }
    for i in r.indexes() {
        out.items.push(vm, from.get(i).unwrap_or(Value::NONE))?;
    }
    Ok(out)
}

/// `a[i] = to`, `del a[i]`
pub(crate) fn set_subscr(vm: &mut Vm, v: Value, i: Value, to: Option<Value>) -> Result<(), Raised> {
    let Some(list) = vm.cast::<List>(v) else {
        return Err(vm.not_subscriptable(v, "object doesn't support item assignment"));
    };
    if let Some(n) = i.as_small_int()
        && let Some(to) = to
        && list.items.set(n as usize, to)
    {
        return Ok(());
    }
    if slice::is_slice(i) {
        return match to {
            Some(to) => set_slice(vm, list, i, to),
            None => delete_slice(vm, list, i),
        };
    }
    let at = vm.need_index("list", list.items.len(), i)?;
    match to {
        Some(to) => {
            list.items.set(at, to);
        }
        None => {
            let before = list.items.len();
            list.items.remove(at);
            give_back(vm, &list.items, before);
        }
    }
    Ok(())
}

fn set_slice(vm: &mut Vm, list: Ref<List>, i: Value, to: Value) -> Result<(), Raised> {
    // Iterating may run Python, so it comes first; a snapshot also makes `a[1:] = a` right.
    let new = match Seq::of(vm, to) {
        Some(Seq::List(l)) if l == list => Seq::List(vm.list_from(list.value())?),
        Some(seq) => seq,
        None => Seq::List(vm.list_from(to)?),
    };
    let r = slice::resolve(vm, i, list.items.len())?;
    if r.step == 1 {
        let (start, stop) = r.bounds();
        return replace(vm, &list.items, start, stop - start, new);
    }
    if new.len() != r.len() {
        return Err(vm.raise_fmt(
            &crate::obj::exception::VALUE_ERROR,
            format_args!("attempt to assign sequence of size {} to extended slice of size {}", new.len(), r.len()),
        ));
    }
    for (n, i) in r.indexes().enumerate() {
        list.items.set(i, new.get(n).unwrap_or(Value::NONE));
    }
    Ok(())
}

/// Puts the items of `new` in the place of `old` items from `start`.
fn replace(vm: &mut Vm, items: &ValueBuf, start: usize, old: usize, new: Seq) -> Result<(), Raised> {
    let n = new.len();
    if n > old {
        items.open(vm, start + old, n - old, Value::NONE)?;
    } else {
        let before = items.len();
        items.remove_range(start + n, old - n);
        give_back(vm, items, before);
    }
    if let Seq::List(l) = new {
        items.copy_from(start, &l.items, 0, n);
        return Ok(());
    }
    for i in 0..n {
        items.set(start + i, new.get(i).unwrap_or(Value::NONE));
    }
    Ok(())
}

fn delete_slice(vm: &mut Vm, list: Ref<List>, i: Value) -> Result<(), Raised> {
    let r = slice::resolve(vm, i, list.items.len())?;
    let n = r.len();
    if n == 0 {
        return Ok(());
    }
    let before = list.items.len();
    if r.step == 1 {
        list.items.remove_range(r.bounds().0, n);
        give_back(vm, &list.items, before);
        return Ok(());
    }
    // Close the gaps in one pass, in ascending order.
    let (first, step) =
        if r.step < 0 { (r.index(n - 1), r.step.unsigned_abs()) } else { (r.index(0), r.step as usize) };
    let (mut to, mut dropped, mut next) = (first, 0, first);
    for from in first..before {
        if from == next && dropped < n {
            dropped += 1;
            next = next.saturating_add(step);
        } else {
            list.items.set(to, list.items.get(from).unwrap_or(Value::NONE));
            to += 1;
        }
    }
    list.items.truncate(to);
    give_back(vm, &list.items, before);
    Ok(())
}

/// Returns memory that a list does not use, when its length sinks past 16, 64, 256, ... Called after each removal;
/// `old` is the length before. Rare enough that a list which goes up and down does not pay each time.
#[inline]
pub(crate) fn give_back(vm: &mut Vm, items: &ValueBuf, old: usize) {
    let band = |n: usize| (n | 15).ilog2() / 2;
    if band(items.len()) < band(old) {
        items.shrink(vm.heap_mut());
    }
}
