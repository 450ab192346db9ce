//! [`TextBuf`]: a string under construction that is UTF-8 by construction.
//!
//! Invariant: only whole `&str`s go in, so nothing has to be checked when the string is finished.

use crate::obj::str_::{StrBody, ascii_char};
use crate::{Outcome, Raised, StrBuf, Value, Vm};

/// A string under construction.
pub struct TextBuf(StrBuf<StrBody>);

impl Default for TextBuf {
    fn default() -> Self {
        Self::new()
    }
}

impl TextBuf {
    /// Empty; allocates nothing yet.
    pub const fn new() -> TextBuf {
        TextBuf(StrBuf::new())
    }

    /// Bytes that are UTF-8, or `None` if they are not.
    pub fn checked(buf: StrBuf<StrBody>) -> Option<TextBuf> {
        core::str::from_utf8(buf.as_bytes()).is_ok().then_some(TextBuf(buf))
    }

    /// Makes room for `more` bytes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve(&mut self, vm: &mut Vm, more: usize) -> Result<(), Raised> {
        self.0.reserve(vm, more)
    }

    /// Appends text.
    ///
    /// # Errors
    /// Out of memory.
    #[inline]
    pub fn push(&mut self, vm: &mut Vm, s: &str) -> Result<(), Raised> {
        self.0.push_bytes(vm, s.as_bytes())
    }

    /// Appends a character.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_char(&mut self, vm: &mut Vm, c: char) -> Result<(), Raised> {
        self.push(vm, c.encode_utf8(&mut [0; 4]))
    }

    /// Appends `n` blanks.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_blanks(&mut self, vm: &mut Vm, n: usize) -> Result<(), Raised> {
        self.0.push_repeat(vm, b' ', n)
    }

    /// Appends `n` times the text.
    ///
    /// # Errors
    /// Out of memory.
    pub fn push_times(&mut self, vm: &mut Vm, s: &str, n: usize) -> Result<(), Raised> {
        push_times(vm, &mut self.0, s.as_bytes(), n)
    }

    /// Makes the ASCII letters small, or capital.
    pub fn set_ascii_case(&mut self, upper: bool) {
        let bytes = self.0.as_bytes_mut();
        if upper { bytes.make_ascii_uppercase() } else { bytes.make_ascii_lowercase() }
    }

    /// The string.
    ///
    /// # Errors
    /// Out of memory; a gigabyte always is.
    pub fn finish(self, vm: &mut Vm) -> Outcome {
        match *self.0.as_bytes() {
            [] => Ok(Value::qstr(q!(empty_))),
            [b] => Ok(ascii_char(b)),
            _ => {
                let len = self.0.len();
                vm.check_text_len(len)?;
                Ok(self.0.finish(vm, StrBody::new(len))?.value())
            }
        }
    }
}

/// Appends `n` times `bytes`, copying ever larger parts.
///
/// # Errors
/// Out of memory.
pub(super) fn push_times<T: crate::Tailed<Elem = u8>>(
    vm: &mut Vm,
    buf: &mut StrBuf<T>,
    bytes: &[u8],
    n: usize,
) -> Result<(), Raised> {
    if let [b] = *bytes {
        return buf.push_repeat(vm, b, n);
    }
    let total = bytes.len().saturating_mul(n);
    vm.check_text_len(total)?;
    let start = buf.len();
    buf.reserve(vm, total)?;
    buf.push_bytes(vm, bytes)?;
    buf.push_repeat(vm, 0, total - bytes.len())?;
    if let Some(room) = buf.as_bytes_mut().get_mut(start..) {
        let mut done = bytes.len();
        while done > 0 && done < room.len() {
            let part = done.min(room.len() - done);
            room.copy_within(..part, done);
            done += part;
        }
    }
    Ok(())
}
