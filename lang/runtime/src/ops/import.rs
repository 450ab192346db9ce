//! `import`: what the reference does, in its order.
//!
//! What is loaded, then a built-in module that no file may hide (with the `u` of the old names: any), then files along
//! `sys.path` (a folder is a package; `.py` before `.mpy`; below `.frozen` the frozen modules), then the other built-in
//! modules.

use krait_hal::PathKind;

use super::frozen;
use crate::obj::dict::Dict;
use crate::obj::exception;
use crate::obj::module::Module;
use crate::{Args, NewObject, Outcome, Qstr, Raised, Ref, Str, Value, Vm};

/// Built-in modules that a file of the same name hides; of any other the built-in one is always meant. Those here
/// can also be imported with a `u` in front, which never means a file.
const EXTENSIBLE: &[Qstr] = &[
    q!(array),
    q!(binascii),
    q!(bluetooth),
    q!(collections),
    q!(cryptolib),
    q!(errno),
    q!(hashlib),
    q!(heapq),
    q!(io),
    q!(json),
    q!(machine),
    q!(os),
    q!(platform),
    q!(random),
    q!(re),
    q!(select),
    q!(socket),
    q!(string),
    q!(r#struct),
    q!(time),
    q!(weakref),
    q!(websocket),
];

/// `__import__(name, globals, locals, fromlist, level)`
///
/// # Errors
/// `ImportError`; whatever the module raises.
pub fn dunder_import(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let name = args.get(0).unwrap_or(Value::NONE);
    let level = match args.get(4) {
        Some(l) => vm.need_int(l)?,
        None => 0,
    };
    let name = vm.need_str(name)?;
    let globals = vm.globals();
    vm.import(name, args.get(3).unwrap_or(Value::NONE), level, globals)
}

impl Vm {
    /// `import name`, as the instruction does it.
    pub(crate) fn import_name(&mut self, name: Value, from: Value, level: Value, globals: Ref<Dict>) -> Outcome {
        // A program may have replaced __import__.
        if let Some(d) = self.st.modules.builtins
            && let Some(f) = d.get_qstr(self, q!(__import__))
        {
            return self.call(f, &[name, globals.value(), Value::NONE, from, level]);
        }
        let level = self.need_int(level)?;
        let name = self.need_str(name)?;
        self.import(name, from, level, globals)
    }

    /// Imports the module `name`, `level` packages up from the module whose globals are given. With `from` not
    /// `None`, the result is the last module of the dotted name, otherwise the first. `from` may be `False`: the
    /// module is run as `__main__`.
    ///
    /// # Errors
    /// `ImportError`, `ValueError` for an empty name; whatever the module raises.
    pub fn import(&mut self, name: Str, from: Value, level: isize, globals: Ref<Dict>) -> Outcome {
        self.check_stack()?;
        if level < 0 {
            return Err(self.value_error("level must be >= 0"));
        }
        let full = if level > 0 { self.absolute_name(&name, level as usize, globals)? } else { self.new_str(&name)? };
        let full = self.need_str(full)?;
        if full.is_empty() {
            return Err(self.value_error("empty module name"));
        }
        let mut top = None;
        let mut outer = None;
        let mut start = 0;
        let ends = full.char_indices().filter(|(_, c)| *c == '.').map(|(i, _)| i).chain([full.len()]);
        for end in ends {
            let text = full.as_str();
            let (so_far, part) = (text.get(..end).unwrap_or(""), text.get(start..end).unwrap_or(""));
            start = end + 1;
            let so_far = self.intern(so_far)?;
            let part = self.intern(part)?;
            let as_main = end == full.len() && from == Value::FALSE;
            let m = self.import_one(so_far, part, outer, as_main)?;
            top = top.or(Some(m));
            outer = Some(m);
        }
        let (top, last) = (top.unwrap_or(Value::NONE), outer.unwrap_or(Value::NONE));
        Ok(if from.is_none() { top } else { last })
    }

    fn absolute_name(&mut self, name: &str, level: usize, globals: Ref<Dict>) -> Outcome {
        let mut here = globals.get_qstr(self, q!(__name__)).unwrap_or(Value::NONE);
        // A module that runs as __main__ keeps its real name in __main__.
        if here == Value::qstr(q!(__main__))
            && let Some(real) = globals.get_qstr(self, q!(__main__))
        {
            here = real;
        }
        let is_package = globals.get_qstr(self, q!(__path__)).is_some();
        let text = self.need_str(here)?;
        let mut package = text.as_str();
        let up = if is_package { level - 1 } else { level };
        for i in 0..up {
            match package.rfind('.') {
                Some(dot) => package = package.get(..dot).unwrap_or(""),
                None if i + 1 == up && !package.is_empty() => package = "",
                None => return Err(self.raise_str(&exception::IMPORT_ERROR, "can't perform relative import")),
            }
        }
        if package.is_empty() {
            return Err(self.raise_str(&exception::IMPORT_ERROR, "can't perform relative import"));
        }
        if name.is_empty() { self.new_str(package) } else { self.format_str(format_args!("{package}.{name}")) }
    }

    /// The built-in module `name`.
    pub fn builtin_module(&self, name: Qstr) -> Option<Value> {
        self.st.builtin_modules.iter().find(|m| m.body.name == name).map(|m| Ref::of_static(m).value())
    }

    fn loaded(&mut self, name: Qstr) -> Option<Value> {
        let d = self.st.modules.modules?;
        d.get_qstr(self, name)
    }

    fn import_one(&mut self, full: Qstr, part: Qstr, outer: Option<Value>, as_main: bool) -> Outcome {
        let path_is_empty = self.st.modules.path.is_none_or(|p| p.items.is_empty());
        if !path_is_empty && let Some(m) = self.loaded(full) {
            return Ok(m);
        }
        let Some(outer) = outer else {
            if let Some(m) = self.fixed(part) {
                return Ok(m);
            }
            if let Some((path, kind)) = self.search_path(part)? {
                return self.load_module(full, part, None, path, kind, as_main);
            }
            if part == q!(__main__) {
                return self.main_module();
            }
            return match self.builtin_module(part) {
                Some(m) => Ok(m),
                None => Err(self.no_module(full)),
            };
        };
        if let Some(m) = outer.downcast::<Module>()
            && m.dict.get().is_none()
            && let Some(inner) = self.get_attr_maybe(outer, part)?
            && inner.downcast::<Module>().is_some()
        {
            return Ok(inner);
        }
        if let Some(folder) = self.get_attr_or_none(outer, q!(__path__))? {
            let folder = self.need_str(folder)?;
            let part_text = self.qstr_text(part);
            let path = self.format_str(format_args!("{}/{}", folder.as_str(), part_text.as_str()))?;
            if let Some((path, kind)) = self.find_module_file(path)? {
                return self.load_module(full, part, Some(outer), path, kind, as_main);
            }
        }
        Err(self.no_module(full))
    }

    /// The module `__main__`, made when it is first asked for.
    fn main_module(&mut self) -> Outcome {
        let globals = self.main_globals();
        let module = self.new_object(Module::with_dict(globals))?.value();
        if let Some(loaded) = self.st.modules.modules {
            loaded.set_qstr(self, q!(__main__), module)?;
        }
        Ok(module)
    }

    /// The built-in module that a name means whatever files there are: one that cannot be extended, or one that can
    /// with a `u` in front.
    fn fixed(&self, name: Qstr) -> Option<Value> {
        if let Some(m) = self.builtin_module(name) {
            return if EXTENSIBLE.contains(&name) { None } else { Some(m) };
        }
        let text = self.qstr_text(name);
        let new = self.qstrs().find(text.as_str().strip_prefix('u')?)?;
        if EXTENSIBLE.contains(&new) || new == q!(sys) { self.builtin_module(new) } else { None }
    }

    #[cold]
    fn no_module(&mut self, name: Qstr) -> Raised {
        let text = self.qstr_text(name);
        self.raise_fmt(&exception::IMPORT_ERROR, format_args!("no module named '{}'", text.as_str()))
    }

    fn search_path(&mut self, name: Qstr) -> Result<Option<(Value, PathKind)>, Raised> {
        let Some(list) = self.st.modules.path else { return Ok(None) };
        let text = self.qstr_text(name);
        let mut i = 0;
        while let Some(entry) = list.items.get(i) {
            i += 1;
            let Some(folder) = self.as_str(entry) else { continue };
            let path = match folder.as_str() {
                "" => self.new_str(&text)?,
                f if f.ends_with('/') => self.format_str(format_args!("{f}{}", text.as_str()))?,
                f => self.format_str(format_args!("{f}/{}", text.as_str()))?,
            };
            if let Some(found) = self.find_module_file(path)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The file or folder of a module whose path without extension is given.
    fn find_module_file(&mut self, path: Value) -> Result<Option<(Value, PathKind)>, Raised> {
        let text = self.need_str(path)?;
        if self.path_kind(&text)? == PathKind::Folder {
            return Ok(Some((path, PathKind::Folder)));
        }
        Ok(self.find_source(path)?.map(|p| (p, PathKind::File)))
    }

    fn find_source(&mut self, path: Value) -> Result<Option<Value>, Raised> {
        let text = self.need_str(path)?;
        for extension in [".py", ".mpy"] {
            let file = self.format_str(format_args!("{}{extension}", text.as_str()))?;
            let name = self.need_str(file)?;
            if self.path_kind(&name)? == PathKind::File {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }

    fn load_module(
        &mut self,
        full: Qstr,
        part: Qstr,
        outer: Option<Value>,
        path: Value,
        kind: PathKind,
        as_main: bool,
    ) -> Outcome {
        let globals = self.new_dict()?;
        globals.set_qstr(self, q!(__name__), Value::qstr(full))?;
        let module = self.new_object(Module::with_dict(globals))?.value();
        let loaded = match self.st.modules.modules {
            Some(d) => d,
            None => return Err(self.no_module(full)),
        };
        loaded.set_qstr(self, full, module)?;
        if as_main && kind == PathKind::File {
            globals.set_qstr(self, q!(__name__), Value::qstr(q!(__main__)))?;
            globals.set_qstr(self, q!(__main__), Value::qstr(full))?;
            loaded.set_qstr(self, q!(__main__), module)?;
        }
        let done = self.fill_module(globals, path, kind);
        if let Err(r) = done {
            // A module that failed can be imported again.
            let waiting = self.take_raised();
            loaded.remove_qstr(self, full);
            let _ = self.raise(waiting);
            return Err(r);
        }
        if let Some(outer) = outer {
            self.set_attr(outer, part, module)?;
        }
        Ok(module)
    }

    fn fill_module(&mut self, globals: Ref<Dict>, path: Value, kind: PathKind) -> Result<(), Raised> {
        let file = if kind == PathKind::Folder {
            globals.set_qstr(self, q!(__path__), path)?;
            let text = self.need_str(path)?;
            let init = self.format_str(format_args!("{}/__init__", text.as_str()))?;
            match self.find_source(init)? {
                Some(f) => f,
                None => return Ok(()),
            }
        } else {
            path
        };
        let text = self.need_str(file)?;
        if let Some(inner) = frozen::inner(&text) {
            return self.run_frozen(inner, globals);
        }
        globals.set_qstr(self, q!(__file__), file)?;
        self.run_file(&text, globals).map(|_| ())
    }

    /// `from m import name`
    pub(crate) fn import_from(&mut self, m: Value, name: Value) -> Outcome {
        let name = self.need_qstr(name)?;
        if let Some(v) = self.get_attr_or_none(m, name)? {
            return Ok(v);
        }
        // A submodule that is not loaded yet, of a package.
        if let Some(module) = m.downcast::<Module>()
            && module.dict.get().is_some_and(|d| d.get_qstr(self, q!(__path__)).is_some())
        {
            let package = self.get_attr(m, q!(__name__))?;
            let package = self.need_str(package)?;
            let part = self.qstr_text(name);
            let full = self.format_str(format_args!("{}.{}", package.as_str(), part.as_str()))?;
            let full = self.need_str(full)?;
            let globals = self.globals();
            return self.import(full, Value::TRUE, 0, globals);
        }
        let text = self.qstr_text(name);
        Err(self.raise_fmt(&exception::IMPORT_ERROR, format_args!("can't import name {}", text.as_str())))
    }

    /// `from m import *`
    pub(crate) fn import_star(&mut self, m: Value, to: Ref<Dict>) -> Result<(), Raised> {
        let Some(module) = m.downcast::<Module>() else { return Ok(()) };
        if let Some(all) = self.get_attr_or_none(m, q!(__all__))? {
            return self.each(all, |vm, name| {
                let name = vm.need_qstr(name)?;
                let v = vm.get_attr(m, name)?;
                to.set_qstr(vm, name, v)
            });
        }
        match module.dict.get() {
            Some(d) => {
                let mut place = 0;
                while let Some((next, k, v)) = d.table.next_entry(place) {
                    place = next;
                    if let Some(name) = k.as_qstr()
                        && !self.qstr_text(name).starts_with('_')
                    {
                        to.set_qstr(self, name, v)?;
                    }
                }
            }
            None => {
                for e in module.rom {
                    if !self.qstr_text(e.key).starts_with('_') {
                        to.set_qstr(self, e.key, e.value)?;
                    }
                }
            }
        }
        Ok(())
    }
}
