//! Values to JSON.
//!
//! What JSON has no form for is a `TypeError`, where the reference writes its `repr`. As there, `bytes` are taken for
//! text, and keys that are numbers, `True`, `False` or `None` get quotes. `NaN` and infinities are written as CPython
//! writes them.
//!
//! Invariant: what goes to a stream goes in whole characters, in pieces of about [`PIECE`] bytes.

use krait_numfmt::{INT_TEXT_LEN, IntStyle, REPR_LEN, repr, signed_text};
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::dict::DictRef;
use krait_runtime::obj::float::as_float;
use krait_runtime::obj::list::List;
use krait_runtime::obj::str_::StrBody;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Float, Out, Outcome, Raised, Str, StrBuf, Value, Vm};

/// Bytes that are collected before a stream gets them.
const PIECE: usize = 256;

/// Where the text is made.
pub(crate) struct Writer {
    text: StrBuf<StrBody>,
    stream: Option<Value>,
    item: Str,
    key: Str,
}

impl Writer {
    /// For a stream, or to be finished as a string.
    pub(crate) fn new(stream: Option<Value>, (item, key): (Str, Str)) -> Writer {
        Writer { text: StrBuf::new(), stream, item, key }
    }

    /// The string; or `None` when the stream has got everything.
    pub(crate) fn finish(mut self, vm: &mut Vm) -> Outcome {
        if self.stream.is_none() {
            return vm.finish_str(self.text);
        }
        self.flush(vm)?;
        self.text.discard(vm);
        Ok(Value::NONE)
    }

    #[inline]
    fn push(&mut self, vm: &mut Vm, text: &[u8]) -> Result<(), Raised> {
        self.text.push_bytes(vm, text)
    }

    fn flush(&mut self, vm: &mut Vm) -> Result<(), Raised> {
        if let Some(stream) = self.stream
            && !self.text.is_empty()
        {
            let written = Out::Stream(stream).write_bytes(vm, self.text.as_bytes());
            self.text.truncate(0);
            written?;
        }
        Ok(())
    }

    /// Gives the stream what there is, if that is enough.
    #[inline]
    fn relieve(&mut self, vm: &mut Vm) -> Result<(), Raised> {
        if self.stream.is_some() && self.text.len() >= PIECE { self.flush(vm) } else { Ok(()) }
    }

    /// Writes a value.
    ///
    /// # Errors
    /// `TypeError` for what JSON cannot hold; too deep a nesting; what the stream raises.
    pub(crate) fn value(&mut self, vm: &mut Vm, v: Value) -> Result<(), Raised> {
        if self.plain(vm, v)? {
            return self.relieve(vm);
        }
        let v = vm.native_part(v);
        if let Some(l) = v.downcast::<List>() {
            return self.items(vm, |i| l.items.get(i));
        }
        if let Some(t) = v.downcast::<Tuple>() {
            return self.items(vm, |i| t.tail().get(i).copied());
        }
        if let Some(d) = vm.as_dict(v) {
            return self.dict(vm, d);
        }
        if self.plain(vm, v)? {
            return self.relieve(vm);
        }
        Err(self.refuse(vm, v))
    }

    #[cold]
    fn refuse(&mut self, vm: &mut Vm, v: Value) -> Raised {
        let name = vm.qstr_text(vm.type_of(v).name);
        vm.type_error(format_args!("object of type '{}' can't be written as JSON", name.as_str()))
    }

