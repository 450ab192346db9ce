//! `marshal`: code objects to bytes and back, in the format of `.mpy` files.
//!
//! Bytes are verified when they are loaded, as every `.mpy` file is. As in the reference, only code can be marshalled;
//! unlike there, functions inside of it come along.

use krait_runtime::builtins::{CodeObject, code_object};
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::{Outcome, Value, Vm, module};

/// `dumps(code)`
fn dumps(vm: &mut Vm, v: Value) -> Outcome {
    match v.downcast::<CodeObject>() {
        Some(code) => vm.dump_function(code.function()),
        None => Err(vm.value_error("unmarshallable object")),
    }
}

/// `loads(bytes)`
fn loads(vm: &mut Vm, v: Value) -> Outcome {
    let from = vm.need_buffer(v, false)?;
    let copy = vm.new_bytes_from(&from)?;
    let globals = vm.globals();
    let Some(bytes) = copy.downcast::<Bytes>() else { return Err(vm.value_error("malformed .mpy file")) };
    let function = vm.load_function(bytes.tail(), globals)?;
    code_object(vm, function)
}

module! {
    /// `marshal`
    pub static MARSHAL: q!(marshal);
    q!(dumps) => f1(dumps),
    q!(loads) => f1(loads)
}
