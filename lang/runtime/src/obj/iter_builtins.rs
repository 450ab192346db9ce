//! The built-in functions about iteration: `all any iter len max min next sorted sum`.

use crate::obj::list_sort;
use crate::obj::sequence::Seq;
use crate::{Args, BinaryOp, Outcome, Param, Raised, Value, Vm};

/// `all(iterable)`
///
/// # Errors
/// What iterating raises.
pub fn all(vm: &mut Vm, iterable: Value) -> Outcome {
    until(vm, iterable, false).map(|stopped| Value::bool(!stopped))
}

/// `any(iterable)`
///
/// # Errors
/// What iterating raises.
pub fn any(vm: &mut Vm, iterable: Value) -> Outcome {
    until(vm, iterable, true).map(Value::bool)
}

/// Whether an item's truth is `what`; iteration stops there. Lists and tuples need no iterator.
fn until(vm: &mut Vm, iterable: Value, what: bool) -> Result<bool, Raised> {
    let seq = Seq::of(vm, iterable).filter(|_| !vm.type_of(iterable).is_class());
    let it = if seq.is_some() { iterable } else { vm.get_iter(iterable)? };
    let mut at = 0;
    while let Some(v) = match seq {
        Some(seq) => seq.get(at),
        None => vm.iter_next(it)?,
    } {
        at += 1;
        vm.poll()?;
        if vm.truth(v)? == what {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `iter(iterable)`
///
/// # Errors
/// `TypeError` if it is not iterable.
pub fn iter(vm: &mut Vm, iterable: Value) -> Outcome {
    vm.get_iter(iterable)
}

/// `len(v)`
///
/// # Errors
/// `TypeError` if it has none.
pub fn len(vm: &mut Vm, v: Value) -> Outcome {
    let n = vm.len(v)?;
    vm.new_int(n)
}

/// `next(iterator[, default])`
///
/// # Errors
/// `StopIteration` at the end without a default; what the iterator raises.
pub fn next(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let it = args.get(0).unwrap_or(Value::NONE);
    match (vm.iter_next(it)?, args.get(1)) {
        (Some(v), _) => Ok(v),
        (None, Some(default)) => {
            vm.st.stop_value = None;
            Ok(default)
        }
        (None, None) => {
            let value = vm.st.stop_value.take();
            Err(vm.stop_iteration(value))
        }
    }
}

/// `max(iterable, *[, key, default])`, `max(a, b, ...[, key])`
///
/// # Errors
/// `ValueError: arg is an empty sequence`; what comparing and the key function raise.
pub fn max(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    best(vm, args, true)
}

/// `min(iterable, *[, key, default])`, `min(a, b, ...[, key])`
///
/// # Errors
/// As [`max`].
pub fn min(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    best(vm, args, false)
}

/// The first of the items that no other surpasses.
fn best(vm: &mut Vm, args: &Args<'_>, largest: bool) -> Outcome {
    const PARAMS: [Param; 2] = [Param::kw(q!(key), Value::NONE), Param::kw(q!(default), Value::SENTINEL)];
    let [key, default] = Args { pos: &[], kw: args.kw }.bind(vm, &PARAMS)?;
    let mut best: Option<(Value, Value)> = None;
    let mut consider = |vm: &mut Vm, item: Value| {
        let k = if key.is_none() { item } else { vm.call(key, &[item])? };
        let better = match best {
            None => true,
            Some((b, _)) if largest => list_sort::less(vm, b, k)?,
            Some((b, _)) => list_sort::less(vm, k, b)?,
        };
        if better {
            best = Some((k, item));
        }
        Ok(())
    };
    match *args.pos {
        [] => return Err(vm.wrong_count(1, usize::MAX, 0)),
        [iterable] => vm.each(iterable, consider)?,
        _ => {
            for v in args.pos {
                consider(vm, *v)?;
            }
        }
    }
    match best {
        Some((_, item)) => Ok(item),
        None if default != Value::SENTINEL => Ok(default),
        None => Err(vm.value_error("arg is an empty sequence")),
    }
}

/// `sorted(iterable, *, key=None, reverse=False)`
///
/// # Errors
/// What iterating, comparing and the key function raise.
pub fn sorted(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 2] = [Param::kw(q!(key), Value::NONE), Param::kw(q!(reverse), Value::FALSE)];
    if args.pos.len() > 1 {
        return Err(vm.type_error(format_args!("must use keyword argument for key function")));
    }
    let [key, reverse] = Args { pos: &[], kw: args.kw }.bind(vm, &PARAMS)?;
    let reverse = vm.truth(reverse)?;
    let list = vm.list_from(args.get(0).unwrap_or(Value::NONE))?;
    list_sort::sort_list(vm, list, key, reverse)?;
    Ok(list.value())
}

/// `sum(iterable[, start])`
///
/// # Errors
/// What iterating and adding raise.
pub fn sum(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 2] = [Param::required(q!(iterable)), Param::optional(q!(start), Value::small_int(0))];
    let [iterable, start] = args.bind(vm, &PARAMS)?;
    let mut total = start;
    vm.each(iterable, |vm, v| {
        total = match (total.as_small_int(), v.as_small_int()) {
            // Two small ints cannot overflow a machine word.
            (Some(x), Some(y)) => vm.new_int(x + y)?,
            _ => vm.binary(BinaryOp::Add, total, v)?,
        };
        Ok(())
    })?;
    Ok(total)
}
