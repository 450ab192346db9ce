//! `bound_method`: a function with its first argument.

use crate::{Args, BinaryOp, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Tracer, Value, Vm};

/// A bound method's body.
pub struct BoundMethod {
    /// The function.
    pub f: Value,
    /// Its first argument.
    pub this: Value,
}

impl BoundMethod {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.f);
        t.value(self.this);
    }
}

class! {
    /// `bound_method`
    pub static BOUND_METHOD: q!(bound_method) for BoundMethod;
    slots { print: print, call: call, get_attr: get_attr, binary: binary, unary: unary }
}

impl Vm {
    /// The function `f` with `this` as its first argument.
    ///
    /// # Errors
    /// Out of memory.
    pub fn bind_method(&mut self, f: Value, this: Value) -> Outcome {
        Ok(self.new_object(BoundMethod { f, this })?.value())
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(m) = v.downcast::<BoundMethod>() else { return Ok(()) };
    out.fmt(vm, format_args!("<bound_method {:x} ", v.bits()))?;
    out.value(vm, m.this, PrintKind::Repr)?;
    out.write(vm, ".")?;
    out.value(vm, m.f, PrintKind::Repr)?;
    out.write(vm, ">")
}

fn call(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    match v.downcast::<BoundMethod>() {
        Some(m) => vm.call_with_first(m.f, m.this, args),
        None => Err(vm.type_error(format_args!("object not callable"))),
    }
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    match v.downcast::<BoundMethod>() {
        // A bound method has the attributes of its function (`__name__` and the like).
        Some(m) if name != q!(__class__) => vm.get_attr_maybe(m.f, name),
        _ => Ok(None),
    }
}

fn binary(_: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    match (op, a.downcast::<BoundMethod>(), b.downcast::<BoundMethod>()) {
        (BinaryOp::Equal, Some(x), Some(y)) => Ok(Some(Value::bool(x.this == y.this && x.f == y.f))),
        _ => Ok(None),
    }
}

fn unary(_: &mut Vm, op: crate::UnaryOp, v: Value) -> Maybe {
    match (op, v.downcast::<BoundMethod>()) {
        (crate::UnaryOp::Hash, Some(m)) => {
            let h = (m.this.bits() ^ m.f.bits().rotate_left(7)) >> 3;
            Ok(Some(Value::small_int(h as isize >> 1)))
        }
        _ => Ok(None),
    }
}
