//! `uctypes`: C structures over bytes that lie elsewhere.
//!
//! Invariant: a structure on an object's bytes holds that object and an offset, so it outlives resizing and the
//! collector; what lies outside the object cannot be reached through it (`OSError: EFAULT`). An address that is in no
//! object works where the machine has an address space for programs, and is `OSError` elsewhere when it is used.

mod layout;

use krait_runtime::obj::array_item::Item;
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::obj::bytearray_view::ByteArrayView;
use krait_runtime::obj::exception;
use krait_runtime::obj::int::Operand;
use krait_runtime::ops::address::Place;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Type, UnaryOp, Value, Vm, class, module,
};

use layout::{Aggregate, Bad, Kind, OFFSET_BITS, Scalar, constant};

/// A structure's body.
pub struct Struct {
    descriptor: Value,
    place: Place,
    layout: isize,
}

impl Struct {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.descriptor);
        t.opt(self.place.owner());
    }

    fn native(&self) -> bool {
        self.layout == layout::NATIVE
    }

    fn big(&self) -> bool {
        self.layout == layout::BIG || (self.native() && cfg!(target_endian = "big"))
    }
}

class! {
    /// `uctypes.struct`
    pub static STRUCT: q!(r#struct) for Struct;
    slots {
        new: new, print: print, unary: unary, get_attr: get_attr, set_attr: set_attr, subscr: subscr,
        set_subscr: set_subscr, buffer: buffer,
    }
}

/// A pointer in memory.
const POINTER: Item = Item { code: b'P', size: size_of::<usize>() };

fn bad(vm: &mut Vm, e: Bad) -> Raised {
    vm.type_error(format_args!("{}", e.0))
}

/// A machine word from an integer of any size: its low bits.
fn word(vm: &mut Vm, v: Value) -> Result<usize, Raised> {
    match Operand::of(vm.native_part(v)) {
        Some(i) => Ok(i.int().wrapping_u64() as usize),
        None => vm.need_int(v).map(|i| i as usize),
    }
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<Struct>, Raised> {
    match vm.cast::<Struct>(v) {
        Some(s) => Ok(s),
        None => Err(vm.type_error(format_args!("struct expected"))),
    }
}

/// `struct(address, descriptor, layout=NATIVE)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 3)?;
    let address = word(vm, args.get(0).unwrap_or(Value::NONE))?;
    let layout = match args.get(2) {
        Some(v) => vm.need_int(v)?,
        None => layout::NATIVE,
    };
    let place = vm.place_at(address);
    make(vm, args.get(1).unwrap_or(Value::NONE), place, layout)
}

fn make(vm: &mut Vm, descriptor: Value, place: Place, layout: isize) -> Outcome {
    Ok(vm.new_object(Struct { descriptor, place, layout })?.value())
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let s = this(vm, v)?;
    let kind = if vm.as_dict(s.descriptor).is_some() {
        "STRUCT"
    } else {
        match Aggregate::of(vm, s.descriptor).map(|a| a.kind) {
            Ok(Kind::Pointer) => "PTR",
            Ok(Kind::Array) => "ARRAY",
            Ok(Kind::Struct) => "unk",
            Err(_) => "ERROR",
        }
    };
    let address = vm.place_address(s.place);
    if address == 0 {
        return out.fmt(vm, format_args!("<struct {kind} 0>"));
    }
    out.fmt(vm, format_args!("<struct {kind} 0x{address:x}>"))
}

/// `int()` of a pointer.
fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let s = this(vm, v)?;
    match (op, Aggregate::of(vm, s.descriptor)) {
        (UnaryOp::Int, Ok(a)) if a.kind == Kind::Pointer => {
            let bits = vm.load_at(s.place, POINTER, cfg!(target_endian = "big"))?;
            vm.new_int(bits as usize).map(Some)
        }
        (UnaryOp::Hash, _) => Err(vm.type_error(format_args!("unsupported type for __hash__: 'struct'"))),
        _ => Ok(None),
    }
}

