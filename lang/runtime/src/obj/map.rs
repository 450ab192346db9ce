//! `map`: what a function makes of the items of one or more iterables.

use crate::obj::iterator::itself;
use crate::obj::tuple::Tuple;
use crate::obj::zip::{iterators_of, next_of_each};
use crate::{Args, Maybe, NewObject, Outcome, Ref, Tracer, Type, Value, Vm};

/// A map's body.
pub struct Map {
    f: Value,
    iterators: Ref<Tuple>,
}

impl Map {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.f);
        t.reference(self.iterators);
    }
}

class! {
    /// `map`
    pub static MAP: q!(map) for Map;
    slots { new: new, iter: itself, next: next }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, usize::MAX)?;
    let f = args.get(0).unwrap_or(Value::NONE);
    let iterators = iterators_of(vm, args.skip_first().pos)?;
    Ok(vm.new_object(Map { f, iterators })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(m) = vm.cast::<Map>(v) else { return Ok(None) };
    // Iterators of iterators nest without a bound.
    vm.check_stack()?;
    // One iterable is the usual case, and needs no tuple.
    if let [it] = m.iterators.tail() {
        return match vm.iter_next(*it)? {
            Some(item) => vm.call(m.f, &[item]).map(Some),
            None => Ok(None),
        };
    }
    match next_of_each(vm, m.iterators)? {
        Some(items) => vm.call(m.f, items.tail()).map(Some),
        None => Ok(None),
    }
}
