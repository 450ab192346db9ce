//! Searching: what is searched, the memory of the engine, and the three ways to look for one match.

use krait_regex::{Anchor, Program, Search, Stop};
use krait_runtime::memory::OutOfMemory;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::str_text::Text;
use krait_runtime::{Args, Gc, Outcome, Raised, Ref, Str, StrBuf, Value, Vm};

use crate::re::{Pattern, pattern};
use crate::re_match::new_match;

/// Words of the engine's memory that lie on the native stack.
const WORDS: usize = 112;
/// Words that its stack may have, before it changes to the engine that needs none.
const STACK_MAX: usize = if cfg!(target_pointer_width = "32") { 1 << 10 } else { 1 << 15 };

/// What is searched. It does not change meanwhile.
#[derive(Clone, Copy)]
pub(crate) enum Subject {
    Str(Str, Value),
    Bytes(Ref<Bytes>),
}

impl Subject {
    /// The text of a `str`, of `bytes`, or a copy of what can change.
    ///
    /// # Errors
    /// `TypeError`; out of memory.
    pub(crate) fn new(vm: &mut Vm, v: Value) -> Result<Subject, Raised> {
        if let Some(s) = vm.as_str(v) {
            return Ok(Subject::Str(s, v));
        }
        if let Some(b) = vm.cast::<Bytes>(v) {
            return Ok(Subject::Bytes(b));
        }
        let buffer = vm.need_buffer(v, false)?;
        let copy = vm.new_bytes_from(&buffer)?;
        match copy.downcast::<Bytes>() {
            Some(b) => Ok(Subject::Bytes(b)),
            None => Err(vm.type_error(format_args!("str or bytes expected"))),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Subject::Str(s, _) => s.as_bytes(),
            Subject::Bytes(b) => b.tail(),
        }
    }

    /// The object.
    pub(crate) fn value(&self) -> Value {
        match self {
            Subject::Str(_, v) => *v,
            Subject::Bytes(b) => b.value(),
        }
    }

    /// Whether characters may be longer than a byte.
    pub(crate) fn is_wide(&self, vm: &Vm) -> bool {
        matches!(self, Subject::Str(..)) && Text::of(vm, self.value()).is_some_and(|t| !t.is_narrow())
    }

    /// A part, as an object of the same type.
    pub(crate) fn slice(&self, vm: &mut Vm, from: usize, to: usize) -> Outcome {
        match self {
            Subject::Str(s, _) => vm.new_str(s.as_str().get(from..to).unwrap_or_default()),
            Subject::Bytes(b) => vm.new_bytes(b.tail().get(from..to).unwrap_or_default()),
        }
    }

    /// The length of the character at `at`.
    pub(crate) fn char_len(&self, at: usize) -> usize {
        match self {
            Subject::Str(s, _) => s.as_str().get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8),
            Subject::Bytes(_) => 1,
        }
    }
}

/// A pattern at work on a subject, with the engine's memory.
pub(crate) struct Finder {
    pub(crate) pattern: Ref<Pattern>,
    pub(crate) subject: Subject,
    wide: bool,
    /// Where the text ends for this search.
    end: usize,
    words: [u32; WORDS],
    /// More memory, once the words were not enough.
    heap: StrBuf<Bytes>,
}

impl Finder {
    pub(crate) fn new(vm: &mut Vm, pattern: Ref<Pattern>, subject: Subject) -> Finder {
        let wide = subject.is_wide(vm);
        let end = subject.bytes().len();
        Finder { pattern, subject, wide, end, words: [0; WORDS], heap: StrBuf::new() }
    }

