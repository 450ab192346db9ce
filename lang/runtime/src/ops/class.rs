//! Classes: their making, their instances, and how an operation on an instance finds its special method.

use krait_bytecode::BinaryOp;

use crate::obj::function::{NativeFn, StaticMethod};
use crate::obj::instance::Instance;
use crate::obj::property::Property;
use crate::obj::tuple::Tuple;
use crate::obj::type_::{OBJECT, can_inherit};
use crate::obj::{dict::Dict, exception};
use crate::ops::attr::Found;
use crate::ops::buffer::Buffer;
use crate::ty::TypeFlags;
use crate::vm::{Function, instance_core};
use crate::{Args, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Slots, Type, UnaryOp, Value, Vm};

/// `__build_class__`
pub const BUILD_CLASS: Value = crate::rom_value!(var(2, 255, build_class));

/// What an instance can do: whatever its class says.
pub static CLASS_SLOTS: Slots = Slots {
    new: Some(instance_new),
    print: Some(print),
    call: Some(call),
    unary: Some(unary),
    binary: Some(binary),
    get_attr: None,
    set_attr: None,
    subscr: Some(subscr),
    set_subscr: Some(set_subscr),
    iter: Some(iter),
    next: Some(next),
    buffer: Some(buffer),
    finalise: None,
    protocol: None,
};

/// `class name(bases): body`: runs the body with a new dict as its locals.
fn build_class(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [body, name, bases @ ..] = args.pos else {
        return Err(vm.wrong_count(2, usize::MAX, args.pos.len()));
    };
    let dict = vm.new_dict()?;
    let globals = vm.globals_of(*body);
    // The body returns the cell of __class__, if a method uses super().
    let cell = vm.with_scope(globals, dict, |vm| vm.call(*body, &[]))?;
    let bases = vm.new_tuple(bases)?.value();
    // The metaclass is the type of the first base.
    let meta = vm.cast::<Tuple>(bases).and_then(|b| b.tail().first().copied()).map(|b| vm.type_of(b).value());
    let meta = meta.unwrap_or(Ref::of_static(&crate::obj::type_::TYPE).value());
    let class = vm.call(meta, &[*name, bases, dict.value()])?;
    vm.fill_class_cell(cell, class);
    Ok(class)
}

impl Vm {
    /// A new class.
    ///
    /// # Errors
    /// `TypeError` for bases that cannot be; out of memory.
    pub fn new_class(&mut self, name: Qstr, bases: Value, dict: Value) -> Result<Ref<Type>, Raised> {
        // Any mapping will do.
        let dict = match self.cast::<Dict>(dict) {
            Some(d) => d.value(),
            None => self.call(Ref::of_static(&crate::obj::dict::DICT).value(), &[dict])?,
        };
        let (Some(bases), Some(dict)) = (self.cast::<Tuple>(bases), self.cast::<Dict>(dict)) else {
            return Err(self.type_error(format_args!("type() takes a name, a tuple and a dict")));
        };
        let mut flags = TypeFlags::CLASS;
        let mut native: Option<Ref<Type>> = None;
        for b in bases.tail() {
            let Some(b) = self.as_type(*b) else {
                let text = self.qstr_text(self.type_of(*b).name);
                return Err(self.type_error(format_args!("type '{}' isn't an acceptable base type", text.as_str())));
            };
            if b.is_class() {
                flags |= b.flags.get() & TypeFlags::PASSED_ON;
                b.flags.set(b.flags.get() | TypeFlags::INHERITED);
            } else if !can_inherit(b) {
                let text = self.qstr_text(b.name);
                return Err(self.type_error(format_args!("type '{}' isn't an acceptable base type", text.as_str())));
            }
            if let Some(n) = self.native_base(b) {
                if native.is_some_and(|old| old != n && !self.is_subclass(old, n) && !self.is_subclass(n, old)) {
                    return Err(self.type_error(format_args!("multiple bases have instance lay-out conflict")));
                }
                native = Some(n);
            }
        }
        let (base, bases) = match bases.tail() {
            [] => (None, None),
            [one] => (self.as_type(*one), None),
            _ => (None, Some(bases)),
        };
        // The class has a dict of its own.
        let own = self.new_dict()?;
        let mut place = 0;
        while let Some((next, k, v)) = dict.table.next_entry(place) {
            place = next;
            self.dict_set(own, k, v)?;
        }
        if let Some(new) = own.get_qstr(self, q!(__new__))
            && new.downcast::<Function>().is_some()
        {
            let wrapped = self.new_object(StaticMethod { f: new })?;
            own.set_qstr(self, q!(__new__), wrapped.value())?;
        }
        let ty = self.new_object(Type::class(instance_core(), name, flags, base, bases, own, &CLASS_SLOTS))?;
        // From the dict that was given: what __set_name__ changes is not seen by the others.
        let mut place = 0;
        while let Some((next, k, v)) = dict.table.next_entry(place) {
            place = next;
            if let Some(name) = k.as_qstr() {
                self.note_special(ty, name, v);
            }
        }
        let mut place = 0;
        while let Some((next, k, v)) = dict.table.next_entry(place) {
            place = next;
            if let Some(name) = k.as_qstr() {
                self.set_name(ty, name, v)?;
            }
        }
        Ok(ty)
    }

