//! Types: what a Python type is to the runtime.
//!
//! Invariant: a native type is a static that never changes; a class made by Python has the same shape, on the
//! heap, with a dict in place of the table. The first field is what the collector reads.

use core::any::Any;
use core::cell::Cell;

use krait_memory::{Qstr, TypeCore};

use crate::obj::dict::Dict;
use crate::obj::tuple::Tuple;
use crate::{Args, BinaryOp, Maybe, Out, Outcome, PrintKind, Raised, Ref, Tracer, UnaryOp, Value, Vm};

/// A row of a table in ROM: a name and its value.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct RomEntry {
    /// The name.
    pub key: Qstr,
    /// The value.
    pub value: Value,
}

/// Sorts a table by name number, for the binary search; at compile time.
///
/// # Panics
/// At compile time, if a name stands twice.
pub const fn sort_rom<const N: usize>(mut a: [RomEntry; N]) -> [RomEntry; N] {
    let mut i = 1;
    while i < N {
        let mut j = i;
        while j > 0 && a[j - 1].key.index() > a[j].key.index() {
            let t = a[j];
            a[j] = a[j - 1];
            a[j - 1] = t;
            j -= 1;
        }
        i += 1;
    }
    let mut i = 1;
    while i < N {
        assert!(a[i - 1].key.index() != a[i].key.index(), "a name stands twice in a table");
        i += 1;
    }
    a
}

/// Looks a name up in a sorted table.
#[inline]
pub(crate) fn find_rom(table: &[RomEntry], key: Qstr) -> Option<Value> {
    let at = table.partition_point(|e| e.key.index() < key.index());
    table.get(at).filter(|e| e.key == key).map(|e| e.value)
}

/// What the runtime must know quickly about a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypeFlags(pub u32);

impl TypeFlags {
    /// Nothing special.
    pub const NONE: TypeFlags = TypeFlags(0);
    /// A class made by Python: its objects are [`crate::obj::instance::Instance`]s.
    pub const CLASS: u32 = 1;
    /// An exception type: its objects are [`crate::obj::exception::Exception`]s.
    pub const EXCEPTION: u32 = 2;
    /// The class, or one it inherits from, has a descriptor or property that attribute access must look for.
    pub const DESCRIPTORS: u32 = 4;
    /// The class, or one it inherits from, defines `__getattr__`.
    pub const GETATTR: u32 = 8;
    /// The class, or one it inherits from, defines `__setattr__` or `__delattr__`.
    pub const SETATTR: u32 = 16;
    /// A class made by a native for Python: natives in its dict are methods, as those of a native type are.
    pub const NATIVE_METHODS: u32 = 64;
    /// Its subscript slots look at a slice once and keep none, so that a borrowed one will do.
    pub const SLICES: u32 = 128;
    /// A class from which another inherits.
    pub const INHERITED: u32 = 256;
    /// What classes inherit from their bases.
    pub const PASSED_ON: u32 = TypeFlags::DESCRIPTORS | TypeFlags::GETATTR | TypeFlags::SETATTR;
    /// A native type that cannot be a base class.
    pub const FINAL: u32 = 32;
}