/// The descriptor of a field.
fn field(vm: &mut Vm, s: Ref<Struct>, name: Qstr) -> Outcome {
    let Some(dict) = vm.as_dict(s.descriptor) else {
        return Err(vm.type_error(format_args!("struct: no fields")));
    };
    match dict.find(vm, name.value())?.and_then(|place| dict.entry(place)) {
        Some((_, v)) => Ok(v),
        None => Err(vm.key_error(name.value())),
    }
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let s = this(vm, v)?;
    let d = field(vm, s, name)?;
    if let Some(d) = d.as_small_int() {
        let (scalar, rest) = Scalar::of(d);
        if scalar.is_bit_field() {
            return get_bits(vm, s, scalar, rest).map(Some);
        }
        return get_scalar(vm, s, s.place.offset(rest), scalar).map(Some);
    }
    let a = Aggregate::of(vm, d).map_err(|e| bad(vm, e))?;
    let place = s.place.offset(a.offset);
    if a.kind == Kind::Struct {
        let inner = a.item(1).map_err(|e| bad(vm, e))?;
        return make(vm, inner, place, s.layout).map(Some);
    }
    if a.is_scalar_array() {
        let (scalar, count) = a.elements().map_err(|e| bad(vm, e))?;
        if scalar == Scalar::UINT8 {
            return vm.new_bytearray_at(place, count).map(Some);
        }
    }
    make(vm, d, place, s.layout).map(Some)
}

fn set_attr(vm: &mut Vm, v: Value, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    let s = this(vm, v)?;
    let Some(to) = to else { return Ok(false) };
    let d = field(vm, s, name)?;
    let Some(d) = d.as_small_int() else {
        return Err(vm.type_error(format_args!("syntax error in uctypes descriptor")));
    };
    let (scalar, rest) = Scalar::of(d);
    if scalar.is_bit_field() {
        set_bits(vm, s, scalar, rest, to)?;
    } else {
        set_scalar(vm, s, s.place.offset(rest), scalar, to)?;
    }
    Ok(true)
}

fn get_scalar(vm: &mut Vm, s: Ref<Struct>, place: Place, scalar: Scalar) -> Outcome {
    let item = scalar.item();
    let bits = vm.load_at(place, item, s.big())?;
    item.value(vm, bits)
}

fn set_scalar(vm: &mut Vm, s: Ref<Struct>, place: Place, scalar: Scalar, v: Value) -> Result<(), Raised> {
    let item = scalar.item();
    let bits = item.bits(vm, v, false)?;
    vm.store_at(place, item, bits, s.big())
}

/// A bit field's place, and its position and length in bits (0: 32).
fn bit_field(s: Ref<Struct>, rest: usize) -> (Place, u32, u32) {
    let at = rest as u32 >> OFFSET_BITS & 31;
    let len = rest as u32 >> layout::LEN_BITS & 31;
    (s.place.offset(rest & ((1 << OFFSET_BITS) - 1)), at, if len == 0 { 32 } else { len })
}

fn get_bits(vm: &mut Vm, s: Ref<Struct>, scalar: Scalar, rest: usize) -> Outcome {
    let (place, at, len) = bit_field(s, rest);
    let whole = vm.load_at(place, scalar.item(), s.big())? as u32;
    let unused = 32 - len;
    let bits = whole >> at << unused;
    if scalar.item().is_signed() { vm.new_int((bits as i32) >> unused) } else { vm.new_int(bits >> unused) }
}

fn set_bits(vm: &mut Vm, s: Ref<Struct>, scalar: Scalar, rest: usize, v: Value) -> Result<(), Raised> {
    let (place, at, len) = bit_field(s, rest);
    let to = word(vm, v)? as u32;
    let mask = (u32::MAX >> (32 - len)) << at;
    let item = scalar.item();
    let whole = vm.load_at(place, item, s.big())? as u32;
    vm.store_at(place, item, u64::from(whole & !mask | to << at & mask), s.big())
}

