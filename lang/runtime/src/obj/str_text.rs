//! [`Text`]: a handle on what `str`, `bytes` and `bytearray` have in common, so that their methods are written once.
//!
//! Invariant: offsets count bytes. For a `str` they come from whole characters, so they never split one; Python's
//! indexes, which count code points, are converted at the border by [`Text::offset`] and [`Text::index_of`].
//!
//! The surprising fact: a bytearray's bytes are borrowed from the `Vm`, since they may move. So methods find offsets
//! first, and make objects after.

use crate::obj::bytearray::ByteArray;
use crate::obj::bytearray_view::ByteArrayView;
use crate::obj::bytes::Bytes;
use crate::obj::str_::{self, StrBody};
use crate::obj::str_build::TextBuf;
use crate::ops::buffer::Buffer;
use crate::{Gc, NewObject, Outcome, Raised, Ref, Str, StrBuf, Value, Vm};

/// A handle on the text of a `str` or the bytes of a `bytes` or `bytearray`.
#[derive(Clone, Copy)]
pub enum Text {
    /// A `str`: its text, and the object unless it is interned.
    Str(Str, Option<Ref<StrBody>>),
    /// A `bytes`.
    Bytes(Ref<Bytes>),
    /// A `bytearray`.
    Array(Ref<ByteArray>),
    /// A `bytearray` whose bytes are those of another object.
    View(Buffer),
}

impl Text {
    /// The handle, if `v` is of one of these types or inherits from one.
    #[inline]
    pub fn of(vm: &Vm, v: Value) -> Option<Text> {
        Text::of_native(vm, v).or_else(|| Text::of_native(vm, vm.native_part(v)))
    }

    #[inline]
    fn of_native(vm: &Vm, v: Value) -> Option<Text> {
        if let Some(q) = v.as_qstr() {
            Some(Text::Str(vm.qstr_text(q), None))
        } else if let Some(s) = v.downcast::<StrBody>() {
            Some(Text::Str(Str::of_tail(s), Some(s)))
        } else if let Some(b) = v.downcast::<Bytes>() {
            Some(Text::Bytes(b))
        } else {
            let array = v.downcast::<ByteArray>().map(Text::Array);
            array.or_else(|| v.downcast::<ByteArrayView>().and_then(|b| b.buffer()).map(Text::View))
        }
    }

    /// The handle on a method's `self`.
    ///
    /// # Errors
    /// `TypeError` for another type.
    #[inline]
    pub fn this(vm: &mut Vm, v: Value) -> Result<Text, Raised> {
        match Text::of(vm, v) {
            Some(t) => Ok(t),
            None => Err(vm.bad_conversion(v)),
        }
    }

    /// The handle on an argument, which must be of the same kind: text with text, bytes with bytes.
    ///
    /// # Errors
    /// `TypeError`.
    #[inline]
    pub fn like(self, vm: &mut Vm, arg: Value) -> Result<Text, Raised> {
        match Text::of(vm, arg) {
            Some(t) if t.is_str() == self.is_str() => Ok(t),
            _ => Err(vm.bad_conversion(arg)),
        }
    }

    /// Whether it is a `str`.
    #[inline]
    pub fn is_str(self) -> bool {
        matches!(self, Text::Str(..))
    }

    /// Whether its objects can change, so that a method must not return `self`.
    #[inline]
    pub fn is_mutable(self) -> bool {
        matches!(self, Text::Array(_) | Text::View(_))
    }

    /// The bytes, while nothing can change or move them.
    #[inline]
    pub fn bytes<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        match self {
            Text::Str(s, _) => s.as_bytes(),
            Text::Bytes(b) => b.tail(),
            Text::Array(a) => a.get(vm.heap()).bytes.as_slice(vm.heap()),
            Text::View(b) => b.bytes(vm),
        }
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(self, vm: &Vm) -> usize {
        self.bytes(vm).len()
    }

    /// Whether every character is one byte, so that indexes are offsets.
    #[inline]
    pub fn is_narrow(self) -> bool {
        match self {
            Text::Str(_, Some(r)) => str_::is_ascii(r),
            Text::Str(s, None) => s.is_ascii(),
            Text::Bytes(_) | Text::Array(_) | Text::View(_) => true,
        }
    }

    /// Its length in characters.
    pub fn char_len(self, vm: &Vm) -> usize {
        match self {
            Text::Str(s, _) if !self.is_narrow() => s.chars().count(),
            _ => self.len(vm),
        }
    }

    /// The offset of the character `i`, counted from the end if negative; out of range, the nearer end.
    pub fn offset(self, vm: &Vm, i: isize) -> usize {
        let len = self.len(vm);
        match self {
            Text::Str(s, _) if !self.is_narrow() => match i.checked_neg() {
                Some(back @ 1..) => offset_back(&s, back as usize),
                Some(_) => offset_of(&s, i as usize),
                None => 0,
            },
            _ if i < 0 => len.saturating_sub(i.unsigned_abs()),
            _ => len.min(i as usize),
        }
    }

    /// The index of the character at the offset `at`.
    pub fn index_of(self, at: usize) -> usize {
        match self {
            Text::Str(s, _) if !self.is_narrow() => s.as_str().get(..at).map_or(at, |s| s.chars().count()),
            _ => at,
        }
    }

    /// The offsets that the optional arguments `start` and `end` of a method select; `None` if the end lies before
    /// the start.
    ///
    /// # Errors
    /// `TypeError` if one is no integer.
    pub fn span(self, vm: &mut Vm, start: Option<Value>, end: Option<Value>) -> Result<Option<(usize, usize)>, Raised> {
        let from = self.bound(vm, start)?;
        let to = self.bound(vm, end)?;
        let (from, to) = (from.unwrap_or(0), to.unwrap_or_else(|| self.len(vm)));
        Ok((from <= to).then_some((from, to)))
    }

