//! Modules: names in ROM (built-in), or in a dict (imported).

use core::cell::Cell;

use crate::obj::dict::Dict;
use crate::ty::{RomEntry, find_rom};
use crate::{Maybe, Obj, Out, PrintKind, Qstr, Raised, Ref, Tracer, Value, Vm};

/// Computes an attribute of a built-in module that is not constant.
pub type ModuleGet = fn(&mut Vm, Qstr) -> Maybe;
/// Sets or deletes an attribute of a built-in module; false: there is no such attribute.
pub type ModuleSet = fn(&mut Vm, Qstr, Option<Value>) -> Result<bool, Raised>;

/// A module.
pub struct Module {
    /// The name of a built-in module.
    pub name: Qstr,
    /// A built-in module's constants, sorted.
    pub rom: &'static [RomEntry],
    /// A built-in module's computed attributes.
    pub get: Option<ModuleGet>,
    /// A built-in module's settable attributes.
    pub set: Option<ModuleSet>,
    /// The names of a module made by Python.
    pub dict: Cell<Option<Ref<Dict>>>,
}

impl Module {
    /// A built-in module.
    #[allow(unsafe_code)]
    pub const fn rom(
        name: Qstr,
        rom: &'static [RomEntry],
        get: Option<ModuleGet>,
        set: Option<ModuleSet>,
    ) -> Obj<Module> {
        let body = Module { name, rom, get, set, dict: Cell::new(None) };
        // SAFETY: MODULE is Module's type.
        unsafe { Obj::new_static(Ref::of_static(&MODULE).as_ptr().cast(), body) }
    }

    /// A module whose names are in `dict`.
    pub fn with_dict(dict: Ref<Dict>) -> Module {
        Module { name: q!(module), rom: &[], get: None, set: None, dict: Cell::new(Some(dict)) }
    }

    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt_reference(self.dict.get());
    }
}

class! {
    /// `module`
    pub static MODULE: q!(module) for Module;
    slots { print: print, get_attr: get_attr, set_attr: set_attr }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = get_attr(vm, v, q!(__name__))?.unwrap_or(Value::NONE);
    out.write(vm, "<module '")?;
    out.value(vm, name, PrintKind::Str)?;
    if let Some(file) = get_attr(vm, v, q!(__file__))? {
        out.write(vm, "' from '")?;
        out.value(vm, file, PrintKind::Str)?;
    }
    out.write(vm, "'>")
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(m) = v.downcast::<Module>() else { return Ok(None) };
    if let Some(dict) = m.dict.get() {
        if let Some(found) = dict.get_qstr(vm, name) {
            return Ok(Some(found));
        }
        if name == q!(__dict__) {
            return Ok(Some(dict.value()));
        }
        if let Some(hook) = dict.get_qstr(vm, q!(__getattr__)) {
            return vm.call(hook, &[Value::qstr(name)]).map(Some);
        }
        return Ok(None);
    }
    // A row that holds the sentinel is computed by the hook, and stands in the table for `dir`.
    if let Some(found) = find_rom(m.rom, name).filter(|v| *v != Value::SENTINEL) {
        return Ok(Some(found));
    }
    if name == q!(__dict__) {
        return rom_dict(vm, v, m).map(Some);
    }
    match m.get {
        Some(get) => get(vm, name),
        None => Ok(None),
    }
}

/// A read-only dict of a built-in module's names.
fn rom_dict(vm: &mut Vm, v: Value, m: Ref<Module>) -> crate::Outcome {
    let dict = vm.new_dict()?;
    for row in m.rom {
        if let Some(value) = get_attr(vm, v, row.key)? {
            dict.set_qstr(vm, row.key, value)?;
        }
    }
    vm.freeze_dict(dict)
}

fn set_attr(vm: &mut Vm, v: Value, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    let Some(m) = v.downcast::<Module>() else { return Ok(false) };
    match (m.dict.get(), m.set) {
        (Some(dict), _) => match to {
            Some(to) => dict.set_qstr(vm, name, to).map(|()| true),
            None => Ok(dict.remove_qstr(vm, name).is_some()),
        },
        (None, Some(set)) => set(vm, name, to),
        (None, None) => Ok(false),
    }
}
