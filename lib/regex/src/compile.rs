//! Patterns to programs, in one pass.
//!
//! Invariant: code that is finished (an atom, an alternative, a group) contains only jumps inside itself, so it can be
//! moved when something is put before it, and copied for a counted repeat. Places of code count from the code's
//! beginning: a set that is added before the code moves it as a whole.

mod groups;
mod repeat;
mod sets;

use crate::error::{Error, What};
use crate::first;
use crate::program::{HEADER, IGNORE_CASE, MULTILINE, PROGRAM_MAX, header, op, op_len, taker_len};
use crate::set::Set;

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
