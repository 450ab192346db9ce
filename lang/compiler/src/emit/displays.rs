//! Tuples, lists, dicts and sets written out.

use allocator_api2::alloc::Allocator;
use krait_bytecode::opcode::byte;

use super::{Emitter, Job};
use crate::ast::{Kind, Node, Tree};
use crate::error::{Fail, Result};

impl<A: Allocator + Clone> Emitter<'_, A> {
    pub(super) fn build(&mut self, node: Node, op: u8) -> Result<()> {
        self.plan(&[Job::Each(node, 0), Job::OpWith(op, self.tree.count(node))])
    }

    /// The first item decides whether it is a dict or a set; `{}` is a dict.
    pub(super) fn braces(&mut self, node: Node, create: bool) -> Result<()> {
        let items = self.tree.count(node).saturating_sub(1);
        let first = self.tree.child(node, 1);
        if items > 0 && !self.tree.is(first, Kind::DictItem) {
            return self.plan(&[Job::SetItems { node, next: 1 }, Job::OpWith(byte::BUILD_SET, items)]);
        }
        if create {
            self.op_with(byte::BUILD_MAP, items)?;
        }
        self.push(Job::DictItems { node, next: 1 })
    }

    fn mixed(&self, node: Node, text: &'static str) -> Fail {
        Fail::syntax(text, Tree::<A>::number_of(self.tree.child(node, 0)))
    }

    pub(super) fn dict_items(&mut self, node: Node, next: u32) -> Result<()> {
        // Looks back at the item just emitted, as an error in it comes first.
        if next > 1 {
            if !self.tree.is(self.tree.child(node, next - 1), Kind::DictItem) {
                return Err(self.mixed(node, "expecting key:value for dict"));
            }
            self.op(byte::STORE_MAP)?;
        }
        if next >= self.tree.count(node) {
            return Ok(());
        }
        self.plan(&[Job::Node(self.tree.child(node, next)), Job::DictItems { node, next: next + 1 }])
    }

    pub(super) fn set_items(&mut self, node: Node, next: u32) -> Result<()> {
        if next > 1 && self.tree.is(self.tree.child(node, next - 1), Kind::DictItem) {
            return Err(self.mixed(node, "expecting just a value for set"));
        }
        if next >= self.tree.count(node) {
            return Ok(());
        }
        self.plan(&[Job::Node(self.tree.child(node, next)), Job::SetItems { node, next: next + 1 }])
    }
}
