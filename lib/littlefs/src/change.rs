//! Changes: what a commit adds to a log.

use crate::tag::{Tag, kind};
use crate::{Buf, Fault};

/// Where an entry's bytes are.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    Mem(&'a [u8]),
    /// In a block, at an offset.
    Disk(u32, u32),
    /// At the start of a buffer.
    Buf(Buf),
}

#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) tag: Tag,
    pub(crate) data: Data<'a>,
}

impl<'a> Change<'a> {
    pub(crate) fn new(kind: u16, id: u16, data: &'a [u8]) -> Change<'a> {
        Change { tag: Tag::new(kind, id, data.len().min(0x3fe) as u16), data: Data::Mem(data) }
    }

    /// A file number that comes or goes.
    pub(crate) fn splice(kind: u16, id: u16) -> Change<'a> {
        Change { tag: Tag::new(kind, id, 0), data: Data::Mem(&[]) }
    }

    /// The next pair of the list.
    pub(crate) fn tail(split: bool, pair: &'a [u8; 8]) -> Change<'a> {
        Change::new(kind::SOFTTAIL + u16::from(split), 0x3ff, pair)
    }
}

/// How many changes one commit can have: a rename with ten attributes.
const MOST: usize = 16;

/// A list of changes.
pub(crate) struct Changes<'a> {
    list: [Change<'a>; MOST],
    len: usize,
}

impl<'a> Changes<'a> {
    pub(crate) fn new() -> Changes<'a> {
        Changes { list: [Change::splice(0, 0); MOST], len: 0 }
    }

    pub(crate) fn push(&mut self, c: Change<'a>) -> Result<(), Fault> {
        *self.list.get_mut(self.len).ok_or(Fault::TooBig)? = c;
        self.len += 1;
        Ok(())
    }

    pub(crate) fn push_if(&mut self, when: bool, c: Change<'a>) -> Result<(), Fault> {
        if when { self.push(c) } else { Ok(()) }
    }
}

impl<'a> core::ops::Deref for Changes<'a> {
    type Target = [Change<'a>];
    fn deref(&self) -> &[Change<'a>] {
        self.list.get(..self.len).unwrap_or(&[])
    }
}
