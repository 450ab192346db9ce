//! `weakref.ref` and `weakref.finalize`: references that do not keep their object.
//!
//! Invariant: `target` is never reported to the collector; `vm/weakref.rs` empties it in the collection that does
//! not reach the object. A finalizer is kept by the interpreter for as long as it has its object.

use core::cell::Cell;

use crate::obj::tuple::Tuple;
use crate::{Args, Maybe, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, Value, Vm};

/// A `ref`'s body.
pub struct WeakRef {
    /// The object, while it lives.
    pub(crate) target: Cell<Option<Value>>,
    /// What is called with this reference when it has lost its object.
    pub(crate) callback: Option<Value>,
}

/// A `finalize`'s body.
pub struct Finalize {
    /// The object, while it lives and the call is not made.
    pub(crate) target: Cell<Option<Value>>,
    /// What is called, while that can still be.
    pub(crate) call: Cell<Option<Call>>,
}

/// A call that is put off.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    f: Value,
    args: Ref<Tuple>,
    /// Names and values in turn.
    kw: Ref<Tuple>,
}

impl WeakRef {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.callback);
    }
}

impl Finalize {
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(call) = self.call.get() {
            t.value(call.f);
            t.reference(call.args);
            t.reference(call.kw);
        }
    }

    /// Makes the call if it was not made yet.
    pub(crate) fn fire(&self, vm: &mut Vm) -> Outcome {
        self.target.set(None);
        match self.call.take() {
            Some(call) => vm.call_args(call.f, &Args { pos: call.args.tail(), kw: call.kw.tail() }),
            None => Ok(Value::NONE),
        }
    }
}

class! {
    /// `ref`
    pub static REF: q!(r#ref) for WeakRef;
    slots { new: new_ref, call: call_ref, print: print }
}

class! {
    /// `finalize`
    pub static FINALIZE: q!(finalize) for Finalize;
    slots { new: new_finalize, call: call_finalize, get_attr: get_attr, print: print }
    attrs { q!(peek) => f1(peek), q!(detach) => f1(detach) }
}

/// The object that is to be referred to.
fn target(vm: &mut Vm, args: &Args<'_>) -> Result<Value, Raised> {
    match args.get(0) {
        Some(v) if vm.in_heap(v) => Ok(v),
        _ => Err(vm.type_error(format_args!("not a heap object"))),
    }
}

/// `ref(object, callback=None, /)`
fn new_ref(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    if !args.kw.is_empty() || !(1..=2).contains(&args.pos.len()) {
        return Err(vm.wrong_count(1, 2, args.pos.len()));
    }
    let target = target(vm, args)?;
    let callback = args.get(1).filter(|f| !f.is_none());
    Ok(vm.new_weak(WeakRef { target: Cell::new(Some(target)), callback })?.value())
}

fn call_ref(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    if !args.kw.is_empty() || !args.pos.is_empty() {
        return Err(vm.wrong_count(0, 0, args.pos.len()));
    }
    Ok(v.downcast::<WeakRef>().and_then(|r| r.target.get()).unwrap_or(Value::NONE))
}

/// `finalize(object, callback, /, *args, **kwargs)`
fn new_finalize(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let [_, f, rest @ ..] = args.pos else {
        return Err(vm.wrong_count(2, usize::MAX, args.pos.len()));
    };
    let target = target(vm, args)?;
    let call = Call { f: *f, args: vm.new_tuple(rest)?, kw: vm.new_tuple(args.kw)? };
    let body = Finalize { target: Cell::new(Some(target)), call: Cell::new(Some(call)) };
    Ok(vm.new_weak(body)?.value())
}

fn call_finalize(vm: &mut Vm, v: Value, _: &Args<'_>) -> Outcome {
    match v.downcast::<Finalize>() {
        Some(f) => f.fire(vm),
        None => Ok(Value::NONE),
    }
}

fn get_attr(_: &mut Vm, v: Value, name: Qstr) -> Maybe {
    if name != q!(alive) {
        return Ok(None);
    }
    Ok(v.downcast::<Finalize>().map(|f| Value::bool(f.target.get().is_some())))
}

/// `peek()`: `(object, callback, args, kwargs)` while the call is not made, otherwise `None`.
fn peek(vm: &mut Vm, v: Value) -> Outcome {
    let Some(f) = v.downcast::<Finalize>() else { return Ok(Value::NONE) };
    let (Some(target), Some(call)) = (f.target.get(), f.call.get()) else { return Ok(Value::NONE) };
    let kwargs = vm.new_dict()?;
    for pair in call.kw.tail().chunks_exact(2) {
        if let [name, v] = *pair {
            vm.dict_set(kwargs, name, v)?;
        }
    }
    Ok(vm.new_tuple(&[target, call.f, call.args.value(), kwargs.value()])?.value())
}

/// `detach()`: as `peek()`, and there will be no call.
fn detach(vm: &mut Vm, v: Value) -> Outcome {
    let all = peek(vm, v)?;
    if let Some(f) = v.downcast::<Finalize>() {
        f.target.set(None);
        f.call.set(None);
    }
    Ok(all)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    let target = match (v.downcast::<WeakRef>(), v.downcast::<Finalize>()) {
        (Some(r), _) => r.target.get(),
        (None, Some(f)) => f.target.get(),
        (None, None) => None,
    };
    match target {
        Some(to) => {
            let of = vm.qstr_text(vm.type_of(to).name);
            out.fmt(vm, format_args!("<{} at {:x}; to '{}' at {:x}>", name.as_str(), v.bits(), of.as_str(), to.bits()))
        }
        None => out.fmt(vm, format_args!("<{} at {:x}; dead>", name.as_str(), v.bits())),
    }
}
