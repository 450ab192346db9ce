//! Patterns to programs, in one pass.
//!
//! Invariant: code that is finished (an atom, an alternative, a group) contains only jumps inside itself, so it can be
//! moved when something is put before it, and copied for a counted repeat. Places of code count from the code's
//! beginning: a set that is added before the code moves it as a whole.

use crate::error::{Error, What};
use crate::first;
use crate::program::{HEADER, IGNORE_CASE, MULTILINE, PROGRAM_MAX, header, op, op_len, taker_len, u16_at};
use crate::set::{self, Set};

/// Groups that a pattern can have.
pub const GROUPS_MAX: usize = 99;
/// Groups in one another.
const DEPTH_MAX: usize = 40;
/// Registers that a program can have: numbers are one byte.
const REGISTERS_MAX: usize = 250;
/// No pending jump.
const NO_JUMP: u16 = u16::MAX;

/// Where [`compile`] writes the program.
pub trait Build {
    /// What is there.
    fn bytes(&self) -> &[u8];
    /// What is there, to change it.
    fn bytes_mut(&mut self) -> &mut [u8];
    /// Appends `n` bytes; false if there is no room.
    fn grow(&mut self, n: usize) -> bool;
    /// Shortens to `n` bytes.
    fn truncate(&mut self, n: usize);
    /// A group has a name (ASCII letters, digits, `_`); false to refuse it.
    fn name(&mut self, name: &str, group: usize) -> bool;
}

/// An open group, or the whole pattern.
#[derive(Clone, Copy)]
struct Frame {
    /// Where its code begins.
    start: u16,
    /// Where the current alternative begins.
    alternative: u16,
    /// The last jump from an alternative's end; its distance is the one before.
    jumps: u16,
    /// Its number, 0 for none.
    group: u8,
    /// Whether an alternative so far can match nothing.
    any_empty: bool,
    /// Whether the current one can, without its last atom.
    empty: bool,
}

/// What a repetition would repeat.
#[derive(Clone, Copy)]
struct Atom {
    start: usize,
    /// Whether it is one op that takes a character.
    single: bool,
    /// Whether it can match nothing.
    empty: bool,
}

/// A backslash and what follows.
enum Escape {
    Class(u8),
    Char(u32),
    Assert(u8),
}

struct Compiler<'p, 'b, B: Build> {
    pattern: &'p [u8],
    at: usize,
    utf8: bool,
    flags: u32,
    out: &'b mut B,
    /// Where the code begins.
    base: usize,
    frames: [Frame; DEPTH_MAX],
    depth: usize,
    groups: usize,
    marks: usize,
    atom: Option<Atom>,
    /// Where the last repetition ended.
    repeated: usize,
}

/// Compiles `pattern`, which is UTF-8 if `utf8`, or bytes, with [`IGNORE_CASE`] and [`MULTILINE`] among `flags`.
/// Returns the flags, with those that the pattern itself sets.
///
/// # Errors
/// See [`What`].
pub fn compile<B: Build>(pattern: &[u8], utf8: bool, flags: u32, out: &mut B) -> Result<u32, Error> {
    let frame = Frame { start: 0, alternative: 0, jumps: NO_JUMP, group: 0, any_empty: false, empty: true };
    out.truncate(0);
    let mut c = Compiler {
        pattern,
        at: 0,
        utf8,
        flags,
        out,
        base: HEADER,
        frames: [frame; DEPTH_MAX],
        depth: 0,
        groups: 1,
        marks: 0,
        atom: None,
        repeated: usize::MAX,
    };
    match c.run() {
        Ok(()) => Ok(c.flags),
        Err(what) => Err(Error { what, at: c.at.min(pattern.len()) }),
    }
}