/// What an index selects.
enum Element {
    Scalar(Place, Scalar),
    Inner(Place, Value),
}

fn element(vm: &mut Vm, s: Ref<Struct>, index: Value) -> Result<Element, Raised> {
    let a = match Aggregate::of(vm, s.descriptor) {
        Ok(a) if a.kind != Kind::Struct => a,
        _ => return Err(vm.type_error(format_args!("struct: can't index"))),
    };
    let index = vm.need_int(index)?;
    if a.kind == Kind::Pointer {
        let target = vm.load_at(s.place, POINTER, cfg!(target_endian = "big"))? as usize;
        let target = vm.place_at(target);
        let to = a.item(1).map_err(|e| bad(vm, e))?;
        if let Some(d) = to.as_small_int() {
            let (scalar, _) = Scalar::of(d);
            let step = (index as usize).wrapping_mul(scalar.item().size);
            return Ok(Element::Scalar(target.offset(step), scalar));
        }
        let size = layout::size_of(vm, to, s.native()).map_err(|e| bad(vm, e))?;
        return Ok(Element::Inner(target.offset((index as usize).wrapping_mul(size)), to));
    }
    let (scalar, count) = a.elements().map_err(|e| bad(vm, e))?;
    let Some(index) = usize::try_from(index).ok().filter(|i| *i < count) else {
        return Err(vm.raise_str(&exception::INDEX_ERROR, "struct: index out of range"));
    };
    if a.is_scalar_array() {
        let step = index.wrapping_mul(scalar.item().size);
        return Ok(Element::Scalar(s.place.offset(step), scalar));
    }
    let inner = a.item(2).map_err(|e| bad(vm, e))?;
    let size = layout::size_of(vm, inner, s.native()).map_err(|e| bad(vm, e))?;
    Ok(Element::Inner(s.place.offset(index.wrapping_mul(size)), inner))
}

fn subscr(vm: &mut Vm, v: Value, index: Value) -> Outcome {
    let s = this(vm, v)?;
    match element(vm, s, index)? {
        Element::Scalar(place, scalar) => get_scalar(vm, s, place, scalar),
        Element::Inner(place, descriptor) => make(vm, descriptor, place, s.layout),
    }
}

fn set_subscr(vm: &mut Vm, v: Value, index: Value, to: Option<Value>) -> Result<(), Raised> {
    let s = this(vm, v)?;
    let Some(to) = to else {
        return Err(vm.not_subscriptable(v, "object doesn't support item deletion"));
    };
    match element(vm, s, index)? {
        Element::Scalar(place, scalar) => set_scalar(vm, s, place, scalar, to),
        Element::Inner(..) => Err(vm.not_subscriptable(v, "object doesn't support item assignment")),
    }
}

/// A structure's bytes, if they are an object's.
fn buffer(vm: &Vm, v: Value) -> Option<Buffer> {
    let s = v.downcast::<Struct>()?;
    let size = layout::size_of(vm, s.descriptor, s.native()).ok()?;
    vm.place_buffer(s.place, size)
}

/// `sizeof(structure)`, `sizeof(descriptor, layout=NATIVE)`
fn sizeof(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let v = args.get(0).unwrap_or(Value::NONE);
    if vm.cast::<ByteArray>(v).is_some() || v.downcast::<ByteArrayView>().is_some() {
        let n = vm.len(v)?;
        return vm.new_int(n);
    }
    let (descriptor, native) = match (vm.cast::<Struct>(v), args.get(1)) {
        (Some(_), Some(_)) => return Err(vm.type_error(format_args!("a structure has its layout"))),
        (Some(s), None) => (s.descriptor, s.native()),
        (None, Some(how)) => (v, vm.need_int(how)? == layout::NATIVE),
        (None, None) => (v, true),
    };
    let size = layout::size_of(vm, descriptor, native).map_err(|e| bad(vm, e))?;
    vm.new_int(size)
}

