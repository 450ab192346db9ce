//! `dict`: its body, how one is made, and its operators. Methods are in `dict_methods.rs`, views in `dict_view.rs`.
//!
//! Invariant: iteration is in the order of insertion. `OrderedDict` and the read-only dict are types of their own,
//! with the same table; a [`DictRef`] is any of the three, and what code should ask for that takes "a dict".

use core::ops::Deref;

use crate::obj::dict_methods as methods;
use crate::obj::dict_update;
use crate::obj::ordered_dict::{FixedDict, OrderedDict};
use crate::obj::sequence::item_kind;
use crate::obj::slice;
use crate::obj::table::Table;
use crate::obj::table_iter::TableIter;
use crate::{
    Args, BinaryOp, Maybe, NewObject, Obj, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm,
};

/// A dict's body.
pub struct Dict {
    /// Keys and values.
    pub table: Table<2>,
}

impl Dict {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }

    /// The value of an interned name, by identity of the name.
    #[inline]
    pub fn get_qstr(&self, vm: &Vm, name: Qstr) -> Option<Value> {
        self.table.get_qstr(vm, name)
    }

    /// Sets the value of an interned name.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_qstr(&self, vm: &mut Vm, name: Qstr, v: Value) -> Result<(), Raised> {
        self.table.insert_qstr(vm, name, v).map(|_| ())
    }

    /// Removes an interned name; returns its value.
    pub fn remove_qstr(&self, vm: &mut Vm, name: Qstr) -> Option<Value> {
        let place = self.table.find_qstr(vm, name)?;
        self.table.remove_at(vm, place).map(|(_, v)| v)
    }
}

/// A dict of any kind. Dereferences to its table.
#[derive(Clone, Copy)]
pub enum DictRef {
    /// A `dict`.
    Plain(Ref<Dict>),
    /// An `OrderedDict`.
    Ordered(Ref<OrderedDict>),
    /// A read-only `dict`.
    Fixed(Ref<FixedDict>),
}

impl Deref for DictRef {
    type Target = Table<2>;

    #[inline(always)]
    fn deref(&self) -> &Table<2> {
        match self {
            DictRef::Plain(d) => &d.table,
            DictRef::Ordered(d) => &d.table,
            DictRef::Fixed(d) => &d.table,
        }
    }
}

impl DictRef {
    /// The object.
    pub fn value(self) -> Value {
        match self {
            DictRef::Plain(d) => d.value(),
            DictRef::Ordered(d) => d.value(),
            DictRef::Fixed(d) => d.value(),
        }
    }

    pub(crate) fn trace(self, t: &mut Tracer<'_>) {
        t.value(self.value());
    }
}

impl Vm {
    /// A new empty dict.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_dict(&mut self) -> Result<Ref<Dict>, Raised> {
        self.new_object(Dict { table: Table::new() })
    }

    /// The dict, if `v` is one of any kind (or inherits from one).
    #[inline]
    pub fn as_dict(&self, v: Value) -> Option<DictRef> {
        if let Some(d) = v.downcast::<Dict>() {
            return Some(DictRef::Plain(d));
        }
        let v = self.native_part(v);
        if let Some(d) = v.downcast::<Dict>() {
            return Some(DictRef::Plain(d));
        }
        if let Some(d) = v.downcast::<OrderedDict>() {
            return Some(DictRef::Ordered(d));
        }
        v.downcast::<FixedDict>().map(DictRef::Fixed)
    }

    /// The dict, to change it.
    ///
    /// # Errors
    /// `TypeError` if it is none, or read-only.
    pub fn need_dict_mut(&mut self, v: Value) -> Result<DictRef, Raised> {
        match self.as_dict(v) {
            Some(DictRef::Fixed(_)) => Err(self.type_error(format_args!("dict is read-only"))),
            Some(d) => Ok(d),
            None => Err(self.type_error(format_args!("argument has wrong type"))),
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// What hashing or comparing raises.
    pub fn dict_get(&mut self, d: Ref<Dict>, key: Value) -> Result<Option<Value>, Raised> {
        let place = d.table.find(self, key)?;
        Ok(place.and_then(|p| d.table.entry(p)).map(|(_, v)| v))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// As [`Vm::dict_get`]; out of memory.
    pub fn dict_set(&mut self, d: Ref<Dict>, key: Value, v: Value) -> Result<(), Raised> {
        d.table.insert(self, key, v).map(|_| ())
    }
}

class! {
    /// `dict`
    pub static DICT: q!(dict) for Dict;
    slots {
        new: new, print: print, unary: unary, binary: binary, subscr: subscr, set_subscr: set_subscr, iter: iter
    }
    attrs {
        q!(clear) => f1(methods::clear),
        q!(copy) => f1(methods::copy),
        q!(fromkeys) => cmethod(var(2, 3, methods::fromkeys)),
        q!(get) => var(2, 3, methods::get),
        q!(items) => f1(methods::items),
        q!(keys) => f1(methods::keys),
        q!(pop) => var(2, 3, methods::pop),
        q!(popitem) => f1(methods::popitem),
        q!(setdefault) => var(2, 3, methods::setdefault),
        q!(update) => kw(1, dict_update::update),
        q!(values) => f1(methods::values),
        q!(__getitem__) => f2(subscr),
        q!(__setitem__) => f3(methods::setitem),
        q!(__delitem__) => f2(methods::delitem),
        q!(__contains__) => f2(methods::contains),
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let d = vm.new_dict()?;
    dict_update::fill(vm, DictRef::Plain(d), args)?;
    Ok(d.value())
}

pub(crate) fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(d) = vm.as_dict(v) else { return Ok(()) };
    let named = matches!(d, DictRef::Ordered(_)) && kind != PrintKind::Json;
    if named {
        let name = vm.qstr_text(vm.type_of(v).name);
        out.write(vm, &name)?;
        out.write(vm, "(")?;
    }
    out.write(vm, "{")?;
    let mut place = 0;
    let mut first = true;
    while let Some((next, k, v)) = d.next_entry(place) {
        place = next;
        if !first {
            out.write(vm, ", ")?;
        }
        first = false;
        print_key(vm, k, out, kind)?;
        out.write(vm, ": ")?;
        out.value(vm, v, item_kind(kind))?;
    }
    out.write(vm, "}")?;
    if named { out.write(vm, ")") } else { Ok(()) }
}

/// A key; in JSON, where keys are strings, others are put into quotes.
fn print_key(vm: &mut Vm, k: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    if kind != PrintKind::Json {
        return out.value(vm, k, PrintKind::Repr);
    }
    if vm.as_str(k).is_some() || vm.cast::<crate::obj::bytes::Bytes>(k).is_some() {
        return out.value(vm, k, kind);
    }
    out.write(vm, "\"")?;
    out.value(vm, k, kind)?;
    out.write(vm, "\"")
}

pub(crate) fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(d) = vm.as_dict(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(!d.is_empty())),
        UnaryOp::Len => Some(Value::small_int(d.len() as isize)),
        UnaryOp::Sizeof => {
            let bytes = size_of::<Obj<Dict>>() + d.places() * 2 * size_of::<Value>();
            Some(Value::small_int(bytes as isize))
        }
        _ => None,
    })
}

