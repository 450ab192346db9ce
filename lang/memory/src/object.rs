//! Objects: a type word, then the body.
//!
//! Invariant: the type word of an object says which Rust type its body is; it is written once, at birth.
//! A [`Ref`] is a plain copyable pointer: it keeps nothing alive by itself. What is reachable from the
//! interpreter's roots or from a native stack (scanned conservatively) stays.

use core::ops::Deref;
use core::ptr::NonNull;

use crate::collect::Tracer;
use crate::value::Value;

/// The first word of every object.
#[repr(C)]
pub struct Head {
    ty: TypePtr,
}

impl Head {
    /// The object's type.
    #[inline(always)]
    pub fn type_ptr(&self) -> TypePtr {
        self.ty
    }
}

/// A pointer to a type object; equality is identity.
pub type TypePtr = NonNull<Obj<TypeCore>>;

/// Marks what an object's body refers to. The argument is the object.
pub type TraceFn = unsafe fn(NonNull<Head>, &mut Tracer<'_>);

/// The part of a type that the heap needs. The runtime's type begins with it.
#[repr(C)]
pub struct TypeCore {
    trace: TraceFn,
}

impl TypeCore {
    /// The core of the native type whose body is `T`.
    pub const fn of<T: Object>() -> TypeCore {
        unsafe fn trace<T: Object>(p: NonNull<Head>, t: &mut Tracer<'_>) {
            // SAFETY: the heap calls this only for an object whose type word leads here (contract of Object).
            unsafe { p.cast::<Obj<T>>().as_ref() }.body.trace(t);
        }
        TypeCore { trace: trace::<T> }
    }

    /// How to trace an object of this type.
    #[inline(always)]
    pub fn trace_fn(&self) -> TraceFn {
        self.trace
    }
}

/// An object: its type word and its body. Aligned so that a pointer to it has three zero bits.
#[repr(C, align(8))]
pub struct Obj<T> {
    head: Head,
    /// The body.
    pub body: T,
}

// SAFETY: an Obj in a static is never changed: cells in a body are written only through the interpreter that
// owns the object, and no interpreter owns a static.
unsafe impl<T> Sync for Obj<T> {}

impl<T> Obj<T> {
    /// An object for a static.
    ///
    /// # Safety
    /// `ty` is the type whose objects have the body `T`.
    pub const unsafe fn new_static(ty: TypePtr, body: T) -> Obj<T> {
        Obj { head: Head { ty }, body }
    }
}

/// A Rust type that is the body of a Python object.
///
/// # Safety
/// `type_ptr()` always returns the same type object, that type's [`TypeCore`] is `TypeCore::of::<Self>()`, and
/// no other Rust type returns it. `trace` reports every `Value`, `Ref` and buffer in the body.
pub unsafe trait Object: Sized + 'static {
    /// The type object.
    fn type_ptr() -> TypePtr;
    /// Reports everything that the body refers to.
    fn trace(&self, t: &mut Tracer<'_>);
}

/// A pointer to an object whose body is `T`.
#[repr(transparent)]
pub struct Ref<T>(NonNull<Obj<T>>);

impl<T> Clone for Ref<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> PartialEq for Ref<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Ref<T> {}
// SAFETY: as for Value.
unsafe impl<T> Sync for Ref<T> {}
// SAFETY: as for Value.
unsafe impl<T> Send for Ref<T> {}

impl<T> Ref<T> {
    /// A reference to a static object.
    #[inline(always)]
    pub const fn of_static(obj: &'static Obj<T>) -> Ref<T> {
        Ref(NonNull::from_ref(obj))
    }

    /// # Safety
    /// `p` points to a live object whose body is a `T`.
    #[inline(always)]
    pub const unsafe fn from_ptr(p: NonNull<Obj<T>>) -> Ref<T> {
        Ref(p)
    }

    /// The pointer.
    #[inline(always)]
    pub const fn as_ptr(self) -> NonNull<Obj<T>> {
        self.0
    }

    /// The object as a Python value.
    #[inline(always)]
    pub const fn value(self) -> Value {
        Value::from_head(self.0.cast::<Head>())
    }

    /// The type of the object, which may be a heap type.
    #[inline(always)]
    pub fn type_ptr(self) -> TypePtr {
        // SAFETY: a Ref points to a live object.
        unsafe { self.0.as_ref() }.head.ty
    }

    /// Gives the object another type.
    ///
    /// # Safety
    /// Objects of `ty` have the body `T`, and nobody relies on the old type.
    pub unsafe fn set_type(self, ty: TypePtr) {
        // SAFETY: the object is live; its head is written by nobody else.
        unsafe { (&raw mut (*self.0.as_ptr()).head).write(Head { ty }) };
    }

    /// The body, for as long as the heap is not changed.
    #[inline(always)]
    pub fn get(self, _heap: &crate::Heap) -> &T {
        // SAFETY: a Ref points to a live object, and nothing is collected while the heap is borrowed.
        &unsafe { self.0.as_ref() }.body
    }

    /// The bytes of a buffer in the body, to change them.
    #[inline(always)]
    pub fn bytes_mut<'a>(self, of: fn(&T) -> &crate::ByteBuf, heap: &'a mut crate::Heap) -> &'a mut [u8]
    where
        T: 'a,
    {
        // SAFETY: the object is live, and the heap is borrowed exclusively for as long as the slice is.
        let body: &'a T = &unsafe { self.0.as_ref() }.body;
        of(body).as_mut_slice(heap)
    }

    pub(crate) unsafe fn write_at(p: NonNull<u8>, ty: TypePtr, body: T) -> Ref<T> {
        let p = p.cast::<Obj<T>>();
        // Field by field: bytes of a tail may already stand in the padding at the object's end.
        // SAFETY: the caller gives a fresh block of at least size_of::<Obj<T>>() bytes, aligned to a granule.
        unsafe {
            (&raw mut (*p.as_ptr()).head).write(Head { ty });
            (&raw mut (*p.as_ptr()).body).write(body);
        }
        Ref(p)
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a Ref points to a live object; bodies are changed only through cells.
        &unsafe { self.0.as_ref() }.body
    }
}
