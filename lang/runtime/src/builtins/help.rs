//! `help`: a text, the modules there are, or what is known of an object.

use super::dir::names_of;
use crate::obj::list_sort::sort_list;
use crate::obj::module::Module;
use crate::{Args, Out, Outcome, PrintKind, Raised, Value, Vm, q};

const TEXT: &str = "\
Welcome to MicroPython, as Krait has it!

For online docs please visit http://docs.micropython.org/

Control commands:
  CTRL-A        -- on a blank line, enter raw REPL mode
  CTRL-B        -- on a blank line, enter normal REPL mode
  CTRL-C        -- interrupt a running program
  CTRL-D        -- on a blank line, exit or do a soft reset
  CTRL-E        -- on a blank line, enter paste mode

For further help on a specific object, type help(obj)
For a list of modules, type help('modules')
";

/// `help([object])`
pub(super) fn help(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    match args.get(0) {
        None => Out::Console.write(vm, TEXT)?,
        Some(v) if v == Value::qstr(q!(modules)) => modules(vm)?,
        Some(v) => object(vm, v)?,
    }
    Ok(Value::NONE)
}

const COLUMNS: usize = 4;
const WIDTH: usize = 18;

/// The built-in modules, down the columns.
fn modules(vm: &mut Vm) -> Result<(), Raised> {
    let list = vm.new_list(&[])?;
    list.items.push(vm, Value::qstr(q!(__main__)))?;
    for m in vm.st.builtin_modules {
        list.items.push(vm, Value::qstr(m.body.name))?;
    }
    for m in vm.st.frozen {
        // Packages by their own name, without what is in them.
        let name = m.path();
        let name = name.strip_suffix(".py").or(name.strip_suffix(".mpy")).unwrap_or(name);
        let name = name.strip_suffix("/__init__").unwrap_or(name);
        if !name.contains('/') {
            let name = vm.intern(name)?;
            list.items.push(vm, Value::qstr(name))?;
        }
    }
    sort_list(vm, list, Value::NONE, false)?;
    let rows = list.items.len().div_ceil(COLUMNS);
    for row in 0..rows {
        let mut at = row;
        while let Some(name) = list.items.get(at).and_then(Value::as_qstr) {
            let name = vm.qstr_text(name);
            at += rows;
            let gap = if at < list.items.len() { WIDTH.saturating_sub(name.len()).max(1) } else { 0 };
            Out::Console.fmt(vm, format_args!("{}{:gap$}", name.as_str(), ""))?;
        }
        Out::Console.write(vm, "\n")?;
    }
    if vm.st.import_files.is_some() {
        Out::Console.write(vm, "Plus any modules on the filesystem\n")?;
    }
    Ok(())
}

fn object(vm: &mut Vm, v: Value) -> Result<(), Raised> {
    let mut out = Out::Console;
    let ty = vm.qstr_text(vm.type_of(v).name);
    out.write(vm, "object ")?;
    out.value(vm, v, PrintKind::Str)?;
    out.fmt(vm, format_args!(" is of type {}\n", ty.as_str()))?;
    let names = names_of(vm, v)?;
    let mut i = 0;
    while let Some(name) = names.items.get(i).and_then(Value::as_qstr) {
        i += 1;
        if name == q!(__class__) || name == q!(__dict__) {
            continue;
        }
        // For a type its own attributes as they are; for a value, those of its type.
        let found = match vm.as_type(v) {
            Some(ty) => vm.class_lookup(ty, name).map(|(m, _)| m),
            None if v.downcast::<Module>().is_some() => vm.get_attr_or_none(v, name)?,
            None => vm.class_lookup(vm.type_of(v), name).map(|(m, _)| m),
        };
        let Some(found) = found else { continue };
        let text = vm.qstr_text(name);
        out.fmt(vm, format_args!("  {} -- ", text.as_str()))?;
        out.value(vm, found, PrintKind::Str)?;
        out.write(vm, "\n")?;
    }
    Ok(())
}
