//! What a value is: `isinstance`, `issubclass`, `callable`, `hash`, `id`.

use crate::obj::tuple::Tuple;
use crate::{Outcome, Raised, Ref, Type, UnaryOp, Value, Vm};

/// `isinstance(object, class or tuple)`
pub(super) fn isinstance(vm: &mut Vm, v: Value, what: Value) -> Outcome {
    let ty = vm.type_of(v);
    is_one_of(vm, ty, what).map(Value::bool)
}

/// `issubclass(class, class or tuple)`
pub(super) fn issubclass(vm: &mut Vm, class: Value, what: Value) -> Outcome {
    match vm.as_type(class) {
        Some(ty) => is_one_of(vm, ty, what).map(Value::bool),
        None => Err(vm.type_error(format_args!("issubclass() arg 1 must be a class"))),
    }
}

fn is_one_of(vm: &mut Vm, ty: Ref<Type>, what: Value) -> Result<bool, Raised> {
    if let Some(t) = vm.as_type(what) {
        return Ok(vm.is_subclass(ty, t));
    }
    if let Some(types) = vm.cast::<Tuple>(what) {
        let mut found = false;
        for t in types.tail() {
            match vm.as_type(*t) {
                Some(t) => found |= vm.is_subclass(ty, t),
                None => return Err(bad_class(vm)),
            }
        }
        return Ok(found);
    }
    Err(bad_class(vm))
}

#[cold]
fn bad_class(vm: &mut Vm) -> Raised {
    vm.type_error(format_args!("issubclass() arg 2 must be a class or a tuple of classes"))
}

/// `callable(object)`
pub(super) fn callable(vm: &mut Vm, v: Value) -> Outcome {
    Ok(Value::bool(crate::ops::class::is_callable(vm, v)))
}

/// `hash(object)`
pub(super) fn hash(vm: &mut Vm, v: Value) -> Outcome {
    vm.unary(UnaryOp::Hash, v)
}

/// `id(object)`: the word that the value is.
pub(super) fn id(vm: &mut Vm, v: Value) -> Outcome {
    vm.new_int(v.bits())
}
