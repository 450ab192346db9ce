//! `property`.

use crate::{Args, NewObject, Outcome, Ref, Tracer, Type, Value, Vm};

/// A property's body; an absent function is `None`.
pub struct Property {
    /// Reads.
    pub get: Value,
    /// Writes.
    pub set: Value,
    /// Deletes.
    pub del: Value,
}

impl Property {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.get);
        t.value(self.set);
        t.value(self.del);
    }
}

class! {
    /// `property`
    pub static PROPERTY: q!(property) for Property;
    slots { new: new }
    attrs {
        q!(getter) => f2(getter),
        q!(setter) => f2(setter),
        q!(deleter) => f2(deleter),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    use crate::Param;
    const PARAMS: [Param; 4] = [
        Param::optional(q!(fget), Value::NONE),
        Param::optional(q!(fset), Value::NONE),
        Param::optional(q!(fdel), Value::NONE),
        Param::optional(q!(doc), Value::NONE),
    ];
    let [get, set, del, _] = args.bind(vm, &PARAMS)?;
    Ok(vm.new_object(Property { get, set, del })?.value())
}

fn with(vm: &mut Vm, p: Value, change: impl FnOnce(&mut Property)) -> Outcome {
    let Some(old) = p.downcast::<Property>() else {
        return Err(vm.type_error(format_args!("property expected")));
    };
    let mut body = Property { get: old.get, set: old.set, del: old.del };
    change(&mut body);
    Ok(vm.new_object(body)?.value())
}

fn getter(vm: &mut Vm, p: Value, f: Value) -> Outcome {
    with(vm, p, |b| b.get = f)
}

fn setter(vm: &mut Vm, p: Value, f: Value) -> Outcome {
    with(vm, p, |b| b.set = f)
}

fn deleter(vm: &mut Vm, p: Value, f: Value) -> Outcome {
    with(vm, p, |b| b.del = f)
}