/// `addressof(object)`
fn addressof(vm: &mut Vm, v: Value) -> Outcome {
    let place = match (v.downcast::<ByteArrayView>(), vm.cast::<Struct>(v)) {
        (Some(b), _) => b.place(),
        (None, Some(s)) => s.place,
        (None, None) => {
            let b = vm.need_buffer(v, false)?;
            vm.place_of(&b)
        }
    };
    let address = vm.place_address(place);
    vm.new_int(address)
}

/// The place and the length that two arguments give.
fn range(vm: &mut Vm, address: Value, len: Value) -> Result<(Place, usize), Raised> {
    let (address, len) = (word(vm, address)?, word(vm, len)?);
    if len > isize::MAX as usize {
        return Err(vm.value_error("negative size"));
    }
    Ok((vm.place_at(address), len))
}

/// `bytes_at(address, size)`: a copy.
fn bytes_at(vm: &mut Vm, address: Value, len: Value) -> Outcome {
    let (place, len) = range(vm, address, len)?;
    if let Some(b) = vm.place_buffer(place, len) {
        return vm.new_bytes_from(&b);
    }
    let copy = vm.copy_place(place, len)?.value();
    match vm.buffer_of(copy) {
        Some(b) => vm.new_bytes_from(&b),
        None => Ok(copy),
    }
}

/// `bytearray_at(address, size)`: the bytes themselves.
fn bytearray_at(vm: &mut Vm, address: Value, len: Value) -> Outcome {
    let (place, len) = range(vm, address, len)?;
    vm.new_bytearray_at(place, len)
}

const LONG: isize = if size_of::<usize>() == 8 { 7 } else { 5 };

module! {
    /// `uctypes`
    pub static UCTYPES: q!(uctypes);
    q!(r#struct) => ty(&STRUCT),
    q!(sizeof) => var(1, 2, sizeof),
    q!(addressof) => f1(addressof),
    q!(bytes_at) => f2(bytes_at),
    q!(bytearray_at) => f2(bytearray_at),
    q!(NATIVE) => int(layout::NATIVE),
    q!(LITTLE_ENDIAN) => int(layout::LITTLE),
    q!(BIG_ENDIAN) => int(layout::BIG),
    q!(VOID) => int(constant(0, 4)),
    q!(UINT8) => int(constant(0, 4)),
    q!(INT8) => int(constant(1, 4)),
    q!(UINT16) => int(constant(2, 4)),
    q!(INT16) => int(constant(3, 4)),
    q!(UINT32) => int(constant(4, 4)),
    q!(INT32) => int(constant(5, 4)),
    q!(UINT64) => int(constant(6, 4)),
    q!(INT64) => int(constant(7, 4)),
    q!(BFUINT8) => int(constant(Scalar::BITS_FIRST, 4)),
    q!(BFINT8) => int(constant(Scalar::BITS_FIRST + 1, 4)),
    q!(BFUINT16) => int(constant(Scalar::BITS_FIRST + 2, 4)),
    q!(BFINT16) => int(constant(Scalar::BITS_FIRST + 3, 4)),
    q!(BFUINT32) => int(constant(Scalar::BITS_FIRST + 4, 4)),
    q!(BFINT32) => int(constant(Scalar::BITS_FIRST + 5, 4)),
    q!(BF_POS) => int(OFFSET_BITS),
    q!(BF_LEN) => int(layout::LEN_BITS),
    q!(FLOAT32) => int(constant(Scalar::FLOAT32, 4)),
    q!(FLOAT64) => int(constant(Scalar::FLOAT64, 4)),
    q!(SHORT) => int(constant(3, 4)),
    q!(USHORT) => int(constant(2, 4)),
    q!(INT) => int(constant(5, 4)),
    q!(UINT) => int(constant(4, 4)),
    q!(LONG) => int(constant(LONG, 4)),
    q!(ULONG) => int(constant(LONG - 1, 4)),
    q!(LONGLONG) => int(constant(7, 4)),
    q!(ULONGLONG) => int(constant(6, 4)),
    q!(PTR) => int(constant(1, 2)),
    q!(ARRAY) => int(constant(2, 2))
}
