//! The backtracking engine.
//!
//! The stack holds what is to be tried when the current way fails, three words each: what and where, and two numbers.
//! A run of one op (`[a-z]*`) is one entry, however long it is. Before a way is put aside, a look at its first op and
//! the next character tells mostly whether it leads anywhere, so that ordinary patterns hardly use the stack.

use crate::find::{Anchor, Task};
use crate::first;
use crate::input::{Input, word_boundary};
use crate::program::{op, op_len, taker_len, target, u16_at};
use crate::{NONE, set};

/// How it ended.
pub(crate) enum Ended {
    Found,
    NotFound,
    StackFull,
    /// Too many steps: something is tried again and again.
    TooLong,
    Stopped,
}

/// Steps for a search, besides those for each byte of the text.
const STEPS: usize = 4096;
/// Steps for each byte.
const STEPS_EACH: usize = 24;
/// Steps between two looks whether to stop.
const STEPS_POLL: usize = 1 << 16;

// What an entry of the stack is: the low bits of its first word; above them a place in the code, or a register.
const BRANCH: u32 = 0;
const RESTORE: u32 = 1;
const RUN: u32 = 2;
const LAZY: u32 = 3;

struct Machine<'a, 's, I> {
    code: &'a [u8],
    task: &'a Task<'a>,
    registers: &'s mut [u32],
    stack: &'s mut [u32],
    top: usize,
    /// Steps until the next look whether to stop.
    fuel: usize,
    /// Steps after that.
    total: usize,
    stop: &'s mut dyn FnMut() -> bool,
    _input: core::marker::PhantomData<I>,
}

/// Searches.
pub(crate) fn run<I: Input>(
    task: &Task<'_>,
    registers: &mut [u32],
    stack: &mut [u32],
    stop: &mut dyn FnMut() -> bool,
) -> Ended {
    let text = task.text;
    let rest = text.len().saturating_sub(task.start);
    let total = rest.saturating_mul(STEPS_EACH).saturating_add(STEPS);
    let fuel = total.min(STEPS_POLL);
    let mut m = Machine::<I> {
        code: task.code,
        task,
        registers,
        stack,
        top: 0,
        fuel,
        total: total - fuel,
        stop,
        _input: core::marker::PhantomData,
    };
    let first = task.program.first();
    let search = task.anchor == Anchor::Search && !(task.program.anchored() && task.start == 0);
    if task.anchor == Anchor::Search && task.program.anchored() && task.start > 0 {
        return Ended::NotFound;
    }
    let mut at = task.start;
    loop {
        if search {
            match first::skip(first, text, at) {
                Some(found) => at = found,
                None => return Ended::NotFound,
            }
        }
        match m.attempt(at) {
            Ended::NotFound => {}
            other => return other,
        }
        if !search || at >= text.len() {
            return Ended::NotFound;
        }
        at += I::char_at(text, at).map_or(1, |(_, n)| n);
    }
}

impl<I: Input> Machine<'_, '_, I> {
    #[inline(always)]
    fn byte(&self, pc: usize) -> u8 {
        self.code.get(pc).copied().unwrap_or(op::MATCH)
    }

    #[cold]
    fn refuel(&mut self) -> Option<Ended> {
        if self.total == 0 {
            return Some(Ended::TooLong);
        }
        self.fuel = self.total.min(STEPS_POLL);
        self.total -= self.fuel;
        if (self.stop)() { Some(Ended::Stopped) } else { None }
    }

