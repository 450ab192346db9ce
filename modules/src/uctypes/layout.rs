//! What a descriptor of `uctypes` says: types, offsets and sizes.
//!
//! A scalar's descriptor is one integer of 31 bits, as in the reference: the type in the upper 4, the offset below,
//! and for a bit field its length and position between them. An aggregate's is a tuple whose first item has the kind
//! in the upper 2 bits and the offset below.
//!
//! The surprising fact: descriptors may contain themselves, so their size is found with a bound on the depth.

use krait_runtime::obj::array_item::Item;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Ref, Value, Vm};

/// Bits of an offset in a bit field's descriptor; the bit position begins above.
pub(super) const OFFSET_BITS: u32 = 17;
/// Where a bit field's length begins.
pub(super) const LEN_BITS: u32 = 22;
/// Structures in structures.
const DEPTH_MAX: u32 = 32;
/// Fields that are looked at for one size.
const FIELDS_MAX: u32 = 20_000;

/// `LITTLE_ENDIAN`
pub(super) const LITTLE: isize = 0;
/// `BIG_ENDIAN`
pub(super) const BIG: isize = 1;
/// `NATIVE`
pub(super) const NATIVE: isize = 2;

/// A descriptor means nothing. The text is the exception's.
pub(super) struct Bad(pub &'static str);

const SYNTAX: Bad = Bad("syntax error in uctypes descriptor");

const TOO_BIG: Bad = Bad("uctypes descriptor too big");

/// What is known while a size is being found.
struct Walk {
    /// Bytes of the largest scalar so far.
    align: usize,
    /// Fields that may still be looked at.
    left: u32,
}

/// A constant of the module: a number of `width` bits in the upper bits of 31.
pub(super) const fn constant(n: isize, width: u32) -> isize {
    (((n as i32) << (32 - width)) >> 1) as isize
}

/// A scalar type by its number: even ones are unsigned, each pair twice as wide as the last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Scalar(pub u32);

impl Scalar {
    pub(super) const UINT8: Scalar = Scalar(0);
    pub(super) const BITS_FIRST: isize = 8;
    pub(super) const FLOAT32: isize = 14;
    pub(super) const FLOAT64: isize = 15;

    /// The type and the rest of a descriptor.
    pub(super) fn of(descriptor: isize) -> (Scalar, usize) {
        let d = descriptor as u32;
        (Scalar(d >> 27 & 15), (d & 0x07ff_ffff) as usize)
    }

    pub(super) fn is_bit_field(self) -> bool {
        (8..14).contains(&self.0)
    }

    /// How it lies in memory; for a bit field, the integer that it is part of.
    pub(super) fn item(self) -> Item {
        let (code, size) = match self.0 {
            0 | 8 => (b'B', 1),
            1 | 9 => (b'b', 1),
            2 | 10 => (b'H', 2),
            3 | 11 => (b'h', 2),
            4 | 12 => (b'I', 4),
            5 | 13 => (b'i', 4),
            6 => (b'Q', 8),
            7 => (b'q', 8),
            14 => (b'f', 4),
            _ => (b'd', 8),
        };
        Item { code, size }
    }
}

/// Kinds of aggregates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Struct,
    Pointer,
    Array,
}

/// An aggregate's descriptor.
pub(super) struct Aggregate {
    pub kind: Kind,
    pub offset: usize,
    pub tuple: Ref<Tuple>,
}

impl Aggregate {
    /// The aggregate that a tuple describes.
    pub(super) fn of(vm: &Vm, v: Value) -> Result<Aggregate, Bad> {
        let tuple = vm.cast::<Tuple>(v).ok_or(SYNTAX)?;
        let head = tuple.tail().first().and_then(|v| v.as_small_int()).ok_or(SYNTAX)? as u32;
        let kind = match head >> 29 & 3 {
            0 => Kind::Struct,
            1 => Kind::Pointer,
            2 => Kind::Array,
            _ => return Err(SYNTAX),
        };
        Ok(Aggregate { kind, offset: (head & 0x1fff_ffff) as usize, tuple })
    }

    pub(super) fn item(&self, i: usize) -> Result<Value, Bad> {
        self.tuple.tail().get(i).copied().ok_or(SYNTAX)
    }

    /// An array's element type and count.
    pub(super) fn elements(&self) -> Result<(Scalar, usize), Bad> {
        Ok(Scalar::of(self.item(1)?.as_small_int().ok_or(SYNTAX)?))
    }

    /// Whether it is an array of scalars.
    pub(super) fn is_scalar_array(&self) -> bool {
        self.kind == Kind::Array && self.tuple.tail().len() == 2
    }
}

/// Bytes of what a descriptor describes, as a structure in an array is counted: with padding at its end if `native`.
pub(super) fn size_of(vm: &Vm, descriptor: Value, native: bool) -> Result<usize, Bad> {
    size(vm, descriptor, native, &mut Walk { align: 1, left: FIELDS_MAX }, 0)
}

fn size(vm: &Vm, v: Value, native: bool, walk: &mut Walk, depth: u32) -> Result<usize, Bad> {
    if depth > DEPTH_MAX {
        return Err(TOO_BIG);
    }
    let Some(dict) = vm.as_dict(v) else {
        if v.as_small_int().is_some() {
            return Err(Bad("can't unambiguously get sizeof scalar"));
        }
        let a = Aggregate::of(vm, v)?;
        return aggregate_size(vm, &a, native, walk, depth);
    };
    let mut total = 0;
    let mut at = 0;
    while let Some((place, _, field)) = dict.next_entry(at) {
        at = place;
        walk.left = walk.left.checked_sub(1).ok_or(TOO_BIG)?;
        let end = match field.as_small_int() {
            Some(d) => {
                let (scalar, rest) = Scalar::of(d);
                let offset = if scalar.is_bit_field() { rest & ((1 << OFFSET_BITS) - 1) } else { rest };
                let bytes = scalar.item().size;
                walk.align = bytes.max(walk.align);
                offset + bytes
            }
            None => {
                let a = Aggregate::of(vm, field)?;
                aggregate_size(vm, &a, native, walk, depth)?.saturating_add(a.offset)
            }
        };
        total = total.max(end);
    }
    // Up to the alignment of the largest field.
    Ok(if native { total.checked_next_multiple_of(walk.align).unwrap_or(total) } else { total })
}

fn aggregate_size(vm: &Vm, a: &Aggregate, native: bool, walk: &mut Walk, depth: u32) -> Result<usize, Bad> {
    let parts = a.tuple.tail().len();
    match a.kind {
        Kind::Struct if parts == 2 => size(vm, a.item(1)?, native, walk, depth + 1),
        Kind::Pointer if parts == 2 => {
            walk.align = core::mem::size_of::<usize>().max(walk.align);
            Ok(core::mem::size_of::<usize>())
        }
        Kind::Array if parts == 2 => {
            let (scalar, count) = a.elements()?;
            let item = scalar.item().size;
            walk.align = item.max(walk.align);
            Ok(item.saturating_mul(count))
        }
        Kind::Array if parts == 3 => {
            let (_, count) = a.elements()?;
            Ok(size(vm, a.item(2)?, native, walk, depth + 1)?.saturating_mul(count))
        }
        _ => Err(SYNTAX),
    }
}
