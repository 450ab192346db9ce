//! The methods of `set` and `frozenset`, and the combinations that operators share with them.
//!
//! Invariant: a combination is built apart and put in place when it is complete, so that an iterable which fails,
//! or which is the set itself, leaves the set as it was. Only `update` adds as it goes.

use crate::obj::exception::KEY_ERROR;
use crate::obj::set::{Set, SetRef, as_set, set_from};
use crate::{Args, Gc, Outcome, Raised, Ref, Value, Vm};

/// The set that a method was called on.
fn this(vm: &mut Vm, v: Value) -> Result<SetRef, Raised> {
    match as_set(vm, v) {
        Some(s) => Ok(s),
        None => Err(wrong(vm)),
    }
}

/// As [`this`], to change it.
fn this_mut(vm: &mut Vm, v: Value) -> Result<Ref<Set>, Raised> {
    match vm.cast::<Set>(v) {
        Some(s) => Ok(s),
        None => Err(wrong(vm)),
    }
}

#[cold]
fn wrong(vm: &mut Vm) -> Raised {
    vm.type_error(format_args!("argument has wrong type"))
}

fn first(args: &Args<'_>) -> Value {
    args.get(0).unwrap_or(Value::NONE)
}

/// Calls `f` with each item of `items`; a set is passed over without an iterator.
fn each_item(vm: &mut Vm, items: Value, mut f: impl FnMut(&mut Vm, Value) -> Result<(), Raised>) -> Result<(), Raised> {
    let Some(s) = as_set(vm, items).filter(|_| !vm.type_of(items).is_class()) else {
        return vm.each(items, f);
    };
    let mut place = 0;
    while let Some((next, item, _)) = s.next_entry(place) {
        place = next;
        f(vm, item)?;
    }
    Ok(())
}

/// Adds what iterating gives.
///
/// # Errors
/// What iterating, hashing and comparing raises; out of memory.
pub(crate) fn add_all(vm: &mut Vm, to: SetRef, items: Value) -> Result<(), Raised> {
    // Adding a set to itself changes nothing, and so ends.
    each_item(vm, items, |vm, v| to.insert(vm, v, v).map(|_| ()))
}

/// A new set, of the type of `s`, of the items of both.
///
/// # Errors
/// As [`add_all`].
pub(crate) fn common(vm: &mut Vm, s: SetRef, items: Value) -> Result<SetRef, Raised> {
    let out = s.empty_like(vm)?;
    each_item(vm, items, |vm, v| {
        if s.find(vm, v)?.is_some() {
            out.insert(vm, v, v)?;
        }
        Ok(())
    })?;
    Ok(out)
}

/// A new set, of the type of `s`, without the items.
///
/// # Errors
/// As [`add_all`].
pub(crate) fn without(vm: &mut Vm, s: SetRef, items: Value) -> Result<SetRef, Raised> {
    let out = s.copy(vm)?;
    each_item(vm, items, |vm, v| {
        if let Some(place) = out.find(vm, v)? {
            out.remove_at(vm, place);
        }
        Ok(())
    })?;
    Ok(out)
}

/// A new set, of the type of `s`, of the items that only one of both has.
///
/// # Errors
/// As [`add_all`].
pub(crate) fn either(vm: &mut Vm, s: SetRef, items: Value) -> Result<SetRef, Raised> {
    // An item that is given twice counts once.
    let other = match as_set(vm, items) {
        Some(other) => other,
        None => SetRef::Set(set_from(vm, items)?),
    };
    let out = s.copy(vm)?;
    each_item(vm, other.value(), |vm, v| {
        match out.find(vm, v)? {
            Some(place) => {
                out.remove_at(vm, place);
            }
            None => {
                out.insert(vm, v, v)?;
            }
        }
        Ok(())
    })?;
    Ok(out)
}

