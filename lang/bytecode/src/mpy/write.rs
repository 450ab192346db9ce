//! Writes a unit as a `.mpy` file.
//!
//! The result is what mpy-cross writes for the same names, constants and codes. Names of the
//! static list are written by number, strings and bytes with a terminating NUL that their length
//! does not count.

use allocator_api2::alloc::Allocator;

use super::{MAGIC, VERSION, object};
use crate::sink::Sink;
use crate::static_names;
use crate::unit::{Const, MAX_TUPLE_DEPTH, Unit};
use crate::varint;

/// Why a unit cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The sink failed.
    Sink(E),
    /// Codes or tuples nest too deep, or a code is too long for the format.
    TooBig,
}

impl<E> From<E> for WriteError<E> {
    fn from(error: E) -> Self {
        WriteError::Sink(error)
    }
}

/// Writes a finished unit (see [`Unit::finish`]).
pub fn write<A: Allocator + Clone, S: Sink>(unit: &Unit<A>, out: &mut S) -> Result<(), WriteError<S::Error>> {
    out.write(&[MAGIC, VERSION, 0, unit.small_int_bits()])?;
    count(unit.name_count(), out)?;
    count(unit.const_count(), out)?;
    for index in 0..unit.name_count() {
        name(unit.name(index).unwrap_or(b""), out)?;
    }
    for index in 0..unit.const_count() {
        constant(unit, unit.constant(index).unwrap_or(Const::None), MAX_TUPLE_DEPTH, out)?;
    }
    let mut walk = unit.walk();
    while let Some(visit) = walk.next().map_err(|_| WriteError::TooBig)? {
        let Some(code) = unit.code(visit.index) else {
            continue;
        };
        let children = unit.children(code).len();
        let len = u32::try_from(code.bytes().len()).map_err(|_| WriteError::TooBig)?;
        let shifted = len.checked_mul(8).ok_or(WriteError::TooBig)?;
        let head = shifted | u32::from(children > 0) << 2 | code.kind() as u32;
        out.write(varint::uint(head).as_slice())?;
        out.write(code.bytes())?;
        if children > 0 {
            count(children, out)?;
        }
    }
    Ok(())
}

fn count<S: Sink>(n: usize, out: &mut S) -> Result<(), WriteError<S::Error>> {
    let n = u32::try_from(n).map_err(|_| WriteError::TooBig)?;
    Ok(out.write(varint::uint(n).as_slice())?)
}

fn name<S: Sink>(name: &[u8], out: &mut S) -> Result<(), WriteError<S::Error>> {
    if let Some(number) = static_names::number(name) {
        return Ok(out.write(varint::uint(u32::from(number) << 1 | 1).as_slice())?);
    }
    count(name.len().checked_mul(2).ok_or(WriteError::TooBig)?, out)?;
    out.write(name)?;
    Ok(out.write(&[0])?)
}

fn constant<A: Allocator + Clone, S: Sink>(
    unit: &Unit<A>,
    value: Const,
    depth: usize,
    out: &mut S,
) -> Result<(), WriteError<S::Error>> {
    let (kind, span) = match value {
        Const::None => return Ok(out.write(&[object::NONE])?),
        Const::False => return Ok(out.write(&[object::FALSE])?),
        Const::True => return Ok(out.write(&[object::TRUE])?),
        Const::Ellipsis => return Ok(out.write(&[object::ELLIPSIS])?),
        Const::Str(span) => (object::STR, span),
        Const::Bytes(span) => (object::BYTES, span),
        Const::Int(span) => (object::INT, span),
        Const::Float(span) => (object::FLOAT, span),
        Const::Complex(span) => (object::COMPLEX, span),
        Const::Tuple(span) => {
            let inner = depth.checked_sub(1).ok_or(WriteError::TooBig)?;
            out.write(&[object::TUPLE])?;
            count(span.len(), out)?;
            for item in unit.items(span) {
                constant(unit, *item, inner, out)?;
            }
            return Ok(());
        }
    };
    out.write(&[kind])?;
    count(span.len(), out)?;
    out.write(unit.text(span))?;
    if matches!(value, Const::Str(_) | Const::Bytes(_)) {
        out.write(&[0])?;
    }
    Ok(())
}
