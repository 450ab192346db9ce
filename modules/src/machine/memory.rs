//! `mem8`, `mem16` and `mem32`: the machine's memory and registers by address.

use krait_runtime::{Obj, Out, Outcome, PrintKind, Raised, Tracer, Value, Vm, class, rom_object};

use crate::wide::need_wide;

/// Bytes of an access.
pub(crate) struct Memory(u8);

impl Memory {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// The type of `mem8` and its like.
    pub static MEMORY: q!(mem) for Memory;
    slots { print: print, subscr: subscr, set_subscr: set_subscr }
}

/// `mem8`
pub(super) static MEM8: Obj<Memory> = rom_object(Memory(1));
/// `mem16`
pub(super) static MEM16: Obj<Memory> = rom_object(Memory(2));
/// `mem32`
pub(super) static MEM32: Obj<Memory> = rom_object(Memory(4));

/// `EFAULT`
const EFAULT: i32 = 14;

fn size(v: Value) -> usize {
    v.downcast::<Memory>().map_or(1, |m| m.0 as usize)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    out.fmt(vm, format_args!("<{}-bit memory>", size(v) * 8))
}

fn address(vm: &mut Vm, v: Value, size: usize) -> Result<usize, Raised> {
    let a = need_wide(vm, v)? as usize;
    if !a.is_multiple_of(size) {
        let e = &krait_runtime::obj::exception::VALUE_ERROR;
        return Err(vm.raise_fmt(e, format_args!("address {a:08x} is not aligned to {size} bytes")));
    }
    Ok(a)
}

fn subscr(vm: &mut Vm, v: Value, at: Value) -> Outcome {
    let size = size(v);
    let at = address(vm, at, size)?;
    match vm.platform().address_space().and_then(|m| m.load(at, size)) {
        Some(bits) => vm.new_int(bits),
        None => Err(vm.os_error(EFAULT)),
    }
}

fn set_subscr(vm: &mut Vm, v: Value, at: Value, to: Option<Value>) -> Result<(), Raised> {
    let size = size(v);
    let Some(to) = to else { return Err(vm.not_subscriptable(v, "object doesn't support item deletion")) };
    let at = address(vm, at, size)?;
    let bits = need_wide(vm, to)? as u64;
    match vm.platform().address_space() {
        Some(m) if m.store(at, size, bits) => Ok(()),
        _ => Err(vm.os_error(EFAULT)),
    }
}
