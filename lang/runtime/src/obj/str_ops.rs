//! The operators of `str`, and those that `bytes` shares with it.

use core::cmp::Ordering;

use crate::obj::bytes::Bytes;
use crate::obj::str_::ascii_char;
use crate::obj::str_build::{TextBuf, push_times};
use crate::obj::str_search::{find_in, rfind_in};
use crate::obj::str_text::Text;
use crate::obj::{slice, str_percent};
use crate::{BinaryOp, Maybe, Outcome, Raised, StrBuf, UnaryOp, Value, Vm};

/// The `unary` slot of `str`.
pub(super) fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(t) = Text::of(vm, v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(t.len(vm) > 0)),
        UnaryOp::Len => Some(Value::small_int(t.char_len(vm) as isize)),
        // Asked only for instances of classes that inherit from `str`.
        UnaryOp::Hash => Some(Value::small_int(vm.hash(vm.native_part(v))? as isize)),
        _ => None,
    })
}

/// The `binary` slot of `str`.
pub(super) fn binary(vm: &mut Vm, op: BinaryOp, a: Value, b: Value) -> Maybe {
    let Some(s) = vm.as_str(a) else { return Ok(None) };
    match op {
        BinaryOp::Modulo | BinaryOp::InplaceModulo => return str_percent::percent(vm, a, b).map(Some),
        BinaryOp::Multiply | BinaryOp::InplaceMultiply | BinaryOp::ReverseMultiply => {
            let Some(n) = times(vm, b)? else { return Ok(None) };
            if n == 1 {
                return Ok(Some(vm.native_part(a)));
            }
            if n == 0 || s.is_empty() {
                return Ok(Some(Value::qstr(q!(empty_))));
            }
            let mut buf = TextBuf::new();
            buf.push_times(vm, &s, n)?;
            return buf.finish(vm).map(Some);
        }
        _ => {}
    }
    let Some(other) = vm.as_str(b) else {
        // Without an error here the interpreter would look for `b` among the characters.
        return if op == BinaryOp::Contains { Err(vm.bad_conversion(b)) } else { Ok(None) };
    };
    match op {
        BinaryOp::Add | BinaryOp::InplaceAdd => {
            if other.is_empty() {
                return Ok(Some(vm.native_part(a)));
            }
            if s.is_empty() {
                return Ok(Some(vm.native_part(b)));
            }
            let mut buf = TextBuf::new();
            buf.reserve(vm, s.len().saturating_add(other.len()))?;
            buf.push(vm, &s)?;
            buf.push(vm, &other)?;
            buf.finish(vm).map(Some)
        }
        BinaryOp::Contains => Ok(Some(Value::bool(find_in(s.as_bytes(), other.as_bytes()).is_some()))),
        // The order of UTF-8 is that of the code points.
        _ => Ok(ordered(op, s.as_bytes().cmp(other.as_bytes()))),
    }
}

/// The factor of a repetition; `None` if it is no integer.
pub(super) fn times(vm: &mut Vm, v: Value) -> Result<Option<usize>, Raised> {
    Ok(vm.int_maybe(v)?.map(|n| n.max(0) as usize))
}

/// The answer of a comparison; `None` for other operators.
pub(super) fn ordered(op: BinaryOp, order: Ordering) -> Option<Value> {
    Some(Value::bool(match op {
        BinaryOp::Equal => order.is_eq(),
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessEqual => order.is_le(),
        BinaryOp::More => order.is_gt(),
        BinaryOp::MoreEqual => order.is_ge(),
        _ => return None,
    }))
}

/// `s[i]` and `s[i:j:k]`
pub(super) fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let (Some(t), Some(s)) = (Text::of(vm, v), vm.as_str(v)) else { return Err(vm.bad_conversion(v)) };
    let narrow = t.is_narrow();
    if slice::is_slice(i) {
        let r = slice::resolve(vm, i, if narrow { s.len() } else { s.chars().count() })?;
        if r.step == 1 {
            let (from, to) = r.bounds();
            if from == 0 && to == s.len() {
                return Ok(vm.native_part(v));
            }
            if narrow {
                return t.slice(vm, from, to);
            }
            let from = t.offset(vm, from as isize);
            let tail = s.as_str().get(from..).unwrap_or_default();
            let end = tail.char_indices().nth(r.len()).map_or(tail.len(), |(at, _)| at);
            return vm.new_str(tail.get(..end).unwrap_or_default());
        }
        return stepped(vm, &s, narrow, r);
    }
    if narrow {
        let at = vm.need_index("string", s.len(), i)?;
        return Ok(ascii_char(s.as_bytes().get(at).copied().unwrap_or(0)));
    }
    let at = vm.need_index("string", s.chars().count(), i)?;
    match s.chars().nth(at) {
        Some(c) => vm.new_char(c),
        None => Err(vm.index_error("string index out of range")),
    }
}

/// A slice with a step other than 1.
fn stepped(vm: &mut Vm, s: &str, narrow: bool, r: slice::SliceRange) -> Outcome {
    let mut buf = TextBuf::new();
    buf.reserve(vm, r.len())?;
    if narrow {
        for at in r.indexes() {
            buf.push(vm, s.get(at..at + 1).unwrap_or_default())?;
        }
    } else if r.is_empty() {
    } else if r.step > 0 {
        for c in s.chars().skip(r.start as usize).step_by(r.step as usize).take(r.len()) {
            buf.push_char(vm, c)?;
        }
    } else {
        let len = s.chars().count();
        let skip = len.saturating_sub(1 + r.start.max(0) as usize);
        for c in s.chars().rev().skip(skip).step_by(r.step.unsigned_abs()).take(r.len()) {
            buf.push_char(vm, c)?;
        }
    }
    buf.finish(vm)
}

/// `bytes` and `bytearray`: the bytes that a repetition gives.
pub(super) fn repeated(vm: &mut Vm, t: Text, n: usize) -> Outcome {
    let Text::Bytes(b) = t else {
        let total = t.len(vm).saturating_mul(n);
        return t.build(vm, total, &mut |vm, out| {
            let bytes = t.bytes(vm);
            for part in out.chunks_exact_mut(bytes.len().max(1)) {
                super::str_text::copy(part, bytes);
            }
        });
    };
    let mut buf: StrBuf<Bytes> = StrBuf::new();
    if n > 0 && !b.tail().is_empty() {
        push_times(vm, &mut buf, b.tail(), n)?;
    }
    vm.finish_bytes(buf)
}

/// The offset of the first (or last) occurrence.
pub(super) fn search(hay: &[u8], needle: &[u8], last: bool) -> Option<usize> {
    if last { rfind_in(hay, needle) } else { find_in(hay, needle) }
}
