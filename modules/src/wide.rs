//! Integers of 64 bits from Python, also where a machine word has 32: durations, offsets.

use krait_runtime::obj::int::Operand;
use krait_runtime::{Raised, Value, Vm};

/// The integer, as near as 64 bits come to it.
///
/// # Errors
/// `TypeError` for another type.
pub(crate) fn need_wide(vm: &mut Vm, v: Value) -> Result<i64, Raised> {
    match Operand::of(v) {
        Some(n) => {
            let n = n.int();
            Ok(n.to_i64().unwrap_or(if n.is_negative() { i64::MIN } else { i64::MAX }))
        }
        None => Ok(vm.need_int(v)? as i64),
    }
}
