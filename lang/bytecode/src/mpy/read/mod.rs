//! Reads a `.mpy` file in place.
//!
//! [`Reader`] walks the file once, in file order, and hands out slices of it: nothing is copied,
//! so bytecode in flash or ROMFS is executed where it lies. It trusts no byte: counts are held
//! against the bytes that remain, nesting against [`MAX_DEPTH`] and [`MAX_TUPLE_DEPTH`].
//! What the codes do is not its business; that is [`verify`](crate::verify)'s.

mod error;
mod unit;

use super::{HEADER_LEN, MAGIC, SUB_VERSION, VERSION, object};
use crate::static_names;
use crate::unit::{CodeKind, MAX_DEPTH, MAX_TUPLE_DEPTH};
use crate::varint;

pub use error::{Malformed, ReadError};
pub use unit::read_unit;

/// What a file must suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Bits of the machine's small integers, sign included: 31 on the chip, 63 on the host.
    pub small_int_bits: u8,
    /// The architecture number whose native code could run here; 0 for none.
    pub native_arch: u8,
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
            return Err(if ours { ReadError::NativeUnsupported } else { ReadError::IncompatibleArch });
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
        if let Some(rest) = self.depth.checked_sub(1).and_then(|top| self.open.get_mut(top)) {
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
                if kind == object::FLOAT { Item::Float(text) } else { Item::Complex(text) }
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
        if let Some(rest) = self.depth.checked_sub(1).and_then(|top| self.open.get_mut(top)) {
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
        Ok(Some(RawCode { bytes, offset, n_children, depth }))
    }
}

#[cfg(test)]
mod tests;
