//! JSON to values, without recursion: nesting is bounded by memory only.
//!
//! Stricter than the reference, which takes brackets that do not match and missing commas. What stays allowed beyond
//! the standard: a comma before a closing bracket, control characters in strings, zeros before a number, and
//! `NaN`, `Infinity`, `-Infinity`, which the writer writes.
//!
//! Invariant: a container is in its parent as soon as it is begun, so the stack of open ones is all there is to keep.

use krait_numfmt as numfmt;
use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::exception;
use krait_runtime::obj::list::List;
use krait_runtime::obj::str_::StrBody;
use krait_runtime::{Float, Gc, Outcome, Raised, Ref, StrBuf, Value, Vm};

use crate::json_source::Source;

/// Strings of keys that are looked for again, since objects in a list mostly have the same keys.
const KEYS: usize = 8;
/// Longest key that is kept so.
const KEY_MAX: usize = 24;

/// The container that is being filled.
#[derive(Clone, Copy)]
enum Top {
    /// None yet, or no more.
    None,
    List(Ref<List>),
    Dict(Ref<Dict>),
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value or the end of the list.
    Item,
    /// A key or the end of the object.
    Key,
    /// A comma or the end of the container.
    Comma,
}

struct Reader<'s, S> {
    source: &'s mut S,
    /// Open containers but the last, once there are any.
    stack: Option<Ref<List>>,
    top: Top,
    /// The key whose value comes next.
    key: Value,
    keys: [Option<Value>; KEYS],
}

/// The one value that the source holds.
pub(crate) fn read<S: Source>(vm: &mut Vm, source: &mut S) -> Outcome {
    let mut r = Reader { source, stack: None, top: Top::None, key: Value::NONE, keys: [None; KEYS] };
    let v = r.document(vm)?;
    match r.blanks(vm)? {
        None => Ok(v),
        Some(_) => Err(r.fail(vm, "end expected")),
    }
}

