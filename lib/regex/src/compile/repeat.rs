//! Repetition: loops of one op, loops of any code, and counts, for which code is copied.

use super::{Atom, Build, Compiler};
use crate::error::What;
use crate::program::{PROGRAM_MAX, op};

impl<B: Build> Compiler<'_, '_, B> {
    /// The decimal number at `at`, which goes on behind it.
    pub(super) fn number(&self, at: &mut usize) -> Option<usize> {
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
    pub(super) fn counts(&self) -> Option<(usize, Option<usize>, usize)> {
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
    pub(super) fn repeat_op(&mut self, min: usize, max: Option<usize>) -> Result<(), What> {
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

    pub(super) fn repeat_single(
        &mut self,
        start: usize,
        min: usize,
        max: Option<usize>,
        lazy: bool,
    ) -> Result<(), What> {
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

    pub(super) fn repeat_any(
        &mut self,
        atom: Atom,
        len: usize,
        min: usize,
        max: Option<usize>,
        lazy: bool,
    ) -> Result<(), What> {
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
    pub(super) fn repeat_loop(
        &mut self,
        start: usize,
        once: bool,
        empty: bool,
        split: u8,
        back: u8,
    ) -> Result<(), What> {
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

    pub(super) fn copy(&mut self, from: usize, len: usize) -> Result<(), What> {
        let to = self.pc();
        self.grow(len)?;
        self.code_mut().copy_within(from..from + len, to);
        Ok(())
    }
}