    /// Writes a value that holds no others; false if it is none.
    #[inline]
    fn plain(&mut self, vm: &mut Vm, v: Value) -> Result<bool, Raised> {
        if let Some(i) = v.as_small_int() {
            self.int(vm, i)?;
        } else if let Some(f) = as_float(v) {
            self.float(vm, f)?;
        } else if v.is_qstr() || v.downcast::<StrBody>().is_some() {
            let Some(s) = vm.as_str(v) else { return Ok(false) };
            self.string(vm, s.as_bytes())?;
        } else if v.is_none() {
            self.push(vm, b"null")?;
        } else if let Some(b) = v.as_bool() {
            self.push(vm, if b { b"true" } else { b"false" })?;
        } else if let Some(b) = v.downcast::<Bytes>() {
            self.string(vm, b.tail())?;
        } else if let Some(digits) = self.big_int(vm, v)? {
            if digits.negative {
                self.push(vm, b"-")?;
            }
            self.push(vm, digits.as_str().as_bytes())?;
            digits.discard(vm);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn big_int(&mut self, vm: &mut Vm, v: Value) -> Result<Option<krait_runtime::obj::int_text::IntDigits>, Raised> {
        if vm.as_instance(v).is_some() { Ok(None) } else { vm.int_digits(v, 10, false) }
    }

    fn int(&mut self, vm: &mut Vm, i: isize) -> Result<(), Raised> {
        let mut room = [0; INT_TEXT_LEN];
        self.push(vm, signed_text(&mut room, i as i64, IntStyle::DECIMAL).as_bytes())
    }

    fn float(&mut self, vm: &mut Vm, f: Float) -> Result<(), Raised> {
        if f.is_nan() {
            return self.push(vm, b"NaN");
        }
        if f.is_infinite() {
            return self.push(vm, if f < 0.0 { b"-Infinity" } else { b"Infinity" });
        }
        let mut room = [0; REPR_LEN];
        self.push(vm, repr(&mut room, f).as_bytes())
    }

    /// Writes text in quotes.
    fn string(&mut self, vm: &mut Vm, bytes: &[u8]) -> Result<(), Raised> {
        self.text.reserve(vm, bytes.len().saturating_add(2))?;
        self.push(vm, b"\"")?;
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|b| *b < b' ' || *b == b'"' || *b == b'\\') {
            let (run, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            self.push(vm, run)?;
            let Some((b, after)) = tail.split_first() else { break };
            let hex = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
            match b {
                b'"' | b'\\' => self.push(vm, &[b'\\', *b])?,
                b'\n' => self.push(vm, b"\\n")?,
                b'\r' => self.push(vm, b"\\r")?,
                b'\t' => self.push(vm, b"\\t")?,
                b => self.push(vm, &[b'\\', b'u', b'0', b'0', hex(b >> 4), hex(b & 15)])?,
            }
            rest = after;
        }
        self.push(vm, rest)?;
        self.push(vm, b"\"")
    }

    #[inline(never)]
    fn items(&mut self, vm: &mut Vm, item: impl Fn(usize) -> Option<Value>) -> Result<(), Raised> {
        vm.check_stack()?;
        self.push(vm, b"[")?;
        let mut i = 0;
        while let Some(v) = item(i) {
            vm.poll()?;
            if i > 0 {
                let separator = self.item;
                self.push(vm, separator.as_bytes())?;
            }
            self.value(vm, v)?;
            i += 1;
        }
        self.push(vm, b"]")
    }

    #[inline(never)]
    fn dict(&mut self, vm: &mut Vm, d: DictRef) -> Result<(), Raised> {
        vm.check_stack()?;
        self.push(vm, b"{")?;
        let (item, key) = (self.item, self.key);
        let mut place = 0;
        let mut first = true;
        while let Some((next, k, v)) = d.next_entry(place) {
            vm.poll()?;
            place = next;
            if !first {
                self.push(vm, item.as_bytes())?;
            }
            first = false;
            self.name(vm, k)?;
            self.push(vm, key.as_bytes())?;
            self.value(vm, v)?;
        }
        self.push(vm, b"}")
    }

    /// Writes a key.
    fn name(&mut self, vm: &mut Vm, k: Value) -> Result<(), Raised> {
        let k = if k.is_qstr() { k } else { vm.native_part(k) };
        if k.is_qstr() || k.downcast::<StrBody>().is_some() || k.downcast::<Bytes>().is_some() {
            return self.plain(vm, k).map(|_| ());
        }
        self.push(vm, b"\"")?;
        if !self.plain(vm, k)? {
            return Err(self.refuse(vm, k));
        }
        self.push(vm, b"\"")
    }
}
