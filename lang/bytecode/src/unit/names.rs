//! The unit's names: looked up by hash, stored once, static ones by number.

use allocator_api2::alloc::Allocator;

use super::{OutOfMemory, Span, Unit};
use crate::index::hash_bytes;
use crate::static_names;

/// A name: a range of the arena, or (`start` = [`STATIC`]) a number of the static list.
#[derive(Clone, Copy)]
pub(super) struct Name {
    start: u32,
    len: u32,
}

/// `start` of a name that is in the static list. The arena never grows to this offset.
pub(super) const STATIC: u32 = u32::MAX;

impl<A: Allocator + Clone> Unit<A> {
    /// How many names there are.
    pub fn name_count(&self) -> usize {
        self.names.len()
    }

    /// The name with this index.
    pub fn name(&self, index: usize) -> Option<&[u8]> {
        self.names.get(index).map(|n| self.name_bytes(*n))
    }

    fn name_bytes(&self, name: Name) -> &[u8] {
        if name.start == STATIC {
            static_names::name(name.len).unwrap_or("").as_bytes()
        } else {
            Span { start: name.start, len: name.len }.of(&self.text)
        }
    }

    /// The index of a name already in the table.
    pub fn find_name(&self, name: &[u8]) -> Option<u32> {
        if self.name_index.is_active() {
            self.name_index.find(hash_bytes(0, name), |i| self.name(i as usize).is_some_and(|n| n == name))
        } else {
            self.names.iter().position(|n| self.name_bytes(*n) == name).map(|i| i as u32)
        }
    }

    /// The index of a name, which is added at the end if it is new.
    ///
    /// A `.mpy` file lists names in the order in which code first used them, so call this when
    /// (and only when) the emitted code comes to mention the name; the source file's name first.
    pub fn intern_name(&mut self, name: &[u8]) -> Result<u32, OutOfMemory> {
        match self.find_name(name) {
            Some(index) => Ok(index),
            None => self.push_name(name),
        }
    }

    /// Adds a name without looking for an equal one, as a reader of files must.
    pub fn push_name(&mut self, name: &[u8]) -> Result<u32, OutOfMemory> {
        let index = self.names.len();
        self.names.try_reserve(1).map_err(|_| OutOfMemory)?;
        let Unit { names, name_index, text, .. } = self;
        name_index.reserve(index, |i| {
            let n = names.get(i as usize).copied().unwrap_or(Name { start: 0, len: 0 });
            hash_bytes(
                0,
                match n.start {
                    STATIC => static_names::name(n.len).unwrap_or("").as_bytes(),
                    start => Span { start, len: n.len }.of(text),
                },
            )
        })?;
        let entry = match static_names::number(name) {
            Some(number) => Name { start: STATIC, len: u32::from(number) },
            None => {
                let span = self.push_text(name)?;
                Name { start: span.start, len: span.len }
            }
        };
        self.names.push(entry);
        self.name_index.insert(hash_bytes(0, name), index as u32);
        Ok(index as u32)
    }
}
