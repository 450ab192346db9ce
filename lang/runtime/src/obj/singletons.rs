//! The types of `None`, `...` and `NotImplemented`.

use crate::{Out, PrintKind, Raised, Value, Vm};

class! {
    /// `NoneType`
    pub static NONE_TYPE: q!(NoneType);
    slots { print: print_none }
}

class! {
    /// `ellipsis`
    pub static ELLIPSIS: q!(ellipsis);
    slots { print: print_ellipsis }
}

class! {
    /// The type of `NotImplemented`.
    pub static NOT_IMPLEMENTED: q!(NotImplementedType);
    slots { print: print_not_implemented }
}

fn print_none(vm: &mut Vm, _: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    out.write(vm, if kind == PrintKind::Json { "null" } else { "None" })
}

fn print_ellipsis(vm: &mut Vm, _: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    out.write(vm, "Ellipsis")
}

fn print_not_implemented(vm: &mut Vm, _: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    out.write(vm, "NotImplemented")
}
