//! From a file to a unit in memory: for tools, and for files that are not executed in place.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::{Item, Malformed, ReadError, Reader, Target};
use crate::unit::{CodeKind, Const, MAX_DEPTH, OutOfMemory, Unit};

/// Reads a whole file into a [`Unit`], copying names, constants and bytecode.
pub fn read_unit<A: Allocator + Clone>(bytes: &[u8], target: Target, allocator: A) -> Result<Unit<A>, ReadError> {
    let mut reader = Reader::new(bytes, target)?;
    let mut unit = Unit::new_in(allocator.clone());
    unit.set_small_int_bits(reader.small_int_bits());
    while let Some(name) = reader.next_name()? {
        unit.push_name(name.as_str().as_bytes())?;
    }
    while let Some(item) = reader.next_item()? {
        let value = read_const(&mut reader, item, &mut unit, &allocator)?;
        unit.push_const(value)?;
    }
    // Preorder gives parents before children, so indexes are handed out first and each parent's
    // list is complete only when its last child has been met.
    let mut lists: Vec<Vec<u32, A>, A> = Vec::new_in(allocator.clone());
    let mut path = [0u32; MAX_DEPTH];
    while let Some(code) = reader.next_code()? {
        let index = unit.reserve_code()?;
        let mut list = Vec::new_in(allocator.clone());
        list.try_reserve_exact(code.n_children as usize).map_err(|_| OutOfMemory)?;
        lists.try_reserve(1).map_err(|_| OutOfMemory)?;
        lists.push(list);
        let parent = code.depth.checked_sub(1).and_then(|above| path.get(above));
        if let Some(siblings) = parent.and_then(|p| lists.get_mut(*p as usize)) {
            siblings.try_reserve(1).map_err(|_| OutOfMemory)?;
            siblings.push(index);
        }
        if let Some(place) = path.get_mut(code.depth) {
            *place = index;
        }
        let mut copy = Vec::new_in(allocator.clone());
        copy.try_reserve_exact(code.bytes.len()).map_err(|_| OutOfMemory)?;
        copy.extend_from_slice(code.bytes);
        unit.set_code(index, CodeKind::Bytecode, copy, &[])?;
    }
    for (index, list) in lists.iter().enumerate() {
        unit.set_children(index as u32, list)?;
    }
    unit.finish(0).map_err(|_| ReadError::Malformed(Malformed::Depth, reader.position()))?;
    Ok(unit)
}

fn read_const<A: Allocator + Clone>(
    reader: &mut Reader<'_>,
    item: Item<'_>,
    unit: &mut Unit<A>,
    allocator: &A,
) -> Result<Const, ReadError> {
    Ok(match item {
        Item::None => Const::None,
        Item::False => Const::False,
        Item::True => Const::True,
        Item::Ellipsis => Const::Ellipsis,
        Item::Str(text) => unit.const_str(text.as_bytes())?,
        Item::Bytes(bytes) => unit.const_bytes(bytes)?,
        Item::Int(text) => unit.const_int(text.as_bytes())?,
        Item::Float(text) => unit.const_float(text.as_bytes())?,
        Item::Complex(text) => unit.const_complex(text.as_bytes())?,
        // The reader bounds the depth of this recursion by MAX_TUPLE_DEPTH.
        Item::Tuple(len) => {
            let mut items = Vec::new_in(allocator.clone());
            items.try_reserve_exact(len as usize).map_err(|_| OutOfMemory)?;
            for _ in 0..len {
                let at = reader.position();
                let Some(item) = reader.next_item()? else {
                    return Err(ReadError::Malformed(Malformed::Truncated, at));
                };
                items.push(read_const(reader, item, unit, allocator)?);
            }
            unit.const_tuple(&items)?
        }
    })
}
