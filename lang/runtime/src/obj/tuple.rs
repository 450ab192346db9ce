//! `tuple`: its items follow the body, and never change.
//!
//! The surprising fact: a named tuple is an instance of a class that inherits from `tuple` and has `_fields`; its
//! fields are looked up here, by the type of its native part.

use krait_memory::tail_of;

use crate::obj::sequence::{self, Seq};
use crate::obj::slice::{self, SliceRange};
use crate::{
    Args, BinaryOp, Maybe, NewTailed, Obj, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tailed, Tracer, Type, UnaryOp,
    Value, Vm,
};

/// A tuple's body.
pub struct Tuple {
    len: usize,
}

tailed!(Tuple, Value, |b| b.len);

impl Tuple {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.values(tail_of(self));
    }
}

/// The empty tuple.
#[allow(unsafe_code)]
// SAFETY: TUPLE is Tuple's type, and an empty tail needs no room.
static EMPTY: Obj<Tuple> = unsafe { Obj::new_static(Ref::of_static(&TUPLE).as_ptr().cast(), Tuple { len: 0 }) };

impl Vm {
    /// A new tuple of `items`; the empty tuple is one object.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_tuple(&mut self, items: &[Value]) -> Result<Ref<Tuple>, Raised> {
        if items.is_empty() {
            return Ok(empty());
        }
        self.new_tailed_from(Tuple { len: items.len() }, items)
    }

    /// A new tuple of `n` items, all `None`; fill it by [`Ref::tail_cells`] before anyone else sees it.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_tuple_of(&mut self, n: usize) -> Result<Ref<Tuple>, Raised> {
        if n == 0 {
            return Ok(empty());
        }
        self.new_tailed(Tuple { len: n }, n, Value::NONE)
    }

    /// A tuple of what iterating gives.
    ///
    /// # Errors
    /// What iterating raises; out of memory.
    pub fn tuple_from(&mut self, iterable: Value) -> Result<Ref<Tuple>, Raised> {
        if let Some(t) = iterable.downcast::<Tuple>() {
            return Ok(t);
        }
        let seq = match Seq::of(self, iterable) {
            Some(seq) if !self.type_of(iterable).is_class() => seq,
            _ => Seq::List(self.list_from(iterable)?),
        };
        let n = seq.len();
        self.tuple_of(seq, SliceRange::fit(None, None, 1, n))
    }

    /// A new tuple of some items of a sequence.
    fn tuple_of(&mut self, from: Seq, r: SliceRange) -> Result<Ref<Tuple>, Raised> {
        let t = self.new_tuple_of(r.len())?;
        for (cell, i) in t.tail_cells().iter().zip(r.indexes()) {
            cell.set(from.get(i).unwrap_or(Value::NONE));
        }
        Ok(t)
    }
}

/// The empty tuple.
pub fn empty() -> Ref<Tuple> {
    Ref::of_static(&EMPTY)
}

/// The items of `v` if it is a tuple (or inherits from it).
pub fn items(vm: &Vm, v: Value) -> Option<Ref<Tuple>> {
    vm.cast::<Tuple>(v)
}

class! {
    /// `tuple`
    pub static TUPLE: q!(tuple) for Tuple, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: print, unary: unary, binary: binary, subscr: subscr, iter: iter, get_attr: get_attr
    }
    attrs { q!(count) => f2(count), q!(index) => var(2, 4, index) }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    match args.get(0) {
        Some(v) => Ok(vm.tuple_from(v)?.value()),
        None => Ok(empty().value()),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(t) = vm.cast::<Tuple>(v) else { return Ok(()) };
    let (open, close) = match kind {
        PrintKind::Json => ("[", "]"),
        _ if t.tail_len() == 1 => ("(", ",)"),
        _ => ("(", ")"),
    };
    out.write(vm, open)?;
    sequence::print(vm, Seq::Tuple(t), out, kind)?;
    out.write(vm, close)
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(t) = vm.cast::<Tuple>(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(t.tail_len() != 0)),
        UnaryOp::Len => Some(Value::small_int(t.tail_len() as isize)),
        UnaryOp::Hash => Some(Value::small_int(hash(vm, t)? as isize)),
        UnaryOp::Sizeof => {
            Some(Value::small_int((size_of::<Obj<Tuple>>() + t.tail_len() * size_of::<Value>()) as isize))
        }
        _ => None,
    })
}