    #[inline(always)]
    fn push(&mut self, kind: u32, at: usize, a: u32, b: u32) -> bool {
        match self.stack.get_mut(self.top..self.top + 3) {
            Some([what, x, y]) => {
                (*what, *x, *y) = (kind | (at as u32) << 2, a, b);
                self.top += 3;
                true
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn set_register(&mut self, r: u8, at: usize) -> bool {
        let Some(place) = self.registers.get_mut(usize::from(r)) else { return false };
        let old = core::mem::replace(place, at as u32);
        self.top == 0 || self.push(RESTORE, usize::from(r), old, 0)
    }

    /// The length of the character at `at`, if the op at `pc` takes it.
    #[inline(always)]
    fn take(&self, pc: usize, at: usize) -> Option<usize> {
        let text = self.task.text;
        match self.byte(pc) {
            op::CHAR => (*text.get(at)? == self.byte(pc + 1)).then_some(1),
            op::SET => {
                let set = self.task.program.set(usize::from(u16_at(self.code, pc + 1)));
                let (c, n) = I::char_at(text, at)?;
                set::has(set, c).then_some(n)
            }
            op::ANY => I::char_at(text, at).map(|(_, n)| n),
            op::CHAR_I => (text.get(at)?.to_ascii_lowercase() == self.byte(pc + 1)).then_some(1),
            _ => {
                let (c, n) = I::char_at(text, at)?;
                (c == self.wide(pc)).then_some(n)
            }
        }
    }

    #[inline(never)]
    fn wide(&self, pc: usize) -> u32 {
        self.code.get(pc + 1..).unwrap_or_default().iter().take(3).rev().fold(0, |n, b| n << 8 | u32::from(*b))
    }

    /// Whether the code at `pc` certainly fails at `at`.
    #[inline(always)]
    fn dead(&self, mut pc: usize, at: usize) -> bool {
        loop {
            match self.byte(pc) {
                op::CHAR..=op::SET => return self.take(pc, at).is_none(),
                op::PLUS | op::PLUS_LAZY => return self.take(pc + 1, at).is_none(),
                op::SAVE => pc += 2,
                op::EOT => return at != self.task.text.len(),
                _ => return false,
            }
        }
    }

    /// Where the run of the op at `pc` that begins at `at` ends.
    #[inline(always)]
    fn run_end(&self, pc: usize, mut at: usize) -> usize {
        let text = self.task.text;
        match self.byte(pc) {
            op::ANY => text.len(),
            op::SET => {
                let set = self.task.program.set(usize::from(u16_at(self.code, pc + 1)));
                while let Some((c, n)) = I::char_at(text, at)
                    && set::has(set, c)
                {
                    at += n;
                }
                at
            }
            _ => {
                while let Some(n) = self.take(pc, at) {
                    at += n;
                }
                at
            }
        }
    }

    /// Tries to match at `start`.
    fn attempt(&mut self, start: usize) -> Ended {
        self.registers.fill(NONE);
        self.top = 0;
        let text = self.task.text;
        let mut pc = 0;
        let mut at = start;
        loop {
            if self.fuel == 0
                && let Some(ended) = self.refuel()
            {
                return ended;
            }
            self.fuel -= 1;
            // `true`: this way fails.
            let failed = match self.byte(pc) {
                op::MATCH => {
                    if self.task.anchor != Anchor::Full || at == text.len() {
                        if let Some([begin, end, ..]) = self.registers.first_chunk_mut::<2>().map(|r| &mut r[..]) {
                            (*begin, *end) = (start as u32, at as u32);
                        }
                        return Ended::Found;
                    }
                    true
                }
                op::CHAR => {
                    let fits = text.get(at) == Some(&self.byte(pc + 1));
                    pc += 2;
                    at += 1;
                    !fits
                }
                o @ op::CHAR_I..=op::SET => match self.take(pc, at) {
                    Some(n) => {
                        pc += taker_len(o);
                        at += n;
                        false
                    }
                    None => true,
                },
                o @ (op::STAR | op::PLUS) => {
                    let mut least = at;
                    if o == op::PLUS {
                        match self.take(pc + 1, at) {
                            Some(n) => least = at + n,
                            None => least = usize::MAX,
                        }
                    }
                    if least == usize::MAX {
                        true
                    } else {
                        let end = self.run_end(pc + 1, least);
                        self.fuel = self.fuel.saturating_sub((end - least) >> 2);
                        pc += op_len(self.code, pc);
                        match self.longest(pc, least, end) {
                            Some(to) => {
                                if to > least && !self.push(RUN, pc, least as u32, to as u32) {
                                    return Ended::StackFull;
                                }
                                at = to;
                                false
                            }
                            None => true,
                        }
                    }
                }
                op::OPT => {
                    let next = pc + op_len(self.code, pc);
                    if let Some(n) = self.take(pc + 1, at) {
                        if !self.dead(next, at) && !self.push(BRANCH, next, at as u32, 0) {
                            return Ended::StackFull;
                        }
                        at += n;
                    }
                    pc = next;
                    false
                }
                o @ (op::STAR_LAZY | op::PLUS_LAZY | op::OPT_LAZY) => {
                    let next = pc + op_len(self.code, pc);
                    let first = if o == op::PLUS_LAZY { self.take(pc + 1, at).map(|n| at + n) } else { Some(at) };
                    match first {
                        Some(from) => {
                            let kind = if o == op::OPT_LAZY { NONE } else { 0 };
                            if !self.push(LAZY, pc, from as u32, kind) {
                                return Ended::StackFull;
                            }
                            at = from;
                            pc = next;
                            self.dead(next, from)
                        }
                        None => true,
                    }
                }
                o @ (op::SPLIT | op::SPLIT_LAZY) => {
                    let (mut one, mut other) = (pc + 3, target(self.code, pc, pc + 1));
                    if o == op::SPLIT_LAZY {
                        core::mem::swap(&mut one, &mut other);
                    }
                    if self.dead(one, at) {
                        pc = other;
                    } else {
                        if !self.dead(other, at) && !self.push(BRANCH, other, at as u32, 0) {
                            return Ended::StackFull;
                        }
                        pc = one;
                    }
                    false
                }
                op::JUMP => {
                    pc = target(self.code, pc, pc + 1);
                    false
                }
                op::SAVE | op::MARK => {
                    if !self.set_register(self.byte(pc + 1), at) {
                        return Ended::StackFull;
                    }
                    pc += 2;
                    false
                }
                op::CHECK => {
                    let mark = self.registers.get(usize::from(self.byte(pc + 1))).copied();
                    pc = if mark == Some(at as u32) { target(self.code, pc, pc + 2) } else { pc + 4 };
                    false
                }
                o => {
                    pc += 1;
                    !holds(o, text, at)
                }
            };
            if failed {
                match self.back() {
                    Some((to_pc, to_at)) => (pc, at) = (to_pc, to_at),
                    None => return Ended::NotFound,
                }
            }
        }
    }

    /// The last place from `least` to `end` where the code at `pc` may go on.
    #[inline(always)]
    fn longest(&self, pc: usize, least: usize, mut end: usize) -> Option<usize> {
        while self.dead(pc, end) {
            if end <= least {
                return None;
            }
            end = I::before(self.task.text, end);
        }
        Some(end)
    }

    /// Where to go on after a failure.
    fn back(&mut self) -> Option<(usize, usize)> {
        loop {
            let base = self.top.checked_sub(3)?;
            let [what, a, b] = *self.stack.get(base..)?.first_chunk::<3>()?;
            self.top = base;
            let pc = (what >> 2) as usize;
            match what & 3 {
                BRANCH => return Some((pc, a as usize)),
                RESTORE => {
                    if let Some(r) = self.registers.get_mut(pc) {
                        *r = a;
                    }
                }
                RUN => {
                    let (least, last) = (a as usize, b as usize);
                    let end = I::before(self.task.text, last);
                    let found = self.longest(pc, least, end);
                    let stopped = found.unwrap_or(least);
                    self.fuel = self.fuel.saturating_sub((end - stopped) >> 2);
                    if let Some(to) = found {
                        if to > least {
                            self.push(RUN, pc, a, to as u32);
                        }
                        return Some((pc, to));
                    }
                }
                _ => {
                    let at = a as usize;
                    if let Some(n) = self.take(pc + 1, at) {
                        let to = at + n;
                        let next = pc + op_len(self.code, pc);
                        if b != NONE {
                            self.push(LAZY, pc, to as u32, b);
                        }
                        self.fuel = self.fuel.saturating_sub(1);
                        if !self.dead(next, to) {
                            return Some((next, to));
                        }
                    }
                }
            }
        }
    }
}

/// Whether an assertion holds at `at`.
pub(crate) fn holds(o: u8, text: &[u8], at: usize) -> bool {
    match o {
        op::BOT => at == 0,
        op::EOT => at == text.len(),
        op::BOL => at == 0 || text.get(at - 1) == Some(&b'\n'),
        op::EOL => at == text.len() || text.get(at) == Some(&b'\n'),
        op::WORD => word_boundary(text, at),
        op::NOT_WORD => !word_boundary(text, at),
        _ => false,
    }
}
