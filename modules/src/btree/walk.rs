//! Finding out which pages a database uses, when it is opened.
//!
//! Leaves are not read, except those that have values elsewhere. Every page is reached at most once, or the database is
//! damaged; so the walk ends.

use krait_runtime::{Raised, Ref, Vm};

use super::Btree;
use super::page::{self, ELSEWHERE};
use super::store::{self, HEIGHT_MAX};

/// Marks all pages that the root reaches.
pub(super) fn mark_all(vm: &mut Vm, db: Ref<Btree>) -> Result<(), Raised> {
    let root = db.root.get();
    if root == 0 {
        return Ok(());
    }
    store::mark(vm, db, root)?;
    let p = store::load(vm, db, root)?;
    let height = page::height(store::bytes(vm, p));
    if page::kind(store::bytes(vm, p)) == page::LEAF {
        return mark_values(vm, db, root);
    }
    if usize::from(height) >= HEIGHT_MAX {
        return Err(store::damaged(vm));
    }
    let mut path = [(0u32, 0usize); HEIGHT_MAX];
    let mut depth = 0;
    path[0] = (root, 0);
    loop {
        vm.poll()?;
        let Some((n, i)) = path.get(depth).copied() else { return Err(store::damaged(vm)) };
        let p = store::load(vm, db, n)?;
        let b = store::bytes(vm, p);
        if page::kind(b) != page::BRANCH || usize::from(page::height(b)) + depth != usize::from(height) {
            return Err(store::damaged(vm));
        }
        if i >= page::count(b) {
            match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return Ok(()),
            }
            continue;
        }
        let (child, level) = (page::child(b, i), page::height(b));
        if let Some(at) = path.get_mut(depth) {
            at.1 += 1;
        }
        store::mark(vm, db, child & !ELSEWHERE)?;
        if level > 1 {
            depth += 1;
            if let Some(at) = path.get_mut(depth) {
                *at = (child & !ELSEWHERE, 0);
            }
        } else if child & ELSEWHERE != 0 {
            mark_values(vm, db, child & !ELSEWHERE)?;
        }
    }
}

/// Marks the overflow pages of a leaf's values.
fn mark_values(vm: &mut Vm, db: Ref<Btree>, leaf: u32) -> Result<(), Raised> {
    let mut i = 0;
    loop {
        let p = store::load(vm, db, leaf)?;
        let b = store::bytes(vm, p);
        if page::kind(b) != page::LEAF {
            return Err(store::damaged(vm));
        }
        if i >= page::count(b) {
            return Ok(());
        }
        let (at, len) = page::value(b, i);
        i += 1;
        let mut next = if len & ELSEWHERE != 0 { page::get_u32(b, at) } else { 0 };
        while next != 0 {
            vm.poll()?;
            store::mark(vm, db, next)?;
            let p = store::load(vm, db, next)?;
            let b = store::bytes(vm, p);
            if page::kind(b) != page::OVERFLOW {
                return Err(store::damaged(vm));
            }
            next = page::get_u32(b, 4);
        }
    }
}
