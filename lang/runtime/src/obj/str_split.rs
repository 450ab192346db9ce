//! Cutting `str`, `bytes` and `bytearray` into pieces: `split`, `rsplit`, `splitlines`, `partition`, `rpartition`.
//!
//! White space is ASCII's, as in the reference, so cutting never splits a character.

use crate::obj::list::List;
use crate::obj::str_case::is_space;
use crate::obj::str_ops::search;
use crate::obj::str_text::Text;
use crate::{Args, Outcome, Param, Raised, Ref, Value, Vm};

/// Pieces between two looks at what is pending.
const POLL_EVERY: usize = 1024;

/// The list of pieces under construction.
struct Pieces {
    text: Text,
    list: Ref<List>,
}

impl Pieces {
    fn push(&self, vm: &mut Vm, from: usize, to: usize) -> Result<(), Raised> {
        let piece = self.text.slice(vm, from, to)?;
        self.list.items.push(vm, piece)?;
        if self.list.items.len().is_multiple_of(POLL_EVERY) { vm.poll() } else { Ok(()) }
    }

    fn reverse(&self) {
        let items = &self.list.items;
        let n = items.len();
        for i in 0..n / 2 {
            if let (Some(a), Some(b)) = (items.get(i), items.get(n - 1 - i)) {
                items.set(i, b);
                items.set(n - 1 - i, a);
            }
        }
    }
}

/// What `split` and `rsplit` were asked for: text, separator (`None`: white space), greatest number of cuts.
fn arguments(vm: &mut Vm, args: &Args<'_>) -> Result<(Pieces, Option<Text>, usize), Raised> {
    let text = Text::this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let (sep, max) = match (args.pos, args.kw) {
        ([_], []) => (Value::NONE, -1),
        ([_, sep], []) => (*sep, -1),
        _ => {
            let params = [Param::optional(q!(sep), Value::NONE), Param::optional(q!(maxsplit), Value::small_int(-1))];
            let [sep, max] = args.skip_first().bind(vm, &params)?;
            (sep, vm.need_int(max)?)
        }
    };
    let sep = if sep.is_none() {
        None
    } else {
        let sep = text.like(vm, sep)?;
        not_empty(vm, sep)?;
        Some(sep)
    };
    let list = vm.new_list(&[])?;
    Ok((Pieces { text, list }, sep, usize::try_from(max).unwrap_or(usize::MAX)))
}

fn not_empty(vm: &mut Vm, sep: Text) -> Result<(), Raised> {
    if sep.len(vm) == 0 { Err(vm.value_error("empty separator")) } else { Ok(()) }
}

/// `s.split([sep[, maxsplit]])`
pub(super) fn split(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (pieces, sep, max) = arguments(vm, args)?;
    let t = pieces.text;
    let mut at = 0;
    let Some(sep) = sep else {
        let mut left = max;
        loop {
            at += run(t, vm, at, is_space);
            let len = t.len(vm);
            if at >= len {
                break;
            }
            let n = if left == 0 { len - at } else { run(t, vm, at, |b| !is_space(b)) };
            pieces.push(vm, at, at + n)?;
            left = left.saturating_sub(1);
            at += n;
        }
        return Ok(pieces.list.value());
    };
    for _ in 0..max {
        let Some(n) = t.bytes(vm).get(at..).and_then(|rest| search(rest, sep.bytes(vm), false)) else { break };
        pieces.push(vm, at, at + n)?;
        at += n + sep.len(vm);
    }
    let len = t.len(vm);
    pieces.push(vm, at, len)?;
    Ok(pieces.list.value())
}

/// How many bytes from `at` on are of the class.
fn run(t: Text, vm: &Vm, at: usize, class: impl Fn(u8) -> bool) -> usize {
    t.bytes(vm).get(at..).unwrap_or_default().iter().take_while(|b| class(**b)).count()
}

/// How many bytes before `end` are of the class.
fn run_back(t: Text, vm: &Vm, end: usize, class: impl Fn(u8) -> bool) -> usize {
    t.bytes(vm).get(..end).unwrap_or_default().iter().rev().take_while(|b| class(**b)).count()
}

/// `s.rsplit([sep[, maxsplit]])`
pub(super) fn rsplit(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (pieces, sep, max) = arguments(vm, args)?;
    let t = pieces.text;
    // From which side only matters for a limit, or for separators that may overlap.
    if max == usize::MAX && sep.is_none_or(|sep| sep.len(vm) == 1) {
        return split(vm, args);
    }
    let mut end = t.len(vm);
    let Some(sep) = sep else {
        let mut left = max;
        loop {
            end -= run_back(t, vm, end, is_space);
            if end == 0 {
                break;
            }
            let n = if left == 0 { end } else { run_back(t, vm, end, |b| !is_space(b)) };
            pieces.push(vm, end - n, end)?;
            left = left.saturating_sub(1);
            end -= n;
        }
        pieces.reverse();
        return Ok(pieces.list.value());
    };
    for _ in 0..max {
        let Some(at) = t.bytes(vm).get(..end).and_then(|head| search(head, sep.bytes(vm), true)) else { break };
        pieces.push(vm, at + sep.len(vm), end)?;
        end = at;
    }
    pieces.push(vm, 0, end)?;
    pieces.reverse();
    Ok(pieces.list.value())
}

/// `s.splitlines([keepends])`: lines end with `\n`, `\r\n` or `\r`.
pub(super) fn splitlines(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let text = Text::this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let [keep] = args.skip_first().bind(vm, &[Param::optional(q!(keepends), Value::FALSE)])?;
    let keep = vm.truth(keep)?;
    let pieces = Pieces { text, list: vm.new_list(&[])? };
    let mut at = 0;
    while at < text.len(vm) {
        let n = run(text, vm, at, |b| b != b'\n' && b != b'\r');
        let end = match text.bytes(vm).get(at + n..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        pieces.push(vm, at, at + n + if keep { end } else { 0 })?;
        at += n + end;
    }
    Ok(pieces.list.value())
}

/// `s.partition(sep)`
pub(super) fn partition(vm: &mut Vm, this: Value, sep: Value) -> Outcome {
    cut(vm, this, sep, false)
}

/// `s.rpartition(sep)`
pub(super) fn rpartition(vm: &mut Vm, this: Value, sep: Value) -> Outcome {
    cut(vm, this, sep, true)
}

fn cut(vm: &mut Vm, this: Value, sep_value: Value, last: bool) -> Outcome {
    let t = Text::this(vm, this)?;
    let sep = t.like(vm, sep_value)?;
    not_empty(vm, sep)?;
    let parts = match search(t.bytes(vm), sep.bytes(vm), last) {
        Some(at) => {
            let (after, len) = (at + sep.len(vm), t.len(vm));
            [t.slice(vm, 0, at)?, t.slice(vm, at, after)?, t.slice(vm, after, len)?]
        }
        None => {
            let whole = t.unchanged(vm, this)?;
            let (e, f) = (t.empty(vm)?, t.empty(vm)?);
            if last { [e, f, whole] } else { [whole, e, f] }
        }
    };
    Ok(vm.new_tuple(&parts)?.value())
}
