//! Groups and alternatives, and the flags at a pattern's beginning.

use super::{Atom, Build, Compiler, DEPTH_MAX, Frame, GROUPS_MAX, NO_JUMP};
use crate::error::What;
use crate::program::{IGNORE_CASE, MULTILINE, op, op_len, u16_at};

impl<B: Build> Compiler<'_, '_, B> {
    pub(super) fn inline_flags(&mut self) -> Result<(), What> {
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

    pub(super) fn open(&mut self) -> Result<(), What> {
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

    pub(super) fn alternative(&mut self) -> Result<(), What> {
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
    pub(super) fn end_alternatives(&mut self) -> Result<(), What> {
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

    pub(super) fn close(&mut self) -> Result<(), What> {
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
}
