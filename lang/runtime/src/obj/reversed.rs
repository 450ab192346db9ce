//! `reversed`: the items of a sequence from last to first.

use core::cell::Cell;

use crate::obj::iterator::itself;
use crate::obj::sequence::Seq;
use crate::ops::attr::Found;
use crate::{Args, Maybe, NewObject, Outcome, Ref, Tracer, Type, Value, Vm};

/// A reversed sequence's body.
pub struct Reversed {
    seq: Value,
    /// Items that are left: the next one's index is one less.
    left: Cell<usize>,
}

impl Reversed {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.seq);
    }
}

class! {
    /// `reversed`
    pub static REVERSED: q!(reversed) for Reversed;
    slots { new: new, iter: itself, next: next }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 1)?;
    let seq = args.get(0).unwrap_or(Value::NONE);
    match vm.lookup(seq, q!(__reversed__))? {
        Some(Found::Method(f, this)) => return vm.call(f, &[this]),
        Some(Found::Plain(f)) => return vm.call(f, &[]),
        None => {}
    }
    let left = Cell::new(vm.len(seq)?);
    Ok(vm.new_object(Reversed { seq, left })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(r) = vm.cast::<Reversed>(v) else { return Ok(None) };
    let Some(at) = r.left.get().checked_sub(1) else { return Ok(None) };
    r.left.set(at);
    if !vm.type_of(r.seq).is_class()
        && let Some(seq) = Seq::of(vm, r.seq)
    {
        let item = seq.get(at);
        if item.is_none() {
            // The list has shrunk meanwhile: that was the end.
            r.left.set(0);
        }
        return Ok(item);
    }
    vm.subscr(r.seq, Value::small_int(at as isize)).map(Some)
}
