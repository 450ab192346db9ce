//! A constant tuple whose items also have names: `sys.implementation` and the like.
//!
//! Invariant: all of it stands in ROM; items are computed when they are asked for.

use krait_runtime::{BinaryOp, Maybe, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, UnaryOp, Value, Vm, class};

/// A name, and what gives its value.
pub(crate) struct Field(pub(crate) Qstr, pub(crate) fn(&mut Vm) -> Outcome);

/// The body: the fields.
pub(crate) struct AttrTuple(pub(crate) &'static [Field]);

impl AttrTuple {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// The type; it calls itself a tuple, as in the reference.
    pub static ATTR_TUPLE: q!(tuple) for AttrTuple;
    slots { print: print, get_attr: get_attr, unary: unary, binary: binary, subscr: subscr, iter: iter }
}

fn fields(v: Value) -> &'static [Field] {
    v.downcast::<AttrTuple>().map_or(&[], |t| t.0)
}

/// The plain tuple that it stands for.
fn plain(vm: &mut Vm, v: Value) -> Outcome {
    let fields = fields(v);
    let t = vm.new_tuple_of(fields.len())?;
    for (i, f) in fields.iter().enumerate() {
        let item = (f.1)(vm)?;
        if let Some(cell) = t.tail_cells().get(i) {
            cell.set(item);
        }
    }
    Ok(t.value())
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    for (i, f) in fields(v).iter().enumerate() {
        let name = vm.qstr_text(f.0);
        out.fmt(vm, format_args!("{}{}=", if i == 0 { "(" } else { ", " }, name.as_str()))?;
        let item = (f.1)(vm)?;
        out.value(vm, item, PrintKind::Repr)?;
    }
    out.write(vm, ")")
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    match fields(v).iter().find(|f| f.0 == name) {
        Some(f) => (f.1)(vm).map(Some),
        None => Ok(None),
    }
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    match op {
        UnaryOp::Len => Ok(Some(Value::small_int(fields(v).len() as isize))),
        UnaryOp::Bool => Ok(Some(Value::bool(!fields(v).is_empty()))),
        _ => {
            let t = plain(vm, v)?;
            vm.unary(op, t).map(Some)
        }
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let (a, b) = (plain(vm, a)?, if b.downcast::<AttrTuple>().is_some() { plain(vm, b)? } else { b });
    match op {
        BinaryOp::Contains => vm.contains(a, b).map(|r| Some(Value::bool(r))),
        _ => match vm.type_of(a).slots.binary {
            Some(f) => f(vm, op, a, b),
            None => Ok(None),
        },
    }
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let t = plain(vm, v)?;
    vm.subscr(t, i)
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let t = plain(vm, v)?;
    vm.get_iter(t)
}

/// An item that is a number of version parts and a word.
pub(crate) fn version_tuple(vm: &mut Vm, numbers: [isize; 3], word: Option<Qstr>) -> Outcome {
    let [a, b, c] = numbers.map(Value::small_int);
    let t: Ref<_> = match word {
        Some(w) => vm.new_tuple(&[a, b, c, Value::qstr(w)])?,
        None => vm.new_tuple(&[a, b, c])?,
    };
    Ok(t.value())
}
