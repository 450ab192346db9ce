//! Classes of characters in `str`, `bytes` and `bytearray`: case, the `is...` questions, stripping; and `center`.
//!
//! As in the reference, only ASCII letters have a case and only ASCII characters belong to a class: tables of all of
//! Unicode would not fit the chip.

use crate::obj::str_build::TextBuf;
use crate::obj::str_text::{Text, copy};
use crate::{Args, Outcome, Value, Vm};

/// Whether the byte is white space.
#[inline]
pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// `s.lower()`
pub(super) fn lower(vm: &mut Vm, this: Value) -> Outcome {
    let t = Text::this(vm, this)?;
    if !t.bytes(vm).iter().any(u8::is_ascii_uppercase) {
        return t.unchanged(vm, this);
    }
    t.with_case(vm, false)
}

/// `s.upper()`
pub(super) fn upper(vm: &mut Vm, this: Value) -> Outcome {
    let t = Text::this(vm, this)?;
    if !t.bytes(vm).iter().any(u8::is_ascii_lowercase) {
        return t.unchanged(vm, this);
    }
    t.with_case(vm, true)
}

/// Whether there are characters, and all are of the class.
fn all(vm: &mut Vm, this: Value, class: fn(u8) -> bool) -> Outcome {
    let t = Text::this(vm, this)?;
    let bytes = t.bytes(vm);
    Ok(Value::bool(!bytes.is_empty() && bytes.iter().all(|b| class(*b))))
}

/// `s.isspace()`
pub(super) fn isspace(vm: &mut Vm, this: Value) -> Outcome {
    all(vm, this, is_space)
}

/// `s.isalpha()`
pub(super) fn isalpha(vm: &mut Vm, this: Value) -> Outcome {
    all(vm, this, |b| b.is_ascii_alphabetic())
}

/// `s.isdigit()`
pub(super) fn isdigit(vm: &mut Vm, this: Value) -> Outcome {
    all(vm, this, |b| b.is_ascii_digit())
}

/// Whether there are letters, and none is of the other case.
fn cased(vm: &mut Vm, this: Value, other: fn(&u8) -> bool) -> Outcome {
    let t = Text::this(vm, this)?;
    let bytes = t.bytes(vm);
    Ok(Value::bool(bytes.iter().any(u8::is_ascii_alphabetic) && !bytes.iter().any(other)))
}

/// `s.isupper()`
pub(super) fn isupper(vm: &mut Vm, this: Value) -> Outcome {
    cased(vm, this, u8::is_ascii_lowercase)
}

/// `s.islower()`
pub(super) fn islower(vm: &mut Vm, this: Value) -> Outcome {
    cased(vm, this, u8::is_ascii_uppercase)
}

/// `s.strip([chars])`
pub(super) fn strip(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    stripped(vm, args, true, true)
}

/// `s.lstrip([chars])`
pub(super) fn lstrip(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    stripped(vm, args, true, false)
}

/// `s.rstrip([chars])`
pub(super) fn rstrip(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    stripped(vm, args, false, true)
}

fn stripped(vm: &mut Vm, args: &Args<'_>, left: bool, right: bool) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    let t = Text::this(vm, this)?;
    let chars = match args.get(1) {
        Some(v) if !v.is_none() => Some(t.like(vm, v)?),
        _ => None,
    };
    let (from, to) = match (t, chars) {
        (Text::Str(s, _), Some(Text::Str(chars, _))) => {
            let class = |c: char| chars.contains(c);
            let from = if left { s.len() - s.trim_start_matches(class).len() } else { 0 };
            let rest = s.as_str().get(from..).unwrap_or_default();
            (from, from + if right { rest.trim_end_matches(class).len() } else { rest.len() })
        }
        _ => {
            let set = chars.as_ref().map(|c| c.bytes(vm));
            let class = |b: &&u8| set.map_or_else(|| is_space(**b), |set| set.contains(b));
            let bytes = t.bytes(vm);
            let from = if left { bytes.iter().take_while(class).count() } else { 0 };
            let rest = bytes.get(from..).unwrap_or_default();
            let cut = if right { rest.iter().rev().take_while(class).count() } else { 0 };
            (from, bytes.len() - cut)
        }
    };
    if from == 0 && to == t.len(vm) {
        return t.unchanged(vm, this);
    }
    t.slice(vm, from, to)
}

/// `s.center(width)`: the odd blank goes behind, as in the reference.
pub(super) fn center(vm: &mut Vm, this: Value, width: Value) -> Outcome {
    let t = Text::this(vm, this)?;
    let width = usize::try_from(vm.need_int(width)?).unwrap_or(0);
    let pad = width.saturating_sub(t.char_len(vm));
    if pad == 0 {
        return t.unchanged(vm, this);
    }
    let before = pad / 2;
    let total = t.len(vm).saturating_add(pad);
    vm.check_text_len(total)?;
    if let Text::Str(s, _) = t {
        let mut buf = TextBuf::new();
        buf.reserve(vm, total)?;
        buf.push_blanks(vm, before)?;
        buf.push(vm, &s)?;
        buf.push_blanks(vm, pad - before)?;
        return buf.finish(vm);
    }
    t.build(vm, total, &mut |vm, out| {
        out.fill(b' ');
        copy(out.get_mut(before..).unwrap_or_default(), t.bytes(vm));
    })
}