    /// Calls `__set_name__` of a descriptor in a class that has just been made.
    fn set_name(&mut self, ty: Ref<Type>, name: Qstr, v: Value) -> Result<(), Raised> {
        if self.as_instance(v).is_some()
            && let Some((f, _)) = self.class_lookup(self.type_of(v), q!(__set_name__))
        {
            self.call(f, &[v, ty.value(), Value::qstr(name)])?;
        }
        Ok(())
    }

    /// Notes what an attribute means for look-ups in the class.
    pub(crate) fn note_special(&mut self, ty: Ref<Type>, name: Qstr, v: Value) {
        let mut flags = ty.flags.get();
        if name == q!(__getattr__) {
            flags |= TypeFlags::GETATTR;
        }
        if name == q!(__setattr__) || name == q!(__delattr__) {
            flags |= TypeFlags::SETATTR;
        }
        let is_descriptor = v.downcast::<Property>().is_some()
            || (self.as_instance(v).is_some()
                && [q!(__get__), q!(__set__), q!(__delete__)]
                    .iter()
                    .any(|n| self.class_lookup(self.type_of(v), *n).is_some()));
        if is_descriptor {
            flags |= TypeFlags::DESCRIPTORS;
        }
        let new = flags & !ty.flags.get();
        ty.flags.set(flags);
        if new != 0 && ty.has(TypeFlags::INHERITED) {
            self.pass_on(ty, new);
        }
    }

    /// The native type that instances of `ty` have a part of; `object` does not count.
    pub(crate) fn native_base(&self, ty: Ref<Type>) -> Option<Ref<Type>> {
        let mut at = ty;
        loop {
            if !at.is_class() {
                return if at == Ref::of_static(&OBJECT) { None } else { Some(at) };
            }
            if let Some(bases) = at.bases {
                return bases.tail().iter().filter_map(|b| self.as_type(*b)).find_map(|b| self.native_base(b));
            }
            at = at.base?;
        }
    }

    /// A new instance without attributes, as `object.__new__` makes it: its native part is made by `__init__`.
    pub(crate) fn new_instance(&mut self, ty: Ref<Type>, _: &Args<'_>) -> Result<Ref<Instance>, Raised> {
        let native = self.native_base(ty).map(|_| Value::SENTINEL);
        self.alloc_instance(ty, Instance::new(native))
    }

    /// `object()`
    pub(crate) fn new_plain_object(&mut self) -> Outcome {
        Ok(self.new_object(crate::obj::type_::PlainObject)?.value())
    }

    /// A native type's `__init__`, called through a class that inherits: it makes the native part.
    pub(crate) fn native_init_method(&mut self, this: Value, native: Ref<Type>) -> Result<Found, Raised> {
        let pair = self.new_tuple(&[this, native.value()])?;
        Ok(Found::Method(crate::rom_value!(kw(1, native_init)), pair.value()))
    }

    fn make_native_part(&mut self, inst: Ref<Instance>, native: Ref<Type>, args: &Args<'_>) -> Result<(), Raised> {
        if let Some(new) = native.slots.new {
            let part = new(self, native, args)?;
            inst.native.set(Some(part));
        }
        Ok(())
    }

    fn special(&mut self, v: Value, name: Qstr) -> Result<Option<Found>, Raised> {
        let ty = self.type_of(v);
        match self.class_lookup(ty, name) {
            Some((member, owner)) if owner.is_class() => self.bind(v, ty, member, owner).map(Some),
            _ => Ok(None),
        }
    }

    fn call_special(&mut self, v: Value, name: Qstr, args: &[Value]) -> Maybe {
        match self.special(v, name)? {
            Some(Found::Method(f, this)) => self.call_with_first(f, this, &Args::positional(args)).map(Some),
            Some(Found::Plain(f)) => self.call(f, args).map(Some),
            None => Ok(None),
        }
    }
}

fn native_init(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let pair = args.get(0).and_then(|v| v.downcast::<Tuple>());
    let Some([this, native]) = pair.as_ref().map(|p| p.tail()) else {
        return Err(vm.type_error(format_args!("instance expected")));
    };
    if let (Some(inst), Some(native)) = (vm.as_instance(*this), vm.as_type(*native)) {
        let native = vm.native_base(vm.type_of(*this)).unwrap_or(native);
        vm.make_native_part(inst, native, &args.skip_first())?;
    }
    Ok(Value::NONE)
}

