//! `str`: interned strings are in the word; others are objects whose UTF-8 text follows the body.
//!
//! Invariant: the text is UTF-8, always; what would break that (a lone surrogate, bytes that are no UTF-8) is an
//! error where it would come in. Indexes count code points.
//!
//! The surprising fact: the two top bits of the length word remember whether the text is ASCII, once somebody has
//! asked; then indexes are offsets.

use core::cell::Cell;
use core::fmt;

use krait_memory::{OutOfMemory, hash_bytes, rom};

use crate::obj::str_build::TextBuf;
use crate::obj::str_text::Text;
use crate::obj::{
    bytes_codec, exception, str_case, str_format, str_iter, str_join, str_ops, str_repr, str_search, str_split,
};
use crate::{Args, Gc, NewTailed, Out, Outcome, Param, Qstr, Raised, Ref, Str, StrBuf, Tracer, Type, Value, Vm};

/// A string's body.
pub struct StrBody {
    /// Length in bytes, and [`ASCII`] or [`WIDE`] once known.
    len: Cell<u32>,
    /// The hash, or 0 as long as nobody asked.
    hash: Cell<u32>,
}

/// The text is known to be ASCII.
const ASCII: u32 = 1 << 30;
/// The text is known not to be ASCII.
const WIDE: u32 = 1 << 31;
/// The greatest length in bytes.
const LEN_MAX: u32 = ASCII - 1;

tailed!(StrBody, u8, |b| (b.len.get() & LEN_MAX) as usize);

impl StrBody {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// A body for so many bytes, which [`Vm::check_text_len`] has accepted.
    pub(crate) fn new(len: usize) -> StrBody {
        StrBody { len: Cell::new(len as u32 & LEN_MAX), hash: Cell::new(0) }
    }
}

/// Whether the text is ASCII; found out once.
pub(super) fn is_ascii(r: Ref<StrBody>) -> bool {
    let word = r.len.get();
    if word & (ASCII | WIDE) == 0 {
        let known = if r.tail().is_ascii() { ASCII } else { WIDE };
        r.len.set(word | known);
        return known == ASCII;
    }
    word & ASCII != 0
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
                Ok(self.new_tailed_from(StrBody::new(bytes.len()), bytes)?.value())
            }
        }
    }

    /// The string of one character.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_char(&mut self, c: char) -> Outcome {
        self.new_str(c.encode_utf8(&mut [0; 4]))
    }

    /// A new string of bytes that ought to be UTF-8; what is not is replaced.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_str_lossy(&mut self, bytes: &[u8]) -> Outcome {
        match core::str::from_utf8(bytes) {
            Ok(s) => self.new_str(s),
            Err(_) => {
                let mut buf = TextBuf::new();
                for chunk in bytes.utf8_chunks() {
                    buf.push(self, chunk.valid())?;
                    if !chunk.invalid().is_empty() {
                        buf.push(self, "\u{fffd}")?;
                    }
                }
                buf.finish(self)
            }
        }
    }

    /// The string that `buf` has become. The bytes must be UTF-8; what is not is an error.
    ///
    /// # Errors
    /// `UnicodeError`; out of memory.
    pub fn finish_str(&mut self, buf: StrBuf<StrBody>) -> Outcome {
        match TextBuf::checked(buf) {
            Some(text) => text.finish(self),
            None => Err(self.unicode_error()),
        }
    }

    /// The error for bytes that are no UTF-8.
    #[cold]
    pub(crate) fn unicode_error(&mut self) -> Raised {
        self.raise_args(&exception::UNICODE_ERROR, &[])
    }

    /// Fails for text longer than any can be.
    pub(crate) fn check_text_len(&mut self, len: usize) -> Result<(), Raised> {
        if len > LEN_MAX as usize { Err(self.out_of_memory(OutOfMemory(len))) } else { Ok(()) }
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
            None => Err(self.bad_conversion(v)),
        }
    }

    /// The error for a value that is no text where text is needed, or text of the other kind.
    #[cold]
    #[inline(never)]
    pub(crate) fn bad_conversion(&mut self, v: Value) -> Raised {
        let name = self.qstr_text(self.type_of(v).name);
        let to = if self.as_str(v).is_some() { "bytes" } else { "str" };
        self.type_error(format_args!("can't convert '{}' object to {to} implicitly", name.as_str()))
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
    pub static STR: q!(str) for StrBody, flags(crate::TypeFlags::SLICES);
    slots {
        new: new, print: str_repr::print_str, unary: str_ops::unary, binary: str_ops::binary,
        subscr: str_ops::subscr, iter: str_iter::iter_str,
    }
    attrs {
        q!(find) => var(2, 4, str_search::find), q!(rfind) => var(2, 4, str_search::rfind),
        q!(index) => var(2, 4, str_search::index), q!(rindex) => var(2, 4, str_search::rindex),
        q!(count) => var(2, 4, str_search::count), q!(replace) => var(3, 4, str_search::replace),
        q!(startswith) => var(2, 4, str_search::startswith), q!(endswith) => var(2, 4, str_search::endswith),
        q!(split) => kw(1, str_split::split), q!(rsplit) => kw(1, str_split::rsplit),
        q!(splitlines) => kw(1, str_split::splitlines), q!(join) => f2(str_join::join),
        q!(partition) => f2(str_split::partition), q!(rpartition) => f2(str_split::rpartition),
        q!(strip) => var(1, 2, str_case::strip), q!(lstrip) => var(1, 2, str_case::lstrip),
        q!(rstrip) => var(1, 2, str_case::rstrip), q!(center) => f2(str_case::center),
        q!(lower) => f1(str_case::lower), q!(upper) => f1(str_case::upper),
        q!(isspace) => f1(str_case::isspace), q!(isalpha) => f1(str_case::isalpha),
        q!(isdigit) => f1(str_case::isdigit), q!(isupper) => f1(str_case::isupper),
        q!(islower) => f1(str_case::islower), q!(format) => kw(1, str_format::format),
        q!(encode) => kw(1, bytes_codec::encode),
    }
}

