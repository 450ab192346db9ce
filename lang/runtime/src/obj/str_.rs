//! `str`: interned strings are in the word; others are objects whose UTF-8 text follows the body.

use core::cell::Cell;
use core::fmt;

use krait_memory::{hash_bytes, rom};

use crate::{NewTailed, Outcome, Out, Qstr, Raised, Ref, Str, StrBuf, Tracer, Value, Vm, class, q, tailed};

/// A string's body.
pub struct StrBody {
    len: u32,
    /// The hash, or 0 as long as nobody asked.
    hash: Cell<u32>,
}

tailed!(StrBody, u8, |b| b.len as usize);

impl StrBody {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

/// The hash of a string object.
pub(crate) fn hash_of(r: Ref<StrBody>) -> u32 {
    match r.hash.get() {
        0 => {
            let h = hash_bytes(r.tail());
            r.hash.set(h);
            h
        }
        h => h,
    }
}

impl Vm {
    /// A new string.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_str(&mut self, s: &str) -> Outcome {
        match s.as_bytes() {
            [] => Ok(Value::qstr(q!(empty_))),
            [b] => Ok(ascii_char(*b)),
            bytes => {
                self.check_text_len(bytes.len())?;
                Ok(self.new_tailed_from(StrBody { len: bytes.len() as u32, hash: Cell::new(0) }, bytes)?.value())
            }
        }
    }

    /// A new string of bytes that ought to be UTF-8; what is not is replaced.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_str_lossy(&mut self, bytes: &[u8]) -> Outcome {
        match core::str::from_utf8(bytes) {
            Ok(s) => self.new_str(s),
            Err(_) => {
                let mut buf = StrBuf::new();
                for chunk in bytes.utf8_chunks() {
                    buf.push_bytes(self, chunk.valid().as_bytes())?;
                    if !chunk.invalid().is_empty() {
                        buf.push_bytes(self, "\u{fffd}".as_bytes())?;
                    }
                }
                self.finish_str(buf)
            }
        }
    }

    /// The string that `buf` has become. The bytes must be UTF-8; what is not is an error.
    ///
    /// # Errors
    /// `UnicodeError`; out of memory.
    pub fn finish_str(&mut self, buf: StrBuf<StrBody>) -> Outcome {
        if core::str::from_utf8(buf.as_bytes()).is_err() {
            return Err(self.raise_args(&crate::obj::exception::UNICODE_ERROR, &[]));
        }
        match *buf.as_bytes() {
            [] => Ok(Value::qstr(q!(empty_))),
            [b] => Ok(ascii_char(b)),
            _ => {
                let len = buf.len();
                self.check_text_len(len)?;
                Ok(buf.finish(self, StrBody { len: len as u32, hash: Cell::new(0) })?.value())
            }
        }
    }

    pub(crate) fn check_text_len(&mut self, len: usize) -> Result<(), Raised> {
        if len > u32::MAX as usize { Err(self.overflow_error("string too long")) } else { Ok(()) }
    }

    /// A new string from a format.
    ///
    /// # Errors
    /// Out of memory.
    pub fn format_str(&mut self, args: fmt::Arguments<'_>) -> Outcome {
        let mut buf = StrBuf::new();
        Out::Text(&mut buf).fmt(self, args)?;
        self.finish_str(buf)
    }

    /// The text, if `v` is a string (or inherits from `str`).
    #[inline]
    pub fn as_str(&self, v: Value) -> Option<Str> {
        if let Some(qs) = v.as_qstr() {
            return Some(self.qstr_text(qs));
        }
        self.cast::<StrBody>(v).map(Str::of_tail).or_else(|| self.native_part(v).as_qstr().map(|qs| self.qstr_text(qs)))
    }

    /// The text of a string.
    ///
    /// # Errors
    /// `TypeError` for anything else.
    pub fn need_str(&mut self, v: Value) -> Result<Str, Raised> {
        match self.as_str(v) {
            Some(s) => Ok(s),
            None => {
                let name = self.qstr_text(self.type_of(v).name);
                Err(self.type_error(format_args!("can't convert '{}' object to str implicitly", name.as_str())))
            }
        }
    }

    /// The interned name of a string.
    ///
    /// # Errors
    /// `TypeError` for anything else; out of memory.
    pub fn need_qstr(&mut self, v: Value) -> Result<Qstr, Raised> {
        match v.as_qstr() {
            Some(name) => Ok(name),
            None => {
                let s = self.need_str(v)?;
                self.intern(&s)
            }
        }
    }
}

/// The interned string of one ASCII character (for other bytes, of `?`).
#[inline]
pub fn ascii_char(b: u8) -> Value {
    let q = rom::ASCII.get(b as usize).copied().unwrap_or(rom::ASCII[b'?' as usize]);
    Value::qstr(Qstr::from_index(q as u32))
}

class! {
    /// `str`
    pub static STR: q!(str) for StrBody;
    slots { }
}
