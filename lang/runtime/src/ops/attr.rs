//! Attributes: look-up, binding, setting, deleting.
//!
//! Order for an instance, as in the reference: its own attributes, its class and that one's bases (depth first),
//! its native part, `__getattr__`. A property or descriptor is found through the class only.

use crate::obj::function::{ClassMethod, NativeFn, StaticMethod};
use crate::obj::instance::Instance;
use crate::obj::property::Property;
use crate::obj::type_;
use crate::ty::{TypeFlags, find_rom};
use crate::vm::Function;
use crate::{Maybe, Outcome, Qstr, Raised, Ref, Type, Value, Vm};

/// What looking up a method gives.
#[derive(Clone, Copy)]
pub enum Found {
    /// A value as it is.
    Plain(Value),
    /// A function that wants this first argument.
    Method(Value, Value),
}

impl Vm {
    /// The attribute of a type, its own or inherited, unbound.
    #[inline]
    pub fn class_lookup(&self, ty: Ref<Type>, name: Qstr) -> Option<(Value, Ref<Type>)> {
        if let Some(hit) = self.st.cached_method(ty, name) {
            return hit;
        }
        let found = self.class_lookup_slow(ty, name);
        self.st.remember_method(ty, name, found);
        found
    }

    /// The walk over the bases, depth first.
    fn class_lookup_slow(&self, ty: Ref<Type>, name: Qstr) -> Option<(Value, Ref<Type>)> {
        let mut at = ty;
        loop {
            let own = match at.dict {
                Some(d) => d.get_qstr(self, name),
                None => find_rom(at.rom, name),
            };
            if let Some(v) = own {
                return Some((v, at));
            }
            if let Some(bases) = at.bases {
                // Class hierarchies are finite: a base exists before the class that names it.
                return bases
                    .tail()
                    .iter()
                    .filter_map(|b| b.downcast::<Type>())
                    .find_map(|b| self.class_lookup(b, name));
            }
            at = at.base?;
        }
    }

    /// The attribute of a class as `Class.name` gives it: class methods are bound to the class.
    ///
    /// # Errors
    /// Out of memory.
    pub fn class_attr(&mut self, ty: Ref<Type>, name: Qstr) -> Maybe {
        match self.class_lookup(ty, name) {
            Some((v, _)) => match self.class_bind(ty, v)? {
                Found::Plain(v) => Ok(Some(v)),
                Found::Method(f, this) => self.bind_method(f, this).map(Some),
            },
            None => Ok(None),
        }
    }

    /// Binds a member of a class that was looked up through the class `ty` itself.
    pub(crate) fn class_bind(&mut self, ty: Ref<Type>, v: Value) -> Result<Found, Raised> {
        if let Some(c) = v.downcast::<ClassMethod>() {
            return Ok(Found::Method(c.f, ty.value()));
        }
        if let Some(s) = v.downcast::<StaticMethod>() {
            return Ok(Found::Plain(s.f));
        }
        if let Some(i) = self.as_instance(v)
            && let Some((get, _)) = self.class_lookup(self.type_of(i.value()), q!(__get__))
        {
            return self.call(get, &[v, Value::NONE, ty.value()]).map(Found::Plain);
        }
        Ok(Found::Plain(v))
    }

    /// Binds `member`, found in the type `owner`, to the object `this` of the type `ty`.
    #[inline]
    pub(crate) fn bind(
        &mut self,
        this: Value,
        ty: Ref<Type>,
        member: Value,
        owner: Ref<Type>,
    ) -> Result<Found, Raised> {
        if !member.is_obj() {
            return Ok(Found::Plain(member));
        }
        if member.downcast::<Function>().is_some() {
            return Ok(Found::Method(member, this));
        }
        if member.downcast::<NativeFn>().is_some() {
            // A native in a class made by Python is a plain value, as in the reference; that of a native type is a
            // method, whose `self` is the native part, where there is one.
            if owner.has(TypeFlags::NATIVE_METHODS) {
                return Ok(Found::Method(member, this));
            }
            if owner.is_class() {
                return Ok(Found::Plain(member));
            }
            return Ok(Found::Method(member, self.native_part(this)));
        }
        self.bind_special(this, ty, member)
    }

    #[inline(never)]
    fn bind_special(&mut self, this: Value, ty: Ref<Type>, member: Value) -> Result<Found, Raised> {
        if let Some(s) = member.downcast::<StaticMethod>() {
            return Ok(Found::Plain(s.f));
        }
        if let Some(c) = member.downcast::<ClassMethod>() {
            return Ok(Found::Method(c.f, ty.value()));
        }
        if let Some(p) = member.downcast::<Property>() {
            if p.get.is_none() {
                return Err(self.raise_str(&crate::obj::exception::ATTRIBUTE_ERROR, "unreadable attribute"));
            }
            return self.call(p.get, &[this]).map(Found::Plain);
        }
        if let Some(i) = self.as_instance(member)
            && let Some((get, _)) = self.class_lookup(self.type_of(i.value()), q!(__get__))
        {
            return self.call(get, &[member, this, ty.value()]).map(Found::Plain);
        }
        Ok(Found::Plain(member))
    }