pub(crate) fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(x) = vm.as_dict(a) else { return Ok(None) };
    match op {
        BinaryOp::Contains => Ok(Some(Value::bool(x.find(vm, b)?.is_some()))),
        BinaryOp::Equal => {
            let Some(y) = vm.as_dict(b) else { return Ok(None) };
            let same = match (x, y) {
                (DictRef::Ordered(_), DictRef::Ordered(_)) => equal_in_order(vm, x, y)?,
                _ => equal(vm, x, y)?,
            };
            Ok(Some(Value::bool(same)))
        }
        BinaryOp::Or => {
            let merged = methods::copy_of(vm, x)?;
            dict_update::update_from(vm, merged, b)?;
            Ok(Some(merged.value()))
        }
        BinaryOp::InplaceOr => {
            let x = vm.need_dict_mut(a)?;
            dict_update::update_from(vm, x, b)?;
            Ok(Some(a))
        }
        _ => Ok(None),
    }
}

/// Whether two dicts have the same keys with the same values.
fn equal(vm: &mut Vm, x: DictRef, y: DictRef) -> Result<bool, Raised> {
    vm.check_stack()?;
    if x.len() != y.len() {
        return Ok(false);
    }
    let mut place = 0;
    while let Some((next, k, v)) = x.next_entry(place) {
        place = next;
        let other = match y.find(vm, k)? {
            Some(p) => y.entry(p),
            None => None,
        };
        match other {
            Some((_, w)) if vm.equal(v, w)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// As [`equal`], and in the same order.
fn equal_in_order(vm: &mut Vm, x: DictRef, y: DictRef) -> Result<bool, Raised> {
    vm.check_stack()?;
    if x.len() != y.len() {
        return Ok(false);
    }
    let (mut i, mut j) = (0, 0);
    while let (Some((next_i, k, v)), Some((next_j, l, w))) = (x.next_entry(i), y.next_entry(j)) {
        (i, j) = (next_i, next_j);
        if !vm.equal(k, l)? || !vm.equal(v, w)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn subscr(vm: &mut Vm, v: Value, key: Value) -> Outcome {
    let Some(d) = vm.as_dict(v) else {
        return Err(vm.not_subscriptable(v, "object isn't subscriptable"));
    };
    match d.find(vm, key)?.and_then(|p| d.entry(p)) {
        Some((_, v)) => Ok(v),
        None => Err(vm.key_error(key)),
    }
}

pub(crate) fn set_subscr(vm: &mut Vm, v: Value, key: Value, to: Option<Value>) -> Result<(), Raised> {
    let d = vm.need_dict_mut(v)?;
    match to {
        Some(to) => {
            if matches!(d, DictRef::Plain(_)) && slice::is_slice(key) {
                return Err(vm.type_error(format_args!("unsupported type for __hash__: 'slice'")));
            }
            d.insert(vm, key, to).map(|_| ())
        }
        None => match d.find(vm, key)? {
            Some(place) => {
                d.remove_at(vm, place);
                Ok(())
            }
            None => Err(vm.key_error(key)),
        },
    }
}

pub(crate) fn iter(vm: &mut Vm, v: Value) -> Outcome {
    match vm.as_dict(v) {
        Some(d) => TableIter::keys(vm, d),
        None => Ok(v),
    }
}
