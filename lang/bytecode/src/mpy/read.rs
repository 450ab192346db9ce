//! Reads a `.mpy` file in place.
//!
//! [`Reader`] walks the file once, in file order, and hands out slices of it: nothing is copied,
//! so bytecode in flash or ROMFS is executed where it lies. It trusts no byte: counts are held
//! against the bytes that remain, nesting against [`MAX_DEPTH`] and [`MAX_TUPLE_DEPTH`].
//! What the codes do is not its business; that is [`verify`](crate::verify)'s.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::{HEADER_LEN, MAGIC, SUB_VERSION, VERSION, object};
use crate::static_names;
use crate::unit::{CodeKind, Const, MAX_DEPTH, MAX_TUPLE_DEPTH, OutOfMemory, Unit};
use crate::varint;

/// What a file must suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Bits of the machine's small integers, sign included: 31 on the chip, 63 on the host.
    pub small_int_bits: u8,
    /// The architecture number whose native code could run here; 0 for none.
    pub native_arch: u8,
}

/// Why a file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Not a `.mpy` file, another version, or made for wider small integers.
    IncompatibleFile,
    /// Native code of another architecture.
    IncompatibleArch,
    /// Native code, which this build does not run.
    NativeUnsupported,
    /// The structure is broken at this offset of the file.
    Malformed(Malformed, usize),
    /// No memory for the result.
    OutOfMemory,
}

/// What is broken about a file's structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The file ends too early, or a length reaches beyond its end.
    Truncated,
    /// A number is too big or spelled too long.
    Number,
    /// A static name's number is not in the list.
    StaticName,
    /// A name or a string is not UTF-8.
    Text,
    /// A name, string or bytes object lacks its terminating NUL.
    Terminator,
    /// A constant's type is unknown.
    ConstType,
    /// A number constant is not written as one.
    ConstNumber,
    /// Tuples or codes nest too deep.
    Depth,
}

impl ReadError {
    /// The text of the exception: a `ValueError`, but for [`ReadError::OutOfMemory`].
    pub const fn message(self) -> &'static str {
        match self {
            ReadError::IncompatibleFile => "incompatible .mpy file",
            ReadError::IncompatibleArch => "incompatible .mpy arch",
            ReadError::NativeUnsupported => "native code in .mpy unsupported",
            ReadError::Malformed(..) => "malformed .mpy file",
            ReadError::OutOfMemory => "memory allocation failed",
        }
    }
}

impl From<OutOfMemory> for ReadError {
    fn from(_: OutOfMemory) -> Self {
        ReadError::OutOfMemory
    }
}

/// A name of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'f> {
    /// A name of the static list, by number; see [`static_names::name`].
    Static(u8),
    /// A name spelled out: UTF-8, which has been checked.
    Text(&'f str),
}

impl<'f> Name<'f> {
    /// The name itself.
    pub fn as_str(self) -> &'f str {
        match self {
            Name::Static(number) => static_names::name(u32::from(number)).unwrap_or(""),
            Name::Text(text) => text,
        }
    }
}

