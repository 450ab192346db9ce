//! The Pike machine: all ways at once, each place of the code at most once for each character.
//!
//! Invariant: a list holds threads in the order in which backtracking would try them; a thread is the place of an op
//! that takes a character, and the registers that led there.
//!
//! The surprising fact: the mark of a loop is a register like any other, but two threads at one place are one thread,
//! whatever their marks. What matches is the same; of a loop whose iterations can take nothing, another match at the
//! same place may be preferred than backtracking prefers.

use crate::NONE;
use crate::backtrack::holds;
use crate::find::{Anchor, Task};
use crate::first;
use crate::input::Input;
use crate::program::{Program, op, op_len, taker_len, target, u16_at};
use crate::set;

/// Characters between two looks whether to stop.
const POLL: usize = 1024;

/// Words of memory that a program needs.
pub(crate) fn memory(p: &Program<'_>) -> usize {
    let thread = 1 + p.registers();
    2 * p.takers() * thread + p.code().len().div_ceil(32) + 2 * (p.forks() + 1) + p.registers()
}

/// Threads in order.
struct List<'s> {
    words: &'s mut [u32],
    count: usize,
}

impl List<'_> {
    fn push(&mut self, pc: usize, registers: &[u32]) {
        let each = 1 + registers.len();
        if let Some([place, rest @ ..]) = self.words.get_mut(self.count * each..(self.count + 1) * each) {
            *place = pc as u32;
            rest.copy_from_slice(registers);
            self.count += 1;
        }
    }
}

struct Machine<'a, 's> {
    task: &'a Task<'a>,
    /// A bit for each place that was visited at this character.
    visited: &'s mut [u32],
    stack: &'s mut [u32],
    /// The registers of the thread that is followed.
    now: &'s mut [u32],
    /// Those of the best match.
    best: &'s mut [u32],
}

/// Searches; `None` if it was stopped.
pub(crate) fn run<I: Input>(
    task: &Task<'_>,
    registers: &mut [u32],
    room: &mut [u32],
    stop: &mut dyn FnMut() -> bool,
) -> Option<bool> {
    let p = &task.program;
    let (text, code) = (task.text, task.code);
    let each = 1 + registers.len();
    let (one, room) = room.split_at_mut_checked(p.takers() * each)?;
    let (two, room) = room.split_at_mut_checked(p.takers() * each)?;
    let (visited, room) = room.split_at_mut_checked(code.len().div_ceil(32))?;
    let (stack, room) = room.split_at_mut_checked(2 * (p.forks() + 1))?;
    let now = room.get_mut(..registers.len())?;
    let mut m = Machine { task, visited, stack, now, best: registers };
    let (mut list, mut next) = (List { words: one, count: 0 }, List { words: two, count: 0 });
    let mut found = false;
    let mut at = task.start;
    let mut chars = 0;
    m.visited.fill(0);
    loop {
        // A new thread, after all the others.
        let may_begin = match task.anchor {
            Anchor::Search => !(p.anchored() && at > 0),
            Anchor::Match | Anchor::Full => at == task.start,
        };
        if !found && may_begin {
            if list.count == 0 && task.anchor == Anchor::Search {
                match first::skip(p.first(), text, at) {
                    Some(place) if place > at => {
                        at = place;
                        m.visited.fill(0);
                    }
                    Some(_) => {}
                    None => return Some(false),
                }
            }
            m.now.fill(NONE);
            if let Some(begin) = m.now.first_mut() {
                *begin = at as u32;
            }
            found |= m.follow(0, at, &mut list);
        }
        if list.count == 0 && (found || !may_begin || task.anchor != Anchor::Search) {
            return Some(found);
        }
        let Some((c, n)) = I::char_at(text, at) else { return Some(found) };
        chars += 1;
        if chars % POLL == 0 && stop() {
            return None;
        }
        m.visited.fill(0);
        next.count = 0;
        for thread in list.words.chunks_exact(each).take(list.count) {
            let Some((pc, saved)) = thread.split_first() else { continue };
            let pc = *pc as usize;
            let o = code.get(pc).copied().unwrap_or(op::MATCH);
            let repeated = matches!(o, op::STAR..=op::OPT_LAZY);
            if !takes(task, if repeated { pc + 1 } else { pc }, c) {
                continue;
            }
            m.now.copy_from_slice(saved);
            let after = pc + op_len(code, pc);
            let matched = match o {
                op::STAR | op::PLUS => m.again(pc, after, at + n, &mut next, true),
                op::STAR_LAZY | op::PLUS_LAZY => m.again(pc, after, at + n, &mut next, false),
                _ => m.follow(after, at + n, &mut next),
            };
            if matched {
                // What comes after it in the order does not count any more.
                found = true;
                break;
            }
        }
        core::mem::swap(&mut list, &mut next);
        at += n;
    }
}

