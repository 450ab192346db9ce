//! [`Value`]: one machine word, and the only file that knows its bits.
//!
//! | low bits | meaning |
//! |---|---|
//! | `xx1` | small integer (31 or 63 bits) |
//! | `x10` | float of a common exponent ([`crate::float`]) |
//! | `100` | immediate: kind in bits 3..8, payload above (constants, interned strings, ±0.0) |
//! | `000` | pointer to an object, 8-byte aligned or better |
//!
//! The word is pointer-typed and never null, so `Option<Value>` is one word, tables of values can be `const`,
//! and provenance survives.

use core::num::NonZeroUsize;
use core::ptr::NonNull;

use crate::float::{self, Float};
use crate::object::{Head, Obj, Object, Ref, TypePtr};
use crate::qstr::Qstr;

/// A Python value in one machine word. `==` is identity (`is`), not Python equality.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(NonNull<Head>);

// SAFETY: a Value in a static points to statics only, which never change; the interpreter itself is
// single-threaded and its heap values never leave it.
unsafe impl Sync for Value {}
// SAFETY: as above.
unsafe impl Send for Value {}

const TAG_IMM: usize = 0b100;
const KIND_CONST: usize = 0;
const KIND_QSTR: usize = 1;
const KIND_MARK: usize = 2;
const IMM_SHIFT: u32 = 8;

/// The immediate constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Imm {
    /// `None`
    None = 0,
    /// `False`
    False = 1,
    /// `True`
    True = 2,
    /// `Ellipsis`
    Ellipsis = 3,
    /// `NotImplemented`
    NotImplemented = 4,
    /// `0.0`
    PosZero = 5,
    /// `-0.0`
    NegZero = 6,
    /// Never visible to Python: a deleted entry of a hash table.
    Tombstone = 7,
    /// Never visible to Python: a marker whose meaning the place that stores it defines.
    Sentinel = 8,
}

/// A [`Value`] taken apart, for code that is not hot.
#[derive(Clone, Copy)]
pub enum Unpacked {
    /// A small integer.
    Int(isize),
    /// A float that needs no box.
    Float(Float),
    /// An interned string.
    Str(Qstr),
    /// A constant.
    Imm(Imm),
    /// An object.
    Obj(NonNull<Head>),
}

impl Value {
    /// Python's `None`.
    pub const NONE: Value = Value::imm(Imm::None);
    /// Python's `False`.
    pub const FALSE: Value = Value::imm(Imm::False);
    /// Python's `True`.
    pub const TRUE: Value = Value::imm(Imm::True);
    /// Python's `Ellipsis`.
    pub const ELLIPSIS: Value = Value::imm(Imm::Ellipsis);
    /// Python's `NotImplemented`.
    pub const NOT_IMPLEMENTED: Value = Value::imm(Imm::NotImplemented);
    /// A deleted hash-table entry.
    pub const TOMBSTONE: Value = Value::imm(Imm::Tombstone);
    /// A marker; see [`Imm::Sentinel`].
    pub const SENTINEL: Value = Value::imm(Imm::Sentinel);
    /// The smallest small integer.
    pub const SMALL_INT_MIN: isize = isize::MIN >> 1;
    /// The largest small integer.
    pub const SMALL_INT_MAX: isize = isize::MAX >> 1;

    #[inline(always)]
    const fn from_word(word: usize) -> Value {
        match NonZeroUsize::new(word) {
            Some(w) => Value(NonNull::without_provenance(w)),
            None => Value::imm(Imm::None),
        }
    }

    /// The constant `i`.
    #[inline(always)]
    pub const fn imm(i: Imm) -> Value {
        let word = ((i as usize) << IMM_SHIFT) | (KIND_CONST << 3) | TAG_IMM;
        // SAFETY: the tag bits make the word non-zero.
        Value(NonNull::without_provenance(unsafe { NonZeroUsize::new_unchecked(word) }))
    }

    /// The raw word, for hashing, `id()` and debugging.
    #[inline(always)]
    pub fn bits(self) -> usize {
        self.0.addr().get()
    }

    /// `True` or `False`.
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// The small integer `i`; bits beyond the small range are lost, so the caller has checked.
    #[inline(always)]
    pub const fn small_int(i: isize) -> Value {
        Value::from_word(((i << 1) | 1) as usize)
    }

