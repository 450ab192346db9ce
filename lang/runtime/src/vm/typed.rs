//! The instruction of viper code: conversions, memory, shifts. See `krait_bytecode::opcode::typed`.

use krait_bytecode::opcode::typed;

use crate::{Outcome, Raised, Value, Vm};

type Slot = *mut Option<Value>;

/// Does one operation; gives the new stack pointer.
///
/// # Safety
/// `sp` points behind the topmost word of a frame whose code was made by the compiler: the words that the operation takes
/// are there.
pub(super) unsafe fn run(vm: &mut Vm, operation: u32, sp: Slot) -> Result<Slot, Raised> {
    // SAFETY: by contract.
    let word = |below: usize| unsafe { *sp.sub(below + 1) };
    let (top, second, third) = match operation {
        typed::LOAD..typed::STORE | typed::SHIFT_INT.. => (word(0), word(1), None),
        typed::STORE..typed::SHIFT_INT => (word(0), word(1), word(2)),
        _ => (word(0), None, None),
    };
    let [Some(top), second, third] = [top, second, third] else { return Err(vm.runtime_error("bad opcode")) };
    let none = Value::NONE;
    let (second, third) = (second.unwrap_or(none), third.unwrap_or(none));
    let result = match operation {
        typed::LOAD..typed::STORE => vm.load_pointed(second, top, (operation - typed::LOAD) as usize)?,
        typed::STORE..typed::SHIFT_INT => {
            vm.store_pointed(second, top, (operation - typed::STORE) as usize, third)?;
            // SAFETY: three words were taken.
            return Ok(unsafe { sp.sub(3) });
        }
        typed::SHIFT_INT | typed::SHIFT_UINT => shift(vm, second, top, operation == typed::SHIFT_UINT)?,
        typed::ADDRESS => vm.pointer_address(top)?,
        _ => convert(vm, top, operation - typed::CONVERT)?,
    };
    // SAFETY: the effect says how many words were taken; one of them gets the result.
    unsafe {
        let sp = sp.offset(typed::effect(operation) as isize);
        sp.sub(1).write(Some(result));
        Ok(sp)
    }
}

fn convert(vm: &mut Vm, v: Value, ty: u32) -> Outcome {
    match ty {
        0 => Ok(Value::bool(vm.truth(v)?)),
        // Nearly always a number that needs no change.
        1 if v.is_small_int() => Ok(v),
        1 => {
            let word = vm.word_of(v)?;
            vm.new_int(word as isize)
        }
        2 => {
            let word = vm.word_of(v)?;
            vm.new_int(word)
        }
        _ => vm.pointer_of(v),
    }
}

/// A shift to the left; bits that leave the word are lost, and none are left after a shift by its width.
fn shift(vm: &mut Vm, v: Value, by: Value, unsigned: bool) -> Outcome {
    let (word, by) = (vm.word_of(v)?, vm.word_of(by)?);
    let shifted = u32::try_from(by).ok().and_then(|by| word.checked_shl(by)).unwrap_or(0);
    if unsigned { vm.new_int(shifted) } else { vm.new_int(shifted as isize) }
}
