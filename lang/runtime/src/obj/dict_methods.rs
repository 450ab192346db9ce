//! The methods of `dict`, but for `update`.

use crate::obj::dict::{DICT, DictRef, set_subscr};
use crate::obj::dict_view::{DictView, Part};
use crate::obj::ordered_dict::ORDERED_DICT;
use crate::{Args, Gc, Outcome, Raised, Ref, Value, Vm};

/// The dict that a method was called on.
fn this(vm: &mut Vm, v: Value) -> Result<DictRef, Raised> {
    match vm.as_dict(v) {
        Some(d) => Ok(d),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

fn arg(args: &Args<'_>, i: usize) -> Value {
    args.get(i).unwrap_or(Value::NONE)
}

pub(crate) fn clear(vm: &mut Vm, d: Value) -> Outcome {
    vm.need_dict_mut(d)?.clear(vm.heap_mut());
    Ok(Value::NONE)
}

pub(crate) fn copy(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    Ok(copy_of(vm, d)?.value())
}

/// A copy, of the same type; a read-only dict's copy is a plain one.
///
/// # Errors
/// Out of memory; what hashing raises.
pub(crate) fn copy_of(vm: &mut Vm, from: DictRef) -> Result<DictRef, Raised> {
    let to = match from {
        DictRef::Ordered(_) => DictRef::Ordered(vm.new_ordered_dict()?),
        _ => DictRef::Plain(vm.new_dict()?),
    };
    to.copy_from(vm, &from)?;
    Ok(to)
}

/// `cls.fromkeys(iterable, value=None)`
pub(crate) fn fromkeys(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (class, value) = (arg(args, 0), arg(args, 2));
    let out = if class == Ref::of_static(&DICT).value() {
        vm.new_dict()?.value()
    } else if class == Ref::of_static(&ORDERED_DICT).value() {
        vm.new_ordered_dict()?.value()
    } else {
        vm.call(class, &[])?
    };
    vm.each(arg(args, 1), |vm, key| vm.set_subscr(out, key, value))?;
    Ok(out)
}

pub(crate) fn get(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let d = this(vm, arg(args, 0))?;
    let place = d.find(vm, arg(args, 1))?;
    Ok(place.and_then(|p| d.entry(p)).map_or(arg(args, 2), |(_, v)| v))
}

pub(crate) fn pop(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let d = vm.need_dict_mut(arg(args, 0))?;
    let key = arg(args, 1);
    let removed = match d.find(vm, key)? {
        Some(p) => d.remove_at(vm, p),
        None => None,
    };
    match (removed, args.get(2)) {
        (Some((_, v)), _) | (None, Some(v)) => Ok(v),
        (None, None) => Err(vm.key_error(key)),
    }
}

pub(crate) fn popitem(vm: &mut Vm, d: Value) -> Outcome {
    let d = vm.need_dict_mut(d)?;
    take_item(vm, d, true)
}

/// Removes the last or first entry; returns key and value.
///
/// # Errors
/// `KeyError` if there is none.
pub(crate) fn take_item(vm: &mut Vm, d: DictRef, last: bool) -> Outcome {
    // The tuple first: without memory for it, the entry stays.
    let pair = vm.new_tuple_of(2)?;
    let removed = match d.last_place().filter(|_| last) {
        Some(place) => d.remove_at(vm, place),
        None => d.remove_first(vm),
    };
    match removed {
        Some((k, v)) => {
            for (cell, v) in pair.tail_cells().iter().zip([k, v]) {
                cell.set(v);
            }
            Ok(pair.value())
        }
        None => Err(vm.raise_str(&crate::obj::exception::KEY_ERROR, "popitem(): dictionary is empty")),
    }
}

pub(crate) fn setdefault(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let d = vm.need_dict_mut(arg(args, 0))?;
    let (key, default) = (arg(args, 1), arg(args, 2));
    match d.find(vm, key)?.and_then(|p| d.entry(p)) {
        Some((_, v)) => Ok(v),
        None => {
            d.insert(vm, key, default)?;
            Ok(default)
        }
    }
}

pub(crate) fn keys(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    DictView::make(vm, d, Part::Keys)
}

pub(crate) fn values(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    DictView::make(vm, d, Part::Values)
}

pub(crate) fn items(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    DictView::make(vm, d, Part::Items)
}

pub(crate) fn setitem(vm: &mut Vm, d: Value, key: Value, v: Value) -> Outcome {
    set_subscr(vm, d, key, Some(v))?;
    Ok(Value::NONE)
}

pub(crate) fn delitem(vm: &mut Vm, d: Value, key: Value) -> Outcome {
    set_subscr(vm, d, key, None)?;
    Ok(Value::NONE)
}

pub(crate) fn contains(vm: &mut Vm, d: Value, key: Value) -> Outcome {
    let d = this(vm, d)?;
    Ok(Value::bool(d.find(vm, key)?.is_some()))
}
