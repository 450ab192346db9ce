//! The methods of `list`, but for `sort`.

use crate::obj::list::List;
use crate::obj::list_subscr::give_back;
use crate::obj::sequence::{self, Seq};
use crate::{Args, Gc, Outcome, Raised, Ref, Value, Vm};

/// The list that a method was called on.
///
/// # Errors
/// `TypeError` if it is none: `list.append(1, 2)`.
pub(crate) fn this(vm: &mut Vm, v: Value) -> Result<Ref<List>, Raised> {
    match vm.cast::<List>(v) {
        Some(list) => Ok(list),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

pub(crate) fn append(vm: &mut Vm, list: Value, v: Value) -> Outcome {
    this(vm, list)?.items.push(vm, v)?;
    Ok(Value::NONE)
}

pub(crate) fn clear(vm: &mut Vm, list: Value) -> Outcome {
    this(vm, list)?.items.clear(vm.heap_mut());
    Ok(Value::NONE)
}

pub(crate) fn copy(vm: &mut Vm, list: Value) -> Outcome {
    let list = this(vm, list)?;
    Ok(vm.list_from(list.value())?.value())
}

pub(crate) fn count(vm: &mut Vm, list: Value, v: Value) -> Outcome {
    let list = this(vm, list)?;
    Ok(Value::small_int(sequence::count(vm, Seq::List(list), v)? as isize))
}

pub(crate) fn extend(vm: &mut Vm, list: Value, v: Value) -> Outcome {
    let list = this(vm, list)?;
    extend_list(vm, list, v)?;
    Ok(Value::NONE)
}

/// Appends what iterating `v` gives; `v` may be the list itself.
///
/// # Errors
/// What iterating raises (what came before it stays); out of memory.
pub(crate) fn extend_list(vm: &mut Vm, list: Ref<List>, v: Value) -> Result<(), Raised> {
    match Seq::of(vm, v) {
        Some(seq) if !vm.type_of(v).is_class() => sequence::append_all(vm, &list.items, seq),
        _ => vm.extend_from_iter(&list.items, v),
    }
}

pub(crate) fn index(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let list = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    sequence::index(vm, Seq::List(list), args.skip_first().pos)
}

pub(crate) fn insert(vm: &mut Vm, list: Value, at: Value, v: Value) -> Outcome {
    let list = this(vm, list)?;
    let at = vm.clamped_int(at)?;
    let len = list.items.len();
    let at = if at < 0 { at.saturating_add_unsigned(len).max(0) as usize } else { at as usize };
    list.items.insert(vm, at.min(len), v)?;
    Ok(Value::NONE)
}

pub(crate) fn pop(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let list = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let len = list.items.len();
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let item = match args.get(1) {
        None => list.items.pop(),
        Some(i) => {
            let at = vm.need_index("list", len, i)?;
            list.items.remove(at)
        }
    };
    give_back(vm, &list.items, len);
    Ok(item.unwrap_or(Value::NONE))
}

pub(crate) fn remove(vm: &mut Vm, list: Value, v: Value) -> Outcome {
    let list = this(vm, list)?;
    match sequence::find(vm, Seq::List(list), v, 0, usize::MAX)? {
        Some(at) => {
            let len = list.items.len();
            list.items.remove(at);
            give_back(vm, &list.items, len);
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("object not in sequence")),
    }
}

pub(crate) fn reverse(vm: &mut Vm, list: Value) -> Outcome {
    let list = this(vm, list)?;
    let cells = list.items.cells(vm.heap());
    let (front, back) = cells.split_at(cells.len() / 2);
    for (a, b) in front.iter().zip(back.iter().rev()) {
        a.swap(b);
    }
    Ok(Value::NONE)
}
