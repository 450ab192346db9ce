//! The unit's codes: bytes each, and the tree they form.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::{OutOfMemory, Span, Unit, Walk};

/// Deepest nesting of codes that a unit may have, the module's own code included.
///
/// The same bound holds for reading and for writing; it keeps every walk's stack small.
pub const MAX_DEPTH: usize = 64;

/// What the bytes of a code are. Only bytecode is executed by Krait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CodeKind {
    /// Prelude and bytecode.
    Bytecode = 0,
}

/// One function, class body, comprehension or module body.
pub struct Code<A: Allocator> {
    kind: CodeKind,
    ready: bool,
    bytes: Vec<u8, A>,
    children: Span,
}

impl<A: Allocator> Code<A> {
    /// What the bytes are.
    pub fn kind(&self) -> CodeKind {
        self.kind
    }

    /// Prelude and instructions, as they stand in a `.mpy` file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why a unit's code tree cannot be finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeFault {
    /// An index refers to no code, or a reserved code was never set.
    Missing,
    /// A code has two parents, is its own ancestor, or does not belong to the root.
    NotATree,
    /// Codes nest deeper than [`MAX_DEPTH`].
    TooDeep,
    /// No memory for the check.
    OutOfMemory,
}

impl<A: Allocator + Clone> Unit<A> {
    /// How many codes there are.
    pub fn code_count(&self) -> usize {
        self.codes.len()
    }

    /// The code with this index.
    pub fn code(&self, index: u32) -> Option<&Code<A>> {
        self.codes.get(index as usize)
    }

    /// The indexes of a code's children; `MAKE_FUNCTION n` makes a function of the nth.
    pub fn children(&self, code: &Code<A>) -> &[u32] {
        code.children.of(&self.children)
    }

    /// The index of the module's own code.
    pub fn root(&self) -> u32 {
        self.root
    }

    /// Takes the bytes of a code out of the unit, leaving it empty: for a loader in RAM.
    pub fn take_code_bytes(&mut self, index: u32) -> Option<Vec<u8, A>> {
        let empty = Vec::new_in(self.text.allocator().clone());
        self.codes.get_mut(index as usize).map(|c| core::mem::replace(&mut c.bytes, empty))
    }

    /// Sets aside the index of a code to be given later, so that a parent can be emitted before
    /// its children.
    pub fn reserve_code(&mut self) -> Result<u32, OutOfMemory> {
        let index = u32::try_from(self.codes.len()).map_err(|_| OutOfMemory)?;
        let bytes = Vec::new_in(self.text.allocator().clone());
        self.codes.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.codes.push(Code { kind: CodeKind::Bytecode, ready: false, bytes, children: Span::default() });
        Ok(index)
    }

    /// Gives a reserved code its bytes (prelude included) and children.
    ///
    /// An index that was not reserved is reported by [`Unit::finish`].
    pub fn set_code(
        &mut self,
        index: u32,
        kind: CodeKind,
        bytes: Vec<u8, A>,
        children: &[u32],
    ) -> Result<(), OutOfMemory> {
        self.set_children(index, children)?;
        if let Some(code) = self.codes.get_mut(index as usize) {
            *code = Code { kind, ready: true, bytes, children: code.children };
        }
        Ok(())
    }

    /// Gives a code its children, in place of any it had.
    pub fn set_children(&mut self, index: u32, children: &[u32]) -> Result<(), OutOfMemory> {
        let start = u32::try_from(self.children.len()).map_err(|_| OutOfMemory)?;
        let len = u32::try_from(children.len()).map_err(|_| OutOfMemory)?;
        start.checked_add(len).ok_or(OutOfMemory)?;
        self.children.try_reserve(children.len()).map_err(|_| OutOfMemory)?;
        self.children.extend_from_slice(children);
        if let Some(code) = self.codes.get_mut(index as usize) {
            code.children = Span { start, len };
        }
        Ok(())
    }

    /// [`Unit::reserve_code`] and [`Unit::set_code`] in one.
    pub fn add_code(&mut self, kind: CodeKind, bytes: Vec<u8, A>, children: &[u32]) -> Result<u32, OutOfMemory> {
        let index = self.reserve_code()?;
        self.set_code(index, kind, bytes, children)?;
        Ok(index)
    }

    /// Names the module's own code and checks that the codes form one tree below it.
    pub fn finish(&mut self, root: u32) -> Result<(), TreeFault> {
        let mut parents: Vec<bool, A> = Vec::new_in(self.text.allocator().clone());
        parents.try_reserve_exact(self.codes.len()).map_err(|_| TreeFault::OutOfMemory)?;
        parents.resize(self.codes.len(), false);
        let mut claim = |index: u32| match parents.get_mut(index as usize) {
            None => Err(TreeFault::Missing),
            Some(true) => Err(TreeFault::NotATree),
            Some(claimed) => {
                *claimed = true;
                Ok(())
            }
        };
        claim(root)?;
        for code in &self.codes {
            if !code.ready {
                return Err(TreeFault::Missing);
            }
            for child in self.children(code) {
                claim(*child)?;
            }
        }
        // One parent each, none for the root: what the walk from the root reaches is a tree, and
        // it is all of them if the count is right (a detached cycle would be missing).
        self.root = root;
        let mut reached = 0;
        let mut walk = Walk::new(self);
        while walk.next().map_err(|_| TreeFault::TooDeep)?.is_some() {
            reached += 1;
        }
        if reached == self.codes.len() { Ok(()) } else { Err(TreeFault::NotATree) }
    }

    /// Walks the finished tree in the order of the file: parent, then each child's subtree.
    pub fn walk(&self) -> Walk<'_, A> {
        Walk::new(self)
    }
}
