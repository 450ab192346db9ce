//! `filter`: the items that a function accepts; without one, those that are true.

use crate::obj::iterator::itself;
use crate::{Args, Maybe, NewObject, Outcome, Ref, Tracer, Type, Value, Vm};

/// A filter's body.
pub struct Filter {
    f: Value,
    it: Value,
}

impl Filter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.f);
        t.value(self.it);
    }
}

class! {
    /// `filter`
    pub static FILTER: q!(filter) for Filter;
    slots { new: new, iter: itself, next: next }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 2)?;
    let (f, iterable) = (args.get(0).unwrap_or(Value::NONE), args.get(1).unwrap_or(Value::NONE));
    let it = vm.get_iter(iterable)?;
    Ok(vm.new_object(Filter { f, it })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(filter) = vm.cast::<Filter>(v) else { return Ok(None) };
    // Iterators of iterators nest without a bound.
    vm.check_stack()?;
    while let Some(item) = vm.iter_next(filter.it)? {
        vm.poll()?;
        let verdict = if filter.f.is_none() { item } else { vm.call(filter.f, &[item])? };
        if vm.truth(verdict)? {
            return Ok(Some(item));
        }
    }
    Ok(None)
}