    fn bound(self, vm: &mut Vm, v: Option<Value>) -> Result<Option<usize>, Raised> {
        match v {
            Some(v) if !v.is_none() => {
                let i = vm.clamped_int(v)?;
                Ok(Some(self.offset(vm, i)))
            }
            _ => Ok(None),
        }
    }

    /// A new object of the same type that holds the bytes between two offsets (clamped).
    ///
    /// # Errors
    /// Out of memory.
    pub fn slice(self, vm: &mut Vm, from: usize, to: usize) -> Outcome {
        match self {
            Text::Str(s, _) => vm.new_str(s.as_str().get(from..to).unwrap_or_default()),
            Text::Bytes(b) => vm.new_bytes(b.tail().get(from..to).unwrap_or_default()),
            Text::Array(a) => {
                let fresh = vm.new_object(ByteArray { bytes: crate::ByteBuf::new() })?;
                let to = to.min(a.bytes.len());
                let n = to.saturating_sub(from);
                fresh.bytes.reserve_exact(vm, n)?;
                fresh.bytes.open(vm, 0, n)?;
                fresh.bytes.copy_from(0, &a.bytes, from, n, vm.heap_mut());
                Ok(fresh.value())
            }
            Text::View(b) => {
                let part = Buffer { start: b.start.saturating_add(from), len: to.min(b.len).saturating_sub(from), ..b };
                vm.new_bytearray_from(&part).map(Ref::value)
            }
        }
    }

    /// An empty object of the same type.
    ///
    /// # Errors
    /// Out of memory.
    pub fn empty(self, vm: &mut Vm) -> Outcome {
        match self {
            Text::Str(..) => Ok(Value::qstr(q!(empty_))),
            Text::Bytes(_) => vm.new_bytes(&[]),
            Text::Array(_) | Text::View(_) => vm.new_bytearray(&[]),
        }
    }

    /// `v`, whose handle this is, or a copy if it can change.
    ///
    /// # Errors
    /// Out of memory.
    pub fn unchanged(self, vm: &mut Vm, v: Value) -> Outcome {
        if self.is_mutable() {
            let n = self.len(vm);
            return self.slice(vm, 0, n);
        }
        Ok(vm.native_part(v))
    }

    /// A new object of the same type, of `n` zero bytes that `fill` then overwrites.
    ///
    /// # Errors
    /// Out of memory; `UnicodeError` if a string's bytes are no UTF-8 afterwards.
    pub fn build(self, vm: &mut Vm, n: usize, fill: &mut dyn FnMut(&Vm, &mut [u8])) -> Outcome {
        vm.check_text_len(n)?;
        if self.is_str() {
            let mut buf: StrBuf<StrBody> = StrBuf::new();
            buf.push_repeat(vm, 0, n)?;
            fill(vm, buf.as_bytes_mut());
            return vm.finish_str(buf);
        }
        let mut buf: StrBuf<Bytes> = StrBuf::new();
        buf.push_repeat(vm, 0, n)?;
        fill(vm, buf.as_bytes_mut());
        match self {
            Text::Array(_) | Text::View(_) => {
                let r = vm.new_bytearray(buf.as_bytes())?;
                buf.discard(vm);
                Ok(r)
            }
            _ => vm.finish_bytes(buf),
        }
    }

    /// A new object of the same type with the same bytes but for the case of ASCII letters.
    ///
    /// # Errors
    /// Out of memory.
    pub fn with_case(self, vm: &mut Vm, upper: bool) -> Outcome {
        if let Text::Str(s, _) = self {
            let mut buf = TextBuf::new();
            buf.push(vm, &s)?;
            buf.set_ascii_case(upper);
            return buf.finish(vm);
        }
        let n = self.len(vm);
        self.build(vm, n, &mut |vm, out| {
            copy(out, self.bytes(vm));
            if upper { out.make_ascii_uppercase() } else { out.make_ascii_lowercase() }
        })
    }
}

/// The offset of the character `n`, or the end.
fn offset_of(s: &str, n: usize) -> usize {
    let mut chars = s.chars();
    match n.checked_sub(1).map(|before| chars.nth(before)) {
        None => 0,
        Some(None) => s.len(),
        Some(Some(_)) => s.len() - chars.as_str().len(),
    }
}

/// The offset of the character `n` (1 or more) from the end, or 0.
fn offset_back(s: &str, n: usize) -> usize {
    let mut chars = s.chars();
    match chars.nth_back(n.saturating_sub(1)) {
        Some(_) => chars.as_str().len(),
        None => 0,
    }
}

/// Copies `from` to the front of `to`, as far as there is room; returns the room behind.
pub(super) fn copy<'a>(to: &'a mut [u8], from: &[u8]) -> &'a mut [u8] {
    let n = from.len().min(to.len());
    let (front, rest) = to.split_at_mut(n);
    if let Some(from) = from.get(..n) {
        front.copy_from_slice(from);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_of_whole_characters() {
        let s = "aé€𝄞b";
        let starts: std::vec::Vec<usize> = s.char_indices().map(|(at, _)| at).collect();
        for (n, at) in starts.iter().enumerate() {
            assert_eq!(offset_of(s, n), *at);
            assert_eq!(offset_back(s, starts.len() - n), *at);
        }
        for n in [starts.len(), 99] {
            assert_eq!(offset_of(s, n), s.len());
        }
        assert_eq!(offset_back(s, 99), 0);
    }
}