/// Calling a class: `__new__`, then `__init__`.
fn instance_new(vm: &mut Vm, ty: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_stack()?;
    let made = match vm.class_lookup(ty, q!(__new__)) {
        Some((member, owner)) if owner.is_class() => {
            let f = member.downcast::<StaticMethod>().map_or(member, |s| s.f);
            vm.call_with_first(f, ty.value(), args)?
        }
        _ => vm.new_instance(ty, args)?.value(),
    };
    let Some(inst) = vm.as_instance(made) else { return Ok(made) };
    if !vm.is_subclass(vm.type_of(made), ty) {
        return Ok(made);
    }
    match vm.class_lookup(ty, q!(__init__)) {
        Some((init, owner)) if owner.is_class() => {
            // Exceptions have their arguments even if __init__ does not pass them on.
            if inst.native.get() == Some(Value::SENTINEL)
                && let Some(native) = vm.native_base(ty)
                && native.has(TypeFlags::EXCEPTION)
            {
                vm.make_native_part(inst, native, &Args::positional(args.pos))?;
            }
            let r = match vm.bind(made, ty, init, owner)? {
                Found::Method(f, this) => vm.call_with_first(f, this, args)?,
                Found::Plain(f) => vm.call_args(f, args)?,
            };
            if !r.is_none() {
                let name = vm.qstr_text(vm.type_of(r).name);
                return Err(vm.type_error(format_args!("__init__() should return None, not '{}'", name.as_str())));
            }
            if inst.native.get() == Some(Value::SENTINEL)
                && let Some(native) = vm.native_base(ty)
            {
                // __init__ has not called its base's, which then gets the same arguments.
                vm.make_native_part(inst, native, args)?;
            }
        }
        _ => match vm.native_base(ty) {
            Some(native) => vm.make_native_part(inst, native, args)?,
            None if !args.pos.is_empty() || !args.kw.is_empty() => {
                return Err(vm.type_error(format_args!(
                    "function takes 0 positional arguments but {} were given",
                    args.pos.len() + args.kw.len() / 2
                )));
            }
            None => {}
        },
    }
    Ok(made)
}

/// The native part, if it was made.
fn part(vm: &Vm, v: Value) -> Option<Value> {
    vm.as_instance(v).and_then(|i| i.native.get()).filter(|n| *n != Value::SENTINEL)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let as_str = matches!(kind, PrintKind::Str | PrintKind::Exception);
    if kind == PrintKind::Exception {
        // The name first, then the message as str() gives it.
        let name = vm.qstr_text(vm.type_of(v).name);
        out.write(vm, &name)?;
        out.write(vm, ": ")?;
        return vm.print_value(v, out, PrintKind::Str);
    }
    let mut text = if as_str { vm.call_special(v, q!(__str__), &[])? } else { None };
    if text.is_none() && (part(vm, v).is_none() || !as_str || vm.as_exception(v).is_none()) {
        text = vm.call_special(v, q!(__repr__), &[])?;
    }
    if let Some(text) = text {
        let s = vm.need_str(text)?;
        return out.write(vm, &s);
    }
    if let Some(native) = part(vm, v) {
        if vm.as_exception(v).is_some()
            && let Some(f) = vm.type_of(native).slots.print
        {
            // With the class's own name.
            return f(vm, v, out, kind);
        }
        return vm.print_value(native, out, kind);
    }
    let name = vm.qstr_text(vm.type_of(v).name);
    out.fmt(vm, format_args!("<{} object at {:x}>", name.as_str(), v.bits()))
}