    /// Looks an attribute up; a method is not bound yet.
    ///
    /// # Errors
    /// What a property, a descriptor or `__getattr__` raises.
    pub fn lookup(&mut self, v: Value, name: Qstr) -> Result<Option<Found>, Raised> {
        let ty = self.type_of(v);
        if let Some(inst) = self.as_instance(v) {
            return self.lookup_instance(v, inst, ty, name);
        }
        if let Some(class) = self.as_type(v)
            && name != q!(__name__)
            && name != q!(__dict__)
            && name != q!(__bases__)
            && let Some((member, _)) = self.class_lookup(class, name)
        {
            // A class method is called without a bound method in between.
            return self.class_bind(class, member).map(Some);
        }
        if let Some(get) = ty.slots.get_attr
            && let Some(found) = get(self, v, name)?
        {
            return Ok(Some(Found::Plain(found)));
        }
        if let Some((member, owner)) = self.class_lookup(ty, name) {
            return self.bind(v, ty, member, owner).map(Some);
        }
        if name == q!(__class__) {
            return Ok(Some(Found::Plain(ty.value())));
        }
        if name == q!(__next__) && ty.slots.next.is_some() {
            return Ok(Some(Found::Method(crate::rom_value!(f1(dunder_next)), v)));
        }
        if name == q!(__iter__) && ty.slots.iter.is_some() {
            return Ok(Some(Found::Method(crate::rom_value!(f1(dunder_iter)), v)));
        }
        Ok(None)
    }

    fn lookup_instance(
        &mut self,
        v: Value,
        inst: Ref<Instance>,
        ty: Ref<Type>,
        name: Qstr,
    ) -> Result<Option<Found>, Raised> {
        if let Some(found) = inst.attrs.get_qstr(self, name) {
            return Ok(Some(Found::Plain(found)));
        }
        if let Some((member, owner)) = self.class_lookup(ty, name) {
            return self.bind(v, ty, member, owner).map(Some);
        }
        if name == q!(__class__) {
            return Ok(Some(Found::Plain(ty.value())));
        }
        if name == q!(__dict__) {
            return self.instance_dict(inst).map(|d| Some(Found::Plain(d)));
        }
        if let Some(native) = inst.native.get().filter(|n| *n != Value::SENTINEL) {
            let native_ty = self.type_of(native);
            if let Some(get) = native_ty.slots.get_attr
                && let Some(found) = get(self, v, name)?
            {
                return Ok(Some(Found::Plain(found)));
            }
        }
        if ty.has(TypeFlags::GETATTR)
            && let Some((f, _)) = self.class_lookup(ty, q!(__getattr__))
        {
            return self.call(f, &[v, Value::qstr(name)]).map(|v| Some(Found::Plain(v)));
        }
        Ok(None)
    }

    fn instance_dict(&mut self, inst: Ref<Instance>) -> Outcome {
        let d = self.new_dict()?;
        let mut place = 0;
        while let Some((next, k, v)) = inst.attrs.next_entry(place) {
            d.table.insert(self, k, v)?;
            place = next;
        }
        Ok(d.value())
    }

    /// An attribute, if there is one.
    ///
    /// # Errors
    /// As [`Vm::lookup`].
    pub fn get_attr_maybe(&mut self, v: Value, name: Qstr) -> Maybe {
        match self.lookup(v, name)? {
            Some(Found::Plain(found)) => Ok(Some(found)),
            Some(Found::Method(f, this)) => self.bind_method(f, this).map(Some),
            None => Ok(None),
        }
    }

