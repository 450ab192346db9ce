//! Names and attributes as instructions want them: with a hint of where they were found last time.

use krait_memory::Qstr;

use super::code::{Code, Function};
use crate::obj::dict::Dict;
use crate::obj::exception;
use crate::obj::instance::Instance;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::ops::attr::Found;
use crate::ty::{TypeFlags, find_rom};
use crate::{Args, Gc, Maybe, NewTailed, Outcome, Raised, Ref, Tailed, Type, Value, Vm};

impl Vm {
    /// Between two instructions: runs what is pending, and collects if that is due.
    #[inline(always)]
    pub(super) fn safepoint(&mut self) -> Result<(), Raised> {
        if self.heap().wants_collection() {
            self.collect_at_safepoint();
        }
        self.poll()
    }

    #[cold]
    #[inline(never)]
    fn collect_at_safepoint(&mut self) {
        if self.heap().may_collect() {
            self.collect(true);
        }
    }

    /// A global or builtin; leaves a hint for the instruction at `site`.
    #[inline(never)]
    pub(super) fn load_global(&mut self, dict: Ref<Dict>, key: Value, site: *const u8) -> Outcome {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        let (id, entries, places) = (dict.value().bits(), dict.table.entries_ptr() as usize, dict.table.places());
        if let Some(v) = self.st.cached_builtin(name, id, entries, places) {
            return Ok(v);
        }
        if let Some(place) = dict.table.find_qstr(self, name) {
            self.st.caches.hint(site).set(place.min(u16::MAX as usize) as u16);
            if let Some((_, v)) = dict.table.entry(place) {
                return Ok(v);
            }
        }
        // Someone may have stored the name as a string that was not interned.
        if let Some(v) = self.dict_get(dict, key)? {
            return Ok(v);
        }
        let v = match self.builtin(name) {
            Some(v) => v,
            None => {
                let text = self.qstr_text(name);
                return Err(
                    self.raise_fmt(&exception::NAME_ERROR, format_args!("name '{}' isn't defined", text.as_str()))
                );
            }
        };
        self.st.remember_builtin(name, id, entries, places, v);
        Ok(v)
    }

    /// A builtin: what a program has added, or one of the table.
    pub fn builtin(&self, name: Qstr) -> Option<Value> {
        if let Some(d) = self.st.modules.builtins
            && let Some(v) = d.get_qstr(self, name)
        {
            return Some(v);
        }
        find_rom(crate::builtins::BUILTINS.body.rom, name)
    }

    pub(super) fn load_local_name(&mut self, dict: Ref<Dict>, key: Value) -> Maybe {
        if let Some(name) = key.as_qstr()
            && let Some(v) = dict.get_qstr(self, name)
        {
            return Ok(Some(v));
        }
        self.dict_get(dict, key)
    }

