//! `getattr`, `setattr`, `delattr`, `hasattr`.

use crate::{Args, Outcome, Value, Vm};

/// `getattr(object, name[, default])`
pub(super) fn getattr(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (v, name) = (args.get(0).unwrap_or(Value::NONE), args.get(1).unwrap_or(Value::NONE));
    let name = vm.need_qstr(name)?;
    match args.get(2) {
        None => vm.get_attr(v, name),
        Some(default) => Ok(vm.get_attr_or_none(v, name)?.unwrap_or(default)),
    }
}

/// `setattr(object, name, value)`
pub(super) fn setattr(vm: &mut Vm, v: Value, name: Value, to: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    vm.set_attr(v, name, to)?;
    Ok(Value::NONE)
}

/// `delattr(object, name)`
pub(super) fn delattr(vm: &mut Vm, v: Value, name: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    vm.del_attr(v, name)?;
    Ok(Value::NONE)
}

/// `hasattr(object, name)`
pub(super) fn hasattr(vm: &mut Vm, v: Value, name: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    Ok(Value::bool(vm.get_attr_or_none(v, name)?.is_some()))
}