/// What a type can do. An absent slot means that the default applies, or that the operation is an error.
// Each signature is used by one slot: a name for it would only send the reader elsewhere.
#[allow(clippy::type_complexity)]
pub struct Slots {
    /// Calling the type.
    pub new: Option<fn(&mut Vm, Ref<Type>, &Args<'_>) -> Outcome>,
    /// `str()`, `repr()`, printing.
    pub print: Option<fn(&mut Vm, Value, &mut Out<'_>, PrintKind) -> Result<(), Raised>>,
    /// Calling an object.
    pub call: Option<fn(&mut Vm, Value, &Args<'_>) -> Outcome>,
    /// Operators on one value, `len`, `bool`, `hash` included. `None`: not supported.
    pub unary: Option<fn(&mut Vm, UnaryOp, Value) -> Maybe>,
    /// Operators on two values, comparison and `Contains` (container first) included. `None`: not supported.
    pub binary: Option<fn(&mut Vm, BinaryOp, Value, Value) -> Maybe>,
    /// Attributes that are not in the table. `None`: look further.
    pub get_attr: Option<fn(&mut Vm, Value, Qstr) -> Maybe>,
    /// Setting (`Some`) or deleting (`None`) an attribute. `false`: there is no such attribute.
    pub set_attr: Option<fn(&mut Vm, Value, Qstr, Option<Value>) -> Result<bool, Raised>>,
    /// `a[i]`.
    pub subscr: Option<fn(&mut Vm, Value, Value) -> Outcome>,
    /// `a[i] = v` (`Some`), `del a[i]` (`None`).
    pub set_subscr: Option<fn(&mut Vm, Value, Value, Option<Value>) -> Result<(), Raised>>,
    /// `iter(a)`.
    pub iter: Option<fn(&mut Vm, Value) -> Outcome>,
    /// `next(a)`. `None`: at the end (a generator leaves its return value in the `Vm`).
    pub next: Option<fn(&mut Vm, Value) -> Maybe>,
    /// The bytes of the object, for the buffer protocol.
    pub buffer: Option<fn(&Vm, Value) -> Option<crate::ops::buffer::Buffer>>,
    /// Called once for an object that was made by [`Vm::new_with_finaliser`], after it has become unreachable; see
    /// there.
    pub finalise: Option<fn(&mut Vm, Value) -> Outcome>,
    /// What else natives can do with the type's objects: a table of functions of a kind that they agree on (a
    /// file system's, a stream's). See [`Vm::protocol`].
    pub protocol: Option<&'static (dyn Any + Sync)>,
}

impl Slots {
    /// A type that can do nothing.
    pub const NONE: Slots = Slots {
        new: None,
        print: None,
        call: None,
        unary: None,
        binary: None,
        get_attr: None,
        set_attr: None,
        subscr: None,
        set_subscr: None,
        iter: None,
        next: None,
        buffer: None,
        finalise: None,
        protocol: None,
    };
}

/// A type object's body.
#[repr(C)]
pub struct Type {
    core: TypeCore,
    /// `__name__`.
    pub name: Qstr,
    /// See [`TypeFlags`].
    pub flags: Cell<u32>,
    /// What it can do.
    pub slots: &'static Slots,
    /// A native type's attributes, sorted.
    pub rom: &'static [RomEntry],
    /// The type it inherits from, if it is one (a native type, or the only base of a class).
    pub base: Option<Ref<Type>>,
    /// All bases of a class that has more than one.
    pub bases: Option<Ref<Tuple>>,
    /// A class's attributes.
    pub dict: Option<Ref<Dict>>,
}

impl Type {
    /// A native type.
    pub const fn native(
        core: TypeCore,
        name: Qstr,
        flags: u32,
        base: Option<Ref<Type>>,
        slots: &'static Slots,
        rom: &'static [RomEntry],
    ) -> Type {
        Type { core, name, flags: Cell::new(flags), slots, rom, base, bases: None, dict: None }
    }

    /// A class made by Python.
    pub(crate) fn class(
        core: TypeCore,
        name: Qstr,
        flags: u32,
        base: Option<Ref<Type>>,
        bases: Option<Ref<Tuple>>,
        dict: Ref<Dict>,
        slots: &'static Slots,
    ) -> Type {
        Type { core, name, flags: Cell::new(flags), slots, rom: &[], base, bases, dict: Some(dict) }
    }

    /// Whether the flag is set.
    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    /// Whether it is a class made by Python.
    #[inline(always)]
    pub fn is_class(&self) -> bool {
        self.has(TypeFlags::CLASS)
    }

    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        t.opt_reference(self.base);
        t.opt_reference(self.bases);
        t.opt_reference(self.dict);
    }
}

impl Vm {
    /// The table of the kind `P` that the type of `v` has, if it has one: how natives find what an object of any
    /// type can do for them without a call of Python.
    pub fn protocol<P: Any>(&self, v: Value) -> Option<&'static P> {
        let table: &'static dyn Any = self.type_of(self.native_part(v)).slots.protocol?;
        table.downcast_ref()
    }
}