    /// The small integer `i` if it fits.
    #[inline(always)]
    pub const fn try_small_int(i: isize) -> Option<Value> {
        if i >= Self::SMALL_INT_MIN && i <= Self::SMALL_INT_MAX { Some(Value::small_int(i)) } else { None }
    }

    /// Whether this is a small integer.
    #[inline(always)]
    pub fn is_small_int(self) -> bool {
        self.bits() & 1 != 0
    }

    /// The small integer, if it is one.
    #[inline(always)]
    pub fn as_small_int(self) -> Option<isize> {
        let w = self.bits();
        if w & 1 != 0 { Some(w as isize >> 1) } else { None }
    }

    /// Whether both are small integers; one test.
    #[inline(always)]
    pub fn both_small_int(a: Value, b: Value) -> bool {
        a.bits() & b.bits() & 1 != 0
    }

    /// The float `f`, unless it needs a box.
    #[inline(always)]
    pub fn try_float(f: Float) -> Option<Value> {
        match float::pack(f) {
            Some(w) => Some(Value::from_word(w)),
            None if f == 0.0 => Some(Value::imm(if f.is_sign_negative() { Imm::NegZero } else { Imm::PosZero })),
            None => None,
        }
    }

    /// As [`Value::try_float`], in a constant.
    ///
    /// # Panics
    /// At compile time, if the float needs a box.
    pub const fn const_float(f: Float) -> Value {
        match float::pack(f) {
            Some(w) => Value::from_word(w),
            None => panic!("this float needs a box"),
        }
    }

    /// The float, if it is one without a box.
    #[inline(always)]
    pub fn as_imm_float(self) -> Option<Float> {
        let w = self.bits();
        if w & 3 == 2 {
            Some(float::unpack(w))
        } else if self == Value::imm(Imm::PosZero) {
            Some(0.0)
        } else if self == Value::imm(Imm::NegZero) {
            Some(-0.0)
        } else {
            None
        }
    }

    /// Whether both are unboxed floats other than zero; the fast test of arithmetic.
    #[inline(always)]
    pub fn both_tagged_float(a: Value, b: Value) -> bool {
        (a.bits() & 3 == 2) & (b.bits() & 3 == 2)
    }

    /// The float of a word that [`Value::both_tagged_float`] has accepted (garbage for any other word).
    #[inline(always)]
    pub fn tagged_float(self) -> Float {
        float::unpack(self.bits())
    }

    /// The interned string `q`.
    #[inline(always)]
    pub const fn qstr(q: Qstr) -> Value {
        Value::from_word(((q.index() as usize) << IMM_SHIFT) | (KIND_QSTR << 3) | TAG_IMM)
    }

    /// A marker with a number of 24 bits, which Python never sees: where the VM goes on after a `finally`.
    #[inline(always)]
    pub const fn mark(n: u32) -> Value {
        Value::from_word((((n & 0xff_ffff) as usize) << IMM_SHIFT) | (KIND_MARK << 3) | TAG_IMM)
    }

    /// The number of a marker.
    #[inline(always)]
    pub fn as_mark(self) -> Option<u32> {
        let w = self.bits();
        if w & 0xff == (KIND_MARK << 3) | TAG_IMM { Some((w >> IMM_SHIFT) as u32) } else { None }
    }

    /// Whether this is an interned string.
    #[inline(always)]
    pub fn is_qstr(self) -> bool {
        self.bits() & 0xff == (KIND_QSTR << 3) | TAG_IMM
    }

    /// The interned string, if it is one.
    #[inline(always)]
    pub fn as_qstr(self) -> Option<Qstr> {
        if self.is_qstr() { Some(Qstr::from_index((self.bits() >> IMM_SHIFT) as u32)) } else { None }
    }

    /// The constant, if it is one.
    pub fn as_imm(self) -> Option<Imm> {
        let w = self.bits();
        if w & 0xff != TAG_IMM {
            return None;
        }
        Some(match w >> IMM_SHIFT {
            0 => Imm::None,
            1 => Imm::False,
            2 => Imm::True,
            3 => Imm::Ellipsis,
            4 => Imm::NotImplemented,
            5 => Imm::PosZero,
            6 => Imm::NegZero,
            7 => Imm::Tombstone,
            _ => Imm::Sentinel,
        })
    }

