//! `type`: the type of types; classes made by Python, and what calling a type does.

use krait_memory::TypePtr;

use crate::ty::TypeFlags;
use crate::{Args, BinaryOp, Maybe, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm};

/// A body for types that have no objects of their own.
pub struct NoBody;

impl NoBody {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// No object ever has this type; it answers for bodies that several types share.
    pub static NO_TYPE: q!(object) for NoBody;
}

class! {
    /// `type`
    pub static TYPE: q!(r#type) for Type;
    slots { new: new, call: call, print: print, get_attr: get_attr, set_attr: set_attr, binary: binary, unary: unary }
}

/// The type of types.
pub const fn type_ptr() -> TypePtr {
    Ref::of_static(&TYPE).as_ptr().cast()
}

/// What `object()` gives: nothing but an identity.
pub struct PlainObject;

impl PlainObject {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// `object`
    pub static OBJECT: q!(object) for PlainObject;
    slots { new: object_new }
    attrs {
        q!(__init__) => var(1, 255, object_init),
        q!(__new__) => smethod(f1(object_dunder_new)),
        q!(__setattr__) => f3(object_setattr),
        q!(__delattr__) => f2(object_delattr),
    }
}

fn object_new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 0)?;
    vm.new_plain_object()
}

fn object_init(_: &mut Vm, _: &Args<'_>) -> Outcome {
    Ok(Value::NONE)
}

fn object_dunder_new(vm: &mut Vm, cls: Value) -> Outcome {
    match cls.downcast::<Type>() {
        Some(ty) if ty.is_class() => vm.new_instance(ty, &Args::positional(&[])).map(|i| i.value()),
        _ => Err(vm.type_error(format_args!("arg must be user-type"))),
    }
}

fn object_setattr(vm: &mut Vm, this: Value, name: Value, v: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    vm.set_instance_attr(this, name, Some(v)).map(|()| Value::NONE)
}

fn object_delattr(vm: &mut Vm, this: Value, name: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    vm.set_instance_attr(this, name, None).map(|()| Value::NONE)
}

/// `type(x)` and `type(name, bases, dict)`.
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    match *args.pos {
        [v] => Ok(vm.type_of(v).value()),
        [name, bases, dict] => {
            let name = vm.need_qstr(name)?;
            vm.new_class(name, bases, dict).map(Ref::value)
        }
        _ => Err(vm.type_error(format_args!("type takes 1 or 3 arguments"))),
    }
}

fn call(vm: &mut Vm, v: Value, args: &Args<'_>) -> Outcome {
    let Some(ty) = v.downcast::<Type>() else {
        return Err(vm.type_error(format_args!("object not callable")));
    };
    match ty.slots.new {
        Some(new) => new(vm, ty, args),
        None => {
            let name = vm.qstr_text(ty.name);
            Err(vm.type_error(format_args!("cannot create '{}' instances", name.as_str())))
        }
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(ty) = v.downcast::<Type>() else { return Ok(()) };
    let name = vm.qstr_text(ty.name);
    out.fmt(vm, format_args!("<class '{}'>", name.as_str()))
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(ty) = v.downcast::<Type>() else { return Ok(None) };
    if name == q!(__name__) {
        return Ok(Some(Value::qstr(ty.name)));
    }
    if name == q!(__dict__) {
        return match ty.dict {
            Some(d) => Ok(Some(d.value())),
            None => {
                let d = vm.new_dict()?;
                for e in ty.rom {
                    d.set_qstr(vm, e.key, e.value)?;
                }
                Ok(Some(d.value()))
            }
        };
    }
    if name == q!(__bases__) {
        return vm.bases_of(ty).map(Some);
    }
    vm.class_attr(ty, name)
}

fn set_attr(vm: &mut Vm, v: Value, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    let Some(ty) = v.downcast::<Type>() else { return Ok(false) };
    let Some(dict) = ty.dict else { return Ok(false) };
    vm.forget_methods();
    match to {
        Some(to) => {
            dict.set_qstr(vm, name, to)?;
            vm.note_special(ty, name, to);
            Ok(true)
        }
        None => Ok(dict.remove_qstr(vm, name).is_some()),
    }
}

fn unary(_: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    Ok((op == UnaryOp::Hash).then(|| Value::small_int((v.bits() >> 3) as isize)))
}

fn binary(_: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    Ok((op == BinaryOp::Equal).then(|| Value::bool(a == b)))
}

impl Vm {
    /// Whether `sub` is `sup` or inherits from it.
    pub fn is_subclass(&self, sub: Ref<Type>, sup: Ref<Type>) -> bool {
        let mut at = sub;
        loop {
            if at == sup || sup == Ref::of_static(&OBJECT) {
                return true;
            }
            if let Some(bases) = at.bases {
                return bases.tail().iter().any(|b| b.downcast::<Type>().is_some_and(|b| self.is_subclass(b, sup)));
            }
            match at.base {
                Some(base) => at = base,
                None => return false,
            }
        }
    }

    /// Whether `v` is an object of the type `ty` or of one that inherits from it.
    pub fn is_instance(&self, v: Value, ty: Ref<Type>) -> bool {
        self.is_subclass(self.type_of(v), ty)
    }

    /// The native type that `v` is of: for an instance, of its native part.
    pub fn native_type(&self, v: Value) -> Ref<Type> {
        self.type_of(self.native_part(v))
    }

    fn bases_of(&mut self, ty: Ref<Type>) -> Outcome {
        match (ty.bases, ty.base) {
            (Some(t), _) => Ok(t.value()),
            (None, Some(b)) => self.new_tuple(&[b.value()]).map(Ref::value),
            (None, None) if ty == Ref::of_static(&OBJECT) => self.new_tuple(&[]).map(Ref::value),
            (None, None) => self.new_tuple(&[Ref::of_static(&OBJECT).value()]).map(Ref::value),
        }
    }

    /// The type object, if `v` is one.
    pub fn as_type(&self, v: Value) -> Option<Ref<Type>> {
        v.downcast::<Type>()
    }
}

/// Whether objects of this native type can be the native part of an instance.
pub(crate) fn can_inherit(ty: Ref<Type>) -> bool {
    !ty.has(TypeFlags::FINAL) && ty.slots.new.is_some()
}
