//! Searching in `str`, `bytes` and `bytearray`: `find` and its kin, `count`, `startswith`, `endswith`, `replace`.
//!
//! Searching takes time linear in both lengths, whatever they hold, so it needs no polling.

use memchr::memmem;

use crate::obj::exception;
use crate::obj::str_build::TextBuf;
use crate::obj::str_ops::search;
use crate::obj::str_text::{Text, copy};
use crate::obj::tuple::Tuple;
use crate::{Args, Outcome, Raised, Value, Vm};

/// The offset of the first occurrence.
#[inline]
pub fn find_in(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let [first, ref tail @ ..] = *needle else { return Some(0) };
    // Most texts are found at one of the first places where their first byte stands, sooner than the better
    // algorithm is ready to begin.
    let mut at = 0;
    for _ in 0..TRIES {
        at += memchr::memchr(first, hay.get(at..)?)?;
        if hay.get(at + 1..)?.starts_with(tail) {
            return Some(at);
        }
        at += 1;
    }
    memmem::find(hay.get(at..)?, needle).map(|n| at + n)
}

/// Places that [`find_in`] tries by itself.
const TRIES: usize = 16;

/// The offset of the last occurrence.
pub fn rfind_in(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match *needle {
        [] => Some(hay.len()),
        [b] => memchr::memrchr(b, hay),
        _ if needle.len() > hay.len() => None,
        _ => memmem::rfind(hay, needle),
    }
}

/// The index of the first (or last) occurrence, `None` if there is none.
fn finder(vm: &mut Vm, args: &Args<'_>, last: bool) -> Result<Option<isize>, Raised> {
    let t = Text::this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let needle = t.like(vm, args.get(1).unwrap_or(Value::NONE))?;
    let Some((from, to)) = t.span(vm, args.get(2), args.get(3))? else { return Ok(None) };
    let hay = t.bytes(vm).get(from..to).unwrap_or_default();
    let found = search(hay, needle.bytes(vm), last);
    Ok(found.map(|at| t.index_of(from + at) as isize))
}

/// `s.find(sub[, start[, end]])`
pub(super) fn find(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    Ok(Value::small_int(finder(vm, args, false)?.unwrap_or(-1)))
}

/// `s.rfind(sub[, start[, end]])`
pub(super) fn rfind(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    Ok(Value::small_int(finder(vm, args, true)?.unwrap_or(-1)))
}

/// `s.index(sub[, start[, end]])`
pub(super) fn index(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let found = finder(vm, args, false)?;
    or_not_found(vm, found)
}

/// `s.rindex(sub[, start[, end]])`
pub(super) fn rindex(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let found = finder(vm, args, true)?;
    or_not_found(vm, found)
}

fn or_not_found(vm: &mut Vm, found: Option<isize>) -> Outcome {
    match found {
        Some(at) => Ok(Value::small_int(at)),
        None => Err(vm.raise_str(&exception::VALUE_ERROR, "substring not found")),
    }
}

/// `s.count(sub[, start[, end]])`: occurrences that do not overlap.
pub(super) fn count(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let t = Text::this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let needle = t.like(vm, args.get(1).unwrap_or(Value::NONE))?;
    let Some((from, to)) = t.span(vm, args.get(2), args.get(3))? else { return Ok(Value::small_int(0)) };
    let hay = t.bytes(vm).get(from..to).unwrap_or_default();
    let n = match *needle.bytes(vm) {
        // Between any two characters, and at both ends.
        [] => t.index_of(to) - t.index_of(from) + 1,
        [b] => memchr::memchr_iter(b, hay).count(),
        ref needle => memmem::find_iter(hay, needle).count(),
    };
    Ok(Value::small_int(n as isize))
}

/// `s.startswith(prefix or tuple[, start[, end]])`
pub(super) fn startswith(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    affix(vm, args, |s, affix| s.starts_with(affix))
}