    #[inline(never)]
    pub(super) fn store_name(&mut self, dict: Ref<Dict>, key: Value, v: Value, site: *const u8) -> Result<(), Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        let place = dict.table.insert_qstr(self, name, v)?;
        self.st.caches.hint(site).set(place.min(u16::MAX as usize) as u16);
        Ok(())
    }

    pub(super) fn delete_name(&mut self, dict: Ref<Dict>, key: Value) -> Result<(), Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        match dict.remove_qstr(self, name) {
            Some(_) => Ok(()),
            None => {
                let text = self.qstr_text(name);
                Err(self.raise_fmt(&exception::NAME_ERROR, format_args!("name '{}' isn't defined", text.as_str())))
            }
        }
    }

    #[inline(never)]
    pub(super) fn load_attr(&mut self, v: Value, key: Value, site: *const u8) -> Outcome {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        if let Some(inst) = self.as_instance(v)
            && let Some(place) = inst.attrs.find_qstr(self, name)
            && let Some((_, found)) = inst.attrs.entry(place)
        {
            self.st.caches.hint(site).set(place.min(u16::MAX as usize) as u16);
            return Ok(found);
        }
        self.get_attr(v, name)
    }

    #[inline(never)]
    pub(super) fn store_attr(&mut self, this: Value, key: Value, v: Value, site: *const u8) -> Result<(), Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        if let Some(inst) = self.as_instance(this)
            && !self.type_of(this).has(TypeFlags::SETATTR | TypeFlags::DESCRIPTORS)
        {
            let place = inst.attrs.insert_qstr(self, name, v)?;
            self.st.caches.hint(site).set(place.min(u16::MAX as usize) as u16);
            return Ok(());
        }
        self.set_attr(this, name, v)
    }

    /// `del this.name`
    #[cold]
    pub(super) fn del_attr_named(&mut self, this: Value, key: Value) -> Result<(), Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        self.del_attr(this, name)
    }

    /// A method, or an attribute that will be called.
    #[inline]
    pub(super) fn load_method_named(&mut self, v: Value, key: Value) -> Result<Found, Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        // The common cases first: a function of the class of an instance, or of a native type.
        let ty = self.type_of(v);
        if let Some(inst) = super::types::as_instance(v) {
            if inst.attrs.find_qstr(self, name).is_none()
                && let Some((m, _)) = self.class_lookup(ty, name)
                && m.downcast::<Function>().is_some()
            {
                return Ok(Found::Method(m, v));
            }
        } else if ty.slots.get_attr.is_none()
            && let Some((m, _)) = self.class_lookup(ty, name)
            && m.downcast::<crate::obj::function::NativeFn>().is_some()
        {
            return Ok(Found::Method(m, v));
        }
        self.load_method(v, name)
    }

    pub(super) fn load_super_method(&mut self, cls: Value, this: Value, key: Value) -> Result<Found, Raised> {
        let Some(name) = key.as_qstr() else { return Err(self.runtime_error("bad name")) };
        let Some(ty) = self.as_type(cls) else {
            return Err(self.type_error(format_args!("super() needs a class")));
        };
        match self.super_lookup(ty, this, name)? {
            Some(found) => Ok(found),
            None => {
                let text = self.qstr_text(name);
                Err(self.raise_fmt(
                    &exception::ATTRIBUTE_ERROR,
                    format_args!("'super' object has no attribute '{}'", text.as_str()),
                ))
            }
        }
    }

    /// `map[key] = v` of a display or comprehension.
    pub(super) fn store_map(&mut self, map: Value, key: Value, v: Value) -> Result<(), Raised> {
        match map.downcast::<Dict>() {
            Some(d) => self.dict_set(d, key, v),
            None => self.set_subscr(map, key, v),
        }
    }

    /// A function object of `code`. `defaults` is a tuple, `kw_defaults` a dict.
    pub(super) fn make_function(
        &mut self,
        code: Value,
        globals: Ref<Dict>,
        defaults: Option<Value>,
        kw_defaults: Option<Value>,
        cells: &[Value],
    ) -> Outcome {
        let Some(code) = code.downcast::<Code>() else { return Err(self.runtime_error("bad code")) };
        let defaults = defaults.and_then(|d| d.downcast::<Tuple>());
        let n_defaults = defaults.map_or(0, |t| t.tail_len());
        let body = Function {
            code,
            globals,
            kw_defaults: kw_defaults.and_then(|d| d.downcast::<Dict>()),
            n_closed: cells.len() as u16,
            n_defaults: n_defaults.min(u16::MAX as usize) as u16,
        };
        let f = self.new_tailed(body, cells.len() + n_defaults, Value::NONE)?;
        let items = defaults.as_ref().map_or(&[][..], |t| t.tail());
        for (to, v) in f.tail_cells().iter().zip(cells.iter().chain(items)) {
            to.set(*v);
        }
        Ok(f.value())
    }

    /// A new instance of a class whose making needs nothing but `__init__`, a Python function.
    #[inline]
    pub(super) fn quick_instance(&mut self, ty: Ref<Type>) -> Result<Option<(Ref<Function>, Value)>, Raised> {
        let Some(init) = self.plain_init(ty) else { return Ok(None) };
        let inst = self.alloc_instance(ty, Instance::new(None))?;
        Ok(Some((init, inst.value())))
    }

    fn plain_init(&self, ty: Ref<Type>) -> Option<Ref<Function>> {
        if self.class_lookup(ty, q!(__new__)).is_some() || self.native_base(ty).is_some() {
            return None;
        }
        let (init, _) = self.class_lookup(ty, q!(__init__))?;
        init.downcast::<Function>().filter(|f| !f.is_generator())
    }

    /// The globals of a function, or the current ones.
    pub(crate) fn globals_of(&self, f: Value) -> Ref<Dict> {
        f.downcast::<Function>().map_or(self.st.globals, |f| f.globals)
    }

    /// `__build_class__`, which a program may have replaced.
    pub(super) fn build_class_function(&self) -> Value {
        let replaced = self.st.modules.builtins.and_then(|d| d.get_qstr(self, q!(__build_class__)));
        replaced.unwrap_or(crate::ops::class::BUILD_CLASS)
    }

    /// Puts a new class into the cell that its methods reach it by.
    pub(crate) fn fill_class_cell(&mut self, cell: Value, class: Value) {
        if let Some(c) = cell.downcast::<super::code::CellBox>() {
            c.v.set(Some(class));
        }
    }

    /// Says that a class has changed: cached look-ups may be wrong.
    pub(crate) fn forget_methods(&mut self) {
        self.st.caches.clear();
    }

    /// A call with flattened arguments.
    pub(super) fn call_flat(&mut self, f: Value, flat: &super::call::FlatArgs) -> Outcome {
        // The lists are ours: nobody changes them while the call reads its arguments, so they go as tuples.
        let pos = self.list_to_tuple(flat.pos)?;
        let kw = self.list_to_tuple(flat.kw)?;
        self.call_args(f, &Args { pos: pos.tail(), kw: kw.tail() })
    }

    fn list_to_tuple(&mut self, l: Ref<List>) -> Result<Ref<Tuple>, Raised> {
        let t = self.new_tuple_of(l.items.len())?;
        for (i, to) in t.tail_cells().iter().enumerate() {
            to.set(l.items.get(i).unwrap_or(Value::NONE));
        }
        Ok(t)
    }

    /// What `raise v` raises: an instance as it is, a class instantiated.
    ///
    /// # Errors
    /// `TypeError: exceptions must derive from BaseException`.
    pub fn make_raisable(&mut self, v: Value) -> Outcome {
        let base = Ref::of_static(&exception::BASE_EXCEPTION);
        if let Some(ty) = self.as_type(v)
            && self.is_subclass(ty, base)
        {
            let made = self.call(v, &[])?;
            if self.is_instance(made, base) {
                return Ok(made);
            }
        } else if self.is_instance(v, base) && self.as_exception(v).is_some() {
            return Ok(v);
        }
        Err(self.type_error(format_args!("exceptions must derive from BaseException")))
    }
}
