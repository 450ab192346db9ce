//! The search: backtracking while it is cheap, then the Pike machine.

use crate::backtrack::{self, Ended};
use crate::input::{Bytes, Input, Utf8};
use crate::pike;
use crate::program::Program;

/// Where a match may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Anywhere from the start on.
    Search,
    /// At the start.
    Match,
    /// At the start, and up to the end of the text.
    Full,
}

/// Why a search has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It wants so many words of memory; call again.
    Memory(usize),
    /// The caller asked it to stop.
    Interrupted,
}

/// A search: what is the same for each call.
pub struct Search<'p> {
    /// The program.
    pub program: Program<'p>,
    /// Whether the text is UTF-8 with more than ASCII in it, so that a character may be several bytes.
    pub utf8: bool,
    /// Words that the backtracking stack may have. Beyond it the Pike machine takes over.
    pub stack_max: usize,
    /// Whether backtracking was given up; a caller that calls again for more memory keeps it.
    pub pike: bool,
}

/// What both engines get.
pub(crate) struct Task<'a> {
    pub(crate) program: Program<'a>,
    pub(crate) code: &'a [u8],
    pub(crate) text: &'a [u8],
    pub(crate) start: usize,
    pub(crate) anchor: Anchor,
}

impl Search<'_> {
    /// Words of memory to begin with, registers included.
    pub fn memory(&self) -> usize {
        self.program.registers() + 48
    }

    /// Looks for a match in `text` from `start` on. If there is one, the first words of `memory` are the registers:
    /// begin and end of the match and of each group, [`crate::NONE`] for a group that took no part.
    /// `stop` is called now and then; if it says true, the search ends.
    ///
    /// # Errors
    /// See [`Stop`].
    pub fn find(
        &mut self,
        text: &[u8],
        start: usize,
        anchor: Anchor,
        memory: &mut [u32],
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Stop> {
        let registers = self.program.registers();
        if memory.len() < self.memory() {
            return Err(Stop::Memory(self.memory()));
        }
        let Some((registers, room)) = memory.split_at_mut_checked(registers) else {
            return Err(Stop::Memory(self.memory()));
        };
        let task = Task { program: self.program, code: self.program.code(), text, start, anchor };
        if self.utf8 {
            self.run::<Utf8>(&task, registers, room, stop)
        } else {
            self.run::<Bytes>(&task, registers, room, stop)
        }
    }

    fn run<I: Input>(
        &mut self,
        task: &Task<'_>,
        registers: &mut [u32],
        room: &mut [u32],
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Stop> {
        if !self.pike {
            match backtrack::run::<I>(task, registers, room, stop) {
                Ended::Found => return Ok(true),
                Ended::NotFound => return Ok(false),
                Ended::Stopped => return Err(Stop::Interrupted),
                Ended::StackFull if room.len() < self.stack_max => {
                    let more = (2 * room.len()).min(self.stack_max);
                    return Err(Stop::Memory(registers.len() + more));
                }
                Ended::StackFull | Ended::TooLong => self.pike = true,
            }
        }
        let need = pike::memory(&self.program);
        if room.len() < need {
            return Err(Stop::Memory(registers.len() + need));
        }
        pike::run::<I>(task, registers, room, stop).ok_or(Stop::Interrupted)
    }
}