/// `s.endswith(suffix or tuple[, start[, end]])`
pub(super) fn endswith(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    affix(vm, args, |s, affix| s.ends_with(affix))
}

fn affix(vm: &mut Vm, args: &Args<'_>, has: fn(&[u8], &[u8]) -> bool) -> Outcome {
    let t = Text::this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let (from, to) = if args.pos.len() > 2 {
        // Crossed bounds select nothing, which still begins with the empty text.
        t.span(vm, args.get(2), args.get(3))?.unwrap_or_default()
    } else {
        (0, t.len(vm))
    };
    let arg = args.get(1).unwrap_or(Value::NONE);
    let tuple = vm.cast::<Tuple>(arg);
    let affixes = match &tuple {
        Some(tuple) => tuple.tail(),
        None => &[arg],
    };
    for affix in affixes {
        // Bytes may be asked for text, as in the reference.
        let affix = Text::this(vm, *affix)?;
        if t.is_str() && !affix.is_str() {
            return Err(vm.type_error(format_args!("can't convert 'bytes' object to str implicitly")));
        }
        let s = t.bytes(vm).get(from..to).unwrap_or_default();
        if has(s, affix.bytes(vm)) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// `s.replace(old, new[, max])`
pub(super) fn replace(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    let t = Text::this(vm, this)?;
    let max = match args.get(3) {
        Some(n) => usize::try_from(vm.need_int(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let old = t.like(vm, args.get(1).unwrap_or(Value::NONE))?;
    let new = t.like(vm, args.get(2).unwrap_or(Value::NONE))?;
    let (old_len, new_len) = (old.len(vm), new.len(vm));
    let mut places = Places { text: t, old, at: Some(0) };
    let mut n = 0;
    while n < max && places.next(vm).is_some() {
        n += 1;
    }
    if n == 0 {
        return t.unchanged(vm, this);
    }
    let total = new_len.saturating_mul(n).saturating_add(t.len(vm) - n * old_len);
    vm.check_text_len(total)?;
    let mut places = Places { text: t, old, at: Some(0) };
    let mut done = 0;
    if let (Text::Str(s, _), Text::Str(new, _)) = (t, new) {
        let mut buf = TextBuf::new();
        buf.reserve(vm, total)?;
        for _ in 0..n {
            let Some(at) = places.next(vm) else { break };
            buf.push(vm, s.as_str().get(done..at).unwrap_or_default())?;
            buf.push(vm, &new)?;
            done = at + old_len;
        }
        buf.push(vm, s.as_str().get(done..).unwrap_or_default())?;
        return buf.finish(vm);
    }
    t.build(vm, total, &mut |vm, out| {
        let (bytes, new) = (t.bytes(vm), new.bytes(vm));
        let mut room = out;
        for _ in 0..n {
            let Some(at) = places.next(vm) else { break };
            room = copy(room, bytes.get(done..at).unwrap_or_default());
            room = copy(room, new);
            done = at + old_len;
        }
        copy(room, bytes.get(done..).unwrap_or_default());
    })
}

/// Where `old` stands in a text, without overlaps; an empty one between all characters and at both ends.
struct Places {
    text: Text,
    old: Text,
    /// Where to look on; `None` at the end.
    at: Option<usize>,
}

impl Places {
    fn next(&mut self, vm: &Vm) -> Option<usize> {
        let from = self.at.take()?;
        let bytes = self.text.bytes(vm);
        let needle = self.old.bytes(vm);
        let found = from + find_in(bytes.get(from..)?, needle)?;
        self.at = if needle.is_empty() {
            // Over one character: to the next byte that does not continue one.
            let rest = bytes.get(found..)?;
            let step = match self.text {
                Text::Str(..) => rest.iter().skip(1).position(|b| *b & 0xc0 != 0x80).map_or(rest.len(), |n| n + 1),
                _ => 1,
            };
            (!rest.is_empty()).then_some(found + step)
        } else {
            Some(found + needle.len())
        };
        Some(found)
    }
}
