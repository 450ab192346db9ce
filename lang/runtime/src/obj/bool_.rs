//! `bool`: two immediates, which act as the ints 0 and 1.

use super::{int_bytes, int_ops};
use crate::{Args, Out, Outcome, PrintKind, Raised, Ref, Type, Value, Vm};

class! {
    /// `bool`
    pub static BOOL: q!(bool), flags(crate::TypeFlags::FINAL);
    slots { new: new, print: print, unary: int_ops::unary, binary: int_ops::binary }
    attrs { q!(to_bytes) => kw(1, int_bytes::to_bytes), q!(bit_length) => f1(int_bytes::bit_length) }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    match args.get(0) {
        Some(v) => vm.truth(v).map(Value::bool),
        None => Ok(Value::FALSE),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    out.write(
        vm,
        match (v == Value::TRUE, kind == PrintKind::Json) {
            (true, false) => "True",
            (false, false) => "False",
            (true, true) => "true",
            (false, true) => "false",
        },
    )
}