    /// Looks for a match from `start` on; the registers are then in [`Finder::registers`].
    ///
    /// # Errors
    /// Ctrl-C; out of memory.
    pub(crate) fn find(&mut self, vm: &mut Vm, start: usize, anchor: Anchor) -> Result<bool, Raised> {
        let program = self.pattern.program;
        let program = Program::new(program.tail());
        let subject = self.subject;
        let text = subject.bytes().get(..self.end).unwrap_or_default();
        let mut search = Search { program, utf8: self.wide, stack_max: STACK_MAX, pike: false };
        loop {
            let memory = if self.heap.is_empty() { &mut self.words[..] } else { words(&mut self.heap) };
            let mut raised = None;
            let found = search.find(text, start, anchor, memory, &mut || match vm.poll() {
                Ok(()) => false,
                Err(r) => {
                    raised = Some(r);
                    true
                }
            });
            match (found, raised) {
                (Ok(found), None) => return Ok(found),
                (_, Some(r)) => return Err(r),
                (Err(Stop::Memory(n)), None) if n > memory.len() => {
                    let bytes = n.saturating_mul(4);
                    core::mem::take(&mut self.heap).discard(vm);
                    self.heap.push_repeat(vm, 0, bytes)?;
                }
                (Err(_), None) => return Err(vm.out_of_memory(OutOfMemory(0))),
            }
        }
    }

    /// Begin and end of the match and of each group.
    pub(crate) fn registers(&mut self) -> &[u32] {
        let n = 2 * self.pattern.groups();
        let all = if self.heap.is_empty() { &self.words[..] } else { words(&mut self.heap) };
        all.get(..n).unwrap_or_default()
    }

    /// Begin and end of the match.
    pub(crate) fn span(&mut self) -> (usize, usize) {
        match *self.registers() {
            [begin, end, ..] => (begin as usize, end as usize),
            _ => (0, 0),
        }
    }

    /// Begin and end of a group, if it took part.
    pub(crate) fn group(&mut self, group: usize) -> Option<(usize, usize)> {
        match self.registers().get(2 * group..) {
            Some([begin, end, ..]) if *begin != krait_regex::NONE && *end != krait_regex::NONE => {
                Some((*begin as usize, *end as usize))
            }
            _ => None,
        }
    }

    /// A match object for the match found last.
    pub(crate) fn new_match(&mut self, vm: &mut Vm) -> Outcome {
        let (pattern, string) = (self.pattern, self.subject.value());
        new_match(vm, pattern, string, self.registers())
    }

    /// Where the text ends.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Ends the text at this place.
    pub(crate) fn set_end(&mut self, end: usize) {
        self.end = end.min(self.subject.bytes().len());
    }

    /// Gives the memory back.
    pub(crate) fn discard(self, vm: &mut Vm) {
        self.heap.discard(vm);
    }
}

fn words(heap: &mut StrBuf<Bytes>) -> &mut [u32] {
    bytemuck::try_cast_slice_mut(heap.as_bytes_mut()).unwrap_or_default()
}

/// The finder for `f(pattern, string[, pos[, endpos]])`, and where it begins.
///
/// # Errors
/// `TypeError`; a bad pattern.
pub(crate) fn finder(vm: &mut Vm, args: &Args<'_>) -> Result<(Finder, usize), Raised> {
    let p = pattern(vm, args.get(0).unwrap_or(Value::NONE), 0)?;
    let subject = Subject::new(vm, args.get(1).unwrap_or(Value::NONE))?;
    let mut f = Finder::new(vm, p, subject);
    let mut start = 0;
    if args.pos.len() > 2
        && let Some(text) = Text::of(vm, subject.value())
    {
        let place = |vm: &mut Vm, v: Value| vm.clamped_int(v).map(|i| text.offset(vm, i.max(0)));
        start = place(vm, args.get(2).unwrap_or(Value::NONE))?;
        if let Some(end) = args.get(3) {
            let end = place(vm, end)?;
            f.set_end(end);
        }
    }
    Ok((f, start))
}

fn one(vm: &mut Vm, args: &Args<'_>, anchor: Anchor) -> Outcome {
    let (mut f, start) = finder(vm, args)?;
    let found = start <= f.end && f.find(vm, start, anchor)?;
    let made = if found { f.new_match(vm) } else { Ok(Value::NONE) };
    f.discard(vm);
    made
}

/// `match(string[, pos[, endpos]])`
pub(crate) fn match_(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    one(vm, args, Anchor::Match)
}

/// `search(string[, pos[, endpos]])`
pub(crate) fn search(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    one(vm, args, Anchor::Search)
}

/// `fullmatch(string[, pos[, endpos]])`
pub(crate) fn fullmatch(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    one(vm, args, Anchor::Full)
}
