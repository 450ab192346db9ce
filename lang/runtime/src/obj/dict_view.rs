//! `dict_view`: what `keys()`, `values()` and `items()` give; it shows the dict as it is at each moment.
//!
//! Keys and items compare and combine like sets; values do not, and are hashed by identity.

use crate::obj::dict::DictRef;
use crate::obj::set::{self, SetRef};
use crate::obj::table_iter::TableIter;
use crate::obj::tuple::Tuple;
use crate::{BinaryOp, Maybe, NewObject, Out, Outcome, PrintKind, Raised, Tailed, Tracer, UnaryOp, Value, Vm};

/// Which part of the entries a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The keys.
    Keys,
    /// The values.
    Values,
    /// Tuples of both.
    Items,
}

/// A view's body.
pub struct DictView {
    dict: DictRef,
    part: Part,
}

impl DictView {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.dict.trace(t);
    }

    /// A new view.
    ///
    /// # Errors
    /// Out of memory.
    pub fn make(vm: &mut Vm, dict: DictRef, part: Part) -> Outcome {
        Ok(vm.new_object(DictView { dict, part })?.value())
    }
}

class! {
    /// `dict_view`
    pub static DICT_VIEW: q!(dict_view) for DictView;
    slots { print: print, unary: unary, binary: binary, iter: iter }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(view) = v.downcast::<DictView>() else { return Ok(()) };
    out.write(
        vm,
        match view.part {
            Part::Keys => "dict_keys([",
            Part::Values => "dict_values([",
            Part::Items => "dict_items([",
        },
    )?;
    let it = iter(vm, v)?;
    let mut first = true;
    while let Some(item) = vm.iter_next(it)? {
        if !first {
            out.write(vm, ", ")?;
        }
        first = false;
        out.value(vm, item, PrintKind::Repr)?;
    }
    out.write(vm, "])")
}

fn unary(_: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(view) = v.downcast::<DictView>() else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(!view.dict.is_empty())),
        UnaryOp::Len => Some(Value::small_int(view.dict.len() as isize)),
        UnaryOp::Hash if view.part == Part::Values => Some(Value::small_int((v.bits() >> 3) as isize)),
        _ => None,
    })
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let Some(view) = v.downcast::<DictView>() else { return Ok(v) };
    match view.part {
        Part::Keys => TableIter::keys(vm, view.dict),
        Part::Values => TableIter::values(vm, view.dict),
        Part::Items => TableIter::items(vm, view.dict),
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(view) = a.downcast::<DictView>() else { return Ok(None) };
    if op == BinaryOp::Contains {
        return contains(vm, view.dict, view.part, b);
    }
    let set_like = |vm: &Vm, v: Value| {
        set::as_set(vm, v).is_some() || v.downcast::<DictView>().is_some_and(|d| d.part != Part::Values)
    };
    if view.part == Part::Values || !set::is_set_operator(op) || !set_like(vm, b) {
        return Ok(None);
    }
    let left = set::set_from(vm, a)?;
    let right = match set::as_set(vm, b) {
        Some(s) => s,
        None => SetRef::Set(set::set_from(vm, b)?),
    };
    set::combine(vm, op, SetRef::Set(left), right)
}

fn contains(vm: &mut Vm, dict: DictRef, part: Part, item: Value) -> Maybe {
    match part {
        Part::Keys => Ok(Some(Value::bool(dict.find(vm, item)?.is_some()))),
        Part::Items => {
            let Some(pair) = vm.cast::<Tuple>(item).filter(|t| t.tail_len() == 2) else {
                return Ok(Some(Value::FALSE));
            };
            let [k, v] = *pair.tail() else { return Ok(Some(Value::FALSE)) };
            match dict.find(vm, k)?.and_then(|p| dict.entry(p)) {
                Some((_, have)) => vm.equal(have, v).map(|r| Some(Value::bool(r))),
                None => Ok(Some(Value::FALSE)),
            }
        }
        // By iteration.
        Part::Values => Ok(None),
    }
}
