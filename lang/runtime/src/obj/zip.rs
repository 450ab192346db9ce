//! `zip`: tuples of one item of each iterable, until one of them ends.

use crate::obj::iterator::itself;
use crate::obj::tuple::Tuple;
use crate::{Args, Maybe, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm};

/// A zip's body.
pub struct Zip {
    iterators: Ref<Tuple>,
}

impl Zip {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.iterators);
    }
}

class! {
    /// `zip`
    pub static ZIP: q!(zip) for Zip;
    slots { new: new, iter: itself, next: next }
}

/// The iterators of some iterables.
///
/// # Errors
/// `TypeError` if one is not iterable.
pub(crate) fn iterators_of(vm: &mut Vm, iterables: &[Value]) -> Result<Ref<Tuple>, Raised> {
    let its = vm.new_tuple_of(iterables.len())?;
    for (cell, v) in its.tail_cells().iter().zip(iterables) {
        cell.set(vm.get_iter(*v)?);
    }
    Ok(its)
}

/// The next item of each iterator, or `None` if one is at its end.
///
/// # Errors
/// What the iterators raise.
pub(crate) fn next_of_each(vm: &mut Vm, its: Ref<Tuple>) -> Result<Option<Ref<Tuple>>, Raised> {
    // Iterators of iterators nest without a bound.
    vm.check_stack()?;
    let items = vm.new_tuple_of(its.tail().len())?;
    for (cell, it) in items.tail_cells().iter().zip(its.tail()) {
        match vm.iter_next(*it)? {
            Some(v) => cell.set(v),
            None => return Ok(None),
        }
    }
    Ok(Some(items))
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, usize::MAX)?;
    let iterators = iterators_of(vm, args.pos)?;
    Ok(vm.new_object(Zip { iterators })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(z) = vm.cast::<Zip>(v) else { return Ok(None) };
    if z.iterators.tail().is_empty() {
        return Ok(None);
    }
    Ok(next_of_each(vm, z.iterators)?.map(Ref::value))
}
