//! A pin as drivers use it: one of the machine's, or an object that plays one.

use krait_hal::{PinFault, PinMode, Pins};
use krait_runtime::{Raised, Tracer, Value, Vm, q};

use super::pin::Pin;

/// A pin.
#[derive(Clone, Copy)]
pub(super) enum Line {
    /// One of the machine's.
    Pin(u8),
    /// An object with the method `value`.
    Object(Value),
}

/// `ENODEV`
const ENODEV: i32 = 19;

/// The machine's pins.
pub(super) fn pins(vm: &mut Vm) -> Result<&'static dyn Pins, Raised> {
    match vm.platform().pins() {
        Some(pins) => Ok(pins),
        None => Err(vm.os_error(ENODEV)),
    }
}

/// The exception for what a pin cannot do.
#[cold]
pub(super) fn fault(vm: &mut Vm, f: PinFault) -> Raised {
    match f {
        PinFault::NoSuchPin => vm.value_error("invalid pin"),
        PinFault::NoPull => vm.value_error("pin has no pull-up"),
        PinFault::Unsupported => vm.os_error(95),
    }
}

impl Line {
    /// The pin that `v` is.
    ///
    /// # Errors
    /// `TypeError`.
    pub(super) fn of(vm: &mut Vm, v: Value) -> Result<Line, Raised> {
        if let Some(pin) = vm.cast::<Pin>(v) {
            return Ok(Line::Pin(pin.number));
        }
        if vm.get_attr_or_none(v, q!(value))?.is_some() {
            return Ok(Line::Object(v));
        }
        Err(vm.type_error(format_args!("expecting a pin")))
    }

    pub(super) fn trace(self, t: &mut Tracer<'_>) {
        if let Line::Object(v) = self {
            t.value(v);
        }
    }

    pub(super) fn read(self, vm: &mut Vm) -> Result<bool, Raised> {
        match self {
            Line::Pin(n) => Ok(pins(vm)?.read(n)),
            Line::Object(v) => {
                let level = vm.call_method(v, q!(value), &[])?;
                vm.truth(level)
            }
        }
    }

    /// The level as a number.
    pub(super) fn level(self, vm: &mut Vm) -> Result<isize, Raised> {
        match self {
            Line::Pin(n) => Ok(isize::from(pins(vm)?.read(n))),
            Line::Object(v) => {
                let level = vm.call_method(v, q!(value), &[])?;
                vm.need_int(level)
            }
        }
    }

    pub(super) fn write(self, vm: &mut Vm, high: bool) -> Result<(), Raised> {
        match self {
            Line::Pin(n) => {
                pins(vm)?.write(n, high);
                Ok(())
            }
            Line::Object(v) => vm.call_method(v, q!(value), &[Value::small_int(isize::from(high))]).map(|_| ()),
        }
    }

    /// Sets the mode; an object has the one it has.
    pub(super) fn mode(self, vm: &mut Vm, mode: PinMode) -> Result<(), Raised> {
        match self {
            Line::Pin(n) => pins(vm)?.configure(n, Some(mode), None).map_err(|f| fault(vm, f)),
            Line::Object(_) => Ok(()),
        }
    }

    /// For printing: the number, or -1.
    pub(super) fn number(self) -> isize {
        match self {
            Line::Pin(n) => n as isize,
            Line::Object(_) => -1,
        }
    }
}