/// Whether the op at `pc` takes the character.
fn takes(task: &Task<'_>, pc: usize, c: u32) -> bool {
    let code = task.code;
    let operand = u32::from(code.get(pc + 1).copied().unwrap_or(0));
    match code.get(pc).copied().unwrap_or(op::MATCH) {
        op::CHAR => c == operand,
        op::CHAR_I => c < 0x80 && u32::from((c as u8).to_ascii_lowercase()) == operand,
        op::ANY => true,
        op::SET => set::has(task.program.set(usize::from(u16_at(code, pc + 1))), c),
        op::WIDE => {
            let three = code.get(pc + 1..).unwrap_or_default().iter().take(taker_len(op::WIDE) - 1);
            three.rev().fold(0, |n, b| n << 8 | u32::from(*b)) == c
        }
        _ => false,
    }
}

impl Machine<'_, '_> {
    /// Marks a place; false if it was visited.
    fn visit(&mut self, pc: usize) -> bool {
        match self.visited.get_mut(pc / 32) {
            Some(word) => {
                let bit = 1 << (pc % 32);
                let fresh = *word & bit == 0;
                *word |= bit;
                fresh
            }
            None => false,
        }
    }

    /// The repeated op at `pc` has taken a character: it may take another, or the code after it goes on.
    fn again(&mut self, pc: usize, after: usize, at: usize, list: &mut List<'_>, greedy: bool) -> bool {
        if greedy && self.visit(pc) {
            list.push(pc, self.now);
        }
        let matched = self.follow(after, at, list);
        if !greedy && !matched && self.visit(pc) {
            list.push(pc, self.now);
        }
        matched
    }

    /// Follows the code from `pc` up to the ops that take a character; true if it comes to the end of the program.
    /// The registers are afterwards as before.
    fn follow(&mut self, pc: usize, at: usize, list: &mut List<'_>) -> bool {
        let code = self.task.code;
        let mut top = 0;
        let mut next = Some(pc);
        loop {
            let pc = match next.take() {
                Some(pc) => pc,
                None => {
                    // Restores come in between; a word with the top bit is a register.
                    let Some(base) = usize::checked_sub(top, 2) else { return false };
                    let (what, value) = match self.stack.get(base..) {
                        Some([what, value, ..]) => (*what, *value),
                        _ => return false,
                    };
                    top = base;
                    if what & REGISTER != 0 {
                        if let Some(r) = self.now.get_mut((what & !REGISTER) as usize) {
                            *r = value;
                        }
                        continue;
                    }
                    what as usize
                }
            };
            let o = code.get(pc).copied().unwrap_or(op::MATCH);
            if pc & LAZY_TAIL != 0 {
                list.push(pc & !LAZY_TAIL, self.now);
                continue;
            }
            if !self.visit(pc) {
                continue;
            }
            let mut aside = None;
            match o {
                op::MATCH => {
                    if self.task.anchor != Anchor::Full || at == self.task.text.len() {
                        self.best.copy_from_slice(self.now);
                        if let Some(end) = self.best.get_mut(1) {
                            *end = at as u32;
                        }
                        self.restore(top);
                        return true;
                    }
                }
                op::CHAR..=op::SET | op::PLUS | op::PLUS_LAZY => list.push(pc, self.now),
                op::STAR | op::OPT => {
                    list.push(pc, self.now);
                    next = Some(pc + op_len(code, pc));
                }
                op::STAR_LAZY | op::OPT_LAZY => {
                    aside = Some((pc as u32 | LAZY_TAIL as u32, 0));
                    next = Some(pc + op_len(code, pc));
                }
                op::SPLIT => {
                    aside = Some((target(code, pc, pc + 1) as u32, 0));
                    next = Some(pc + 3);
                }
                op::SPLIT_LAZY => {
                    aside = Some((pc as u32 + 3, 0));
                    next = Some(target(code, pc, pc + 1));
                }
                op::JUMP => next = Some(target(code, pc, pc + 1)),
                op::SAVE | op::MARK => {
                    let r = usize::from(code.get(pc + 1).copied().unwrap_or(0));
                    if let Some(place) = self.now.get_mut(r) {
                        aside = Some((r as u32 | REGISTER, *place));
                        *place = at as u32;
                    }
                    next = Some(pc + 2);
                }
                op::CHECK => {
                    let r = usize::from(code.get(pc + 1).copied().unwrap_or(0));
                    let empty = self.now.get(r) == Some(&(at as u32));
                    next = Some(if empty { target(code, pc, pc + 2) } else { pc + 4 });
                }
                o => {
                    if holds(o, self.task.text, at) {
                        next = Some(pc + 1);
                    }
                }
            }
            if let Some((what, value)) = aside
                && let Some([w, v, ..]) = self.stack.get_mut(top..)
            {
                (*w, *v) = (what, value);
                top += 2;
            }
        }
    }

    /// Puts back the registers that wait on the stack.
    fn restore(&mut self, top: usize) {
        for entry in self.stack.get(..top).unwrap_or_default().chunks_exact(2).rev() {
            if let [what, value] = *entry
                && what & REGISTER != 0
                && let Some(r) = self.now.get_mut((what & !REGISTER) as usize)
            {
                *r = value;
            }
        }
    }
}

/// On the stack: a register to put back.
const REGISTER: u32 = 1 << 31;
/// On the stack: a lazy op whose turn to take a character comes after what follows it.
const LAZY_TAIL: usize = 1 << 30;
