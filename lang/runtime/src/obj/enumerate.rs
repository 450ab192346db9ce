//! `enumerate`: items with their numbers.

use core::cell::Cell;

use crate::obj::iterator::itself;
use crate::{Args, Maybe, NewObject, Outcome, Param, Ref, Tracer, Type, Value, Vm};

/// An enumeration's body.
pub struct Enumerate {
    it: Value,
    /// The number of the next item.
    at: Cell<isize>,
}

impl Enumerate {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.it);
    }
}

class! {
    /// `enumerate`
    pub static ENUMERATE: q!(enumerate) for Enumerate;
    slots { new: new, iter: itself, next: next }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 2] = [Param::required(q!(iterable)), Param::optional(q!(start), Value::small_int(0))];
    let [iterable, start] = args.bind(vm, &PARAMS)?;
    let it = vm.get_iter(iterable)?;
    let at = Cell::new(vm.need_int(start)?);
    Ok(vm.new_object(Enumerate { it, at })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(e) = vm.cast::<Enumerate>(v) else { return Ok(None) };
    // Iterators of iterators nest without a bound.
    vm.check_stack()?;
    let Some(item) = vm.iter_next(e.it)? else { return Ok(None) };
    let at = e.at.get();
    let Some(after) = at.checked_add(1) else {
        return Err(vm.overflow_error("overflow converting long int to machine word"));
    };
    e.at.set(after);
    let n = vm.new_int(at)?;
    Ok(Some(vm.new_tuple(&[n, item])?.value()))
}
