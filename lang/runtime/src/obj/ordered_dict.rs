//! `OrderedDict`, and the read-only dict that built-in modules show their tables as.
//!
//! A dict keeps its order anyhow; an `OrderedDict` compares it too, and can give up its first entry.

use crate::obj::dict::{DICT, Dict, DictRef, binary, iter, print, set_subscr, subscr, unary};
use crate::obj::dict_methods::take_item;
use crate::obj::dict_update;
use crate::obj::table::Table;
use crate::{Args, NewObject, Outcome, Param, Raised, Ref, Tracer, Type, TypeFlags, Value, Vm};

/// An `OrderedDict`'s body.
pub struct OrderedDict {
    /// Keys and values.
    pub table: Table<2>,
}

impl OrderedDict {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }
}

/// A read-only dict's body.
pub struct FixedDict {
    /// Keys and values.
    pub table: Table<2>,
}

impl FixedDict {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }
}

class! {
    /// `OrderedDict`
    pub static ORDERED_DICT: q!(OrderedDict) for OrderedDict, base(&DICT);
    slots {
        new: new, print: print, unary: unary, binary: binary, subscr: subscr, set_subscr: set_subscr, iter: iter
    }
    attrs { q!(popitem) => kw(1, popitem) }
}

class! {
    /// A `dict` that cannot be changed.
    pub static FIXED_DICT: q!(dict) for FixedDict, flags(TypeFlags::FINAL), base(&DICT);
    slots { print: print, unary: unary, binary: binary, subscr: subscr, set_subscr: set_subscr, iter: iter }
}

impl Vm {
    /// A new empty `OrderedDict`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_ordered_dict(&mut self) -> Result<Ref<OrderedDict>, Raised> {
        self.new_object(OrderedDict { table: Table::new() })
    }

    /// A read-only dict with the entries of `d`, which is empty afterwards.
    ///
    /// # Errors
    /// Out of memory.
    pub fn freeze_dict(&mut self, d: Ref<Dict>) -> Outcome {
        let fixed = self.new_object(FixedDict { table: Table::new() })?;
        fixed.table.swap(&d.table);
        Ok(fixed.value())
    }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let d = vm.new_ordered_dict()?;
    dict_update::fill(vm, DictRef::Ordered(d), args)?;
    Ok(d.value())
}

/// `od.popitem(last=True)`
fn popitem(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 1] = [Param::optional(q!(last), Value::TRUE)];
    let d = vm.need_dict_mut(args.get(0).unwrap_or(Value::NONE))?;
    let [last] = args.skip_first().bind(vm, &PARAMS)?;
    let last = vm.truth(last)?;
    take_item(vm, d, last)
}