/// `str()`, `str(x)`, `str(bytes, encoding, errors)`.
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    if let (&[v], []) = (args.pos, args.kw) {
        return vm.str_of(v);
    }
    if args.pos.len() > 3 {
        return Err(vm.wrong_count(0, 3, args.pos.len()));
    }
    let params = [
        Param::optional(q!(object), Value::SENTINEL),
        Param::optional(q!(encoding), Value::SENTINEL),
        Param::optional(q!(errors), Value::SENTINEL),
    ];
    let [v, encoding, errors] = args.bind(vm, &params)?;
    if v == Value::SENTINEL {
        return Ok(Value::qstr(q!(empty_)));
    }
    if encoding == Value::SENTINEL && errors == Value::SENTINEL {
        return vm.str_of(v);
    }
    bytes_codec::decode_value(vm, v, errors)
}

/// `chr(i)`
///
/// # Errors
/// `ValueError` if there is no such character; surrogates are none, since text is UTF-8.
pub fn chr(vm: &mut Vm, v: Value) -> Outcome {
    let i = vm.need_int(v)?;
    match u32::try_from(i).ok().and_then(char::from_u32) {
        Some(c) => vm.new_char(c),
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

/// `ord(c)`
///
/// # Errors
/// `TypeError` unless it is a string of one character or a byte string of one byte.
pub fn ord(vm: &mut Vm, v: Value) -> Outcome {
    if let Some(s) = vm.as_str(v) {
        let mut chars = s.chars();
        return match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(Value::small_int(c as isize)),
            _ => {
                let n = s.chars().count();
                Err(one_character_needed(vm, n))
            }
        };
    }
    let Some(t) = Text::of(vm, v) else { return Err(vm.bad_conversion(v)) };
    match *t.bytes(vm) {
        [b] => Ok(Value::small_int(b as isize)),
        ref bytes => {
            let n = bytes.len();
            Err(one_character_needed(vm, n))
        }
    }
}

fn one_character_needed(vm: &mut Vm, found: usize) -> Raised {
    vm.type_error(format_args!("ord() expected a character, but string of length {found} found"))
}