/// Whether all items of `s` are in `other`.
///
/// # Errors
/// What hashing and comparing raises.
pub(crate) fn is_within(vm: &mut Vm, s: SetRef, other: SetRef) -> Result<bool, Raised> {
    let mut place = 0;
    while let Some((next, item, _)) = s.next_entry(place) {
        place = next;
        if other.find(vm, item)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn add(vm: &mut Vm, s: Value, v: Value) -> Outcome {
    this_mut(vm, s)?.table.insert(vm, v, v)?;
    Ok(Value::NONE)
}

pub(crate) fn clear(vm: &mut Vm, s: Value) -> Outcome {
    this_mut(vm, s)?.table.clear(vm.heap_mut());
    Ok(Value::NONE)
}

pub(crate) fn copy(vm: &mut Vm, s: Value) -> Outcome {
    Ok(this(vm, s)?.copy(vm)?.value())
}

fn remove_item(vm: &mut Vm, s: Value, v: Value) -> Result<bool, Raised> {
    let s = this_mut(vm, s)?;
    match s.table.find(vm, v)? {
        Some(place) => Ok(s.table.remove_at(vm, place).is_some()),
        None => Ok(false),
    }
}

pub(crate) fn discard(vm: &mut Vm, s: Value, v: Value) -> Outcome {
    remove_item(vm, s, v)?;
    Ok(Value::NONE)
}

pub(crate) fn remove(vm: &mut Vm, s: Value, v: Value) -> Outcome {
    if remove_item(vm, s, v)? { Ok(Value::NONE) } else { Err(vm.key_error(v)) }
}

pub(crate) fn pop(vm: &mut Vm, s: Value) -> Outcome {
    let s = this_mut(vm, s)?;
    match s.table.remove_first(vm) {
        Some((item, _)) => Ok(item),
        None => Err(vm.raise_str(&KEY_ERROR, "pop from an empty set")),
    }
}

pub(crate) fn contains(vm: &mut Vm, s: Value, v: Value) -> Outcome {
    let s = this(vm, s)?;
    Ok(Value::bool(s.find(vm, v)?.is_some()))
}

/// A copy of `self`, made smaller or larger by each of the other arguments.
fn fold(
    vm: &mut Vm,
    args: &Args<'_>,
    step: fn(&mut Vm, SetRef, Value) -> Result<SetRef, Raised>,
) -> Result<SetRef, Raised> {
    let s = this(vm, first(args))?;
    let mut out = None;
    for items in args.skip_first().pos {
        out = Some(step(vm, out.unwrap_or(s), *items)?);
    }
    match out {
        Some(out) => Ok(out),
        None => s.copy(vm),
    }
}

/// Puts a combination in the place of the set's items.
fn replace(vm: &mut Vm, s: Value, new: SetRef) -> Outcome {
    let s = this_mut(vm, s)?;
    s.table.swap(&new);
    new.clear(vm.heap_mut());
    Ok(Value::NONE)
}

pub(crate) fn difference(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    Ok(fold(vm, args, without)?.value())
}

pub(crate) fn difference_update(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let new = fold(vm, args, without)?;
    replace(vm, first(args), new)
}

pub(crate) fn intersection(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    Ok(fold(vm, args, common)?.value())
}

pub(crate) fn intersection_update(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let new = fold(vm, args, common)?;
    replace(vm, first(args), new)
}

pub(crate) fn symmetric_difference(vm: &mut Vm, s: Value, items: Value) -> Outcome {
    let s = this(vm, s)?;
    Ok(either(vm, s, items)?.value())
}

pub(crate) fn symmetric_difference_update(vm: &mut Vm, s: Value, items: Value) -> Outcome {
    let set = this_mut(vm, s)?;
    let new = either(vm, SetRef::Set(set), items)?;
    replace(vm, s, new)
}

pub(crate) fn union(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let out = this(vm, first(args))?.copy(vm)?;
    for items in args.skip_first().pos {
        add_all(vm, out, *items)?;
    }
    Ok(out.value())
}

pub(crate) fn update(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let s = this_mut(vm, first(args))?;
    for items in args.skip_first().pos {
        add_all(vm, SetRef::Set(s), *items)?;
    }
    Ok(Value::NONE)
}

pub(crate) fn isdisjoint(vm: &mut Vm, s: Value, items: Value) -> Outcome {
    let s = this(vm, s)?;
    let it = vm.get_iter(items)?;
    while let Some(v) = vm.iter_next(it)? {
        vm.poll()?;
        if s.find(vm, v)?.is_some() {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

/// `v` as a set: itself, or a new one of its items.
fn coerce(vm: &mut Vm, v: Value) -> Result<SetRef, Raised> {
    match as_set(vm, v) {
        Some(s) => Ok(s),
        None => Ok(SetRef::Set(set_from(vm, v)?)),
    }
}

pub(crate) fn issubset(vm: &mut Vm, s: Value, items: Value) -> Outcome {
    let (s, other) = (this(vm, s)?, coerce(vm, items)?);
    Ok(Value::bool(is_within(vm, s, other)?))
}

pub(crate) fn issuperset(vm: &mut Vm, s: Value, items: Value) -> Outcome {
    let (s, other) = (this(vm, s)?, coerce(vm, items)?);
    Ok(Value::bool(is_within(vm, other, s)?))
}
