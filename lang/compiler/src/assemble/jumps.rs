//! Jumps of one or two bytes, as short as they can be.
//!
//! A jump's length depends on the lengths of those between it and its label. All start long; those
//! that reach are made short until none changes. As code only ever shrinks, that ends, and with
//! the same lengths as if each pass were made over the whole code.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::{Op, varint};

use crate::buffer::{Grow, position};
use crate::error::{Fail, Result};

/// A place in the code: bytes that are no jumps before it, and jumps before it.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    plain: u32,
    jumps: u32,
}

struct Jump {
    /// Plain bytes before it.
    plain: u32,
    label: u32,
    op: u8,
    /// The byte after the label of an unwinding jump.
    extra: Option<u8>,
    short: bool,
    /// Bytes of all jumps before it.
    before: u32,
}

impl Jump {
    fn len(&self) -> u32 {
        2 + u32::from(!self.short) + u32::from(self.extra.is_some())
    }

    fn is_signed(&self) -> bool {
        Op::from_byte(self.op).is_some_and(Op::label_is_signed)
    }
}

/// The code of a scope while its jumps are open.
pub(super) struct Code<A: Allocator> {
    plain: Vec<u8, A>,
    jumps: Vec<Jump, A>,
    labels: Vec<Place, A>,
}

impl<A: Allocator + Clone> Code<A> {
    pub(super) fn new(allocator: A) -> Self {
        Code {
            plain: Vec::new_in(allocator.clone()),
            jumps: Vec::new_in(allocator.clone()),
            labels: Vec::new_in(allocator),
        }
    }

    /// Empties the code and makes room for a number of labels.
    pub(super) fn reset(&mut self, labels: u32) -> Result<()> {
        self.plain.clear();
        self.jumps.clear();
        self.labels.clear();
        let labels = labels as usize;
        self.labels.try_reserve(labels).map_err(|_| Fail::memory())?;
        self.labels.resize(labels, Place::default());
        Ok(())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.plain.add_all(bytes)
    }

    pub(super) fn here(&self) -> Place {
        Place { plain: self.plain.len() as u32, jumps: self.jumps.len() as u32 }
    }

    pub(super) fn label(&mut self, label: u32) {
        let here = self.here();
        if let Some(place) = self.labels.get_mut(label as usize) {
            *place = here;
        }
    }

    pub(super) fn jump(&mut self, op: u8, label: u32, extra: Option<u8>) -> Result<()> {
        let plain = position(self.plain.len())?;
        self.jumps.add(Jump { plain, label, op, extra, short: false, before: 0 })
    }

    /// The place's offset, once jumps are settled.
    pub(super) fn offset(&self, place: Place) -> usize {
        let before = match self.jumps.get(place.jumps as usize) {
            Some(jump) => jump.before,
            None => self.jumps.last().map_or(0, |j| j.before + j.len()),
        };
        place.plain as usize + before as usize
    }

    /// Whether the jump's label can be one byte.
    fn fits(&self, jump: &Jump) -> bool {
        let at = jump.plain as usize + jump.before as usize + 1;
        let target = self.labels.get(jump.label as usize).copied().unwrap_or_default();
        varint::label_is_short(jump.is_signed(), at, self.offset(target))
    }

    /// Decides the length of every jump.
    pub(super) fn settle(&mut self) {
        loop {
            let mut before = 0;
            for jump in self.jumps.iter_mut() {
                jump.before = before;
                before += jump.len();
            }
            let mut changed = false;
            for at in 0..self.jumps.len() {
                let fits = self.jumps.get(at).is_some_and(|j| !j.short && self.fits(j));
                if let Some(jump) = self.jumps.get_mut(at)
                    && fits
                {
                    jump.short = true;
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Appends the code with its jumps.
    pub(super) fn write(&self, out: &mut Vec<u8, A>) -> Result<()> {
        let mut done = 0;
        for jump in &self.jumps {
            out.add_all(self.plain.get(done..jump.plain as usize).unwrap_or(&[]))?;
            done = jump.plain as usize;
            let at = jump.plain as usize + jump.before as usize + 1;
            let target = self.labels.get(jump.label as usize).copied().unwrap_or_default();
            let label = varint::label(jump.is_signed(), jump.short, at, self.offset(target))
                .map_err(|_| Fail::runtime("bytecode overflow"))?;
            out.add(jump.op)?;
            out.add_all(label.as_slice())?;
            if let Some(extra) = jump.extra {
                out.add(extra)?;
            }
        }
        out.add_all(self.plain.get(done..).unwrap_or(&[]))
    }
}
