//! Match objects.
//!
//! Places are kept as offsets of bytes; a program sees indexes of characters.

use krait_regex::NONE;
use krait_runtime::obj::exception;
use krait_runtime::obj::str_text::Text;
use krait_runtime::{
    Args, Maybe, NewTailed, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Value, Vm, class, q, tailed,
};

use crate::re::Pattern;
use crate::re_find::Subject;

/// A match's body; begin and end of the match and of each group follow.
pub struct Match {
    pattern: Ref<Pattern>,
    string: Value,
    len: usize,
}

tailed!(Match, u32, |b| b.len);

impl Match {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.pattern);
        t.value(self.string);
    }
}

class! {
    /// A match.
    pub static MATCH: q!(r#match) for Match;
    slots { print: print, get_attr: get_attr, subscr: subscr }
    attrs {
        q!(group) => var(1, 255, group),
        q!(groups) => var(1, 2, groups),
        q!(groupdict) => var(1, 2, groupdict),
        q!(span) => var(1, 2, span),
        q!(start) => var(1, 2, start),
        q!(end) => var(1, 2, end),
    }
}

/// A new match object.
///
/// # Errors
/// Out of memory.
pub(crate) fn new_match(vm: &mut Vm, pattern: Ref<Pattern>, string: Value, registers: &[u32]) -> Outcome {
    Ok(vm.new_tailed_from(Match { pattern, string, len: registers.len() }, registers)?.value())
}

fn this(vm: &mut Vm, args: &Args<'_>) -> Result<Ref<Match>, Raised> {
    match args.get(0).and_then(|v| v.downcast::<Match>()) {
        Some(m) => Ok(m),
        None => Err(vm.type_error(format_args!("match expected"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let n = v.downcast::<Match>().map_or(0, |m| m.len / 2);
    out.fmt(vm, format_args!("<match num={n}>"))
}

fn get_attr(_: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(m) = v.downcast::<Match>() else { return Ok(None) };
    Ok(if name == q!(string) {
        Some(m.string)
    } else if name == q!(re) {
        Some(m.pattern.value())
    } else if name == q!(lastindex) {
        let last = (1..m.len / 2).rev().find(|i| place(m, *i).is_some());
        Some(last.map_or(Value::NONE, |i| Value::small_int(i as isize)))
    } else {
        None
    })
}

/// Begin and end of a group that took part, in bytes.
fn place(m: Ref<Match>, group: usize) -> Option<(usize, usize)> {
    match m.tail().get(2 * group..) {
        Some([begin, end, ..]) if *begin != NONE && *end != NONE => Some((*begin as usize, *end as usize)),
        _ => None,
    }
}

/// The group that a number or name means.
fn group_number(vm: &mut Vm, m: Ref<Match>, which: Value) -> Result<usize, Raised> {
    let number = match vm.as_str(which) {
        Some(_) => match m.pattern.names() {
            Some(names) => match vm.dict_get(names, which)? {
                Some(n) => vm.int_maybe(n)?,
                None => None,
            },
            None => None,
        },
        None => Some(vm.need_int(which)?),
    };
    match number.and_then(|n| usize::try_from(n).ok()).filter(|n| *n < m.len / 2) {
        Some(n) => Ok(n),
        None => Err(vm.raise_args(&exception::INDEX_ERROR, &[which])),
    }
}

/// The text of a group, or `default`.
fn text(vm: &mut Vm, m: Ref<Match>, group: usize, default: Value) -> Outcome {
    let Some((from, to)) = place(m, group) else { return Ok(default) };
    let subject = Subject::new(vm, m.string)?;
    subject.slice(vm, from, to)
}

/// `group([which, ...])`
fn group(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let m = this(vm, args)?;
    match *args.pos {
        [_] => text(vm, m, 0, Value::NONE),
        [_, which] => {
            let n = group_number(vm, m, which)?;
            text(vm, m, n, Value::NONE)
        }
        _ => {
            let tuple = vm.new_tuple_of(args.pos.len() - 1)?;
            for (cell, which) in tuple.tail_cells().iter().zip(args.pos.iter().skip(1)) {
                let n = group_number(vm, m, *which)?;
                cell.set(text(vm, m, n, Value::NONE)?);
            }
            Ok(tuple.value())
        }
    }
}

fn subscr(vm: &mut Vm, v: Value, which: Value) -> Outcome {
    group(vm, &Args::positional(&[v, which]))
}

/// `groups(default=None)`
fn groups(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let m = this(vm, args)?;
    let default = args.get(1).unwrap_or(Value::NONE);
    let tuple = vm.new_tuple_of((m.len / 2).saturating_sub(1))?;
    for (i, cell) in tuple.tail_cells().iter().enumerate() {
        cell.set(text(vm, m, i + 1, default)?);
    }
    Ok(tuple.value())
}

/// `groupdict(default=None)`
fn groupdict(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let m = this(vm, args)?;
    let default = args.get(1).unwrap_or(Value::NONE);
    let dict = vm.new_dict()?;
    if let Some(names) = m.pattern.names() {
        let mut at = 0;
        while let Some((next, name, number)) = names.table.next_entry(at) {
            at = next;
            let n = usize::try_from(vm.need_int(number)?).unwrap_or(0);
            let v = text(vm, m, n, default)?;
            vm.dict_set(dict, name, v)?;
        }
    }
    Ok(dict.value())
}

/// Begin and end of the group that the second argument means, as indexes.
fn indexes(vm: &mut Vm, args: &Args<'_>) -> Result<(Value, Value), Raised> {
    let m = this(vm, args)?;
    let n = match args.get(1) {
        Some(which) => group_number(vm, m, which)?,
        None => 0,
    };
    let Some((from, to)) = place(m, n) else { return Ok((Value::small_int(-1), Value::small_int(-1))) };
    let (from, to) = match Text::of(vm, m.string) {
        Some(t) => (t.index_of(from), t.index_of(to)),
        None => (from, to),
    };
    Ok((Value::small_int(from as isize), Value::small_int(to as isize)))
}

/// `span([which])`
fn span(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (from, to) = indexes(vm, args)?;
    Ok(vm.new_tuple(&[from, to])?.value())
}

/// `start([which])`
fn start(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    indexes(vm, args).map(|(from, _)| from)
}

/// `end([which])`
fn end(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    indexes(vm, args).map(|(_, to)| to)
}