/// A constant of the file, or the start of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'f> {
    /// `None`
    None,
    /// `False`
    False,
    /// `True`
    True,
    /// `...`
    Ellipsis,
    /// A string: UTF-8, which has been checked.
    Str(&'f str),
    /// A bytes object.
    Bytes(&'f [u8]),
    /// An integer: an optional `-`, then decimal digits, which has been checked.
    Int(&'f str),
    /// A float's `repr`: ASCII, not otherwise checked.
    Float(&'f str),
    /// A complex number's `repr`: ASCII, not otherwise checked.
    Complex(&'f str),
    /// A tuple of this many elements, which follow, each as one [`Reader::next_item`] call, or
    /// more calls if it is a tuple itself.
    Tuple(u32),
}

/// One code of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawCode<'f> {
    /// Prelude and instructions, where they lie in the file.
    pub bytes: &'f [u8],
    /// Their offset in the file.
    pub offset: usize,
    /// How many children follow, each with its own children before the next.
    pub n_children: u32,
    /// How many ancestors the code has.
    pub depth: usize,
}

/// The parts of a file in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Names(u32),
    /// Constants not yet begun at the top level.
    Consts(u32),
    Codes,
}

/// A walk through a file: names, then constants, then codes.
///
/// Asking for a later part skips what remains of the earlier ones. After an error, ask no more.
#[derive(Clone, Debug)]
pub struct Reader<'f> {
    bytes: &'f [u8],
    pos: usize,
    n_names: u32,
    n_consts: u32,
    small_int_bits: u8,
    phase: Phase,
    /// Elements still to come of the open tuples; or children of the open codes.
    open: [u32; MAX_DEPTH],
    depth: usize,
    started: bool,
}

impl<'f> Reader<'f> {
    /// Checks the header and stops before the first name.
    pub fn new(bytes: &'f [u8], target: Target) -> Result<Self, ReadError> {
        let Some(&[magic, version, features, bits]) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(ReadError::IncompatibleFile);
        };
        let arch = features >> 2 & 15;
        if magic != MAGIC
            || version != VERSION
            || bits > target.small_int_bits
            || (arch != 0 && features & 3 != SUB_VERSION)
            || (arch == 0 && features & 0xc0 != 0)
        {
            return Err(ReadError::IncompatibleFile);
        }
        if arch != 0 {
            let ours = target.native_arch == 0 || target.native_arch == arch;
            return Err(if ours {
                ReadError::NativeUnsupported
            } else {
                ReadError::IncompatibleArch
            });
        }
        let mut reader = Reader {
            bytes,
            pos: HEADER_LEN,
            n_names: 0,
            n_consts: 0,
            small_int_bits: bits,
            phase: Phase::Codes,
            open: [0; MAX_DEPTH],
            depth: 0,
            started: false,
        };
        reader.n_names = reader.count()?;
        reader.n_consts = reader.count()?;
        reader.phase = Phase::Names(reader.n_names);
        Ok(reader)
    }

    /// How many names the file declares; each takes at least one of its bytes.
    pub fn name_count(&self) -> u32 {
        self.n_names
    }

    /// How many constants the file declares; each takes at least one of its bytes.
    pub fn const_count(&self) -> u32 {
        self.n_consts
    }

    /// The small-int width that the file declares.
    pub fn small_int_bits(&self) -> u8 {
        self.small_int_bits
    }

    /// Offset of the next byte to be read. After the last code, the end of the unit.
    pub fn position(&self) -> usize {
        self.pos
    }

    fn fail<T>(&self, what: Malformed) -> Result<T, ReadError> {
        Err(ReadError::Malformed(what, self.pos))
    }

    fn number(&mut self) -> Result<u32, ReadError> {
        varint::read_uint(self.bytes, &mut self.pos).map_err(|fault| {
            let what = match fault {
                varint::NumberFault::Truncated => Malformed::Truncated,
                varint::NumberFault::TooBig => Malformed::Number,
            };
            ReadError::Malformed(what, self.pos)
        })
    }

    /// A number of things that take at least one byte each.
    fn count(&mut self) -> Result<u32, ReadError> {
        let n = self.number()?;
        if n as usize > self.bytes.len() - self.pos {
            return self.fail(Malformed::Truncated);
        }
        Ok(n)
    }

    fn take(&mut self, len: usize) -> Result<&'f [u8], ReadError> {
        let end = self.pos.checked_add(len);
        match end.and_then(|end| self.bytes.get(self.pos..end)) {
            Some(slice) => {
                self.pos += len;
                Ok(slice)
            }
            None => self.fail(Malformed::Truncated),
        }
    }

    fn text(&mut self, len: usize) -> Result<&'f str, ReadError> {
        let at = self.pos;
        let bytes = self.take(len)?;
        core::str::from_utf8(bytes).map_err(|_| ReadError::Malformed(Malformed::Text, at))
    }

    fn terminator(&mut self) -> Result<(), ReadError> {
        match self.take(1)? {
            [0] => Ok(()),
            _ => self.fail(Malformed::Terminator),
        }
    }

    /// The next name, or `None` after the last.
    pub fn next_name(&mut self) -> Result<Option<Name<'f>>, ReadError> {
        let Phase::Names(left) = self.phase else {
            return Ok(None);
        };
        let Some(less) = left.checked_sub(1) else {
            self.phase = Phase::Consts(self.n_consts);
            return Ok(None);
        };
        self.phase = Phase::Names(less);
        let head = self.number()?;
        if head & 1 == 1 {
            return match static_names::name(head >> 1) {
                Some(_) => Ok(Some(Name::Static((head >> 1) as u8))),
                None => self.fail(Malformed::StaticName),
            };
        }
        let text = self.text((head >> 1) as usize)?;
        self.terminator()?;
        Ok(Some(Name::Text(text)))
    }

    /// The next constant or tuple element, or `None` after the last constant.
    pub fn next_item(&mut self) -> Result<Option<Item<'f>>, ReadError> {
        while self.next_name()?.is_some() {}
        let Phase::Consts(left) = self.phase else {
            return Ok(None);
        };
        while let Some(top) = self.depth.checked_sub(1)
            && self.open.get(top) == Some(&0)
        {
            self.depth = top;
        }
        if let Some(rest) = self
            .depth
            .checked_sub(1)
            .and_then(|top| self.open.get_mut(top))
        {
            *rest -= 1;
        } else if let Some(less) = left.checked_sub(1) {
            self.phase = Phase::Consts(less);
        } else {
            self.phase = Phase::Codes;
            return Ok(None);
        }
        let kind = match self.take(1)? {
            [kind] => *kind,
            _ => 0,
        };
        Ok(Some(match kind {
            object::NONE => Item::None,
            object::FALSE => Item::False,
            object::TRUE => Item::True,
            object::ELLIPSIS => Item::Ellipsis,
            object::STR => {
                let len = self.number()?;
                let text = self.text(len as usize)?;
                self.terminator()?;
                Item::Str(text)
            }
            object::BYTES => {
                let len = self.number()?;
                let bytes = self.take(len as usize)?;
                self.terminator()?;
                Item::Bytes(bytes)
            }
            object::INT => {
                let len = self.number()?;
                let text = self.text(len as usize)?;
                let digits = text.strip_prefix('-').unwrap_or(text);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return self.fail(Malformed::ConstNumber);
                }
                Item::Int(text)
            }
            object::FLOAT | object::COMPLEX => {
                let len = self.number()?;
                let text = self.text(len as usize)?;
                if text.is_empty() || !text.is_ascii() {
                    return self.fail(Malformed::ConstNumber);
                }
                if kind == object::FLOAT {
                    Item::Float(text)
                } else {
                    Item::Complex(text)
                }
            }
            object::TUPLE => {
                let len = self.count()?;
                if self.depth >= MAX_TUPLE_DEPTH {
                    return self.fail(Malformed::Depth);
                }
                self.push(len)?;
                Item::Tuple(len)
            }
            _ => return self.fail(Malformed::ConstType),
        }))
    }

    fn push(&mut self, n: u32) -> Result<(), ReadError> {
        let at = self.pos;
        let place = self.open.get_mut(self.depth);
        *place.ok_or(ReadError::Malformed(Malformed::Depth, at))? = n;
        self.depth += 1;
        Ok(())
    }

    /// The next code, parents before children, or `None` after the last.
    pub fn next_code(&mut self) -> Result<Option<RawCode<'f>>, ReadError> {
        while self.next_item()?.is_some() {}
        while let Some(top) = self.depth.checked_sub(1)
            && self.open.get(top) == Some(&0)
        {
            self.depth = top;
        }
        if let Some(rest) = self
            .depth
            .checked_sub(1)
            .and_then(|top| self.open.get_mut(top))
        {
            *rest -= 1;
        } else if self.started {
            return Ok(None);
        }
        self.started = true;
        let head = self.number()?;
        if head & 3 != CodeKind::Bytecode as u32 {
            return Err(ReadError::IncompatibleFile);
        }
        let offset = self.pos;
        let bytes = self.take((head >> 3) as usize)?;
        let n_children = if head & 4 != 0 { self.count()? } else { 0 };
        let depth = self.depth;
        self.push(n_children)?;
        Ok(Some(RawCode {
            bytes,
            offset,
            n_children,
            depth,
        }))
    }
}