fn call(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    match vm.special(v, q!(__call__))? {
        Some(Found::Method(f, this)) => vm.call_with_first(f, this, args),
        Some(Found::Plain(f)) => vm.call_args(f, args),
        None => match part(vm, v) {
            Some(native) if vm.type_of(native).slots.call.is_some() => vm.call_args(native, args),
            _ => {
                let name = vm.qstr_text(vm.type_of(v).name);
                Err(vm.type_error(format_args!("'{}' object isn't callable", name.as_str())))
            }
        },
    }
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let name = match op {
        UnaryOp::Positive => q!(__pos__),
        UnaryOp::Negative => q!(__neg__),
        UnaryOp::Invert => q!(__invert__),
        UnaryOp::Bool => q!(__bool__),
        UnaryOp::Len => q!(__len__),
        UnaryOp::Hash => q!(__hash__),
        UnaryOp::Abs => q!(__abs__),
        UnaryOp::Int => q!(__int__),
        UnaryOp::Float => q!(__float__),
        UnaryOp::Complex => q!(__complex__),
        UnaryOp::Sizeof => q!(__sizeof__),
        UnaryOp::Not => return Ok(None),
    };
    match vm.call_special(v, name, &[])? {
        Some(r) => match op {
            UnaryOp::Hash => {
                // Only as much of it as a small integer holds.
                let h = vm.clamped_int(r)?;
                Ok(Some(Value::small_int(h)))
            }
            UnaryOp::Bool if r.as_bool().is_none() => vm.truth(r).map(|b| Some(Value::bool(b))),
            _ => Ok(Some(r)),
        },
        None => match part(vm, v) {
            Some(native) => match vm.type_of(native).slots.unary {
                Some(f) => f(vm, op, native),
                None => Ok(None),
            },
            // Equality defined, but no hash: not hashable.
            None if op == UnaryOp::Hash && vm.special(v, q!(__eq__))?.is_none() => {
                Ok(Some(Value::small_int((v.bits() >> 3) as isize)))
            }
            None => Ok(None),
        },
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let method = op.method();
    if method.is_empty() {
        return Ok(None);
    }
    if let Some(name) = vm.qstrs().find(method)
        && let Some(r) = vm.call_special(a, name, &[b])?
    {
        if r == Value::NOT_IMPLEMENTED {
            return Ok(None);
        }
        if op == BinaryOp::Contains {
            return vm.truth(r).map(|t| Some(Value::bool(t)));
        }
        return Ok(Some(r));
    }
    if op == BinaryOp::NotEqual
        && let Some(r) = vm.call_special(a, q!(__eq__), &[b])?
        && r != Value::NOT_IMPLEMENTED
    {
        return vm.truth(r).map(|t| Some(Value::bool(!t)));
    }
    if let Some(native) = part(vm, a)
        && let Some(f) = vm.type_of(native).slots.binary
    {
        let b = part(vm, b).unwrap_or(b);
        let r = f(vm, op, native, b)?;
        // An in-place operator that changed the native part has changed this very object.
        return Ok(if op.is_inplace() && r == Some(native) { Some(a) } else { r });
    }
    Ok(None)
}

fn subscr(vm: &mut Vm, a: Value, i: Value) -> Outcome {
    if let Some(r) = vm.call_special(a, q!(__getitem__), &[i])? {
        return Ok(r);
    }
    match part(vm, a) {
        Some(native) => vm.subscr(native, i),
        None => Err(vm.not_subscriptable(a, "object isn't subscriptable")),
    }
}

fn set_subscr(vm: &mut Vm, a: Value, i: Value, v: Option<Value>) -> Result<(), Raised> {
    let done = match v {
        Some(v) => vm.call_special(a, q!(__setitem__), &[i, v])?,
        None => vm.call_special(a, q!(__delitem__), &[i])?,
    };
    if done.is_some() {
        return Ok(());
    }
    match (part(vm, a), v) {
        (Some(native), Some(v)) => vm.set_subscr(native, i, v),
        (Some(native), None) => vm.del_subscr(native, i),
        (None, Some(_)) => Err(vm.not_subscriptable(a, "object doesn't support item assignment")),
        (None, None) => Err(vm.not_subscriptable(a, "object doesn't support item deletion")),
    }
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    if let Some(it) = vm.call_special(v, q!(__iter__), &[])? {
        return Ok(it);
    }
    if let Some(native) = part(vm, v) {
        return vm.get_iter(native);
    }
    if vm.special(v, q!(__getitem__))?.is_some() {
        return vm.new_seq_iter(v);
    }
    let name = vm.qstr_text(vm.type_of(v).name);
    Err(vm.type_error(format_args!("'{}' object isn't iterable", name.as_str())))
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let r = vm.call_special(v, q!(__next__), &[]);
    match r {
        Ok(Some(item)) => Ok(Some(item)),
        Ok(None) => match part(vm, v) {
            Some(native) => vm.iter_next(native),
            None => {
                let name = vm.qstr_text(vm.type_of(v).name);
                Err(vm.type_error(format_args!("'{}' object isn't an iterator", name.as_str())))
            }
        },
        Err(_) if vm.raised_is(&exception::STOP_ITERATION) => {
            let exc = vm.take_raised();
            let value = vm.get_attr(exc, q!(value))?;
            vm.st.stop_value = if value.is_none() { None } else { Some(value) };
            Ok(None)
        }
        Err(r) => Err(r),
    }
}

fn buffer(vm: &Vm, v: Value) -> Option<Buffer> {
    let native = part(vm, v)?;
    vm.type_of(native).slots.buffer.and_then(|f| f(vm, native))
}

/// Whether an object can be called.
pub fn is_callable(vm: &Vm, v: Value) -> bool {
    let ty = vm.type_of(v);
    if ty.is_class() {
        return vm.class_lookup(ty, q!(__call__)).is_some()
            || part(vm, v).is_some_and(|n| vm.type_of(n).slots.call.is_some());
    }
    ty.slots.call.is_some() || v.downcast::<NativeFn>().is_some()
}