fn hash(vm: &mut Vm, t: Ref<Tuple>) -> Result<usize, Raised> {
    vm.check_stack()?;
    let mut h = t.tail_len().wrapping_add(0x3456);
    for v in t.tail() {
        h = h.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ vm.hash(*v)?;
    }
    Ok(h)
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = vm.cast::<Tuple>(a) else { return Ok(None) };
    if sequence::is_comparison(op) {
        let Some(y) = vm.cast::<Tuple>(b) else { return Ok(None) };
        if x == y && op == BinaryOp::Equal {
            return Ok(Some(Value::TRUE));
        }
        return sequence::compare(vm, op, Seq::Tuple(x), Seq::Tuple(y)).map(|r| Some(Value::bool(r)));
    }
    match op {
        BinaryOp::Contains => {
            let found = sequence::find(vm, Seq::Tuple(x), b, 0, usize::MAX)?;
            Ok(Some(Value::bool(found.is_some())))
        }
        BinaryOp::Add => {
            let Some(y) = vm.cast::<Tuple>(b) else { return Ok(None) };
            let n = x.tail_len().saturating_add(y.tail_len());
            let sum = vm.new_tuple_of(n)?;
            for (cell, v) in sum.tail_cells().iter().zip(x.tail().iter().chain(y.tail())) {
                cell.set(*v);
            }
            Ok(Some(sum.value()))
        }
        BinaryOp::Multiply | BinaryOp::ReverseMultiply => {
            let Some(n) = vm.int_maybe(b)? else { return Ok(None) };
            let total = sequence::repeated_len(vm, x.tail_len(), n)?;
            let out = vm.new_tuple_of(total)?;
            for (cell, v) in out.tail_cells().iter().zip(x.tail().iter().cycle()) {
                cell.set(*v);
            }
            Ok(Some(out.value()))
        }
        _ => Ok(None),
    }
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let Some(t) = vm.cast::<Tuple>(v) else {
        return Err(vm.not_subscriptable(v, "object isn't subscriptable"));
    };
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, t.tail_len())?;
        return Ok(vm.tuple_of(Seq::Tuple(t), r)?.value());
    }
    let at = vm.need_index("tuple", t.tail_len(), i)?;
    Ok(t.tail().get(at).copied().unwrap_or(Value::NONE))
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let v = vm.native_part(v);
    vm.new_seq_iter(v)
}

/// The fields of a named tuple: `v` is the instance, its class names them.
fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let ty = vm.type_of(v);
    if !ty.is_class() {
        return Ok(None);
    }
    Ok(field_index(vm, ty, name).and_then(|i| vm.cast::<Tuple>(v)?.tail().get(i).copied()))
}

/// The place of a field of a class of named tuples.
pub fn field_index(vm: &Vm, ty: Ref<Type>, name: Qstr) -> Option<usize> {
    let (fields, _) = vm.class_lookup(ty, q!(_fields))?;
    fields.downcast::<Tuple>()?.tail().iter().position(|f| *f == Value::qstr(name))
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<Tuple>, Raised> {
    match vm.cast::<Tuple>(v) {
        Some(t) => Ok(t),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

fn count(vm: &mut Vm, v: Value, item: Value) -> Outcome {
    let t = this(vm, v)?;
    Ok(Value::small_int(sequence::count(vm, Seq::Tuple(t), item)? as isize))
}

fn index(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let t = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    sequence::index(vm, Seq::Tuple(t), args.skip_first().pos)
}
