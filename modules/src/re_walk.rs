//! What walks over a text: `split`, `sub`, `findall`, `finditer`.
//!
//! As in CPython an empty match counts, and the next is looked for one character on. Only `split` ends at one, as in
//! the reference.

use core::cell::Cell;

use krait_regex::Anchor;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::exception;
use krait_runtime::obj::iterator::itself;
use krait_runtime::obj::str_::StrBody;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Maybe, NewObject, Outcome, Param, Raised, Ref, StrBuf, Tracer, Value, Vm, class, q};

use crate::re::{Pattern, pattern};
use crate::re_find::{Finder, Subject, finder};

/// Text under construction, of the subject's type.
enum Output {
    Str(StrBuf<StrBody>),
    Bytes(StrBuf<Bytes>),
}

impl Output {
    fn like(subject: &Subject) -> Output {
        match subject {
            Subject::Str(..) => Output::Str(StrBuf::new()),
            Subject::Bytes(_) => Output::Bytes(StrBuf::new()),
        }
    }

    fn push(&mut self, vm: &mut Vm, bytes: &[u8]) -> Result<(), Raised> {
        match self {
            Output::Str(b) => b.push_bytes(vm, bytes),
            Output::Bytes(b) => b.push_bytes(vm, bytes),
        }
    }

    fn push_buffer(&mut self, vm: &mut Vm, from: &Buffer) -> Result<(), Raised> {
        match self {
            Output::Str(b) => vm.push_buffer(b, from),
            Output::Bytes(b) => vm.push_buffer(b, from),
        }
    }

    fn finish(self, vm: &mut Vm) -> Outcome {
        match self {
            Output::Str(b) => vm.finish_str(b),
            Output::Bytes(b) => vm.finish_bytes(b),
        }
    }
}

fn count_arg(vm: &mut Vm, v: Value) -> Result<usize, Raised> {
    let n = vm.need_int(v)?;
    Ok(match usize::try_from(n) {
        Ok(0) => usize::MAX,
        Ok(n) => n,
        Err(_) => 0,
    })
}

/// `split(string, maxsplit=0)`, and with the pattern first `re.split`.
pub(crate) fn split(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [p, string, max, flags] = args.bind(
        vm,
        &[
            Param::required(q!(pattern)),
            Param::required(q!(string)),
            Param::optional(q!(maxsplit), Value::small_int(0)),
            Param::optional(q!(flags), Value::small_int(0)),
        ],
    )?;
    let (mut left, flags) = (count_arg(vm, max)?, vm.need_int(flags)?);
    let p = pattern(vm, p, flags)?;
    let subject = Subject::new(vm, string)?;
    let mut f = Finder::new(vm, p, subject);
    let list = vm.new_list(&[])?;
    let mut at = 0;
    while left > 0 && f.find(vm, at, Anchor::Search)? {
        vm.poll()?;
        let (from, to) = f.span();
        if from == to {
            break;
        }
        let part = subject.slice(vm, at, from)?;
        list.items.push(vm, part)?;
        for group in 1..p.groups() {
            let part = match f.group(group) {
                Some((from, to)) => subject.slice(vm, from, to)?,
                None => Value::NONE,
            };
            list.items.push(vm, part)?;
        }
        at = to;
        left -= 1;
    }
    f.discard(vm);
    let part = subject.slice(vm, at, subject.bytes().len())?;
    list.items.push(vm, part)?;
    Ok(list.value())
}

/// `sub(repl, string, count=0)`, and with the pattern first `re.sub`.
pub(crate) fn sub(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [p, repl, string, count, flags] = args.bind(
        vm,
        &[
            Param::required(q!(pattern)),
            Param::required(q!(repl)),
            Param::required(q!(string)),
            Param::optional(q!(count), Value::small_int(0)),
            Param::optional(q!(flags), Value::small_int(0)),
        ],
    )?;
    let (mut left, flags) = (count_arg(vm, count)?, vm.need_int(flags)?);
    let p = pattern(vm, p, flags)?;
    let subject = Subject::new(vm, string)?;
    // A template is text; anything else is called.
    let template = match vm.buffer_of(repl) {
        Some(_) => Some(Subject::new(vm, repl)?),
        None => None,
    };
    let mut f = Finder::new(vm, p, subject);
    let mut out = Output::like(&subject);
    let len = subject.bytes().len();
    // Up to `copied` the text is in the output; from `at` on the next match is looked for.
    let (mut copied, mut at) = (0, 0);
    let mut any = false;
    while left > 0 && at <= len && f.find(vm, at, Anchor::Search)? {
        vm.poll()?;
        any = true;
        let (from, to) = f.span();
        out.push(vm, subject.bytes().get(copied..from).unwrap_or_default())?;
        match &template {
            Some(t) => expand(vm, &mut f, t.bytes(), &mut out)?,
            None => {
                let m = f.new_match(vm)?;
                let text = vm.call(repl, &[m])?;
                let text = vm.need_buffer(text, false)?;
                out.push_buffer(vm, &text)?;
            }
        }
        copied = to;
        at = if from == to { to + subject.char_len(to) } else { to };
        left -= 1;
    }
    f.discard(vm);
    if !any {
        return Ok(string);
    }
    out.push(vm, subject.bytes().get(copied..).unwrap_or_default())?;
    out.finish(vm)
}

