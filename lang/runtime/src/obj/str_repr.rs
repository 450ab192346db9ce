//! Printing `str`, `bytes` and `bytearray`: as they are, quoted with escapes, and as JSON.
//!
//! The quote is `'` unless the text has a `'` and no `"`. Text escapes everything outside of printable ASCII, so that
//! a repr can go through any terminal.

use crate::obj::str_text::{Text, copy};
use crate::{Out, PrintKind, Raised, Value, Vm};

/// The `print` slot of `str`.
pub(super) fn print_str(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(s) = vm.as_str(v) else { return Ok(()) };
    match kind {
        PrintKind::Str => out.write(vm, &s),
        PrintKind::Json => json(vm, out, &s),
        PrintKind::Repr | PrintKind::Exception => quoted(vm, out, &s),
    }
}

/// The `print` slot of `bytes` and `bytearray`.
pub(super) fn print_bytes(vm: &mut Vm, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
    let Some(t) = Text::of(vm, v) else { return Ok(()) };
    match t {
        Text::Bytes(b) if kind == PrintKind::Json => match core::str::from_utf8(b.tail()) {
            Ok(s) => json(vm, out, s),
            Err(_) => Err(vm.unicode_error()),
        },
        Text::Bytes(b) => {
            reserve(vm, out, b.tail().len() + 1)?;
            out.write(vm, "b")?;
            quoted_bytes(vm, out, t)
        }
        _ => {
            let n = t.len(vm);
            reserve(vm, out, n + "bytearray(b)".len())?;
            out.write(vm, "bytearray(b")?;
            quoted_bytes(vm, out, t)?;
            out.write(vm, ")")
        }
    }
}

/// Makes room in a string under construction for so much text and its quotes.
fn reserve(vm: &mut Vm, out: &mut Out<'_>, n: usize) -> Result<(), Raised> {
    match out {
        Out::Text(buf) => buf.reserve(vm, n.saturating_add(3)),
        _ => Ok(()),
    }
}

/// The quote for a text.
fn quote_of(bytes: &[u8]) -> u8 {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' }
}

/// The escape of one character that both kinds escape alike.
fn short_escape(c: char) -> Option<&'static str> {
    match c {
        '\\' => Some("\\\\"),
        '\n' => Some("\\n"),
        '\r' => Some("\\r"),
        '\t' => Some("\\t"),
        '\'' => Some("\\'"),
        '"' => Some("\\\""),
        _ => None,
    }
}

/// Writes text quoted, as `repr` does.
///
/// # Errors
/// What writing raises.
pub fn quoted(vm: &mut Vm, out: &mut Out<'_>, s: &str) -> Result<(), Raised> {
    let quote = quote_of(s.as_bytes()) as char;
    let mark = if quote == '"' { "\"" } else { "'" };
    reserve(vm, out, s.len())?;
    out.write(vm, mark)?;
    let plain = |c: char| matches!(c, ' '..='~') && c != quote && c != '\\';
    let mut rest = s;
    while let Some(at) = rest.find(|c| !plain(c)) {
        let (run, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.write(vm, run)?;
        let mut chars = tail.chars();
        if let Some(c) = chars.next() {
            match (short_escape(c), c as u32) {
                (Some(e), _) => out.write(vm, e)?,
                (None, n @ 0..=0xff) => out.fmt(vm, format_args!("\\x{n:02x}"))?,
                (None, n @ 0x100..=0xffff) => out.fmt(vm, format_args!("\\u{n:04x}"))?,
                (None, n) => out.fmt(vm, format_args!("\\U{n:08x}"))?,
            }
        }
        rest = chars.as_str();
    }
    out.write(vm, rest)?;
    out.write(vm, mark)
}

/// Writes bytes quoted, without the `b`. They are looked at anew after each write, since a stream's `write` may change
/// a bytearray.
fn quoted_bytes(vm: &mut Vm, out: &mut Out<'_>, t: Text) -> Result<(), Raised> {
    let quote = quote_of(t.bytes(vm));
    let mark = if quote == b'"' { "\"" } else { "'" };
    out.write(vm, mark)?;
    let plain = |b: &u8| matches!(*b, b' '..=b'~') && *b != quote && *b != b'\\';
    let mut at = 0;
    let mut run = [0u8; 64];
    while let Some(&first) = t.bytes(vm).get(at) {
        if plain(&first) {
            let rest = t.bytes(vm).get(at..).unwrap_or_default();
            let n = rest.iter().take(run.len()).take_while(|b| plain(b)).count();
            if let Some(text) = run.get_mut(..n) {
                copy(text, rest);
                out.write_bytes(vm, text)?;
            }
            at += n;
            continue;
        }
        match short_escape(first as char) {
            Some(e) => out.write(vm, e)?,
            None => out.fmt(vm, format_args!("\\x{first:02x}"))?,
        }
        at += 1;
    }
    out.write(vm, mark)
}

/// Writes text as JSON.
fn json(vm: &mut Vm, out: &mut Out<'_>, s: &str) -> Result<(), Raised> {
    reserve(vm, out, s.len())?;
    out.write(vm, "\"")?;
    let mut rest = s;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (run, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.write(vm, run)?;
        let mut chars = tail.chars();
        if let Some(c) = chars.next() {
            match short_escape(c) {
                Some(e) => out.write(vm, e)?,
                None => out.fmt(vm, format_args!("\\u{:04x}", c as u32))?,
            }
        }
        rest = chars.as_str();
    }
    out.write(vm, rest)?;
    out.write(vm, "\"")
}
