//! `super(type, obj)`.

use crate::obj::type_::OBJECT;
use crate::ops::attr::Found;
use crate::{Args, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, Value, Vm};

/// A super object's body.
pub struct Super {
    ty: Ref<Type>,
    this: Value,
}

impl Super {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.ty);
        t.value(self.this);
    }
}

class! {
    /// `super`
    pub static SUPER: q!(super_) for Super;
    slots { new: new, print: print, get_attr: get_attr }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 2)?;
    let [ty, this] = [0, 1].map(|i| args.get(i).unwrap_or(Value::NONE));
    match vm.as_type(ty) {
        Some(ty) if vm.is_instance(this, ty) || vm.as_type(this).is_some_and(|t| vm.is_subclass(t, ty)) => {
            Ok(vm.new_object(Super { ty, this })?.value())
        }
        _ => Err(vm.type_error(format_args!("super() needs a type and an instance or subtype of it"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(s) = v.downcast::<Super>() else { return Ok(()) };
    out.write(vm, "<super: ")?;
    out.value(vm, s.ty.value(), PrintKind::Str)?;
    out.write(vm, ", ")?;
    out.value(vm, s.this, PrintKind::Str)?;
    out.write(vm, ">")
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(s) = v.downcast::<Super>() else { return Ok(None) };
    match vm.super_lookup(s.ty, s.this, name)? {
        Some(Found::Plain(v)) => Ok(Some(v)),
        Some(Found::Method(f, this)) => vm.bind_method(f, this).map(Some),
        None => Ok(None),
    }
}

impl Vm {
    /// An attribute of the bases of `ty`, bound to `this`: what `super(ty, this).name` is.
    ///
    /// # Errors
    /// What a property or descriptor raises.
    pub(crate) fn super_lookup(&mut self, ty: Ref<Type>, this: Value, name: Qstr) -> Result<Option<Found>, Raised> {
        let found = match (ty.bases, ty.base) {
            (Some(bases), _) => {
                bases.tail().iter().filter_map(|b| self.as_type(*b)).find_map(|b| self.class_lookup(b, name))
            }
            (None, Some(base)) => self.class_lookup(base, name),
            (None, None) => None,
        };
        if name == q!(__init__)
            && found.is_none_or(|(_, owner)| !owner.is_class() && owner != Ref::of_static(&OBJECT))
            && let Some(native) = self.native_base(ty)
        {
            return self.native_init_method(this, native).map(Some);
        }
        let found = found.or_else(|| self.class_lookup(Ref::of_static(&OBJECT), name));
        let Some((member, owner)) = found else { return Ok(None) };
        // With a class as `this` (in a class method), methods are bound to that class.
        if let Some(cls) = self.as_type(this) {
            return self.class_bind(cls, member).map(Some);
        }
        let own = self.type_of(this);
        self.bind(this, own, member, owner).map(Some)
    }
}