    /// `Some(true)` for `True`, `Some(false)` for `False`.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        if self == Value::TRUE {
            Some(true)
        } else if self == Value::FALSE {
            Some(false)
        } else {
            None
        }
    }

    /// Whether this is `None`.
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self == Value::NONE
    }

    /// Whether this points to an object.
    #[inline(always)]
    pub fn is_obj(self) -> bool {
        self.bits() & 7 == 0
    }

    /// The object's head, if this points to an object.
    #[inline(always)]
    pub fn as_head(self) -> Option<NonNull<Head>> {
        if self.is_obj() { Some(self.0) } else { None }
    }

    /// The type of the object that this points to, if it does.
    #[inline(always)]
    pub fn obj_type(self) -> Option<TypePtr> {
        // SAFETY: a Value tagged as an object points to a live object (invariants W and N).
        self.as_head().map(|h| unsafe { h.as_ref() }.type_ptr())
    }

    /// The object, if this is one of exactly the native type `T`.
    #[inline(always)]
    pub fn downcast<T: Object>(self) -> Option<Ref<T>> {
        if self.obj_type() == Some(T::type_ptr()) {
            // SAFETY: the type word says that the body is a T (contract of Object).
            Some(unsafe { Ref::from_ptr(self.0.cast::<Obj<T>>()) })
        } else {
            None
        }
    }

    /// Takes the value apart.
    pub fn unpack(self) -> Unpacked {
        if let Some(i) = self.as_small_int() {
            Unpacked::Int(i)
        } else if let Some(h) = self.as_head() {
            Unpacked::Obj(h)
        } else if let Some(q) = self.as_qstr() {
            Unpacked::Str(q)
        } else if let Some(f) = self.as_imm_float() {
            Unpacked::Float(f)
        } else {
            Unpacked::Imm(self.as_imm().unwrap_or(Imm::Sentinel))
        }
    }

    #[inline(always)]
    pub(crate) const fn from_head(p: NonNull<Head>) -> Value {
        Value(p)
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.unpack() {
            Unpacked::Int(i) => write!(f, "Int({i})"),
            Unpacked::Float(x) => write!(f, "Float({x:?})"),
            Unpacked::Str(q) => write!(f, "Qstr({})", q.index()),
            Unpacked::Imm(i) => write!(f, "{i:?}"),
            Unpacked::Obj(p) => write!(f, "Obj({p:p})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(v: Value) -> usize {
        [v.is_small_int(), v.as_imm_float().is_some(), v.is_qstr(), v.is_obj()].iter().filter(|b| **b).count()
    }

    proptest! {
        #[test]
        fn float_bits_survive(bits: usize) {
            let f = Float::from_bits(bits as _);
            if let Some(v) = Value::try_float(f) {
                prop_assert_eq!(kinds(v), 1);
                prop_assert_eq!(v.as_imm_float().map(Float::to_bits), Some(f.to_bits()));
            } else {
                let magnitude = f.abs();
                prop_assert!(!(1e-8..1e8).contains(&magnitude));
            }
        }

        #[test]
        fn small_ints_survive(i: isize) {
            match Value::try_small_int(i) {
                Some(v) => { prop_assert_eq!(kinds(v), 1); prop_assert_eq!(v.as_small_int(), Some(i)); }
                None => prop_assert!(!(Value::SMALL_INT_MIN..=Value::SMALL_INT_MAX).contains(&i)),
            }
        }

        #[test]
        fn qstrs_survive(n in 0u32..1 << 24) {
            let v = Value::qstr(Qstr::from_index(n));
            prop_assert_eq!(kinds(v), 1);
            prop_assert_eq!(v.as_qstr().map(|q| q.index()), Some(n));
        }
    }

    #[test]
    fn corners() {
        for f in [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e8, -1e-8] {
            let v = Value::try_float(f).expect("common floats need no box");
            assert_eq!(v.as_imm_float().map(Float::to_bits), Some(f.to_bits()));
        }
        for f in [Float::INFINITY, Float::NAN, Float::MIN_POSITIVE, Float::MAX] {
            assert!(Value::try_float(f).is_none());
        }
        for v in [Value::NONE, Value::TRUE, Value::FALSE, Value::ELLIPSIS, Value::TOMBSTONE] {
            assert_eq!(kinds(v), 0);
        }
        assert_eq!(size_of::<Option<Value>>(), size_of::<usize>());
    }
}
