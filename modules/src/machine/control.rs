//! The machine as a whole.

use krait_hal::Control;
use krait_runtime::obj::exception::SYSTEM_EXIT;
use krait_runtime::{Args, Outcome, Raised, Value, Vm};

fn control(vm: &mut Vm) -> Result<&'static dyn Control, Raised> {
    match vm.platform().control() {
        Some(c) => Ok(c),
        None => Err(vm.os_error(19)),
    }
}

/// `idle()`: waits a moment.
pub(super) fn idle(vm: &mut Vm) -> Outcome {
    let platform = vm.platform();
    vm.blocking(|| platform.idle());
    vm.poll()?;
    Ok(Value::NONE)
}

/// `soft_reset()`: ends the program, and the interpreter with it.
pub(super) fn soft_reset(vm: &mut Vm) -> Outcome {
    Err(vm.raise_args(&SYSTEM_EXIT, &[]))
}

/// `freq([hz])`
pub(super) fn freq(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let control = control(vm)?;
    match args.get(0) {
        None => vm.new_int(control.frequency()),
        Some(hz) => {
            let hz = vm.need_int(hz)?;
            match u32::try_from(hz).is_ok_and(|hz| control.set_frequency(hz)) {
                true => Ok(Value::NONE),
                false => Err(vm.value_error("frequency not supported")),
            }
        }
    }
}

/// `unique_id()`
pub(super) fn unique_id(vm: &mut Vm) -> Outcome {
    let id = control(vm)?.unique_id();
    vm.new_bytes(id)
}

/// `reset_cause()`
pub(super) fn reset_cause(vm: &mut Vm) -> Outcome {
    Ok(Value::small_int(control(vm)?.reset_cause() as isize))
}

/// `reset()`
pub(super) fn reset(vm: &mut Vm) -> Outcome {
    control(vm)?.reset();
    // Nothing more may run until it takes effect.
    loop {
        vm.platform().idle();
        vm.poll()?;
    }
}

/// `disable_irq()`
pub(super) fn disable_irq(vm: &mut Vm) -> Outcome {
    let state = control(vm)?.disable_interrupts();
    vm.new_int(state)
}

/// `enable_irq(state)`
pub(super) fn enable_irq(vm: &mut Vm, state: Value) -> Outcome {
    let state = vm.need_int(state)?;
    control(vm)?.restore_interrupts(state as u32);
    Ok(Value::NONE)
}