    /// An attribute.
    ///
    /// # Errors
    /// `AttributeError`; as [`Vm::lookup`].
    pub fn get_attr(&mut self, v: Value, name: Qstr) -> Outcome {
        match self.get_attr_maybe(v, name)? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(v, name)),
        }
    }

    /// An attribute that will be called: a method is not bound.
    ///
    /// # Errors
    /// As [`Vm::get_attr`].
    pub fn load_method(&mut self, v: Value, name: Qstr) -> Result<Found, Raised> {
        match self.lookup(v, name)? {
            Some(found) => Ok(found),
            None => Err(self.no_attribute(v, name)),
        }
    }

    /// As [`Vm::get_attr_maybe`], where an `AttributeError` raised underneath also means that there is none.
    ///
    /// # Errors
    /// Other exceptions.
    pub fn get_attr_or_none(&mut self, v: Value, name: Qstr) -> Maybe {
        let outcome = self.get_attr_maybe(v, name);
        Ok(self.catch(&crate::obj::exception::ATTRIBUTE_ERROR, outcome)?.flatten())
    }

    /// The error for an attribute that is not there.
    #[cold]
    #[inline(never)]
    pub fn no_attribute(&mut self, v: Value, name: Qstr) -> Raised {
        let attr = self.qstr_text(name);
        if let Some(ty) = self.as_type(v) {
            let text = self.qstr_text(ty.name);
            self.raise_fmt(
                &crate::obj::exception::ATTRIBUTE_ERROR,
                format_args!("type object '{}' has no attribute '{}'", text.as_str(), attr.as_str()),
            )
        } else {
            let text = self.qstr_text(self.type_of(v).name);
            self.raise_fmt(
                &crate::obj::exception::ATTRIBUTE_ERROR,
                format_args!("'{}' object has no attribute '{}'", text.as_str(), attr.as_str()),
            )
        }
    }

    /// Sets an attribute.
    ///
    /// # Errors
    /// `AttributeError`; what `__setattr__`, a property or a descriptor raises.
    pub fn set_attr(&mut self, v: Value, name: Qstr, to: Value) -> Result<(), Raised> {
        self.change_attr(v, name, Some(to))
    }

    /// Deletes an attribute.
    ///
    /// # Errors
    /// As [`Vm::set_attr`].
    pub fn del_attr(&mut self, v: Value, name: Qstr) -> Result<(), Raised> {
        self.change_attr(v, name, None)
    }

    fn change_attr(&mut self, v: Value, name: Qstr, to: Option<Value>) -> Result<(), Raised> {
        let ty = self.type_of(v);
        if ty.is_class() {
            if ty.has(TypeFlags::SETATTR) {
                let special = if to.is_some() { q!(__setattr__) } else { q!(__delattr__) };
                if let Some((f, owner)) = self.class_lookup(ty, special)
                    && owner != Ref::of_static(&type_::OBJECT)
                {
                    let r = match to {
                        Some(to) => self.call(f, &[v, Value::qstr(name), to]),
                        None => self.call(f, &[v, Value::qstr(name)]),
                    };
                    return r.map(|_| ());
                }
            }
            return self.set_instance_attr(v, name, to);
        }
        match ty.slots.set_attr {
            Some(set) if set(self, v, name, to)? => Ok(()),
            _ => Err(self.no_attribute(v, name)),
        }
    }

    /// Sets or deletes an attribute of an instance, without asking `__setattr__`.
    ///
    /// # Errors
    /// As [`Vm::set_attr`].
    pub fn set_instance_attr(&mut self, v: Value, name: Qstr, to: Option<Value>) -> Result<(), Raised> {
        let Some(inst) = self.as_instance(v) else {
            return Err(self.type_error(format_args!("arg must be user-type")));
        };
        let ty = self.type_of(v);
        if ty.has(TypeFlags::DESCRIPTORS)
            && let Some((member, _)) = self.class_lookup(ty, name)
        {
            if let Some(p) = member.downcast::<Property>() {
                let (f, args) = match &to {
                    Some(to) => (p.set, &[v, *to][..]),
                    None => (p.del, &[v][..]),
                };
                if f.is_none() {
                    return Err(self.no_attribute(v, name));
                }
                return self.call(f, args).map(|_| ());
            }
            if let Some(i) = self.as_instance(member) {
                let special = if to.is_some() { q!(__set__) } else { q!(__delete__) };
                if let Some((f, _)) = self.class_lookup(self.type_of(i.value()), special) {
                    let r = match to {
                        Some(to) => self.call(f, &[member, v, to]),
                        None => self.call(f, &[member, v]),
                    };
                    return r.map(|_| ());
                }
            }
        }
        match to {
            Some(to) => inst.attrs.insert_qstr(self, name, to).map(|_| ()),
            None => match inst.attrs.find_qstr(self, name) {
                Some(place) => {
                    inst.attrs.remove_at(self, place);
                    Ok(())
                }
                None => Err(self.no_attribute(v, name)),
            },
        }
    }
}

fn dunder_next(vm: &mut Vm, v: Value) -> Outcome {
    match vm.iter_next(v)? {
        Some(item) => Ok(item),
        None => {
            let value = vm.st.stop_value.take();
            Err(vm.stop_iteration(value))
        }
    }
}

fn dunder_iter(vm: &mut Vm, v: Value) -> Outcome {
    vm.get_iter(v)
}