impl<S: Source> Reader<'_, S> {
    #[cold]
    #[inline(never)]
    fn fail(&mut self, vm: &mut Vm, what: &str) -> Raised {
        let p = self.source.place();
        vm.raise_fmt(
            &exception::VALUE_ERROR,
            format_args!("syntax error in JSON: {what} at line {} column {} (byte {})", p.line, p.column, p.byte),
        )
    }

    /// The next byte, which stays.
    #[inline(always)]
    fn peek(&mut self, vm: &mut Vm) -> Result<Option<u8>, Raised> {
        match self.source.window().first() {
            Some(b) => Ok(Some(*b)),
            None => self.peek_more(vm),
        }
    }

    #[inline(never)]
    fn peek_more(&mut self, vm: &mut Vm) -> Result<Option<u8>, Raised> {
        if self.source.refill(vm)? { Ok(self.source.window().first().copied()) } else { Ok(None) }
    }

    /// Goes past white space; the byte after it, which stays.
    #[inline(always)]
    fn blanks(&mut self, vm: &mut Vm) -> Result<Option<u8>, Raised> {
        loop {
            match self.peek(vm)? {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.source.consume(1),
                other => return Ok(other),
            }
        }
    }

    fn document(&mut self, vm: &mut Vm) -> Outcome {
        let mut next = Next::Value;
        let mut root = Value::NONE;
        loop {
            let Some(b) = self.blanks(vm)? else {
                let what = match self.top {
                    Top::None => "value expected",
                    Top::List(_) => "list is not closed",
                    Top::Dict(_) => "object is not closed",
                };
                return Err(self.fail(vm, what));
            };
            match (next, b) {
                (Next::Comma, b',') => {
                    self.source.consume(1);
                    next = if matches!(self.top, Top::Dict(_)) { Next::Key } else { Next::Item };
                }
                (Next::Item | Next::Comma, b']') if matches!(self.top, Top::List(_)) => {
                    self.source.consume(1);
                    if self.leave(vm) {
                        return Ok(root);
                    }
                    next = Next::Comma;
                }
                (Next::Key | Next::Comma, b'}') if matches!(self.top, Top::Dict(_)) => {
                    self.source.consume(1);
                    if self.leave(vm) {
                        return Ok(root);
                    }
                    next = Next::Comma;
                }
                (Next::Comma, _) => {
                    let what = match self.top {
                        Top::Dict(_) => "',' or '}' expected",
                        _ => "',' or ']' expected",
                    };
                    return Err(self.fail(vm, what));
                }
                (Next::Key, b'"') => {
                    self.source.consume(1);
                    self.key = self.string(vm, true)?;
                    if self.blanks(vm)? != Some(b':') {
                        return Err(self.fail(vm, "':' expected"));
                    }
                    self.source.consume(1);
                    next = Next::Value;
                }
                (Next::Key, _) => return Err(self.fail(vm, "name in quotes expected")),
                (Next::Value | Next::Item, b'[') => {
                    self.source.consume(1);
                    vm.poll()?;
                    let list = vm.new_list(&[])?;
                    root = self.enter(vm, list.value(), Top::List(list), root)?;
                    next = Next::Item;
                }
                (Next::Value | Next::Item, b'{') => {
                    self.source.consume(1);
                    vm.poll()?;
                    let dict = vm.new_dict()?;
                    root = self.enter(vm, dict.value(), Top::Dict(dict), root)?;
                    next = Next::Key;
                }
                (Next::Value | Next::Item, b) => {
                    let v = self.scalar(vm, b)?;
                    if matches!(self.top, Top::None) {
                        return Ok(v);
                    }
                    self.put(vm, v)?;
                    next = Next::Comma;
                }
            }
        }
    }

    /// Puts a value into the container that is open.
    #[inline]
    fn put(&mut self, vm: &mut Vm, v: Value) -> Result<(), Raised> {
        match self.top {
            Top::None => Ok(()),
            Top::List(l) => l.items.push(vm, v),
            Top::Dict(d) => vm.dict_set(d, self.key, v),
        }
    }

    /// Begins a container; returns the outermost.
    fn enter(&mut self, vm: &mut Vm, v: Value, top: Top, root: Value) -> Outcome {
        self.put(vm, v)?;
        let above = match self.top {
            Top::None => {
                self.top = top;
                return Ok(v);
            }
            Top::List(l) => l.value(),
            Top::Dict(d) => d.value(),
        };
        let stack = match self.stack {
            Some(s) => s,
            None => {
                let s = vm.new_list(&[])?;
                self.stack = Some(s);
                s
            }
        };
        stack.items.push(vm, above)?;
        self.top = top;
        Ok(root)
    }

    /// Ends a container; true if it was the outermost.
    fn leave(&mut self, vm: &mut Vm) -> bool {
        if let Top::List(l) = self.top {
            l.items.shrink(vm.heap_mut());
        }
        let above = self.stack.and_then(|s| s.items.pop());
        self.top = match above {
            None => Top::None,
            Some(v) => match (v.downcast::<List>(), v.downcast::<Dict>()) {
                (Some(l), _) => Top::List(l),
                (None, Some(d)) => Top::Dict(d),
                (None, None) => Top::None,
            },
        };
        above.is_none()
    }

    fn scalar(&mut self, vm: &mut Vm, b: u8) -> Outcome {
        match b {
            b'"' => {
                self.source.consume(1);
                self.string(vm, false)
            }
            b'0'..=b'9' | b'-' => self.number(vm),
            b'n' => self.word(vm, b"null", Value::NONE),
            b't' => self.word(vm, b"true", Value::TRUE),
            b'f' => self.word(vm, b"false", Value::FALSE),
            b'N' => {
                self.word(vm, b"NaN", Value::NONE)?;
                vm.new_float(Float::NAN)
            }
            b'I' => {
                self.word(vm, b"Infinity", Value::NONE)?;
                vm.new_float(Float::INFINITY)
            }
            _ => Err(self.fail(vm, "value expected")),
        }
    }

    fn word(&mut self, vm: &mut Vm, word: &[u8], v: Value) -> Outcome {
        if self.source.window().starts_with(word) {
            self.source.consume(word.len());
            return Ok(v);
        }
        for c in word {
            if self.peek(vm)? != Some(*c) {
                return Err(self.fail(vm, "value expected"));
            }
            self.source.consume(1);
        }
        Ok(v)
    }

    /// A number, from its first character.
    fn number(&mut self, vm: &mut Vm) -> Outcome {
        let window = self.source.window();
        let n = window.iter().take_while(|b| of_number(**b)).count();
        if n < window.len() {
            let made = number_of(vm, window.get(..n).unwrap_or_default());
            return self.numbered(vm, n, made);
        }
        // It may go on in the next piece.
        let mut text: StrBuf<StrBody> = StrBuf::new();
        while self.peek(vm)?.is_some_and(of_number) {
            let window = self.source.window();
            let n = window.iter().take_while(|b| of_number(**b)).count();
            text.push_bytes(vm, window.get(..n).unwrap_or_default())?;
            self.source.consume(n);
        }
        let made = number_of(vm, text.as_bytes());
        let minus = text.as_bytes() == b"-";
        text.discard(vm);
        if minus && self.peek(vm)? == Some(b'I') {
            self.word(vm, b"Infinity", Value::NONE)?;
            return vm.new_float(Float::NEG_INFINITY);
        }
        self.numbered(vm, 0, made)
    }

    fn numbered(&mut self, vm: &mut Vm, n: usize, made: Result<Option<Value>, Raised>) -> Outcome {
        match made? {
            Some(v) => {
                self.source.consume(n);
                Ok(v)
            }
            None if self.source.window().starts_with(b"-I") => {
                self.source.consume(1);
                self.word(vm, b"Infinity", Value::NONE)?;
                vm.new_float(Float::NEG_INFINITY)
            }
            None => Err(self.fail(vm, "bad number")),
        }
    }

    /// A string, from after its quote.
    fn string(&mut self, vm: &mut Vm, key: bool) -> Outcome {
        let window = self.source.window();
        let n = plain(window);
        if window.get(n) == Some(&b'"') {
            let text = window.get(..n).unwrap_or_default();
            let made = match core::str::from_utf8(text) {
                Ok(s) if key => key_of(vm, &mut self.keys, s),
                Ok(s) => vm.new_str(s),
                Err(_) => return Err(self.fail(vm, "string is no UTF-8")),
            };
            self.source.consume(n + 1);
            return made;
        }
        let mut text = StrBuf::new();
        self.pieces(vm, &mut text)?;
        match core::str::from_utf8(text.as_bytes()) {
            Ok(s) if key => {
                let made = key_of(vm, &mut self.keys, s);
                text.discard(vm);
                made
            }
            Ok(_) => vm.finish_str(text),
            Err(_) => Err(self.fail(vm, "string is no UTF-8")),
        }
    }

    /// The rest of a string that has escapes or goes beyond the window.
    fn pieces(&mut self, vm: &mut Vm, text: &mut StrBuf<StrBody>) -> Result<(), Raised> {
        loop {
            let window = self.source.window();
            let n = plain(window);
            text.push_bytes(vm, window.get(..n).unwrap_or_default())?;
            self.source.consume(n);
            match self.peek(vm)? {
                Some(b'"') => {
                    self.source.consume(1);
                    return Ok(());
                }
                Some(b'\\') => {
                    self.source.consume(1);
                    let c = self.escape(vm)?;
                    text.push_bytes(vm, c.encode_utf8(&mut [0; 4]).as_bytes())?;
                }
                Some(_) => vm.poll()?,
                None => return Err(self.fail(vm, "string is not closed")),
            }
        }
    }

    /// The character of an escape, from after its backslash.
    fn escape(&mut self, vm: &mut Vm) -> Result<char, Raised> {
        let Some(b) = self.peek(vm)? else { return Err(self.fail(vm, "string is not closed")) };
        let c = match b {
            b'"' | b'\\' | b'/' => b as char,
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.source.consume(1);
                return self.unicode(vm);
            }
            _ => return Err(self.fail(vm, "bad escape")),
        };
        self.source.consume(1);
        Ok(c)
    }

    /// The character of `\uXXXX`, or of two that are a surrogate pair, from after the `u`.
    fn unicode(&mut self, vm: &mut Vm) -> Result<char, Raised> {
        let high = self.hex4(vm)?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        if high < 0xdc00 && self.peek(vm)? == Some(b'\\') {
            self.source.consume(1);
            if self.peek(vm)? == Some(b'u') {
                self.source.consume(1);
                let low = self.hex4(vm)?;
                if (0xdc00..0xe000).contains(&low)
                    && let Some(c) = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
                {
                    return Ok(c);
                }
            }
        }
        Err(self.fail(vm, "half of a surrogate pair"))
    }

    fn hex4(&mut self, vm: &mut Vm) -> Result<u32, Raised> {
        let mut n = 0;
        for _ in 0..4 {
            match self.peek(vm)?.and_then(|b| char::from(b).to_digit(16)) {
                Some(d) => n = n << 4 | d,
                None => return Err(self.fail(vm, "bad escape")),
            }
            self.source.consume(1);
        }
        Ok(n)
    }
}

