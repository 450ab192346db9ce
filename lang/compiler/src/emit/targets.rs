//! What stands left of `=` and after `del`.

use allocator_api2::alloc::Allocator;
use krait_bytecode::opcode::byte;

use super::{Access, Emitter, Job};
use crate::ast::{Kind, Node};
use crate::error::Result;

const CANNOT_ASSIGN: &str = "can't assign to expression";
const CANNOT_DELETE: &str = "can't delete expression";

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn assign(&mut self, target: Node, access: Access) -> Result<()> {
        if let Some(name) = target.as_ident() {
            return match access {
                Access::AugLoad => self.load_name(name),
                _ => self.store_name(name),
            };
        }
        match self.tree.kind(target) {
            Some(Kind::Primary) => self.assign_primary(target, access),
            Some(Kind::BareTuple | Kind::List) if access == Access::Store => self.unpack(target),
            Some(Kind::ParenTuple) if access == Access::Store && self.tree.count(target) > 0 => self.unpack(target),
            _ => Err(self.error(CANNOT_ASSIGN, target)),
        }
    }

    /// An attribute or a subscript. An augmented load keeps the object below the value.
    fn assign_primary(&mut self, target: Node, access: Access) -> Result<()> {
        let last = self.tree.count(target).saturating_sub(1);
        let trailer = self.tree.child(target, last);
        match self.tree.kind(trailer) {
            Some(Kind::Index) => {
                let index = Job::Node(self.tree.child(trailer, 0));
                match access {
                    Access::Store => {
                        self.plan(&[index, Job::Op(byte::STORE_SUBSCR)])?;
                    }
                    Access::AugLoad => self.plan(&[index, Job::Op(byte::DUP_TOP_TWO), Job::Op(byte::LOAD_SUBSCR)])?,
                    Access::AugStore => {
                        self.op(byte::ROT_THREE)?;
                        return self.op(byte::STORE_SUBSCR);
                    }
                }
            }
            Some(Kind::Attr) => {
                let name = self.ident(trailer, 0).0;
                match access {
                    Access::Store => self.push(Job::OpWith(byte::STORE_ATTR, name))?,
                    Access::AugLoad => self.plan(&[Job::Op(byte::DUP_TOP), Job::OpWith(byte::LOAD_ATTR, name)])?,
                    Access::AugStore => {
                        self.op(byte::ROT_TWO)?;
                        return self.op_with(byte::STORE_ATTR, name);
                    }
                }
            }
            _ => return Err(self.error(CANNOT_ASSIGN, target)),
        }
        self.object_of(target)
    }

    /// Everything of a primary but its last trailer; without the shortcuts of calls.
    fn object_of(&mut self, target: Node) -> Result<()> {
        let last = self.tree.count(target).saturating_sub(1);
        for child in (0..last).rev() {
            self.push(Job::Node(self.tree.child(target, child)))?;
        }
        Ok(())
    }

    fn unpack(&mut self, target: Node) -> Result<()> {
        let count = self.tree.count(target);
        let star = |i: &u32| self.tree.is(self.tree.child(target, *i), Kind::Star);
        let first = (0..count).find(star);
        match first {
            None => self.op_with(byte::UNPACK_SEQUENCE, count)?,
            Some(left) => {
                if let Some(second) = (left + 1..count).find(star) {
                    let second = self.tree.child(target, second);
                    return Err(self.error("multiple *x in assignment", second));
                }
                self.op_with(byte::UNPACK_EX, left | (count - left - 1) << 8)?;
            }
        }
        self.push(Job::Targets(target, 0))
    }

    pub(super) fn targets(&mut self, node: Node, next: u32) -> Result<()> {
        if next >= self.tree.count(node) {
            return Ok(());
        }
        let mut target = self.tree.child(node, next);
        if self.tree.is(target, Kind::Star) {
            target = self.tree.child(target, 0);
        }
        self.plan(&[Job::Assign(target, Access::Store), Job::Targets(node, next + 1)])
    }

    // ---- del ----

    pub(super) fn delete_items(&mut self, node: Node, next: u32) -> Result<()> {
        if next >= self.tree.count(node) {
            return Ok(());
        }
        self.plan(&[Job::Delete(self.tree.child(node, next)), Job::DeleteItems(node, next + 1)])
    }

    pub(super) fn delete(&mut self, target: Node) -> Result<()> {
        if let Some(name) = target.as_ident() {
            return self.delete_name(name);
        }
        match self.tree.kind(target) {
            Some(Kind::ParenTuple) if self.tree.count(target) > 0 => {
                return self.push(Job::DeleteItems(target, 0));
            }
            Some(Kind::Primary) => {}
            _ => return Err(self.error(CANNOT_DELETE, target)),
        }
        // Deleting is storing no value.
        let last = self.tree.count(target).saturating_sub(1);
        let trailer = self.tree.child(target, last);
        match self.tree.kind(trailer) {
            Some(Kind::Index) => self.plan(&[
                Job::Node(self.tree.child(trailer, 0)),
                Job::Op(byte::LOAD_NULL),
                Job::Op(byte::ROT_THREE),
                Job::Op(byte::STORE_SUBSCR),
            ])?,
            Some(Kind::Attr) => self.plan(&[
                Job::Op(byte::LOAD_NULL),
                Job::Op(byte::ROT_TWO),
                Job::OpWith(byte::STORE_ATTR, self.ident(trailer, 0).0),
            ])?,
            _ => return Err(self.error(CANNOT_DELETE, target)),
        }
        self.object_of(target)
    }
}
