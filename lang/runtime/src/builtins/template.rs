//! `__template__`: what the compiler calls for a t-string. The classes are Python, in `string.templatelib`.

use crate::{Args, Outcome, Value, Vm, q};

/// `__template__(strings, value, expression, conversion, format, …)`
pub(super) fn template(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let name = vm.new_str("string.templatelib")?;
    let name = vm.need_str(name)?;
    let globals = vm.globals();
    let library = vm.import(name, Value::TRUE, 0, globals)?;
    let make = vm.get_attr(library, q!(__template__))?;
    vm.call(make, args.pos)
}
