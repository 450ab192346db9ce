//! From a value to its type, and to the bodies that several types share.

use krait_memory::{NewObject, TypeCore, TypePtr};

use crate::obj::exception::Exception;
use crate::obj::instance::Instance;
use crate::obj::{self};
use crate::ty::TypeFlags;
use crate::{Gc, Obj, Raised, Ref, Type, Value, Vm};

#[inline(always)]
pub(crate) fn as_type(p: TypePtr) -> Ref<Type> {
    // SAFETY: every type object in Krait has the body Type, which begins with its TypeCore.
    unsafe { Ref::from_ptr(p.cast::<Obj<Type>>()) }
}

/// The type of any value.
#[inline(always)]
pub(super) fn type_of(v: Value) -> Ref<Type> {
    match v.obj_type() {
        Some(p) => as_type(p),
        None => immediate_type(v),
    }
}

#[inline(never)]
fn immediate_type(v: Value) -> Ref<Type> {
    use krait_memory::{Imm, Unpacked};
    Ref::of_static(match v.unpack() {
        Unpacked::Int(_) => &obj::int::INT,
        Unpacked::Float(_) => &obj::float::FLOAT,
        Unpacked::Str(_) => &obj::str_::STR,
        Unpacked::Imm(Imm::True | Imm::False) => &obj::bool_::BOOL,
        Unpacked::Imm(Imm::PosZero | Imm::NegZero) => &obj::float::FLOAT,
        Unpacked::Imm(Imm::Ellipsis) => &obj::singletons::ELLIPSIS,
        Unpacked::Imm(Imm::NotImplemented) => &obj::singletons::NOT_IMPLEMENTED,
        Unpacked::Imm(_) | Unpacked::Obj(_) => &obj::singletons::NONE_TYPE,
    })
}

impl Vm {
    /// The type of any value.
    #[inline(always)]
    pub fn type_of(&self, v: Value) -> Ref<Type> {
        type_of(v)
    }

    /// The instance, if `v` is an object of a class made by Python.
    #[inline(always)]
    pub fn as_instance(&self, v: Value) -> Option<Ref<Instance>> {
        as_instance(v)
    }

    /// The exception, if `v` is one: of a native exception type, or of a class that inherits from one.
    pub fn as_exception(&self, v: Value) -> Option<Ref<Exception>> {
        let v = self.native_part(v);
        let head = v.as_head()?;
        if type_of(v).has(TypeFlags::EXCEPTION) && !type_of(v).is_class() {
            // SAFETY: native types with this flag have the body Exception.
            Some(unsafe { Ref::from_ptr(head.cast()) })
        } else {
            None
        }
    }

    /// A new exception object of the native exception type `ty`.
    pub(crate) fn alloc_exception(&mut self, ty: Ref<Type>, body: Exception) -> Result<Ref<Exception>, Raised> {
        debug_assert!(ty.has(TypeFlags::EXCEPTION) && !ty.is_class());
        // SAFETY: native types with the flag have the body Exception.
        unsafe { self.new_object_of(ty.as_ptr().cast(), body) }
    }

    /// The exception object that stands in for one of type `ty` while the heap is locked: without arguments.
    pub(crate) fn emergency_exception(&mut self, ty: Ref<Type>) -> Ref<Exception> {
        let e = self.st.emergency;
        e.args.set(None);
        e.traceback.truncate(0);
        // SAFETY: native types with the flag have the body Exception; only the last emergency counts.
        unsafe { e.set_type(ty.as_ptr().cast()) };
        e
    }

    /// A new instance of the class `ty`.
    pub(crate) fn alloc_instance(&mut self, ty: Ref<Type>, body: Instance) -> Result<Ref<Instance>, Raised> {
        debug_assert!(ty.is_class());
        // SAFETY: classes have the body Instance.
        unsafe { self.new_object_of(ty.as_ptr().cast(), body) }
    }

    /// The object that stands for `v` with natives: the native part of an instance whose class inherits from a
    /// native type, or `v` itself.
    #[inline]
    pub fn native_part(&self, v: Value) -> Value {
        match as_instance(v) {
            Some(i) => i.native.get().unwrap_or(v),
            None => v,
        }
    }

    /// As [`Value::downcast`], looking through instances of classes that inherit from the native type.
    #[inline]
    pub fn cast<T: crate::Object>(&self, v: Value) -> Option<Ref<T>> {
        v.downcast::<T>().or_else(|| self.native_part(v).downcast::<T>())
    }
}

#[inline(always)]
pub(crate) fn as_instance(v: Value) -> Option<Ref<Instance>> {
    let head = v.as_head()?;
    if type_of(v).is_class() {
        // SAFETY: objects of classes have the body Instance.
        Some(unsafe { Ref::from_ptr(head.cast()) })
    } else {
        None
    }
}

/// The core of the types whose objects are instances.
pub(crate) const fn instance_core() -> TypeCore {
    TypeCore::of::<Instance>()
}

/// The core of the types whose objects are exceptions.
pub(crate) const fn exception_core() -> TypeCore {
    TypeCore::of::<Exception>()
}

// SAFETY: an Instance's type word holds its class, whose core traces Instances; no static type is Instance's own,
// so a downcast by type word alone never succeeds.
unsafe impl crate::Object for Instance {
    fn type_ptr() -> TypePtr {
        Ref::of_static(&obj::type_::NO_TYPE).as_ptr().cast()
    }
    fn trace(&self, t: &mut crate::Tracer<'_>) {
        Instance::trace(self, t);
    }
}

// SAFETY: as for Instance; exceptions are found by as_exception.
unsafe impl crate::Object for Exception {
    fn type_ptr() -> TypePtr {
        Ref::of_static(&obj::type_::NO_TYPE).as_ptr().cast()
    }
    fn trace(&self, t: &mut crate::Tracer<'_>) {
        Exception::trace(self, t);
    }
}

impl Vm {
    /// Where the heap keeps an object's bytes; for `id()`.
    pub fn address_of(&self, v: Value) -> usize {
        v.bits()
    }

    /// Sets flags of all classes that inherit from `ty`, which has got them late. A walk through the heap: it is rare.
    #[cold]
    pub(crate) fn pass_on(&self, ty: Ref<Type>, flags: u32) {
        self.heap().each_object(|head| {
            // SAFETY: the heap's objects have a valid type word; objects of `type` have the body Type.
            unsafe {
                if head.as_ref().type_ptr() == obj::type_::type_ptr() {
                    let class: Ref<Type> = Ref::from_ptr(head.cast());
                    if class.is_class() && class != ty && self.is_subclass(class, ty) {
                        class.flags.set(class.flags.get() | flags);
                    }
                }
            }
        });
    }

    /// Whether the value lies in the heap (and not in ROM or in the word itself).
    pub fn in_heap(&self, v: Value) -> bool {
        self.heap().owns(v)
    }
}
