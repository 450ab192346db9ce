//! `list`: its body, how one is made, and its operators. Methods are in `list_methods.rs`, sorting in `list_sort.rs`.
//!
//! Invariant: the items lie in one growable array, and reading one is a bounds check and a load; nobody holds an
//! index or a length of a list across a call that may run Python.

use crate::obj::list_methods as methods;
use crate::obj::list_sort;
use crate::obj::list_subscr::{set_subscr, subscr};
use crate::obj::sequence::{self, Seq};
use crate::{
    Args, BinaryOp, Maybe, NewObject, Obj, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, UnaryOp, Value,
    ValueBuf, Vm,
};

/// A list's body.
pub struct List {
    /// The items.
    pub items: ValueBuf,
}

impl List {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.items.trace(t);
    }
}

impl Vm {
    /// A new list of `items`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_list(&mut self, items: &[Value]) -> Result<Ref<List>, Raised> {
        let list = self.new_list_for(items.len())?;
        for v in items {
            list.items.push(self, *v)?;
        }
        Ok(list)
    }

    /// A new empty list with room for exactly `n` items.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_list_for(&mut self, n: usize) -> Result<Ref<List>, Raised> {
        let list = self.new_object(List { items: ValueBuf::new() })?;
        if n > 0 {
            list.items.reserve_exact(self, n)?;
        }
        Ok(list)
    }

    /// A new list of what iterating gives.
    ///
    /// # Errors
    /// What iterating raises; out of memory.
    pub fn list_from(&mut self, iterable: Value) -> Result<Ref<List>, Raised> {
        if let Some(seq) = Seq::of(self, iterable).filter(|_| !self.type_of(iterable).is_class()) {
            let list = self.new_list_for(seq.len())?;
            sequence::append_all(self, &list.items, seq)?;
            return Ok(list);
        }
        let room = length_hint(self, iterable)?;
        let list = self.new_list_for(room)?;
        self.extend_from_iter(&list.items, iterable)?;
        Ok(list)
    }
}

/// The length that a native container declares, as the room to prepare; 0 for what runs Python to tell it.
pub(crate) fn length_hint(vm: &mut Vm, iterable: Value) -> Result<usize, Raised> {
    if vm.type_of(iterable).is_class() {
        return Ok(0);
    }
    Ok(vm.len_maybe(iterable)?.unwrap_or(0))
}

class! {
    /// `list`
    pub static LIST: q!(list) for List, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: print, unary: unary, binary: binary, subscr: subscr, set_subscr: set_subscr, iter: iter
    }
    attrs {
        q!(append) => f2(methods::append),
        q!(clear) => f1(methods::clear),
        q!(copy) => f1(methods::copy),
        q!(count) => f2(methods::count),
        q!(extend) => f2(methods::extend),
        q!(index) => var(2, 4, methods::index),
        q!(insert) => f3(methods::insert),
        q!(pop) => var(1, 2, methods::pop),
        q!(remove) => f2(methods::remove),
        q!(reverse) => f1(methods::reverse),
        q!(sort) => kw(1, list_sort::sort),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 1)?;
    match args.get(0) {
        Some(v) => Ok(vm.list_from(v)?.value()),
        None => Ok(vm.new_list(&[])?.value()),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(list) = vm.cast::<List>(v) else { return Ok(()) };
    out.write(vm, "[")?;
    sequence::print(vm, Seq::List(list), out, kind)?;
    out.write(vm, "]")
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(list) = vm.cast::<List>(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(!list.items.is_empty())),
        UnaryOp::Len => Some(Value::small_int(list.items.len() as isize)),
        UnaryOp::Sizeof => {
            Some(Value::small_int((size_of::<Obj<List>>() + list.items.len() * size_of::<Value>()) as isize))
        }
        _ => None,
    })
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = vm.cast::<List>(a) else { return Ok(None) };
    if sequence::is_comparison(op) {
        let Some(y) = vm.cast::<List>(b) else { return Ok(None) };
        if x == y && op == BinaryOp::Equal {
            return Ok(Some(Value::TRUE));
        }
        return sequence::compare(vm, op, Seq::List(x), Seq::List(y)).map(|r| Some(Value::bool(r)));
    }
    match op {
        BinaryOp::Contains => {
            let found = sequence::find(vm, Seq::List(x), b, 0, usize::MAX)?;
            Ok(Some(Value::bool(found.is_some())))
        }
        BinaryOp::Add => {
            let Some(y) = vm.cast::<List>(b) else { return Ok(None) };
            let sum = vm.new_list_for(x.items.len().saturating_add(y.items.len()))?;
            sequence::append_all(vm, &sum.items, Seq::List(x))?;
            sequence::append_all(vm, &sum.items, Seq::List(y))?;
            Ok(Some(sum.value()))
        }
        BinaryOp::InplaceAdd => {
            methods::extend_list(vm, x, b)?;
            Ok(Some(a))
        }
        BinaryOp::Multiply | BinaryOp::ReverseMultiply => {
            let Some(n) = vm.int_maybe(b)? else { return Ok(None) };
            let total = sequence::repeated_len(vm, x.items.len(), n)?;
            let out = vm.new_list_for(total)?;
            fill_repeats(vm, &out.items, x, total)?;
            Ok(Some(out.value()))
        }
        BinaryOp::InplaceMultiply => {
            let Some(n) = vm.int_maybe(b)? else { return Ok(None) };
            let total = sequence::repeated_len(vm, x.items.len(), n)?;
            if total == 0 {
                x.items.clear(crate::Gc::heap_mut(vm));
            } else {
                fill_repeats(vm, &x.items, x, total)?;
            }
            Ok(Some(a))
        }
        _ => Ok(None),
    }
}

/// Appends to `out` the items of `x` again and again, until there are `total`.
fn fill_repeats(vm: &mut Vm, out: &ValueBuf, x: Ref<List>, total: usize) -> Result<(), Raised> {
    let (len, have) = (x.items.len(), out.len());
    if len == 0 || total <= have {
        return Ok(());
    }
    out.extend_fill(vm, total - have, x.items.get(0).unwrap_or(Value::NONE))?;
    if len > 1 {
        let mut from = 0;
        for i in have..total {
            out.set(i, x.items.get(from).unwrap_or(Value::NONE));
            from += 1;
            if from == len {
                from = 0;
            }
        }
    }
    Ok(())
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let v = vm.native_part(v);
    vm.new_seq_iter(v)
}