impl<B: Build> Compiler<'_, '_, B> {
    fn run(&mut self) -> Result<(), What> {
        self.grow(HEADER)?;
        self.inline_flags()?;
        while let Some(b) = self.peek() {
            self.piece(b)?;
        }
        if self.depth > 0 {
            return Err(What::Unclosed);
        }
        self.end_alternatives()?;
        self.emit(&[op::MATCH])?;
        self.finish()
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn eat(&mut self, text: &[u8]) -> bool {
        let there = self.pattern.get(self.at..).is_some_and(|rest| rest.starts_with(text));
        if there {
            self.at += text.len();
        }
        there
    }

    /// The next character.
    fn char(&mut self) -> Option<u32> {
        let rest = self.pattern.get(self.at..)?;
        let first = *rest.first()?;
        if !self.utf8 || first < 0x80 {
            self.at += 1;
            return Some(u32::from(first));
        }
        let c = core::str::from_utf8(rest.get(..4).unwrap_or(rest))
            .or_else(|e| core::str::from_utf8(rest.get(..e.valid_up_to()).unwrap_or_default()))
            .ok()
            .and_then(|s| s.chars().next());
        match c {
            Some(c) => {
                self.at += c.len_utf8();
                Some(c.into())
            }
            None => {
                self.at += 1;
                Some(u32::from(first))
            }
        }
    }

    // Code.

    fn grow(&mut self, n: usize) -> Result<(), What> {
        if self.out.bytes().len() + n > PROGRAM_MAX {
            return Err(What::TooComplex);
        }
        if self.out.grow(n) { Ok(()) } else { Err(What::NoRoom) }
    }

    fn code(&self) -> &[u8] {
        self.out.bytes().get(self.base..).unwrap_or_default()
    }

    fn code_mut(&mut self) -> &mut [u8] {
        let base = self.base;
        self.out.bytes_mut().get_mut(base..).unwrap_or_default()
    }

    fn pc(&self) -> usize {
        self.code().len()
    }

    fn emit(&mut self, bytes: &[u8]) -> Result<(), What> {
        let pc = self.pc();
        self.grow(bytes.len())?;
        self.write(pc, bytes);
        Ok(())
    }

    fn write(&mut self, pc: usize, bytes: &[u8]) {
        if let Some(to) = self.code_mut().get_mut(pc..) {
            to.iter_mut().zip(bytes).for_each(|(t, b)| *t = *b);
        }
    }

    /// Puts bytes in front of the code at `pc`.
    fn insert(&mut self, pc: usize, bytes: &[u8]) -> Result<(), What> {
        let end = self.pc();
        self.grow(bytes.len())?;
        let code = self.code_mut();
        if pc <= end {
            code.copy_within(pc..end, pc + bytes.len());
        }
        self.write(pc, bytes);
        Ok(())
    }

    fn cut(&mut self, pc: usize) {
        let base = self.base;
        self.out.truncate(base + pc);
    }

    /// An op with a distance, as it stands at `pc` and leads to `to`.
    fn jump(op: u8, pc: usize, to: usize) -> [u8; 3] {
        let [low, high] = (to.wrapping_sub(pc) as u16).to_le_bytes();
        [op, low, high]
    }

    fn frame(&mut self) -> &mut Frame {
        let at = self.depth.min(DEPTH_MAX - 1);
        &mut self.frames[at]
    }

    /// The last atom is done with: nothing repeats it.
    fn commit(&mut self) {
        if let Some(a) = self.atom.take() {
            self.frame().empty &= a.empty;
        }
    }

    fn single(&mut self, bytes: &[u8]) -> Result<(), What> {
        self.commit();
        self.atom = Some(Atom { start: self.pc(), single: true, empty: false });
        self.emit(bytes)
    }

    // The pattern.

    fn inline_flags(&mut self) -> Result<(), What> {
        let Some(end) = self.pattern.iter().position(|b| *b == b')') else { return Ok(()) };
        let Some([b'(', b'?', letters @ ..]) = self.pattern.get(..end) else { return Ok(()) };
        let mut flags = self.flags;
        for b in letters {
            match b {
                b'i' => flags |= IGNORE_CASE,
                b'm' => flags |= MULTILINE,
                b's' | b'a' | b'u' => {}
                _ => return Ok(()),
            }
        }
        if !letters.is_empty() {
            self.flags = flags;
            self.at = end + 1;
        }
        Ok(())
    }

    fn piece(&mut self, b: u8) -> Result<(), What> {
        match b {
            b'|' => self.alternative()?,
            b'(' => return self.open(),
            b')' => self.close()?,
            b'*' => return self.repeat_op(0, None),
            b'+' => return self.repeat_op(1, None),
            b'?' => return self.repeat_op(0, Some(1)),
            b'{' => {
                // With nothing before it that could be repeated it is text, as in the reference.
                let repeated = self.repeated == self.at;
                match self.counts() {
                    Some((min, max, end)) if self.atom.is_some() || repeated => {
                        self.at = end - 1;
                        return self.repeat_op(min, max);
                    }
                    _ => self.single(&[op::CHAR, b'{'])?,
                }
            }
            b'.' => self.single(&[op::ANY])?,
            b'^' => self.assert(if self.flags & MULTILINE != 0 { op::BOL } else { op::BOT })?,
            b'$' => self.assert(if self.flags & MULTILINE != 0 { op::EOL } else { op::EOT })?,
            b'[' => return self.set(),
            b'\\' => {
                return match self.escape(false)? {
                    Escape::Class(name) => {
                        let mut set = Set::new();
                        set.add_class(name);
                        self.add_set(&set)
                    }
                    Escape::Char(c) => self.literal(c),
                    Escape::Assert(op) => self.assert(op),
                };
            }
            _ => {
                let Some(c) = self.char() else { return Ok(()) };
                return self.literal(c);
            }
        }
        self.at += 1;
        Ok(())
    }

    fn assert(&mut self, op: u8) -> Result<(), What> {
        self.commit();
        self.emit(&[op])
    }

    fn literal(&mut self, c: u32) -> Result<(), What> {
        if c >= 0x80 {
            let [a, b, c, _] = c.to_le_bytes();
            return self.single(&[op::WIDE, a, b, c]);
        }
        let b = c as u8;
        if self.flags & IGNORE_CASE != 0 && b.is_ascii_alphabetic() {
            self.single(&[op::CHAR_I, b.to_ascii_lowercase()])
        } else {
            self.single(&[op::CHAR, b])
        }
    }

    /// An escape, from its backslash.
    fn escape(&mut self, in_set: bool) -> Result<Escape, What> {
        self.at += 1;
        let Some(c) = self.char() else { return Err(What::LoneBackslash) };
        let Ok(b) = u8::try_from(c) else { return Ok(Escape::Char(c)) };
        Ok(match b {
            b'd' | b'D' | b's' | b'S' | b'w' | b'W' => Escape::Class(b),
            b'n' => Escape::Char(10),
            b'r' => Escape::Char(13),
            b't' => Escape::Char(9),
            b'f' => Escape::Char(12),
            b'v' => Escape::Char(11),
            b'a' => Escape::Char(7),
            b'0' => Escape::Char(0),
            b'x' => Escape::Char(self.hex(2)?),
            b'u' if self.utf8 => Escape::Char(self.hex(4)?),
            b'b' if in_set => Escape::Char(8),
            b'b' => Escape::Assert(op::WORD),
            b'B' if !in_set => Escape::Assert(op::NOT_WORD),
            b'A' if !in_set => Escape::Assert(op::BOT),
            b'Z' if !in_set => Escape::Assert(op::EOT),
            b'1'..=b'9' if !in_set => return Err(What::NotSupported),
            _ => Escape::Char(c),
        })
    }

    fn hex(&mut self, digits: usize) -> Result<u32, What> {
        let mut n = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16)).ok_or(What::BadEscape)?;
            n = n << 4 | digit;
            self.at += 1;
        }
        Ok(n)
    }

    /// A set, from its bracket.
    fn set(&mut self) -> Result<(), What> {
        let opened = self.at;
        self.at += 1;
        let negated = self.eat(b"^");
        let mut set = Set::new();
        let mut first = true;
        loop {
            let Some(b) = self.peek() else {
                self.at = opened;
                return Err(What::OpenSet);
            };
            if b == b']' && !first {
                self.at += 1;
                break;
            }
            first = false;
            let Some(lo) = self.set_char(&mut set)? else { continue };
            let range = self.peek() == Some(b'-') && !matches!(self.pattern.get(self.at + 1), None | Some(b']'));
            let mut hi = lo;
            if range {
                let dash = self.at;
                self.at += 1;
                match self.set_char(&mut set)? {
                    Some(c) if c < lo => {
                        self.at = dash;
                        return Err(What::BadRange);
                    }
                    Some(c) => hi = c,
                    // A class after the dash: the dash is a character.
                    None => set.add_ascii(b'-'),
                }
            }
            if !set.add(lo, hi) {
                return Err(What::TooComplex);
            }
        }
        if self.flags & IGNORE_CASE != 0 {
            set.ignore_case();
        }
        if negated {
            set.invert();
        }
        self.add_set(&set)
    }

    /// A character in a set; `None` for a class, which is added.
    fn set_char(&mut self, set: &mut Set) -> Result<Option<u32>, What> {
        if self.peek() != Some(b'\\') {
            return match self.char() {
                Some(c) => Ok(Some(c)),
                None => Err(What::OpenSet),
            };
        }
        if self.pattern.len() == self.at + 1 {
            return Err(What::OpenSet);
        }
        match self.escape(true)? {
            Escape::Class(name) => match set.add_class(name) {
                true => Ok(None),
                false => Err(What::TooComplex),
            },
            Escape::Char(c) => Ok(Some(c)),
            Escape::Assert(_) => Err(What::BadEscape),
        }
    }

    /// An op that takes a character of the set, which is put before the code unless it is there already.
    fn add_set(&mut self, set: &Set) -> Result<(), What> {
        let mut bytes = [0; 17 + 6 * set::RANGES_MAX];
        let bytes = bytes.get_mut(..set.len()).unwrap_or_default();
        set.write(bytes);
        let mut place = HEADER;
        while place < self.base {
            let there = self.out.bytes().get(place..self.base).unwrap_or_default();
            if there.starts_with(bytes) {
                break;
            }
            place += set::len_of(there);
        }
        if place >= self.base {
            place = self.base;
            self.insert(0, bytes)?;
            self.base += bytes.len();
        }
        let [low, high] = (place as u16).to_le_bytes();
        self.single(&[op::SET, low, high])
    }

    // Groups.

    fn open(&mut self) -> Result<(), What> {
        let opened = self.at;
        self.at += 1;
        let mut capture = true;
        let mut name = None;
        if self.eat(b"?") {
            if self.eat(b":") {
                capture = false;
            } else if self.eat(b"P<") {
                let from = self.at;
                while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
                    self.at += 1;
                }
                let text = self.pattern.get(from..self.at).unwrap_or_default();
                if text.is_empty() || text.first().is_some_and(u8::is_ascii_digit) || !self.eat(b">") {
                    return Err(What::BadName);
                }
                name = core::str::from_utf8(text).ok();
            } else if self.eat(b"#") {
                while let Some(b) = self.peek() {
                    self.at += 1;
                    if b == b')' {
                        return Ok(());
                    }
                }
                self.at = opened;
                return Err(What::Unclosed);
            } else if matches!(self.peek(), Some(b'=' | b'!' | b'<' | b'P')) {
                return Err(What::NotSupported);
            } else {
                return Err(What::BadGroup);
            }
        }
        self.commit();
        let mut group = 0;
        if capture {
            if self.groups > GROUPS_MAX {
                return Err(What::TooManyGroups);
            }
            group = self.groups;
            self.groups += 1;
        }
        if let Some(name) = name
            && !self.out.name(name, group)
        {
            return Err(What::BadName);
        }
        if self.depth + 1 >= DEPTH_MAX {
            return Err(What::TooComplex);
        }
        let start = self.pc();
        if capture {
            self.emit(&[op::SAVE, 2 * group as u8])?;
        }
        let alternative = self.pc() as u16;
        self.depth += 1;
        *self.frame() = Frame {
            start: start as u16,
            alternative,
            jumps: NO_JUMP,
            group: group as u8,
            any_empty: false,
            empty: true,
        };
        Ok(())
    }

    fn alternative(&mut self) -> Result<(), What> {
        self.commit();
        let Frame { alternative, jumps, empty, .. } = *self.frame();
        let start = usize::from(alternative);
        // Past this alternative and the jump behind it, both moved by the split.
        let next = self.pc() + 3 + 3;
        self.insert(start, &Self::jump(op::SPLIT, start, next))?;
        let pc = self.pc();
        let [low, high] = jumps.to_le_bytes();
        self.emit(&[op::JUMP, low, high])?;
        let f = self.frame();
        f.jumps = pc as u16;
        f.alternative = (pc + 3) as u16;
        f.any_empty |= empty;
        f.empty = true;
        Ok(())
    }

    /// Leads the alternatives together here.
    fn end_alternatives(&mut self) -> Result<(), What> {
        self.commit();
        let end = self.pc();
        let mut pending = self.frame().jumps;
        while pending != NO_JUMP {
            let pc = usize::from(pending);
            pending = u16_at(self.code(), pc + 1);
            self.write(pc, &Self::jump(op::JUMP, pc, end));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), What> {
        if self.depth == 0 {
            return Err(What::Unopened);
        }
        self.end_alternatives()?;
        let f = *self.frame();
        self.depth -= 1;
        if f.group > 0 {
            self.emit(&[op::SAVE, 2 * f.group + 1])?;
        }
        let start = usize::from(f.start);
        let code = self.code();
        let single = matches!(code.get(start), Some(op::CHAR..=op::SET)) && op_len(code, start) == code.len() - start;
        self.atom = Some(Atom { start, single, empty: f.any_empty || f.empty });
        Ok(())
    }

    // Repetition.

    /// The decimal number at `at`, which goes on behind it.
    fn number(&self, at: &mut usize) -> Option<usize> {
        let digits = self.pattern.get(*at..)?.iter().take_while(|b| b.is_ascii_digit());
        let (mut n, mut count) = (0usize, 0);
        for d in digits {
            n = n.saturating_mul(10).saturating_add(usize::from(d - b'0'));
            count += 1;
        }
        *at += count;
        (count > 0).then_some(n)
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}` and where it ends, if that stands here.
    fn counts(&self) -> Option<(usize, Option<usize>, usize)> {
        let mut at = self.at + 1;
        let min = self.number(&mut at);
        let (min, max) = if self.pattern.get(at) == Some(&b',') {
            at += 1;
            match (min, self.number(&mut at)) {
                (None, None) => return None,
                (min, max) => (min.unwrap_or(0), max),
            }
        } else {
            (min?, Some(min?))
        };
        (self.pattern.get(at) == Some(&b'}')).then_some((min, max, at + 1))
    }

    /// A repetition whose last character stands here.
    fn repeat_op(&mut self, min: usize, max: Option<usize>) -> Result<(), What> {
        let Some(atom) = self.atom.take() else { return Err(What::NothingToRepeat) };
        self.at += 1;
        let lazy = self.eat(b"?");
        self.repeated = self.at;
        if max.is_some_and(|max| max < min) {
            return Err(What::BadCount);
        }
        let len = self.pc() - atom.start;
        let copies = max.unwrap_or(min.max(1));
        if copies.saturating_mul(len + 3) > PROGRAM_MAX {
            return Err(What::TooComplex);
        }
        if max == Some(0) {
            self.cut(atom.start);
        } else if atom.single {
            self.repeat_single(atom.start, min, max, lazy)?;
        } else {
            self.repeat_any(atom, len, min, max, lazy)?;
        }
        self.frame().empty &= min == 0 || atom.empty;
        Ok(())
    }

    fn repeat_single(&mut self, start: usize, min: usize, max: Option<usize>, lazy: bool) -> Result<(), What> {
        let mut body = [0; 4];
        let len = self.pc() - start;
        body.iter_mut().zip(self.code().get(start..).unwrap_or_default()).for_each(|(t, b)| *t = *b);
        let body = body.get(..len).unwrap_or_default();
        let lazy = u8::from(lazy);
        self.cut(start);
        let plain = if max.is_none() { min.saturating_sub(1) } else { min };
        for _ in 0..plain {
            self.emit(body)?;
        }
        let more = match max {
            None => {
                self.emit(&[if min == 0 { op::STAR } else { op::PLUS } + lazy])?;
                return self.emit(body);
            }
            Some(max) => max - min,
        };
        if more == 0 {
            return Ok(());
        }
        let end = self.pc() + (more - 1) * (3 + len) + 1 + len;
        for _ in 1..more {
            let pc = self.pc();
            self.emit(&Self::jump(op::SPLIT + lazy, pc, end))?;
            self.emit(body)?;
        }
        self.emit(&[op::OPT + lazy])?;
        self.emit(body)
    }

    fn repeat_any(&mut self, atom: Atom, len: usize, min: usize, max: Option<usize>, lazy: bool) -> Result<(), What> {
        let (split, back) = if lazy { (op::SPLIT_LAZY, op::SPLIT) } else { (op::SPLIT, op::SPLIT_LAZY) };
        let Some(max) = max else {
            // All copies but the last, which is the loop's.
            for _ in 1..min {
                self.copy(atom.start, len)?;
            }
            let start = atom.start + min.saturating_sub(1) * len;
            return self.repeat_loop(start, min > 0, atom.empty, split, back);
        };
        let mut source = atom.start;
        let optional = max - min;
        let blocks = optional * (3 + len);
        if min == 0 {
            let end = source + blocks;
            self.insert(source, &Self::jump(split, source, end))?;
            source += 3;
        }
        for _ in 1..min {
            self.copy(source, len)?;
        }
        let end = if min == 0 { atom.start + blocks } else { self.pc() + blocks };
        for _ in usize::from(min == 0)..optional {
            let pc = self.pc();
            self.emit(&Self::jump(split, pc, end))?;
            self.copy(source, len)?;
        }
        Ok(())
    }

    /// Makes the code from `start` on a loop.
    fn repeat_loop(&mut self, start: usize, once: bool, empty: bool, split: u8, back: u8) -> Result<(), What> {
        let mark = self.marks;
        if empty {
            self.marks += 1;
            // The number becomes final when the number of groups is known.
            self.insert(start, &[op::MARK, mark as u8])?;
        }
        if !once {
            let check = if empty { 4 } else { 0 };
            let end = self.pc() + 3 + check + 3;
            self.insert(start, &Self::jump(split, start, end))?;
        }
        if empty {
            // Past the op that goes round.
            let [low, high] = 7u16.to_le_bytes();
            self.emit(&[op::CHECK, mark as u8, low, high])?;
        }
        let pc = self.pc();
        self.emit(&Self::jump(if once { back } else { op::JUMP }, pc, start))
    }

    fn copy(&mut self, from: usize, len: usize) -> Result<(), What> {
        let to = self.pc();
        self.grow(len)?;
        self.code_mut().copy_within(from..from + len, to);
        Ok(())
    }

    /// Fills the header, once the code is whole.
    fn finish(&mut self) -> Result<(), What> {
        let registers = 2 * self.groups + self.marks;
        if registers > REGISTERS_MAX {
            return Err(What::TooComplex);
        }
        let first_mark = 2 * self.groups as u8;
        let (mut takers, mut forks) = (0u16, 0u16);
        let mut pc = 0;
        while let Some(o) = self.code().get(pc).copied() {
            match o {
                op::CHAR..=op::SET => takers += 1,
                op::STAR..=op::OPT_LAZY => {
                    takers += 1;
                    forks += 1;
                }
                op::SPLIT | op::SPLIT_LAZY | op::SAVE => forks += 1,
                op::MARK | op::CHECK => {
                    forks += 1;
                    if let Some(r) = self.code_mut().get_mut(pc + 1) {
                        *r += first_mark;
                    }
                }
                _ => {}
            }
            pc += op_len(self.code(), pc);
        }
        let anchored = first::anchored(self.code());
        let first = first::first(self.out.bytes(), self.code());
        let (base, groups) = (self.base as u16, self.groups as u8);
        let to = self.out.bytes_mut();
        let mut put = |at: usize, bytes: &[u8]| {
            to.iter_mut().skip(at).zip(bytes).for_each(|(t, b)| *t = *b);
        };
        put(header::CODE, &base.to_le_bytes());
        put(header::REGISTERS, &(registers as u16).to_le_bytes());
        put(header::TAKERS, &takers.to_le_bytes());
        put(header::FORKS, &forks.to_le_bytes());
        put(header::GROUPS, &[groups]);
        put(header::ANCHORED, &[u8::from(anchored)]);
        put(header::FIRST, &first);
        Ok(())
    }
}

const _: () = assert!(taker_len(op::WIDE) == 4);