fn of_number(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// How many bytes before a quote or backslash.
#[inline]
fn plain(window: &[u8]) -> usize {
    window.iter().position(|b| *b == b'"' || *b == b'\\').unwrap_or(window.len())
}

/// The number that a text stands for, `None` if it is none.
fn number_of(vm: &mut Vm, text: &[u8]) -> Result<Option<Value>, Raised> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    if digits.iter().all(u8::is_ascii_digit) {
        if digits.is_empty() {
            return Ok(None);
        }
        return vm.int_from_digits(negative, digits, 10).map(Some);
    }
    if !digits.first().is_some_and(u8::is_ascii_digit) {
        return Ok(None);
    }
    match numfmt::parse::<Float>(text) {
        Some(f) => vm.new_float(f).map(Some),
        None => Ok(None),
    }
}

/// The string of a key: an interned one, or one of the last keys, if they are equal.
fn key_of(vm: &mut Vm, keys: &mut [Option<Value>; KEYS], text: &str) -> Outcome {
    let bytes = text.as_bytes();
    let (Some(first), Some(last), true) = (bytes.first(), bytes.last(), bytes.len() <= KEY_MAX) else {
        return vm.new_str(text);
    };
    let mixed = usize::from(*first).wrapping_mul(7) ^ usize::from(*last) ^ bytes.len().wrapping_mul(3);
    let slot = mixed % KEYS;
    if let Some(Some(known)) = keys.get(slot)
        && vm.as_str(*known).is_some_and(|s| s.as_str() == text)
    {
        return Ok(*known);
    }
    let v = match vm.qstrs().find(text) {
        Some(q) => Value::qstr(q),
        None => vm.new_str(text)?,
    };
    if let Some(place) = keys.get_mut(slot) {
        *place = Some(v);
    }
    Ok(v)
}
