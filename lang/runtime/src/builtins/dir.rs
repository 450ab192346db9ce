//! `dir`: the names that an object has, sorted.

use crate::obj::list::List;
use crate::obj::list_sort::sort_list;
use crate::obj::module::Module;
use crate::{Args, Outcome, Raised, Ref, Value, Vm, q};

/// `dir([object])`
pub(super) fn dir(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let list = match args.get(0) {
        Some(v) => match special(vm, v)? {
            Some(list) => list,
            None => names_of(vm, v)?,
        },
        None => {
            let list = vm.new_list(&[])?;
            let locals = vm.locals();
            vm.each_key(&locals.table, &mut |vm, name| list.items.push(vm, Value::qstr(name)))?;
            list
        }
    };
    sort_list(vm, list, Value::NONE, false)?;
    drop_repeated(list);
    Ok(list.value())
}

/// What an instance's own `__dir__` says.
fn special(vm: &mut Vm, v: Value) -> Result<Option<Ref<List>>, Raised> {
    if vm.as_instance(v).is_none() || vm.class_lookup(vm.type_of(v), q!(__dir__)).is_none() {
        return Ok(None);
    }
    let names = vm.call_method(v, q!(__dir__), &[])?;
    let list = vm.new_list(&[])?;
    vm.extend_from_iter(&list.items, names)?;
    Ok(Some(list))
}

/// The names of an object's attributes, not sorted, perhaps repeated.
pub(super) fn names_of(vm: &mut Vm, v: Value) -> Result<Ref<List>, Raised> {
    let list = vm.new_list(&[])?;
    vm.each_name(v, &mut |vm, name| list.items.push(vm, Value::qstr(name)))?;
    list.items.push(vm, Value::qstr(q!(__class__)))?;
    if v.downcast::<Module>().is_some() {
        list.items.push(vm, Value::qstr(q!(__dict__)))?;
    }
    Ok(list)
}

/// Names are interned, so equal ones are the same word.
fn drop_repeated(list: Ref<List>) {
    let mut kept = 0;
    for i in 0..list.items.len() {
        let Some(v) = list.items.get(i) else { break };
        if kept == 0 || list.items.get(kept - 1) != Some(v) {
            list.items.set(kept, v);
            kept += 1;
        }
    }
    list.items.truncate(kept);
}
