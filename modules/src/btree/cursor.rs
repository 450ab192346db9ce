//! Going through the keys: places are found anew at each step, so a database may change meanwhile.

use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Raised, Ref, Vm};

use super::Btree;
use super::page;
use super::store::{self, Page};
use super::tree::{Path, descend};

/// Which key is wanted.
#[derive(Clone, Copy)]
pub(super) enum Seek<'a> {
    First,
    Last,
    /// The first that is not less.
    From(&'a Buffer),
    /// The first that is greater.
    After(&'a Buffer),
    /// The last that is not greater.
    DownFrom(&'a Buffer),
    /// The last that is less.
    Before(&'a Buffer),
}

/// The leaf and the cell of a key.
pub(super) fn seek(vm: &mut Vm, db: Ref<Btree>, to: Seek<'_>) -> Result<Option<(Ref<Page>, usize)>, Raised> {
    if db.root.get() == 0 {
        return Ok(None);
    }
    let mut path = Path::new();
    let key = match to {
        Seek::First | Seek::Last => None,
        Seek::From(k) | Seek::After(k) | Seek::DownFrom(k) | Seek::Before(k) => Some(k),
    };
    let leaf = descend(vm, db, &mut path, 0, db.root.get(), |vm, b| match key {
        Some(k) => page::branch_for(b, k.bytes(vm)),
        None => {
            if matches!(to, Seek::Last) {
                usize::MAX
            } else {
                0
            }
        }
    })?;
    let b = store::bytes(vm, leaf);
    let found = key.map(|k| page::search(b, k.bytes(vm)));
    // The cell wanted, if it is in this leaf.
    let cell = match (to, found) {
        (Seek::First, _) => Some(0),
        (Seek::Last, _) => page::count(b).checked_sub(1),
        (Seek::From(_), Some(Ok(i) | Err(i))) => Some(i),
        (Seek::After(_), Some(Ok(i))) => Some(i + 1),
        (Seek::After(_), Some(Err(i))) => Some(i),
        (Seek::DownFrom(_), Some(Ok(i))) => Some(i),
        (Seek::DownFrom(_) | Seek::Before(_), Some(Ok(i) | Err(i))) => i.checked_sub(1),
        (_, None) => None,
    };
    if let Some(i) = cell.filter(|i| *i < page::count(b)) {
        return Ok(Some((leaf, i)));
    }
    let up = matches!(to, Seek::First | Seek::From(_) | Seek::After(_));
    neighbour(vm, db, &mut path, up)
}

/// The first cell of the next leaf, or the last of the one before.
fn neighbour(vm: &mut Vm, db: Ref<Btree>, path: &mut Path, up: bool) -> Result<Option<(Ref<Page>, usize)>, Raised> {
    let mut depth = path.len - 1;
    while let Some(above) = depth.checked_sub(1) {
        let (n, i) = path.get(above);
        let p = store::load(vm, db, n)?;
        let b = store::bytes(vm, p);
        let next = if up { Some(i + 1).filter(|i| *i < page::count(b)) } else { i.checked_sub(1) };
        if let Some(next) = next {
            let child = page::child(b, next);
            path.set(above, n, next);
            let leaf = descend(vm, db, path, depth, child, |_, _| if up { 0 } else { usize::MAX })?;
            let count = page::count(store::bytes(vm, leaf));
            // No leaf is empty.
            return Ok(if up { Some(0) } else { count.checked_sub(1) }.filter(|i| *i < count).map(|i| (leaf, i)));
        }
        depth = above;
    }
    Ok(None)
}
