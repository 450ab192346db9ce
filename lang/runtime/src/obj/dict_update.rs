//! Filling dicts: from other dicts, mappings, pairs and keywords.

use crate::obj::dict::DictRef;
use crate::obj::sequence::Seq;
use crate::{Args, Outcome, Raised, Value, Vm};

/// `d.update([other], **kw)`
pub(crate) fn update(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let d = vm.need_dict_mut(args.get(0).unwrap_or(Value::NONE))?;
    fill(vm, d, &args.skip_first())?;
    Ok(Value::NONE)
}

/// Fills a dict from the arguments of a constructor or of `update`, without `self`.
///
/// # Errors
/// `TypeError` for more than one positional argument; as [`update_from`].
pub(crate) fn fill(vm: &mut Vm, d: DictRef, args: &Args<'_>) -> Result<(), Raised> {
    match *args.pos {
        [] => {}
        [from] => update_from(vm, d, from)?,
        _ => return Err(vm.wrong_count(0, 1, args.pos.len())),
    }
    for pair in args.kw.chunks_exact(2) {
        if let [name, v] = *pair {
            d.insert(vm, name, v)?;
        }
    }
    Ok(())
}

/// Stores everything that `from` holds: a dict, an object with `keys()`, or an iterable of pairs.
///
/// # Errors
/// `ValueError: dict update sequence has wrong length`; what iterating and hashing raise.
pub(crate) fn update_from(vm: &mut Vm, d: DictRef, from: Value) -> Result<(), Raised> {
    if let Some(other) = vm.as_dict(from) {
        if other.value() != d.value() {
            let mut place = 0;
            while let Some((next, k, v)) = other.next_entry(place) {
                place = next;
                d.insert(vm, k, v)?;
            }
        }
        return Ok(());
    }
    if vm.type_of(from).is_class()
        && let Some(keys) = vm.get_attr_maybe(from, q!(keys))?
    {
        let keys = vm.call(keys, &[])?;
        return vm.each(keys, |vm, k| {
            let v = vm.subscr(from, k)?;
            d.insert(vm, k, v).map(|_| ())
        });
    }
    vm.each(from, |vm, pair| {
        let (k, v) = split(vm, pair)?;
        d.insert(vm, k, v).map(|_| ())
    })
}

/// The two items of a pair.
fn split(vm: &mut Vm, pair: Value) -> Result<(Value, Value), Raised> {
    if !vm.type_of(pair).is_class()
        && let Some(seq) = Seq::of(vm, pair)
    {
        if let (2, Some(k), Some(v)) = (seq.len(), seq.get(0), seq.get(1)) {
            return Ok((k, v));
        }
        return Err(vm.value_error("dict update sequence has wrong length"));
    }
    let it = vm.get_iter(pair)?;
    let (k, v, more) = (vm.iter_next(it)?, vm.iter_next(it)?, vm.iter_next(it)?);
    match (k, v, more) {
        (Some(k), Some(v), None) => Ok((k, v)),
        _ => Err(vm.value_error("dict update sequence has wrong length")),
    }
}
