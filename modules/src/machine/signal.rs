//! `Signal`: a pin that may be active when it is low.

use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class, q};

use super::line::Line;
use super::pin::PIN;

/// The most arguments that making a pin takes.
const MOST: usize = 8;

/// A `Signal`'s body.
pub(crate) struct Signal {
    line: Line,
    invert: bool,
}

impl Signal {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.line.trace(t);
    }
}

class! {
    /// `Signal`
    pub static SIGNAL: q!(Signal) for Signal;
    slots { new: new, call: call }
    attrs {
        q!(value) => var(1, 2, value),
        q!(on) => f1(on),
        q!(off) => f1(off),
    }
}

/// `Signal(pin, invert=False)`, or `Signal(what a Pin takes, invert=False)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let invert = match args.keyword(q!(invert)) {
        Some(v) => vm.truth(v)?,
        None => false,
    };
    let Some(first) = args.get(0) else { return Err(vm.wrong_count(1, 1, 0)) };
    let is_number = vm.int_maybe(first)?.is_some();
    let pin = if is_number { make_pin(vm, args, invert)? } else { first };
    if !is_number
        && (args.pos.len() > 1 || args.kw.len() > 2 || (args.kw.len() == 2) != args.keyword(q!(invert)).is_some())
    {
        return Err(vm.type_error(format_args!("a pin and invert expected")));
    }
    let line = Line::of(vm, pin)?;
    Ok(vm.new_object(Signal { line, invert })?.value())
}

/// A pin of the arguments but for `invert`; its `value` is the signal's.
fn make_pin(vm: &mut Vm, args: &Args<'_>, invert: bool) -> Outcome {
    let mut kw = [Value::NONE; MOST];
    let mut n = 0;
    for pair in args.kw.chunks_exact(2) {
        let [k, mut v] = [pair[0], pair[1]];
        if k == Value::qstr(q!(invert)) {
            continue;
        }
        if k == Value::qstr(q!(value)) && invert {
            v = Value::bool(!vm.truth(v)?);
        }
        let Some([to_k, to_v]) = kw.get_mut(n..n + 2) else {
            return Err(vm.type_error(format_args!("extra keyword arguments given")));
        };
        (*to_k, *to_v) = (k, v);
        n += 2;
    }
    let args = Args { pos: args.pos, kw: kw.get(..n).unwrap_or(&[]) };
    vm.call_args(Ref::of_static(&PIN).value(), &args)
}

fn access(vm: &mut Vm, v: Value, level: Option<bool>) -> Outcome {
    let Some(s) = vm.cast::<Signal>(v) else {
        return Err(vm.type_error(format_args!("Signal expected")));
    };
    match level {
        None => {
            // An object that plays a pin may have more than two levels.
            let level = s.line.level(vm)?;
            vm.new_int(level ^ isize::from(s.invert))
        }
        Some(high) => {
            s.line.write(vm, high != s.invert)?;
            Ok(Value::NONE)
        }
    }
}

fn level(vm: &mut Vm, v: Option<Value>) -> Result<Option<bool>, Raised> {
    v.map(|v| vm.truth(v)).transpose()
}

fn value(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let level = level(vm, args.get(1))?;
    access(vm, args.get(0).unwrap_or(Value::NONE), level)
}

fn call(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let level = level(vm, args.get(0))?;
    access(vm, v, level)
}

fn on(vm: &mut Vm, v: Value) -> Outcome {
    access(vm, v, Some(true))
}

fn off(vm: &mut Vm, v: Value) -> Outcome {
    access(vm, v, Some(false))
}