/// Reads a whole file into a [`Unit`], copying names, constants and bytecode.
pub fn read_unit<A: Allocator + Clone>(
    bytes: &[u8],
    target: Target,
    allocator: A,
) -> Result<Unit<A>, ReadError> {
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
        list.try_reserve_exact(code.n_children as usize)
            .map_err(|_| OutOfMemory)?;
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
        copy.try_reserve_exact(code.bytes.len())
            .map_err(|_| OutOfMemory)?;
        copy.extend_from_slice(code.bytes);
        unit.set_code(index, CodeKind::Bytecode, copy, &[])?;
    }
    for (index, list) in lists.iter().enumerate() {
        unit.set_children(index as u32, list)?;
    }
    unit.finish(0)
        .map_err(|_| ReadError::Malformed(Malformed::Depth, reader.position()))?;
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
            items
                .try_reserve_exact(len as usize)
                .map_err(|_| OutOfMemory)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mpy::{fixture, write::write};
    use allocator_api2::alloc::Global;

    const CHIP: Target = Target {
        small_int_bits: 31,
        native_arch: 0,
    };

    #[test]
    fn what_is_read_is_written_again() {
        for file in [&fixture::ONE[..], &fixture::MANY] {
            let unit = read_unit(file, CHIP, Global).unwrap();
            let mut out = Vec::new();
            write(&unit, &mut out).unwrap();
            assert_eq!(&out[..], file);
        }
    }

    #[test]
    fn parts_may_be_skipped() {
        let mut reader = Reader::new(&fixture::MANY, CHIP).unwrap();
        assert_eq!(reader.next_name().unwrap().unwrap().as_str(), "fix.py");
        let mut depths = std::vec::Vec::new();
        while let Some(code) = reader.next_code().unwrap() {
            assert_eq!(
                &fixture::MANY[code.offset..][..code.bytes.len()],
                code.bytes
            );
            depths.push(code.depth);
        }
        assert_eq!(depths, [0, 1, 2, 3, 2, 2, 3, 4]);
        assert_eq!(reader.position(), fixture::MANY.len());
        assert_eq!(reader.next_code().unwrap(), None);
    }

    #[test]
    fn every_cut_is_an_error() {
        for end in 0..fixture::MANY.len() {
            assert!(
                read_unit(&fixture::MANY[..end], CHIP, Global).is_err(),
                "{end}"
            );
        }
    }

    #[test]
    fn headers_are_judged_as_the_reference_does() {
        let open = |bytes: &[u8], target| Reader::new(bytes, target).err();
        let with = |i: usize, v: u8| {
            let mut file = fixture::ONE;
            file[i] = v;
            file
        };
        assert_eq!(open(b"", CHIP), Some(ReadError::IncompatibleFile));
        assert_eq!(open(b"M", CHIP), Some(ReadError::IncompatibleFile));
        assert_eq!(open(&with(1, 5), CHIP), Some(ReadError::IncompatibleFile));
        assert_eq!(open(&with(3, 32), CHIP), Some(ReadError::IncompatibleFile));
        assert_eq!(
            open(&with(2, 9 << 2 | 3), CHIP),
            Some(ReadError::NativeUnsupported)
        );
        assert_eq!(
            open(&with(2, 9 << 2 | 2), CHIP),
            Some(ReadError::IncompatibleFile)
        );
        let arm = Target {
            native_arch: 4,
            ..CHIP
        };
        assert_eq!(
            open(&with(2, 9 << 2 | 3), arm),
            Some(ReadError::IncompatibleArch)
        );
        assert_eq!(open(&fixture::ONE, CHIP), None);
    }

    #[test]
    fn nesting_has_a_bound() {
        let mut file = std::vec![b'M', 6, 0, 31, 0, 1];
        for _ in 0..MAX_TUPLE_DEPTH {
            file.extend([object::TUPLE, 1]);
        }
        let mut deeper = file.clone();
        file.extend([object::NONE, 8, 0]);
        assert!(read_unit(&file, CHIP, Global).is_ok());
        deeper.extend([object::TUPLE, 1, object::NONE, 8, 0]);
        assert!(matches!(
            read_unit(&deeper, CHIP, Global),
            Err(ReadError::Malformed(Malformed::Depth, _))
        ));
        let mut codes = std::vec![b'M', 6, 0, 31, 0, 0];
        codes.extend([4, 1].repeat(MAX_DEPTH));
        codes.push(0);
        assert!(matches!(
            read_unit(&codes, CHIP, Global),
            Err(ReadError::Malformed(Malformed::Depth, _))
        ));
    }
}