/// Writes a template with the groups of the match found last.
fn expand(vm: &mut Vm, f: &mut Finder, template: &[u8], out: &mut Output) -> Result<(), Raised> {
    let mut rest = template;
    while let Some(at) = rest.iter().position(|b| *b == b'\\') {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.push(vm, plain)?;
        rest = tail.get(1..).unwrap_or_default();
        let mut named = false;
        if let Some(inside) = rest.strip_prefix(b"g<") {
            rest = inside;
            named = true;
        }
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 {
            let (number, tail) = rest.split_at_checked(digits).unwrap_or((rest, &[]));
            rest = if named { tail.strip_prefix(b">").unwrap_or(tail) } else { tail };
            let n = number.iter().fold(0usize, |n, d| n.saturating_mul(10).saturating_add(usize::from(d - b'0')));
            push_group(vm, f, n, out)?;
            continue;
        }
        if named {
            let Some(end) = rest.iter().position(|b| *b == b'>') else {
                return Err(vm.value_error("missing '>' in template"));
            };
            let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = tail.get(1..).unwrap_or_default();
            let n = number_of(vm, f.pattern, name)?;
            push_group(vm, f, n, out)?;
            continue;
        }
        let Some((b, tail)) = rest.split_first() else { break };
        let c = match b {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            // Of any other the backslash is dropped.
            b => *b,
        };
        out.push(vm, &[c])?;
        rest = tail;
    }
    out.push(vm, rest)
}

#[cold]
fn no_group(vm: &mut Vm) -> Raised {
    vm.raise_str(&exception::INDEX_ERROR, "no such group")
}

fn number_of(vm: &mut Vm, p: Ref<Pattern>, name: &[u8]) -> Result<usize, Raised> {
    let name = core::str::from_utf8(name).ok().and_then(|n| vm.qstrs().find(n));
    let number = match (p.names(), name) {
        (Some(d), Some(name)) => d.get_qstr(vm, name).and_then(|v| v.as_small_int()),
        _ => None,
    };
    match number.and_then(|n| usize::try_from(n).ok()) {
        Some(n) => Ok(n),
        None => Err(no_group(vm)),
    }
}

fn push_group(vm: &mut Vm, f: &mut Finder, n: usize, out: &mut Output) -> Result<(), Raised> {
    if n >= f.pattern.groups() {
        return Err(no_group(vm));
    }
    match f.group(n) {
        Some((from, to)) => {
            let subject = f.subject;
            out.push(vm, subject.bytes().get(from..to).unwrap_or_default())
        }
        None => Ok(()),
    }
}

/// `findall(string[, pos[, endpos]])`
pub(crate) fn findall(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (mut f, mut at) = finder(vm, args)?;
    let (subject, groups) = (f.subject, f.pattern.groups());
    let list = vm.new_list(&[])?;
    while at <= subject.bytes().len() && f.find(vm, at, Anchor::Search)? {
        vm.poll()?;
        let (from, to) = f.span();
        let mut part = |vm: &mut Vm, group: usize| {
            let (from, to) = f.group(group).unwrap_or((0, 0));
            subject.slice(vm, from, to)
        };
        let found = match groups {
            1 => part(vm, 0)?,
            2 => part(vm, 1)?,
            n => {
                let tuple = vm.new_tuple_of(n - 1)?;
                for (i, cell) in tuple.tail_cells().iter().enumerate() {
                    cell.set(part(vm, i + 1)?);
                }
                tuple.value()
            }
        };
        list.items.push(vm, found)?;
        at = if from == to { to + subject.char_len(to) } else { to };
    }
    f.discard(vm);
    Ok(list.value())
}

/// An iterator of matches.
pub struct Matches {
    pattern: Ref<Pattern>,
    string: Value,
    at: Cell<usize>,
    end: usize,
}

impl Matches {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.pattern);
        t.value(self.string);
    }
}

class! {
    /// The iterator that `finditer` gives.
    pub static MATCHES: q!(iterator) for Matches;
    slots { iter: itself, next: next }
}

/// `finditer(string[, pos[, endpos]])`
pub(crate) fn finditer(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (f, at) = finder(vm, args)?;
    let (pattern, string, end) = (f.pattern, f.subject.value(), f.end());
    f.discard(vm);
    Ok(vm.new_object(Matches { pattern, string, at: Cell::new(at), end })?.value())
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<Matches>() else { return Ok(None) };
    let subject = Subject::new(vm, it.string)?;
    let at = it.at.get();
    if at > it.end {
        return Ok(None);
    }
    let mut f = Finder::new(vm, it.pattern, subject);
    f.set_end(it.end);
    let made = if f.find(vm, at, Anchor::Search)? {
        let (from, to) = f.span();
        it.at.set(if from == to { to + subject.char_len(to) } else { to });
        Some(f.new_match(vm)?)
    } else {
        it.at.set(usize::MAX);
        None
    };
    f.discard(vm);
    Ok(made)
}

/// `escape(text)`: what means something gets a backslash.
pub(crate) fn escape(vm: &mut Vm, text: Value) -> Outcome {
    let subject = Subject::new(vm, text)?;
    let mut out = Output::like(&subject);
    let mut rest = subject.bytes();
    while let Some(at) = rest.iter().position(|b| b"\\.^$*+?{}[]|()-&~# \t\n\r\x0b\x0c".contains(b)) {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.push(vm, plain)?;
        out.push(vm, b"\\")?;
        let (special, tail) = tail.split_at_checked(1).unwrap_or((tail, &[]));
        out.push(vm, special)?;
        rest = tail;
    }
    out.push(vm, rest)?;
    out.finish(vm)
}
