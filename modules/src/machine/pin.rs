//! `Pin`, and `PinBase`, from which a class inherits to play a pin.

use krait_hal::PinMode;
use krait_runtime::{Args, NewObject, Out, Outcome, Param, PrintKind, Raised, Ref, Tracer, Type, Value, Vm, class, q};

use super::line::{fault, pins};

/// A `Pin`'s body.
pub(crate) struct Pin {
    /// Its number.
    pub(super) number: u8,
}

impl Pin {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// A `PinBase`'s body.
pub(crate) struct PinBase;

impl PinBase {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// `PinBase`
    pub static PIN_BASE: q!(PinBase) for PinBase;
    slots { new: new_base }
}

class! {
    /// `Pin`
    pub static PIN: q!(Pin) for Pin;
    slots { new: new, print: print, call: call }
    attrs {
        q!(init) => kw(1, init),
        q!(value) => var(1, 2, value),
        q!(on) => f1(on),
        q!(off) => f1(off),
        q!(high) => f1(on),
        q!(low) => f1(off),
        q!(toggle) => f1(toggle),
        q!(IN) => int(IN),
        q!(OUT) => int(OUT),
        q!(OPEN_DRAIN) => int(OPEN_DRAIN),
        q!(PULL_UP) => int(PULL_UP),
    }
}

const IN: isize = 0;
const OUT: isize = 1;
const OPEN_DRAIN: isize = 2;
const PULL_UP: isize = 1;

fn new_base(vm: &mut Vm, _: Ref<Type>, _: &Args<'_>) -> Outcome {
    Ok(vm.new_object(PinBase)?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<Pin>, Raised> {
    match vm.cast::<Pin>(v) {
        Some(p) => Ok(p),
        None => Err(vm.type_error(format_args!("Pin expected"))),
    }
}

/// `Pin(id[, mode, pull=None, *, value])`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let Some(id) = args.get(0) else { return Err(vm.wrong_count(1, 3, 0)) };
    let number = match vm.cast::<Pin>(id) {
        Some(p) => p.number,
        None => {
            let n = vm.need_int(id)?;
            match u8::try_from(n) {
                Ok(n) if pins(vm)?.exists(n) => n,
                _ => return Err(vm.value_error("invalid pin")),
            }
        }
    };
    let rest = args.skip_first();
    if !rest.pos.is_empty() || !rest.kw.is_empty() {
        configure(vm, number, &rest)?;
    }
    Ok(vm.new_object(Pin { number })?.value())
}

/// `init(mode=-1, pull=None, *, value)`
fn init(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let p = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    configure(vm, p.number, &args.skip_first())?;
    Ok(Value::NONE)
}

fn configure(vm: &mut Vm, number: u8, args: &Args<'_>) -> Result<(), Raised> {
    let [mode, pull, value] = args.bind(
        vm,
        &[
            Param::optional(q!(mode), Value::NONE),
            Param::optional(q!(pull), Value::small_int(-1)),
            Param::kw(q!(value), Value::NONE),
        ],
    )?;
    let mode = if mode.is_none() {
        None
    } else {
        match vm.need_int(mode)? {
            IN => Some(PinMode::Input),
            OUT => Some(PinMode::Output),
            OPEN_DRAIN => Some(PinMode::OpenDrain),
            -1 => None,
            _ => return Err(vm.value_error("invalid mode")),
        }
    };
    let pull_up = if pull.is_none() {
        Some(false)
    } else {
        match vm.need_int(pull)? {
            -1 => mode.map(|_| false),
            0 => Some(false),
            PULL_UP => Some(true),
            _ => return Err(vm.value_error("invalid pull")),
        }
    };
    let pins = pins(vm)?;
    // The level first, so that the pin does not flicker.
    if !value.is_none() {
        let high = vm.truth(value)?;
        pins.write(number, high);
    }
    pins.configure(number, mode, pull_up).map_err(|f| fault(vm, f))
}

/// `value([level])`
fn value(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let p = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    access(vm, p, args.get(1))
}

fn access(vm: &mut Vm, p: Ref<Pin>, level: Option<Value>) -> Outcome {
    let pins = pins(vm)?;
    match level {
        None => Ok(Value::small_int(isize::from(pins.read(p.number)))),
        Some(v) => {
            let high = vm.truth(v)?;
            pins.write(p.number, high);
            Ok(Value::NONE)
        }
    }
}

/// `pin([level])`
fn call(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let p = need(vm, v)?;
    access(vm, p, args.get(0))
}

fn on(vm: &mut Vm, v: Value) -> Outcome {
    let p = need(vm, v)?;
    access(vm, p, Some(Value::TRUE))
}

fn off(vm: &mut Vm, v: Value) -> Outcome {
    let p = need(vm, v)?;
    access(vm, p, Some(Value::FALSE))
}

fn toggle(vm: &mut Vm, v: Value) -> Outcome {
    let p = need(vm, v)?;
    let pins = pins(vm)?;
    pins.write(p.number, !pins.written(p.number));
    Ok(Value::NONE)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let p = need(vm, v)?;
    out.fmt(vm, format_args!("Pin({})", p.number))
}
